"""A real Prefect server is killed in the middle of a run, and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.flows.attempts import ROOT, Attempt, live_release, without_server
from tests.flows.small_runs import ALWAYS, First, Pipeline

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(900)]


class Server:
    """`prefect server start`, with a home of its own."""

    def __init__(self, home: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/api"
        self.home = home
        self.process: subprocess.Popen[bytes]

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--host", "127.0.0.1"],
            cwd=ROOT,
            env=without_server(self.home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that all of it can be killed at once
        )
        while not self.answers():
            assert self.process.poll() is None
            time.sleep(0.2)

    def answers(self) -> bool:
        """Whether it is there."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False

    def kill(self) -> None:
        """Kill -9, whatever it is doing."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def test_a_run_whose_server_is_killed_says_so_and_the_next_one_repeats_nothing_that_was_finished(
    line: Pipeline, first: First, tmp_path: Path
) -> None:
    published, _ = first
    server = Server(tmp_path / "home")
    # Without the number of retries Prefect would try for minutes.
    found = {"PREFECT_API_URL": server.url, "PREFECT_CLIENT_MAX_RETRIES": "0"}
    server.start()
    try:
        with Attempt(line, tmp_path / "cut off", "neighbours.seed=7", **found) as cut_off:
            cut_off.wait_for_task("neighbours")
            server.kill()
            reason = cut_off.fail()  # for each event that is left it tries for seven seconds
            done = cut_off.worked()
        assert f"Prefect's server at {server.url} does not answer" in reason
        live_release(line.root)  # the old one, or the new one if it came so far

        server.start()
        with Attempt(line, tmp_path / "next", "neighbours.seed=7", **found) as after:
            after.end()
            done += after.worked()
    finally:
        server.kill()

    assert sorted(task for task in done if task != ALWAYS) == sorted(
        [
            *("index", "neighbours", "gather_neighbours"),
            *("evaluate", "gate", "report", "publish"),
        ]
    )
    assert live_release(line.root) != published.release
