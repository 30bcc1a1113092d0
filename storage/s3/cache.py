"""The local side of a store in a bucket: drafts, unfinished work, and a mirror of files that were asked for."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from songspace.places import names_in
from songspace.s3.cache import PART, mirror
from songspace.s3.url import Url
from storage.disk import holding, make_folders
from storage.drafts import sweep
from storage.layout import BucketLayout, Layout
from storage.retention import Cleaning

_DAY_S: Final = 86_400.0


def local_layout(root: Url) -> Layout:
    """The local folders of the store at *root*, made if they are absent.

    Raises:
        OSError: If the disk of the cache refuses.
    """
    layout = Layout(mirror(root))
    layout.root.parent.mkdir(parents=True, exist_ok=True)
    make_folders([layout.root, layout.staging])
    return layout


@dataclass(frozen=True)
class Swept:
    """What a cleaning of the local side removed, and what it left only because somebody has it open."""

    unfinished: tuple[str, ...]
    drafts: tuple[str, ...]
    held: tuple[str, ...]


def clean_cache(layout: BucketLayout, local: Layout, min_age: timedelta) -> Swept:
    """Remove old files of what the bucket has no more, unfinished work that is old, and drafts of dead writers.

    Raises:
        OSError: If the disk or the server refuses.
    """
    before = time.time() - min_age.total_seconds()
    cleaning = Cleaning(local, before)
    with holding(local.lock, fcntl.LOCK_EX):
        cleaning.remove(_gone(layout, local), ())
        unfinished = cleaning.remove(sorted(local.unfinished.glob("*/")), ())
        drafts = sweep(local)
        _remove_abandoned_parts(local.root)
    return Swept(
        unfinished=tuple(folder.name for folder in unfinished),
        drafts=tuple(drafts),
        held=tuple(folder.name for folder in cleaning.held),
    )


def _remove_abandoned_parts(root: Path) -> None:
    """Remove what was begun to be fetched more than a day ago; drafts and files may go away meanwhile."""
    for folder, _, names in os.walk(root, onerror=_raise_unless_gone):
        for name in names:
            if name.startswith(".") and name.endswith(PART):
                part = Path(folder, name)
                with suppress(FileNotFoundError):
                    if part.stat().st_mtime < time.time() - _DAY_S:
                        part.unlink()


def _raise_unless_gone(error: OSError) -> None:
    """Raise what the disk said, but for a folder that went away after it was listed."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _gone(layout: BucketLayout, local: Layout) -> Iterator[Path]:
    """The mirrors of artifacts and releases that the bucket does not hold."""
    for folder in sorted(local.artifacts.glob("*/")):
        there = set(names_in(layout.artifacts / folder.name))
        yield from (path for path in sorted(folder.glob("*/")) if path.name not in there)
    there = set(names_in(layout.releases))
    yield from (path for path in sorted(local.releases.glob("*/")) if path.name not in there)
