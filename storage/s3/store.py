"""The store in a bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import polars as pl

from songspace.ledger import Action, LedgerEntry
from songspace.manifest import FileFacts, Manifest
from songspace.places import scan
from songspace.s3.bucket import import_obstore
from songspace.s3.url import Url
from songspace.sealed import JSON
from storage import drafts, space, turns, unfinished
from storage.artifacts import ArtifactRef, Linked, files_of, manifest_of, table_files
from storage.drill import DrillReport
from storage.errors import StoreError, disk_errors
from storage.layout import BucketLayout, Layout
from storage.pins import Pin, pins
from storage.releases import Parts, release_ids, verify_release
from storage.retention import GcReport, kept_releases
from storage.s3 import artifacts, drill, ledger, notes, releases, retention
from storage.s3 import pins as bucket_pins
from storage.s3.cache import local_layout
from storage.s3.opening import is_marked, try_bucket
from storage.store import Store


class BucketStore(Store):
    """Artifacts, releases and the ledger in a folder of a bucket, for several machines at once.

    On this machine, in a cache, lie drafts, unfinished work, what the orchestrator remembers, and the files that were
    asked for by path. Another machine has its own: it does anew what it does not remember, and commits the same.
    """

    def __init__(self, root: Url) -> None:
        self.root: Url = root
        self._layout = BucketLayout(root)

    @classmethod
    def made(cls, root: Url) -> Self:
        """The store at *root*: made if absent, tried for writing, its local drafts of dead writers removed.

        Raises:
            StoreError: If the bucket or its server is not there, it holds other things, or it does not take an
                object, or takes one twice that may be created once only.
        """
        store = cls(root)
        import_obstore()
        with disk_errors(store.root, "open or create what is needed"):
            try_bucket(store._layout)
            drafts.sweep(store._local)
        return store

    @classmethod
    def found(cls, root: Url) -> Self:
        """The store at *root* as it is: nothing is written.

        Raises:
            StoreError: If there is none, or its server does not say.
        """
        store = cls(root)
        import_obstore()
        with disk_errors(store.root, "find anything"):
            if not is_marked(store._layout):
                raise StoreError(
                    f"There is no store at {str(root)!r}: it has nothing in refs/live. "
                    "A run makes one; or name another place."
                )
        return store

    @property
    def _local(self) -> Layout:
        """The folders on this machine."""
        with disk_errors(self.root, "keep a cache on this machine"):
            return local_layout(self.root)

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """A fresh folder on this machine to write an artifact in; whatever happens, none is left behind."""
        with drafts.draft(self._local) as folder:
            yield folder

    def commit(
        self,
        draft: Path,
        kind: str,
        *,
        recipe: Mapping[str, JSON],
        linked: Linked | None = None,
    ) -> ArtifactRef:
        """Make *draft* an artifact, see `artifacts.commit`."""
        return artifacts.commit(self._layout, self._local, draft, kind, recipe, linked)

    def unfinished(self, name: str) -> Path:
        """A folder on this machine for how far the work *name* has come: another machine begins anew."""
        return unfinished.folder_of(self._local, name)

    def forget_unfinished(self, name: str) -> None:
        """Remove that folder again, see `unfinished.forget`."""
        unfinished.forget(self._local, name)

    def manifest(self, ref: ArtifactRef) -> Manifest:
        """The manifest of an artifact, see `artifacts.manifest_of`."""
        return manifest_of(self._layout, ref)

    def verify(self, ref: ArtifactRef) -> ArtifactRef:
        """Read and hash every file of an artifact, see `artifacts.verify_artifact`."""
        return artifacts.verify_artifact(self._layout, ref)

    def table(self, ref: ArtifactRef, name: str) -> pl.LazyFrame:
        """A table of an artifact, read from the bucket when it is collected."""
        files = table_files(self._layout, ref, name)
        return scan(files)

    def parts(self, ref: ArtifactRef, names: Sequence[str]) -> pl.LazyFrame:
        """Some Parquet files of an artifact, read from the bucket when they are collected."""
        files = files_of(self._layout, ref, names)
        return scan(files)

    def file(self, ref: ArtifactRef, name: str) -> Path:
        """One file of an artifact, on this machine, see `artifacts.local_path`."""
        return artifacts.local_path(self._layout, ref, name)

    def folder(self, ref: ArtifactRef, name: str) -> Path:
        """One folder of an artifact, on this machine, see `artifacts.local_folder`."""
        return artifacts.local_folder(self._layout, ref, name)

    def link(self, ref: ArtifactRef, name: str, target: Path) -> FileFacts | None:
        """Put one file of an artifact at *target*, see `artifacts.link`."""
        return artifacts.link(self._layout, ref, name, target)

    def build_release(self, parts: Parts, *, meta: Mapping[str, JSON]) -> str:
        """Put artifacts together as a release, see `releases.build_release`."""
        return releases.build_release(self._layout, parts, meta)

    def verify_release(self, release: str) -> Manifest:
        """Read and hash every file of a release, see `storage.releases.verify_release`."""
        return verify_release(self._layout, release)

    def releases(self) -> list[str]:
        """The ids of all releases, oldest first, whole or not."""
        with disk_errors(self.root, "list the releases"):
            return list(release_ids(self._layout))

    def release_folder(self, release: str) -> Url:
        """Where people find a release."""
        return self._layout.release(release)

    def release_part(self, release: str, folder: str) -> Path:
        """One folder of a release, on this machine, see `releases.local_part`."""
        return releases.local_part(self._layout, release, folder)

    def promote(
        self,
        release: str,
        *,
        expected: int | None,
        action: Action = "publish",
        reason: str = "",
        by: str = "",
    ) -> LedgerEntry:
        """Make a release live, see `ledger.promote`."""
        return ledger.promote(
            self._layout, release, expected=expected, action=action, reason=reason, by=by
        )

    def rollback(self, to: str | None = None, *, reason: str = "", by: str = "") -> LedgerEntry:
        """Make an earlier release live again, see `ledger.rollback`."""
        return ledger.rollback(self._layout, to, reason=reason, by=by)

    def gc(self, *, keep_releases: int, min_age: timedelta) -> GcReport:
        """Remove what no kept release needs and nobody made lately, see `retention.gc`."""
        return retention.gc(self._layout, self._local, keep_releases, min_age)

    def kept_releases(self, keep: int) -> list[str]:
        """The releases that a cleaning spares whatever their age, see `storage.retention.kept_releases`."""
        with disk_errors(self.root, "list the releases"):
            return kept_releases(self._layout, keep)

    def pin(self, release: str, *, reason: str, by: str) -> Pin:
        """Keep a release from being removed, see `pins.pin`."""
        return bucket_pins.pin(self._layout, release, reason, by)

    def unpin(self, release: str) -> None:
        """Let a cleaning remove a release again, see `pins.unpin`."""
        bucket_pins.unpin(self._layout, release)

    def pins(self) -> dict[str, Pin | None]:
        """All pinned releases by id, see `storage.pins.pins`."""
        return pins(self._layout)

    def drill(self) -> DrillReport:
        """Read all of the release that a rollback would go to, see `drill.rollback_drill`."""
        return drill.rollback_drill(self._layout)

    @contextmanager
    def turn(self, who: str) -> Iterator[None]:
        """Let no other run of this machine into the store meanwhile, see `turns.turn`.

        A run on another machine is not held off: both may do the work, and the entry that each expects in the ledger
        lets only one of them go live.
        """
        with turns.turn(self._local, who, store=self.root):
            yield

    def require_free(self, needed: int, doing: str) -> None:
        """Refuse to begin what the disk of the cache has no room for, see `space.require_free`."""
        advice = "Free the disk, or have XDG_CACHE_HOME name a folder on a larger one."
        space.require_free(self._local, needed, doing, advice)

    def unfinished_bytes(self) -> int:
        """What unfinished work takes on this machine's disk, see `space.unfinished_bytes`."""
        return space.unfinished_bytes(self._local)

    def write_note(self, name: str, note: Mapping[str, JSON]) -> None:
        """Keep what a run says of itself, see `notes.write_note`."""
        notes.write_note(self._layout, name, note)

    def last_notes(self, number: int) -> list[dict[str, Any]]:
        """The last notes by name, see `notes.last_notes`."""
        return notes.last_notes(self._layout, number)

    def add_alert(self, line: str) -> None:
        """Keep one line that a person should know, see `notes.add_alert`."""
        notes.add_alert(self._layout, line)

    @property
    def records(self) -> Path:
        """A folder on this machine for what the orchestrator remembers of this store; another machine has its own."""
        return self._local.records
