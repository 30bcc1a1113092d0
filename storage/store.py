"""The store: the one object that tasks and flows are given, wherever it keeps things."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import polars as pl

from songspace.errors import Damaged, NotFound
from songspace.ledger import Action, LedgerEntry, read_head, read_history
from songspace.manifest import FileFacts, Manifest, read_manifest
from songspace.places import place_of
from songspace.s3.url import Url
from songspace.sealed import JSON
from storage.artifacts import ArtifactRef, Linked
from storage.drill import DrillReport
from storage.pins import Pin
from storage.releases import Parts
from storage.retention import GcReport

if TYPE_CHECKING:
    from storage.local import LocalStore
    from storage.s3.store import BucketStore


class Store(ABC):
    """Artifacts, releases and the ledger under one root; holds nothing but the root.

    To others the root is a name for messages: where things lie, only methods tell. A store can be pickled, and is
    the same store on another machine.
    """

    root: Any
    """A Path or a Url; which of them is no business of those who are given a store."""

    @overload
    @classmethod
    def open(cls, root: Path) -> LocalStore: ...
    @overload
    @classmethod
    def open(cls, root: Url) -> BucketStore: ...
    @overload
    @classmethod
    def open(cls, root: str | Path | Url) -> Store: ...
    @classmethod
    def open(cls, root: str | Path | Url) -> Store:
        """The store at *root*, a folder or s3://bucket/prefix: made if absent, tried for writing.

        Raises:
            StoreError: If it cannot be kept there.
            ValueError: If *root* begins like the name of a bucket and is none.
        """
        from storage.local import LocalStore

        place = place_of(root)
        if isinstance(place, Url):
            from storage.s3.store import BucketStore

            return BucketStore.made(place)
        return (cls if issubclass(cls, LocalStore) else LocalStore).made(place)

    @classmethod
    def existing(cls, root: str | Path | Url) -> Store:
        """The store at *root* as it is: nothing is written.

        Raises:
            StoreError: If there is none.
            ValueError: If *root* begins like the name of a bucket and is none.
        """
        from storage.local import LocalStore

        place = place_of(root)
        if isinstance(place, Url):
            from storage.s3.store import BucketStore

            return BucketStore.found(place)
        return LocalStore.found(place)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.root)!r})"

    @abstractmethod
    def draft(self) -> AbstractContextManager[Path]:
        """A fresh folder on this machine to write an artifact in; whatever happens, none is left behind."""

    @abstractmethod
    def commit(
        self,
        draft: Path,
        kind: str,
        *,
        recipe: Mapping[str, JSON],
        linked: Linked | None = None,
    ) -> ArtifactRef:
        """Make *draft* the artifact that its content and *recipe* name; what was *linked* is not hashed again.

        Raises:
            StoreError: If the store refuses. The artifact may stand; doing it all again is safe.
            ValueError: If the draft is empty, or holds a link or a name that cannot be published, or not what was
                linked.
        """

    @abstractmethod
    def unfinished(self, name: str) -> Path:
        """A folder on this machine for how far the work *name* has come, see `unfinished.folder_of`."""

    @abstractmethod
    def forget_unfinished(self, name: str) -> None:
        """Remove that folder again."""

    @abstractmethod
    def manifest(self, ref: ArtifactRef) -> Manifest:
        """The manifest of an artifact, see `artifacts.manifest_of`."""

    def holds(self, ref: ArtifactRef) -> bool:
        """Whether the artifact is here; its files are not hashed."""
        try:
            self.manifest(ref)
        except (Damaged, NotFound):
            return False
        return True

    @abstractmethod
    def verify(self, ref: ArtifactRef) -> ArtifactRef:
        """Hash every file of an artifact again, and note for the cleaning that it is in use.

        Raises:
            NotFound: If there is no such artifact.
            Damaged: If a file is missing, unexpected or changed; the message names it.
            SongspaceError: If it is not to be had: it may still be whole.
        """

    @abstractmethod
    def table(self, ref: ArtifactRef, name: str) -> pl.LazyFrame:
        """A table of an artifact: the files `<name>/part-*.parquet`."""

    @abstractmethod
    def parts(self, ref: ArtifactRef, names: Sequence[str]) -> pl.LazyFrame:
        """Some Parquet files of an artifact, one below the other.

        Raises:
            NotFound: If its manifest does not list one of them.
        """

    @abstractmethod
    def file(self, ref: ArtifactRef, name: str) -> Path:
        """One file of an artifact, on this machine.

        Raises:
            NotFound: If its manifest lists no such file.
        """

    @abstractmethod
    def folder(self, ref: ArtifactRef, name: str) -> Path:
        """One folder of an artifact, on this machine.

        Raises:
            NotFound: If its manifest lists nothing in such a folder.
        """

    @abstractmethod
    def link(self, ref: ArtifactRef, name: str, target: Path) -> FileFacts | None:
        """Put one file of an artifact at *target*, as into a draft; a link to it where that is possible.

        Returns:
            What its manifest says of it where it is linked, None where it had to be copied.

        Raises:
            Damaged: If the artifact has lost it, or some of it.
            NotFound: If its manifest lists no such file.
            StoreError: If it is not to be had, or the disk refuses.
        """

    def read_json(self, ref: ArtifactRef, name: str) -> Any:
        """The content of a JSON file of an artifact."""
        return json.loads(self.file(ref, name).read_bytes())

    @abstractmethod
    def build_release(self, parts: Parts, *, meta: Mapping[str, JSON]) -> str:
        """Put artifacts together as a release and return its id; nothing is live by that.

        A whole release of the same content, parts and `meta["artifacts"]` is returned as it is.

        Raises:
            Damaged: If a file of an artifact is not what was committed.
            NotFound: If an artifact or a folder of it is not there.
            ValueError: If a folder's name, a table's content or *meta* cannot be published.
            StoreError: If the store refuses.
        """

    @abstractmethod
    def verify_release(self, release: str) -> Manifest:
        """Hash every file of a release again, see `releases.verify_release`."""

    @abstractmethod
    def releases(self) -> list[str]:
        """The ids of all releases, oldest first, whole or not."""

    def release_manifest(self, release: str) -> Manifest:
        """The manifest of a release; its files are not looked at."""
        return read_manifest(self.release_folder(release))

    @abstractmethod
    def release_folder(self, release: str) -> Any:
        """Where people find a release: a Path or a Url."""

    @abstractmethod
    def release_part(self, release: str, folder: str) -> Path:
        """One folder of a release, on this machine; what its manifest does not list is not there.

        Raises:
            Damaged: If a file of it is found not to be what was published.
            NotFound: If the release is found not to be there.
        """

    def head(self) -> LedgerEntry | None:
        """The entry that says which release is live; None before the first."""
        return read_head(self.root)

    def history(self) -> list[LedgerEntry]:
        """All readable entries of the ledger, oldest first."""
        return read_history(self.root)

    @abstractmethod
    def promote(
        self,
        release: str,
        *,
        expected: int | None,
        action: Action = "publish",
        reason: str = "",
        by: str = "",
    ) -> LedgerEntry:
        """Make *release* live, if the ledger still stands at entry *expected* (None: at no entry).

        Raises:
            Conflict: If somebody else came first; it says who. Nothing was changed.
            Damaged: If a file of the release is not what was built.
            NotFound: If there is no such release.
            StoreError: If the store refuses and the entry did not land.
            ValueError: If *action* is "force" without a reason and a name.
        """

    @abstractmethod
    def rollback(self, to: str | None = None, *, reason: str = "", by: str = "") -> LedgerEntry:
        """Make an earlier release live again by adding an entry, see `ledger.rollback`."""

    @abstractmethod
    def gc(self, *, keep_releases: int, min_age: timedelta) -> GcReport:
        """Remove what no kept release needs and nobody made lately, see `retention.gc`."""

    @abstractmethod
    def kept_releases(self, keep: int) -> list[str]:
        """The releases that a cleaning spares whatever their age, see `retention.kept_releases`."""

    @abstractmethod
    def pin(self, release: str, *, reason: str, by: str) -> Pin:
        """Keep a release from being removed, see `pins.pin`."""

    @abstractmethod
    def unpin(self, release: str) -> None:
        """Let a cleaning remove a release again, see `pins.unpin`."""

    @abstractmethod
    def pins(self) -> dict[str, Pin | None]:
        """All pinned releases by id, see `pins.pins`."""

    @abstractmethod
    def drill(self) -> DrillReport:
        """Try a rollback beside the ledger."""

    @abstractmethod
    def turn(self, who: str) -> AbstractContextManager[None]:
        """Let no other run into the store meanwhile, see `turns.turn`."""

    @abstractmethod
    def require_free(self, needed: int, doing: str) -> None:
        """Refuse to begin what this machine's disk has no room for, see `space.require_free`."""

    @abstractmethod
    def unfinished_bytes(self) -> int:
        """What unfinished work takes on this machine's disk."""

    @abstractmethod
    def write_note(self, name: str, note: Mapping[str, JSON]) -> None:
        """Keep what a run says of itself, in the place of an earlier note of that *name*."""

    @abstractmethod
    def last_notes(self, number: int) -> list[dict[str, Any]]:
        """The last notes by name, see `notes.last_notes`."""

    @abstractmethod
    def add_alert(self, line: str) -> None:
        """Keep one line that a person should know.

        Raises:
            StoreError: If the store refuses.
        """

    @property
    @abstractmethod
    def records(self) -> Path:
        """A folder on this machine for what the orchestrator remembers of this store; it may be absent."""
