"""`python -m flows ui`: what it does when it cannot start, and when a part of it dies."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from prefect.client.orchestration import SyncPrefectClient

from flows.commands import main
from tests.deployments.conftest import ROOT, two_free_ports, wait_for


@pytest.mark.parametrize("which", [0, 1])
def test_a_port_that_is_taken_is_named(which: int, capsys: pytest.CaptureFixture[str]) -> None:
    port = two_free_ports()

    with socket.create_server(("127.0.0.1", port + which)):
        assert main(["ui", "--port", str(port)]) == 1

    said = capsys.readouterr().err
    assert f"Port {port + which} of 127.0.0.1 is not free" in said
    assert "--port" in said


def child(pid: int, word: str) -> int:
    """The one process that a process has started with *word* among its arguments."""
    said = subprocess.run(["pgrep", "--parent", str(pid)], capture_output=True, text=True)
    arguments = {int(one): Path(f"/proc/{one}/cmdline").read_text() for one in said.stdout.split()}
    (found,) = (one for one, line in arguments.items() if word in line.split("\0"))
    return found


def begin_run(api: str) -> None:
    """Have the worker take up a run, and return when it works."""
    with SyncPrefectClient(api) as client:  # which asks again when the database is busy
        on_demand = client.read_deployment_by_name("pipeline/on-demand")
        run = client.create_flow_run_from_deployment(on_demand.id)
        wait_for(lambda: client.read_flow_run(run.id).state_name == "Running")


def processes_with(variable: str) -> list[int]:
    """The processes that have *variable* in their environment."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if variable.encode() in environment.read_bytes().split(b"\0"):
                found.append(int(environment.parent.name))
        except OSError:  # ended since, or of somebody else
            continue
    return found


@pytest.mark.timeout(900)
def test_if_one_part_dies_it_is_named_and_all_others_end(tmp_path: Path) -> None:
    port, log = two_free_ports(), tmp_path / "log"
    mine = {"PREFECT_HOME": str(tmp_path / "home"), "SONGSPACE_STORE": str(tmp_path / "store")}
    with log.open("w") as file:
        launcher = subprocess.Popen(
            [sys.executable, "-m", "flows", "ui", "--port", str(port)],
            cwd=ROOT,
            env=os.environ | mine,
            stdout=file,
            stderr=file,
        )
    try:
        wait_for(lambda: "Ctrl-C" in log.read_text() or launcher.poll() is not None)
        assert launcher.poll() is None, log.read_text()
        assert httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=60).is_success
        assert "No release yet" in httpx.get(f"http://127.0.0.1:{port + 1}/", timeout=60).text
        parts = {word: child(launcher.pid, word) for word in ("server", "worker", "reports")}
        begin_run(f"http://127.0.0.1:{port}/api")
        os.kill(parts["worker"], signal.SIGKILL)
        launcher.wait(180)
    finally:
        launcher.terminate()
        launcher.wait()

    assert launcher.returncode == 1
    assert "The worker ended by itself (status -9)" in log.read_text()
    for pid in parts.values():
        assert not Path(f"/proc/{pid}").exists()
    assert processes_with(f"PREFECT_HOME={tmp_path / 'home'}") == []  # nor the run that it began
