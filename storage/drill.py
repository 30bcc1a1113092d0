"""The drill: a rollback tried for real, on links to the releases, beside a ledger that stays as it is."""

from __future__ import annotations

import fcntl
import logging

import polars as pl
from polars.exceptions import PolarsError
from pydantic import BaseModel, ConfigDict

from songspace.errors import Damaged
from songspace.ledger import read_head, read_history
from songspace.manifest import MANIFEST, read_manifest
from songspace.places import Place
from songspace.release import Release, open_release
from storage.disk import flush_folders, holding, link_or_copy, make_folders
from storage.drafts import draft
from storage.errors import disk_errors
from storage.layout import Layout
from storage.ledger import previous_release, promote, rollback

log = logging.getLogger(__name__)


class DrillReport(BaseModel):
    """What a rollback, done now, would lead to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    live: str | None  # id of the release that a rollback would leave
    target: str | None  # the one that it would go to; None: there is none, and nothing was tried
    files: int  # of the target, each hashed
    size: int  # bytes of them
    rows: dict[str, int]  # by table, all of them read

    def __str__(self) -> str:
        """The outcome in one sentence."""
        if self.target is None:
            return "No rollback could be tried: there is no earlier release to go back to."
        return (
            f"A rollback would lead from {self.live} to {self.target}, which is whole: "
            f"{self.files} files and {sum(self.rows.values()):,} rows in {len(self.rows)} tables."
        )


def rollback_drill(layout: Layout) -> DrillReport:
    """Publish the live release and the one before in a store of links, roll back, and read what is live then.

    All of it lies in a draft, so that a kill leaves nothing.

    Raises:
        Damaged: If a file of either is not what was built, or a table cannot be read.
        NotFound: If one of them is gone.
        StoreError: If the disk refuses.
    """
    head, target = read_head(layout.root), previous_release(read_history(layout.root))
    if head is None or target is None:
        live = head.release if head else None
        return DrillReport(live=live, target=None, files=0, size=0, rows={})
    with disk_errors(layout.root, "try a rollback"), draft(layout) as folder:
        trial = Layout(folder / "store")
        make_folders([trial.root, *trial.folders()])
        for release in (target, head.release):
            _link(layout, trial, release)
        promote(trial, target, expected=None)
        promote(trial, head.release, expected=1)
        rollback(trial, reason="drill")
        with open_release(trial.root) as reached:
            report = report_on(head.release, reached)
    log.info("%s", report)
    if report.target != target:
        raise Damaged(f"A rollback was to lead to {target}, and led to {report.target}.")
    return report


def _link(layout: Layout, trial: Layout, release: str) -> None:
    """Give *trial* the files that the manifest of *release* lists."""
    source, copy = layout.release(release), trial.release(release)
    with holding(layout.lock, fcntl.LOCK_SH):  # so that no cleaning takes it away meanwhile
        for name in (MANIFEST, *read_manifest(source).files):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                link_or_copy(source / name, copy / name)
            except FileNotFoundError as error:
                raise Damaged(f"{source / name} is missing.") from error
    flush_folders(copy)


def report_on(live: str, reached: Release) -> DrillReport:
    """What a reader finds in the release that was *reached*."""
    return DrillReport(
        live=live,
        target=reached.id,
        files=len(reached.manifest.files),
        size=reached.manifest.size,
        rows={name: rows_of(reached.table(name), reached.path / name) for name in reached.tables},
    )


def rows_of(table: pl.LazyFrame, folder: Place) -> int:
    """How many rows a table has, once every value of it was read, batch by batch.

    Raises:
        Damaged: If it cannot be read.
    """
    try:
        return sum(len(batch) for batch in table.collect_batches())
    except PolarsError as error:
        raise Damaged(f"The table in {folder} cannot be read: {error}") from error
