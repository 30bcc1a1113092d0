"""Runs in processes of their own, to be stopped, starved and cut off from their server."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from prefect.settings import PREFECT_API_URL

import songspace
from storage.store import Store
from tests.flows.small_runs import AS_OPTIONS, Pipeline

ROOT: Final = Path(__file__).parents[2]
FINISHED: Final = re.compile(r"Task run '(\w+)(?: \d+ of \d+)?' - Finished in state (\w+)")


def without_server(home: Path) -> dict[str, str]:
    """The environment of a process that is told of no Prefect server, and whose Prefect has *home* for itself."""
    left_out = {"PREFECT_API_URL", "PREFECT_API_DATABASE_CONNECTION_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    return environment | {"PREFECT_HOME": str(home)}


def start_alone(log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """`python -m flows run` in a session of its own, with a Prefect home beside *log*."""
    # A child ignores Ctrl-C where its parent does; one that handles it passes on nothing.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with log.open("wb") as file:
            return subprocess.Popen(
                [sys.executable, "-m", "flows", "run", *arguments],
                cwd=ROOT,
                env=without_server(log.parent),
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
    finally:
        signal.signal(signal.SIGINT, before)


class Attempt:
    """`python -m flows run` over the catalogue and into the store of *line*, and what it says."""

    def __init__(self, line: Pipeline, log: Path, *changes: str, **environment: str) -> None:
        command = [sys.executable, "-m", "flows", "run"]
        command += ["--csv", str(line.csv), "--store", str(line.root), *AS_OPTIONS]
        self.log = log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [*command, *(part for change in changes for part in ("--set", change))],
                cwd=ROOT,
                env=os.environ | {"PREFECT_API_URL": PREFECT_API_URL.value() or ""} | environment,
                stdout=file,
                stderr=file,
            )

    def __enter__(self) -> Attempt:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def said(self) -> str:
        """All that it has said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, text: str) -> None:
        """Wait until it says *text*; an error if it ends before."""
        while text not in self.said():
            assert self.process.poll() is None, self.said()
            time.sleep(0.02)

    def wait_for_task(self, name: str) -> None:
        """Wait until it has brought a task of that name to its end."""
        while name not in dict(FINISHED.findall(self.said())):
            assert self.process.poll() is None, self.said()
            time.sleep(0.02)

    def end(self) -> None:
        """Let it run to its end, which is to be a good one."""
        assert self.process.wait() == 0, self.said()

    def fail(self) -> str:
        """Let it run to its end, which is to be a failure that it explains, and give that line."""
        assert self.process.wait() == 1, self.said()
        (explained,) = (line for line in self.said().splitlines() if line.startswith("run: "))
        return explained

    def worked(self) -> list[str]:
        """The tasks that it brought to their end and did not find done."""
        return [task for task, state in FINISHED.findall(self.said()) if state == "Completed"]


def live_release(root: Path) -> str:
    """The live release, after every file of it was checked; nothing of a failed run lies beside it."""
    assert list((root / "staging").iterdir()) == []
    store = Store.existing(root)
    assert [entry.sequence for entry in store.history()] == list(range(1, len(store.history()) + 1))
    with songspace.open(root) as release:
        return release.id
