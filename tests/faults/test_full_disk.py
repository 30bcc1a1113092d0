"""The disk of the store fills up in the middle of a run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import mounted
from tests.flows.attempts import Attempt, live_release
from tests.flows.small_runs import ALWAYS, First, Pipeline

SIZE: Final = "size=160m"
"""A run asks for 100 MB before it begins."""

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("prefect_server"),
]


@pytest.fixture
def line_on_a_small_disk(line: Pipeline, tmp_path: Path) -> Iterator[Pipeline]:
    """What the first run left, its store on a disk of its own."""
    with mounted(tmp_path / "disk", "tmpfs", SIZE) as disk:
        shutil.move(line.root, disk / "store")
        line.root = disk / "store"
        yield line


def fill(disk: Path) -> Path:
    """A file that takes all the room there is, and what comes free while a run goes on beside it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while free := os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize:
            file.write(bytes(min(free, 1 << 20)))
    return ballast


@pytest.mark.parametrize("stage", ["encode", "rehearse"])
def test_a_disk_that_is_full_is_named_and_once_there_is_room_only_what_is_left_is_done(
    line_on_a_small_disk: Pipeline, first: First, tmp_path: Path, stage: str
) -> None:
    line, (published, _) = line_on_a_small_disk, first
    changes = ("encode.min_artist_songs=3", "train.seed=7")
    with Attempt(line, tmp_path / "full", *changes) as full:
        full.wait_for_task(stage)
        ballast = fill(line.root.parent)
        reason = full.fail()
        done = full.worked()
    assert str(line.root) in reason
    assert "No space left on device" in reason
    assert live_release(line.root) == published.release

    ballast.unlink()
    with Attempt(line, tmp_path / "again", *changes) as again:
        again.end()
        done += again.worked()

    repeated = [task for task in done if done.count(task) > 1 and task != ALWAYS]
    assert repeated == []
    assert stage in done
    assert "publish" in done
    assert live_release(line.root) != published.release
