"""Cleaning: removes the releases and artifacts that nobody can need any more."""

from __future__ import annotations

import fcntl
import logging
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from songspace.errors import Damaged, NotFound
from songspace.ledger import read_history, sequences
from songspace.manifest import read_manifest
from songspace.places import AnyPlace
from songspace.sealed import JSON
from storage.disk import flush, holding, let_go, remove_tree, try_lock_folder
from storage.drafts import new_name, sweep
from storage.errors import StoreError, disk_errors
from storage.layout import Folders, Layout
from storage.ledger import previous_release
from storage.pins import pinned
from storage.releases import release_ids

log = logging.getLogger(__name__)


class GcReport(BaseModel):
    """What one cleaning removed, and what it left only because somebody has it open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    releases: tuple[str, ...]  # ids
    artifacts: tuple[str, ...]  # kind/version
    drafts: tuple[str, ...]
    quarantined: tuple[str, ...]
    unfinished: tuple[str, ...]  # kind-digest
    held: tuple[str, ...]  # ids and kind/version
    freed_bytes: int

    @property
    def removed(self) -> tuple[str, ...]:
        """The names of all that was removed."""
        return (
            *self.releases,
            *self.artifacts,
            *self.quarantined,
            *self.unfinished,
            *self.drafts,
        )


def gc(layout: Layout, keep_releases: int, min_age: timedelta) -> GcReport:
    """Remove what no kept release needs and nobody made or asked for lately.

    Kept are the live release, the one live before it, the one that a rollback would go to, the
    *keep_releases* that went live last by the ledger's numbers, any that is pinned or that a reader
    has open, any built or asked for less than *min_age* ago, and all of them as long as the ledger
    is empty; further the artifacts that these name, and those committed or verified less than
    *min_age* ago.

    A release that never went live, such as a candidate that was refused, stays by its age alone.

    Nothing else tells the work of a run that is going on: a *min_age* shorter than a run may stop
    it, one shorter than the time between two runs costs work that is done again.

    Raises:
        StoreError: If the newest entry of the ledger is damaged: it may have named any release.
        SongspaceError: If an entry has a newer format, or the disk does not give what is needed.
        ValueError: If a limit is negative.
    """
    refuse_negative(keep_releases, min_age)
    # Writers hold this lock shared while they commit, build or promote. So we wait for them,
    # and nothing is linked or made live between our look at the ledger and the removal.
    with disk_errors(layout.root, "clean up"), holding(layout.lock, fcntl.LOCK_EX):
        cleaning = Cleaning(layout, time.time() - min_age.total_seconds())
        kept = set(map(layout.release, kept_releases(layout, keep_releases)))
        releases = cleaning.remove(map(layout.release, release_ids(layout)), kept)
        artifacts = cleaning.remove(_artifact_folders(layout), _needed_artifacts(layout))
        quarantined = cleaning.remove(sorted(layout.quarantine.glob("*/")), ())
        unfinished = cleaning.remove(sorted(layout.unfinished.glob("*/")), ())
        drafts = sweep(layout)
    return GcReport(
        releases=tuple(folder.name for folder in releases),
        artifacts=tuple(map(_artifact_name, artifacts)),
        quarantined=tuple(folder.name for folder in quarantined),
        unfinished=tuple(folder.name for folder in unfinished),
        drafts=tuple(drafts),
        held=tuple(
            _artifact_name(folder) if folder.is_relative_to(layout.artifacts) else folder.name
            for folder in cleaning.held
        ),
        freed_bytes=cleaning.freed_bytes,
    )


def refuse_negative(keep_releases: int, min_age: timedelta) -> None:
    """Raise if a limit is below zero."""
    if keep_releases < 0 or min_age < timedelta():
        raise ValueError(f"Expected limits from 0, got {keep_releases=} and {min_age=}.")


@dataclass
class Cleaning:
    """Removal of old folders, with a count of what it brought."""

    layout: Layout
    before: float  # seconds of the epoch: younger folders stay
    held: list[Path] = field(default_factory=list)
    freed_bytes: int = 0

    def remove(self, folders: Iterable[Path], kept: Collection[Path]) -> list[Path]:
        """Remove the old ones of *folders* that are not *kept* nor held; returns them."""
        old = [path for path in folders if path not in kept and self._is_old(path)]
        return [folder for folder in old if self._remove(folder)]

    def _is_old(self, folder: Path) -> bool:
        """Whether nobody wrote or asked for the folder lately; a time in the future is young."""
        try:
            return folder.stat().st_mtime <= self.before
        except FileNotFoundError:  # unfinished work that was finished meanwhile
            return False

    def _remove(self, folder: Path) -> bool:
        """Take *folder* away whole, by one rename, then its files; not while somebody holds it."""
        lock = try_lock_folder(folder)
        if lock is None:
            self.held.append(folder)
            return False
        try:
            trash = new_name(self.layout)
            folder.rename(trash)
            flush(folder.parent)
            self.freed_bytes += sum(_freed_bytes(path) for path in trash.rglob("*"))
            remove_tree(trash)
        finally:
            let_go(lock)
        log.info("removed %s", folder)
        return True


def _freed_bytes(path: Path) -> int:
    """What removing the file at *path* brings: nothing as long as another link to it stays."""
    facts = path.lstat()
    return facts.st_size if path.is_file() and facts.st_nlink == 1 else 0


def _artifact_name(folder: Path) -> str:
    """Kind and version of the artifact in *folder*."""
    return f"{folder.parent.name}/{folder.name}"


def kept_releases(layout: Folders[AnyPlace], keep: int) -> list[str]:
    """The ids of the releases that stay whatever their age, in order; some may be gone already.

    Raises:
        StoreError: If the newest entry of the ledger is damaged: it may have named any release.
    """
    # In this order: an entry that lands meanwhile is in the history, not missing from it.
    newest = max(sequences(layout.root), default=None)
    history = read_history(layout.root)
    head = history[-1] if history else None
    if newest is None:  # before the first promotion, or the ledger was lost
        releases = list(release_ids(layout))
        if releases:
            log.warning("no entry in %s says what is live: all releases stay", layout.refs)
        return releases
    if head is None or head.sequence < newest:
        raise StoreError(
            f"Nothing was removed: entry {newest} of the ledger in {layout.refs} cannot be read, "
            "so which release is live is not certain. Restore that file or publish once more."
        )
    went_live: list[str] = list(dict.fromkeys(entry.release for entry in reversed(history)))
    kept = {*went_live[: max(keep, 1)], previous_release(history), head.previous}
    return sorted({release for release in kept if release} | set(pinned(layout)))


def _artifact_folders(layout: Layout) -> Iterator[Path]:
    """The folders of all artifacts."""
    yield from sorted(layout.artifacts.glob("*/*/"))


def _needed_artifacts(layout: Layout) -> set[Path]:
    """The folders of the artifacts that the remaining releases name.

    All artifacts, if one of these releases cannot say what it names.
    """
    try:
        recipes = [read_manifest(layout.release(name)).recipe for name in release_ids(layout)]
    except (Damaged, NotFound) as error:
        log.warning("removed no artifact, since what this release needs is not known: %s", error)
        return set(_artifact_folders(layout))
    return {layout.artifact(*name) for recipe in recipes for name in references_in(recipe)}


def references_in(value: JSON) -> Iterator[tuple[str, str]]:
    """Kind and version of every reference anywhere in *value*."""
    if isinstance(value, Mapping):
        kind, version = value.get("kind"), value.get("version")
        if isinstance(kind, str) and isinstance(version, str):
            yield kind, version
        for inner in value.values():
            yield from references_in(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from references_in(inner)
