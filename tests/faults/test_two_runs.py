"""Two real runs at once in one store."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from flows.alert_log import ALERTS
from tests.flows.attempts import Attempt, live_release
from tests.flows.small_runs import First, Pipeline

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("prefect_server")]


def files_of(root: Path) -> dict[Path, tuple[int, int]]:
    """All files of a store but its log, each with its size and the time of its last change."""
    return {
        path: (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in root.rglob("*")
        if not path.is_dir() and path.name != ALERTS
    }


def stop(pid: int) -> None:
    """Stop a process, every thread of it, until it is told to go on."""
    os.kill(pid, signal.SIGSTOP)
    while not all(stands(status) for status in Path(f"/proc/{pid}/task").glob("*/status")):
        time.sleep(0.01)


def stands(status: Path) -> bool:
    """Whether a thread is stopped, or has ended."""
    try:
        return "\nState:\tT" in status.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_the_second_of_two_runs_names_the_first_and_changes_nothing_and_the_first_goes_on(
    line: Pipeline, first: First, tmp_path: Path
) -> None:
    published, _ = first
    with Attempt(line, tmp_path / "early", "neighbours.seed=7") as early:
        early.wait_for_task("neighbours")
        stop(early.process.pid)  # so that whatever changes is the other's doing
        before = files_of(line.root)

        with Attempt(line, tmp_path / "late", "neighbours.seed=8") as late:
            reason = late.fail()
        assert files_of(line.root) == before

        early.process.send_signal(signal.SIGCONT)
        early.end()

    assert f"Another run works in {line.root} since" in reason
    assert f"process {early.process.pid} on" in reason
    assert "a run on songs.csv" in reason
    assert late.worked() == []
    (told,) = (line.root / ALERTS).read_text().splitlines()
    assert "Cancelled pipeline songs.csv: Another run works in" in told
    assert len(line.store.history()) == 2
    assert live_release(line.root) != published.release
