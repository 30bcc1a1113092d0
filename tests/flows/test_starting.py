"""Prefect's temporary server, which a run starts before it is imported itself."""

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import starting
from flows.starting import free_port, start_temporary_server

ROOT = Path(__file__).parents[2]


def in_a_process(program: str, home: Path) -> str:
    """What a process says that is told of no server."""
    left_out = {"PREFECT_API_URL", "PREFECT_API_DATABASE_CONNECTION_URL"}
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment | {"PREFECT_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


def test_where_a_server_is_named_none_is_started() -> None:
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:4200/api"}):
        assert start_temporary_server() is None


def test_a_server_that_nobody_waited_for_ends_with_the_process_that_started_it(
    tmp_path: Path,
) -> None:
    program = """
from flows.starting import start_temporary_server
print(start_temporary_server().process.pid)
"""
    command_line = Path(f"/proc/{int(in_a_process(program, tmp_path))}/cmdline")

    ends = time.monotonic() + 60
    while command_line.exists() and command_line.read_bytes():  # nothing, of one that has ended
        assert time.monotonic() < ends, command_line.read_bytes()
        time.sleep(0.1)


PORT_TAKEN = """
import http.server, threading

other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=other.serve_forever, daemon=True).start()

from flows.server import TemporaryServer
from flows.starting import StartingServer, launch_server

taken = other.server_address[1]
server = TemporaryServer()
server.adopt(StartingServer(taken, launch_server(taken)))
print(taken, server.port, server.running)
"""


def test_a_server_whose_port_was_taken_meanwhile_is_started_on_another(tmp_path: Path) -> None:
    taken, port, running = in_a_process(PORT_TAKEN, tmp_path).split()

    assert port != taken
    assert running == "True"


def test_a_port_on_which_somebody_listens_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        monkeypatch.setattr(starting, "PORTS", range(taken, taken + 1))

        with pytest.raises(RuntimeError, match=re.escape(f"between {taken} and {taken}")):
            free_port()


def test_a_command_that_finds_nothing_to_read_has_started_no_server(tmp_path: Path) -> None:
    missing = tmp_path / "none.csv"
    program = f"""
from flows.commands import main
main(["run", "--csv", {str(missing)!r}, "--store", {str(tmp_path / "store")!r}])
import sys
print("flows.starting" in sys.modules)
"""

    assert in_a_process(program, tmp_path) == "False\n"
