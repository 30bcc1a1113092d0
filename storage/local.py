"""The store on a local disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import polars as pl

from songspace.ledger import Action, LedgerEntry, is_store
from songspace.manifest import FileFacts, Manifest
from songspace.sealed import JSON
from storage import (
    alerts,
    artifacts,
    drafts,
    drill,
    ledger,
    notes,
    pins,
    releases,
    retention,
    space,
    turns,
    unfinished,
)
from storage.artifacts import ArtifactRef, Linked
from storage.disk import make_folders
from storage.drill import DrillReport
from storage.errors import StoreError, disk_errors
from storage.layout import Layout
from storage.opening import make_root, refuse_foreign, try_disk
from storage.pins import Pin
from storage.retention import GcReport
from storage.store import Store


class LocalStore(Store):
    """Artifacts, releases and the ledger in one folder of a disk."""

    def __init__(self, root: Path) -> None:
        self.root: Path = root
        self._layout = Layout(root)

    @classmethod
    def made(cls, path: Path) -> Self:
        """The store at *path*: made if absent, tried for writing, cleared of dead writers' drafts.

        Raises:
            StoreError: If the folder above is missing, the folder holds other things, the disk does
                not take a file or a link to it, or the folders of the store lie on several disks.
        """
        with disk_errors(path, "open or create what is needed"):
            store = cls(make_root(path))
            refuse_foreign(store._layout)
            make_folders(store._layout.folders())
            try_disk(store._layout)
            drafts.sweep(store._layout)
            ledger.point_live(store._layout)
        return store

    @classmethod
    def found(cls, path: Path) -> Self:
        """The store at *path* as it is: nothing is written, so a full or read-only disk will do.

        Raises:
            StoreError: If there is none.
        """
        with disk_errors(path, "find anything"):
            if not is_store(path):
                raise StoreError(
                    f"There is no store at {str(path)!r}: it has no folder refs/live. "
                    "A run makes one; or name another folder."
                )
            return cls(path.resolve(strict=True))

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """A fresh folder to write an artifact in; whatever happens, none is left behind."""
        with drafts.draft(self._layout) as folder:
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
        return artifacts.commit(self._layout, draft, kind, recipe, linked)

    def unfinished(self, name: str) -> Path:
        """A folder for how far the work *name* has come, see `unfinished.folder_of`."""
        return unfinished.folder_of(self._layout, name)

    def forget_unfinished(self, name: str) -> None:
        """Remove that folder again, see `unfinished.forget`."""
        unfinished.forget(self._layout, name)

    def manifest(self, ref: ArtifactRef) -> Manifest:
        """The manifest of an artifact, see `artifacts.manifest_of`."""
        return artifacts.manifest_of(self._layout, ref)

    def verify(self, ref: ArtifactRef) -> ArtifactRef:
        """Hash every file of an artifact again, see `artifacts.verify`."""
        return artifacts.verify(self._layout, ref)

    def table(self, ref: ArtifactRef, name: str) -> pl.LazyFrame:
        """A table of an artifact: the files `<name>/part-*.parquet`."""
        return pl.scan_parquet(artifacts.table_files(self._layout, ref, name))

    def parts(self, ref: ArtifactRef, names: Sequence[str]) -> pl.LazyFrame:
        """Some Parquet files of an artifact, see `artifacts.files_of`."""
        return pl.scan_parquet(artifacts.files_of(self._layout, ref, names))

    def file(self, ref: ArtifactRef, name: str) -> Path:
        """Local path of one file of an artifact, see `artifacts.file_of`."""
        return artifacts.file_of(self._layout, ref, name)

    def folder(self, ref: ArtifactRef, name: str) -> Path:
        """Local path of one folder of an artifact, see `artifacts.folder_of`."""
        return artifacts.folder_of(self._layout, ref, name)

    def link(self, ref: ArtifactRef, name: str, target: Path) -> FileFacts | None:
        """Put one file of an artifact at *target*, see `artifacts.link`."""
        return artifacts.link(self._layout, ref, name, target)

    def build_release(self, parts: releases.Parts, *, meta: Mapping[str, JSON]) -> str:
        """Put artifacts together as a release, see `releases.build_release`."""
        return releases.build_release(self._layout, parts, meta)

    def verify_release(self, release: str) -> Manifest:
        """Hash every file of a release again, see `releases.verify_release`."""
        return releases.verify_release(self._layout, release)

    def releases(self) -> list[str]:
        """The ids of all releases, oldest first, whole or not."""
        return list(releases.release_ids(self._layout))

    def release_folder(self, release: str) -> Path:
        """Where people find a release."""
        return self._layout.release(release)

    def release_part(self, release: str, folder: str) -> Path:
        """One folder of a release; nothing in it is looked at."""
        return self._layout.release(release) / folder

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
        return retention.gc(self._layout, keep_releases, min_age)

    def kept_releases(self, keep: int) -> list[str]:
        """The releases that a cleaning spares whatever their age, see `retention.kept_releases`."""
        return retention.kept_releases(self._layout, keep)

    def pin(self, release: str, *, reason: str, by: str) -> Pin:
        """Keep a release from being removed, see `pins.pin`."""
        return pins.pin(self._layout, release, reason, by)

    def unpin(self, release: str) -> None:
        """Let a cleaning remove a release again, see `pins.unpin`."""
        pins.unpin(self._layout, release)

    def pins(self) -> dict[str, Pin | None]:
        """All pinned releases by id, see `pins.pins`."""
        return pins.pins(self._layout)

    def drill(self) -> DrillReport:
        """Try a rollback beside the ledger, see `drill.rollback_drill`."""
        return drill.rollback_drill(self._layout)

    @contextmanager
    def turn(self, who: str) -> Iterator[None]:
        """Let no other run into the store meanwhile, see `turns.turn`."""
        with turns.turn(self._layout, who):
            yield

    def require_free(self, needed: int, doing: str) -> None:
        """Refuse to begin what the disk has no room for, see `space.require_free`."""
        space.require_free(self._layout, needed, doing)

    def unfinished_bytes(self) -> int:
        """What unfinished work takes on the disk, see `space.unfinished_bytes`."""
        return space.unfinished_bytes(self._layout)

    def write_note(self, name: str, note: Mapping[str, JSON]) -> None:
        """Keep what a run says of itself, see `notes.write_note`."""
        notes.write_note(self._layout, name, note)

    def last_notes(self, number: int) -> list[dict[str, Any]]:
        """The last notes by name, see `notes.last_notes`."""
        return notes.last_notes(self._layout, number)

    def add_alert(self, line: str) -> None:
        """Keep one line that a person should know, see `alerts.add_alert`."""
        alerts.add_alert(self._layout, line)

    @property
    def records(self) -> Path:
        """A local folder for what the orchestrator remembers of this store; it may be absent."""
        return self._layout.records
