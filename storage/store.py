"""The store on a local disk: the one object that tasks and flows are given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from songspace.errors import SongspaceError
from songspace.ledger import Action, LedgerEntry, read_head, read_history
from songspace.manifest import Manifest, read_manifest
from songspace.sealed import JSON
from storage import artifacts, drafts, ledger, releases, retention
from storage.artifacts import ArtifactRef
from storage.disk import make_folders, write_flushed
from storage.errors import StoreError, disk_errors
from storage.layout import Layout
from storage.retention import GcReport


class Store:
    """Artifacts, releases and the ledger under one root; holds nothing but the root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._layout = Layout(root)

    @classmethod
    def open(cls, root: str | Path) -> Store:
        """The store at *root*: made if absent, tried for writing, cleared of dead writers' drafts.

        Raises:
            StoreError: If the folder above is missing, or the disk does not take a file.
        """
        path = Path(root).expanduser()
        with disk_errors(path, "open or create what is needed"):
            store = cls(_make_root(path))
            make_folders(store._layout.folders())
            with store.draft() as draft:
                write_flushed(draft / "writable", b"yes")
            drafts.sweep(store._layout)
            ledger.point_live(store._layout)
        return store

    def __repr__(self) -> str:
        return f"Store({str(self.root)!r})"

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """A fresh folder to write an artifact in; whatever happens, none is left behind."""
        with drafts.draft(self._layout) as folder:
            yield folder

    def commit(self, draft: Path, kind: str, *, recipe: Mapping[str, JSON]) -> ArtifactRef:
        """Make *draft* an artifact, see `artifacts.commit`."""
        return artifacts.commit(self._layout, draft, kind, recipe)

    def manifest(self, ref: ArtifactRef) -> Manifest:
        """The manifest of an artifact, see `artifacts.manifest_of`."""
        return artifacts.manifest_of(self._layout, ref)

    def holds(self, ref: ArtifactRef) -> bool:
        """Whether the artifact is here; its files are not hashed."""
        try:
            self.manifest(ref)
        except SongspaceError:
            return False
        return True

    def verify(self, ref: ArtifactRef) -> ArtifactRef:
        """Hash every file of an artifact again, see `artifacts.verify`."""
        return artifacts.verify(self._layout, ref)

    def table(self, ref: ArtifactRef, name: str) -> pl.LazyFrame:
        """A table of an artifact: the files `<name>/part-*.parquet`."""
        return pl.scan_parquet(self.table_files(ref, name))

    def table_files(self, ref: ArtifactRef, name: str) -> list[Path]:
        """Local paths of a table's parts, see `artifacts.table_files`."""
        return artifacts.table_files(self._layout, ref, name)

    def file(self, ref: ArtifactRef, name: str) -> Path:
        """Local path of one file of an artifact, see `artifacts.file_of`."""
        return artifacts.file_of(self._layout, ref, name)

    def read_json(self, ref: ArtifactRef, name: str) -> Any:
        """The content of a JSON file of an artifact."""
        return json.loads(self.file(ref, name).read_bytes())

    def build_release(self, parts: releases.Parts, *, meta: Mapping[str, JSON]) -> str:
        """Put artifacts together as a release, see `releases.build_release`."""
        return releases.build_release(self._layout, parts, meta)

    def verify_release(self, release: str) -> Manifest:
        """Hash every file of a release again, see `releases.verify_release`."""
        return releases.verify_release(self._layout, release)

    def releases(self) -> list[str]:
        """The ids of all releases, oldest first, whole or not."""
        return list(releases.release_ids(self._layout))

    def release_manifest(self, release: str) -> Manifest:
        """The manifest of a release; its files are not looked at."""
        return read_manifest(self._layout.release(release))

    def head(self) -> LedgerEntry | None:
        """The entry that says which release is live; None before the first."""
        return read_head(self.root)

    def history(self) -> list[LedgerEntry]:
        """All readable entries of the ledger, oldest first."""
        return read_history(self.root)

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
        """Remove what no kept release and no running work needs, see `retention.gc`."""
        return retention.gc(self._layout, keep_releases, min_age)


def _make_root(path: Path) -> Path:
    """The real path of the root; a missing parent may be a missing mount, so none is made."""
    if not path.parent.is_dir():
        raise StoreError(
            f"Cannot keep anything in {path}: there is no folder {path.parent}. "
            "Mount the disk or create that folder."
        )
    path.mkdir(exist_ok=True)
    return path.resolve(strict=True)
