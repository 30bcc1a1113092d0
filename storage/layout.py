"""The folders of a store on a local disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from songspace.ledger import RELEASE_ID, refs_folder


@dataclass(frozen=True)
class Layout:
    """Where everything of the store at *root* lies; it holds nothing but the root."""

    root: Path

    @property
    def artifacts(self) -> Path:
        """Artifacts by kind and version."""
        return self.root / "artifacts"

    @property
    def releases(self) -> Path:
        """Releases by id."""
        return self.root / "releases"

    @property
    def refs(self) -> Path:
        """The numbered entries of the ledger."""
        return refs_folder(self.root)

    @property
    def pins(self) -> Path:
        """The pins of releases; absent until the first of them."""
        return self.refs.parent / "pins"

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
    def notes(self) -> Path:
        """What runs note of themselves."""
        return self.root / "runs"

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

    def artifact(self, kind: str, version: str) -> Path:
        """Folder of one artifact."""
        return self.artifacts / kind / version

    def release(self, release: str) -> Path:
        """Folder of one release.

        Raises:
            ValueError: If *release* is not formed like the id of a release.
        """
        if not RELEASE_ID.fullmatch(release):
            raise ValueError(
                f"{release[:80]!r} is not the id of a release: expected 20240131T235959Z-0123abcd."
            )
        return self.releases / release
