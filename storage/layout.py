"""The folders of a store, on a local disk or in a bucket."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic

from songspace.ledger import RELEASE_ID, refs_folder
from songspace.places import AnyPlace
from songspace.s3.url import Url


@dataclass(frozen=True)
class Folders(Generic[AnyPlace]):
    """Where everything of the store at *root* lies; it holds nothing but the root."""

    root: AnyPlace

    @property
    def artifacts(self) -> AnyPlace:
        """Artifacts by kind and version."""
        return self.root / "artifacts"

    @property
    def releases(self) -> AnyPlace:
        """Releases by id."""
        return self.root / "releases"

    @property
    def refs(self) -> AnyPlace:
        """The numbered entries of the ledger."""
        return refs_folder(self.root)

    @property
    def pins(self) -> AnyPlace:
        """The pins of releases; absent until the first of them."""
        return self.root / "refs" / "pins"

    @property
    def notes(self) -> AnyPlace:
        """What runs note of themselves."""
        return self.root / "runs"

    def artifact(self, kind: str, version: str) -> AnyPlace:
        """Folder of one artifact."""
        return self.artifacts / kind / version

    def release(self, release: str) -> AnyPlace:
        """Folder of one release.

        Raises:
            ValueError: If *release* is not formed like the id of a release.
        """
        if not RELEASE_ID.fullmatch(release):
            raise ValueError(
                f"{release[:80]!r} is not the id of a release: expected 20240131T235959Z-0123abcd."
            )
        return self.releases / release


class Layout(Folders[Path]):
    """On a local disk: beside what is kept, also what is being made."""

    @property
    def live(self) -> Path:
        """A link to the live release, for people; no program reads it."""
        return self.root / "live"

    @property
    def staging(self) -> Path:
        """Drafts: on the same file system as where they are renamed to."""
        return self.root / "staging"

    @property
    def unfinished(self) -> Path:
        """How far long tasks have come; absent until the first of them."""
        return self.root / "unfinished"

    @property
    def quarantine(self) -> Path:
        """Damaged artifacts, moved aside so that they can be looked at."""
        return self.root / "quarantine"

    @property
    def records(self) -> Path:
        """What the orchestrator remembers of its tasks."""
        return self.root / "results"

    @property
    def lock(self) -> Path:
        """Held shared by whoever adds to the store, exclusively by whoever cleans it."""
        return self.root / ".lock"

    @property
    def running(self) -> Path:
        """Held by the run that works in the store; it says which."""
        return self.root / ".run"

    @property
    def alerts(self) -> Path:
        """What a person should know of the store, one line each."""
        return self.root / "alerts.log"

    def folders(self) -> tuple[Path, ...]:
        """All folders, parents first; the ledger's before the rest, since by it a store is known."""
        return (
            self.refs.parent,
            self.refs,
            self.artifacts,
            self.releases,
            self.staging,
            self.quarantine,
        )


class BucketLayout(Folders[Url]):
    """In a bucket: beside what is kept, what those who add and those who clean tell one another."""

    @property
    def mark(self) -> Url:
        """By this object a store is known, before there is an entry in its ledger."""
        return self.refs / "STORE"

    @property
    def claims(self) -> Url:
        """What somebody is making, publishing or pinning now: no cleaning may take it."""
        return self.root / "claims"

    @property
    def condemned(self) -> Url:
        """What a cleaning is removing now: nobody may publish it."""
        return self.root / "condemned"

    @property
    def alerts(self) -> Url:
        """What a person should know of the store, an object each."""
        return self.root / "alerts"

    @property
    def used(self) -> Url:
        """Marks of when something was last asked for."""
        return self.root / "used"

    @property
    def trials(self) -> Url:
        """What is written when a store is opened, to see whether it can be."""
        return self.root / "trials"
