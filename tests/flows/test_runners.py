"""Files are worked on in threads, in processes or on a Dask cluster, and the release is the same."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import dask
import pytest
from distributed import Client, LocalCluster

from flows.commands import main
from flows.pipeline import pipeline
from flows.runners import task_runner
from flows.settings import read_settings
from storage.artifacts import ArtifactRef
from storage.store import Store
from tests.flows.attempts import ROOT, without_server
from tests.flows.small_runs import AS_OPTIONS, MAPPED, First, Shards, stage_of

PIECES: Final = ("shard", "summary", "encoded", "placed", "nearest")
"""What the mapped stages make."""

pytestmark = pytest.mark.timeout(900)  # clusters and processes import everything once more

REFUSED: Final = (
    *("dusk", "thread", "Threads", " threads", "threads ", "threads\n", "threads,dask"),
    *("threads=", "threads=0", "threads=-1", "threads=two", "processes=1.5", "dask=10000"),
    *("dask=127.0.0.1:8786", "dask=tcp://", "dask=tcp://a b", "threads=tcp://127.0.0.1:8786"),
)


@pytest.fixture
def unmapped(shards: Shards) -> Shards:
    """What the first run left, but for what it had made of each file and the records of that."""
    for kind in PIECES:
        shutil.rmtree(shards.root / "artifacts" / kind)
    for stage in MAPPED:
        for record in (shards.root / "results").glob(f"{stage}-*"):
            record.unlink()
    return shards


@contextmanager
def cluster() -> Iterator[LocalCluster]:
    """A Dask cluster of two processes, which their nannies start again if they die."""
    alone = {"threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(n_workers=2, processes=True, **alone) as started:  # type: ignore[no-untyped-call]
        yield started


def workers_of(running: LocalCluster) -> set[int]:
    """The processes of its workers."""
    with Client(running) as client:  # type: ignore[no-untyped-call]
        client.wait_for_workers(2, timeout=180)
        return set(client.run(os.getpid).values())


def require_same_release(line: Shards, first: First, runner: str) -> None:
    """Run again with that runner, and fail unless every file's work is done anew and comes out as it was."""
    published, _ = first

    again, worked = line.run(f"runner={runner}")

    assert again == published
    assert worked == list(MAPPED)
    for stage in MAPPED:
        states = [state for name, state in line.last_states.items() if stage_of(name) == stage]
        assert states == ["Completed"] * 3
    require_whole(line.root)


def require_whole(root: Path) -> None:
    """Fail if an artifact is damaged, or something is left that was not finished."""
    store = Store.open(root)
    for folder in (root / "artifacts").glob("*/*"):
        store.verify(ArtifactRef(kind=folder.parent.name, version=folder.name))
    for name in ("staging", "unfinished", "quarantine"):
        assert list((root / name).glob("*")) == []


@pytest.mark.parametrize("runner", ["threads=1", "threads=2", "processes=2", "dask=2"])
def test_every_runner_gives_the_same_release(
    unmapped: Shards, first_of_shards: First, runner: str
) -> None:
    require_same_release(unmapped, first_of_shards, runner)


def test_the_workers_of_a_cluster_that_runs_already_give_the_same_release(
    unmapped: Shards, first_of_shards: First
) -> None:
    with cluster() as running:
        assert re.fullmatch(r"tcp://127\.0\.0\.1:\d+", running.scheduler_address)

        require_same_release(unmapped, first_of_shards, f"dask={running.scheduler_address}")


class Killer:
    """Kills the first worker of a cluster that has begun to write."""

    def __init__(self, running: LocalCluster, store: Path) -> None:
        self.store = store
        self.killed: list[int] = []
        self._over = threading.Event()
        self._workers = workers_of(running)
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self.killed and not self._over.is_set():
            for worker in self._workers:
                if self._writes(worker):
                    os.kill(worker, signal.SIGKILL)
                    self.killed.append(worker)
                    return
            time.sleep(0.001)

    def _writes(self, worker: int) -> bool:
        """Whether it has a draft in its hands."""
        drafts = str(self.store / "staging" / "draft-")
        try:
            open_files = list(Path(f"/proc/{worker}/fd").iterdir())
            return any(str(link.readlink()).startswith(drafts) for link in open_files)
        except OSError:  # closed meanwhile
            return False


@pytest.mark.fault
def test_a_run_goes_on_if_a_worker_is_killed_while_it_writes(
    unmapped: Shards, first_of_shards: First
) -> None:
    published, _ = first_of_shards
    with cluster() as running, Killer(running, unmapped.root) as killer:
        again, worked = unmapped.run(f"runner=dask={running.scheduler_address}")
        alive = workers_of(running)

    assert len(killer.killed) == 1
    assert alive.isdisjoint(killer.killed)
    assert again == published
    assert worked == list(MAPPED)
    require_whole(unmapped.root)


def test_a_cluster_that_is_not_there_is_named(unmapped: Shards) -> None:
    nowhere = "tcp://127.0.0.1:9"
    with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
        state = pipeline(unmapped.settings(f"runner=dask={nowhere}"), return_state=True)

    assert state.is_failed()
    assert nowhere in (state.message or "")


@pytest.mark.parametrize("runner", REFUSED)
def test_a_runner_of_no_known_name_is_refused(runner: str) -> None:
    with pytest.raises(ValueError, match="Expected threads, processes or dask as the runner"):
        task_runner(runner)
    with pytest.raises(ValueError, match="runner"):
        read_settings(None, [], runner=runner)


@pytest.mark.parametrize("runner", ["dusk", "threads=0", "dask=somewhere"])
def test_a_command_with_such_a_runner_ends_before_anything_is_begun(
    tmp_path: Path, runner: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "store"

    assert main(["run", "--demo", "300", "--store", str(root), "--runner", runner]) == 1

    said = capsys.readouterr().err
    assert said.startswith("run: ")
    assert "runner" in said
    assert "threads" in said
    assert "dask" in said
    assert runner in said
    assert not root.exists()


def test_a_runner_shapes_no_release() -> None:
    threads, cluster = (read_settings(None, [], runner=name) for name in ("threads", "dask=2"))

    assert threads.stages() == cluster.stages()


def test_processes_report_to_the_temporary_server_of_their_run(
    unmapped: Shards, first_of_shards: First, tmp_path: Path
) -> None:
    """Else each would start one of its own, and no one place would tell of all files."""
    published, _ = first_of_shards
    home = tmp_path / "prefect"
    command = [sys.executable, "-m", "flows", "run", "--runner", "processes=2", *AS_OPTIONS]

    done = subprocess.run(
        [*command, "--csv", str(unmapped.csv), "--store", str(unmapped.root)],
        cwd=ROOT,
        env=without_server(home),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert published.release in done.stdout
    assert done.stderr.count("Starting temporary server") == 1
    with sqlite3.connect(home / "prefect.db") as database:
        states = dict(database.execute("SELECT name, state_name FROM task_run"))
    for stage in MAPPED:
        for number in (1, 2, 3):
            assert states[f"{stage} {number} of 3"] == "Completed"
