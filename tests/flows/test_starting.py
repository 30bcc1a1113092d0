"""Prefect's temporary server, which a run starts before it is imported itself."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import starting
from flows.starting import free_port, start_temporary_server
from tests.flows.attempts import ROOT, start_alone, without_server


def in_a_process(program: str, home: Path) -> str:
    """What a program says; into a file, since a server that it left behind would hold a pipe open."""
    said = home / "said"
    with said.open("w") as file:
        command = [sys.executable, "-c", program]
        subprocess.run(command, cwd=ROOT, env=without_server(home), stdout=file, check=True)
    return said.read_text()


def test_where_a_server_is_named_none_is_started() -> None:
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:4200/api"}):
        assert start_temporary_server() is None


def test_a_server_that_nobody_waited_for_ends_before_the_process_that_started_it(
    tmp_path: Path,
) -> None:
    program = """
from flows.starting import start_temporary_server
print(start_temporary_server().process.pid)
"""
    assert not had_to_be_killed(int(in_a_process(program, tmp_path)))


def test_a_run_that_is_stopped_while_it_is_imported_leaves_no_server(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run = start_alone(log, "--demo", "50", "--store", str(tmp_path / "store"))
    server = first_child(run)

    run.send_signal(signal.SIGTERM)

    assert run.wait(timeout=200) == 143
    assert not had_to_be_killed(server)
    assert "Traceback" not in log.read_text()


def first_child(run: subprocess.Popen[bytes]) -> int:
    """The first process that *run* starts, as soon as there is one."""
    while not (found := children(run.pid)):
        assert run.poll() is None
        time.sleep(0.001)
    return found[0]


def children(pid: int) -> list[int]:
    """The processes that any thread of a process has started."""
    found: list[int] = []
    for children_of_a_thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # it has just ended: its children are another's next time
            found += map(int, children_of_a_thread.read_text().split())
    return found


def had_to_be_killed(pid: int) -> bool:
    """Whether a process was still there; it is no longer."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


STOPPED_IN_THE_START = """
import signal, subprocess
from flows.starting import start_temporary_server
from flows.stopping import Interrupted, stoppable

fork = subprocess._fork_exec

def fork_and_be_stopped(*arguments):
    pid = fork(*arguments)
    print(pid)
    signal.raise_signal(signal.SIGTERM)
    return pid

subprocess._fork_exec = fork_and_be_stopped
try:
    with stoppable():
        start_temporary_server()
except Interrupted:
    print("interrupted")
"""


def test_a_signal_that_comes_while_the_server_is_started_leaves_none(tmp_path: Path) -> None:
    server, end = in_a_process(STOPPED_IN_THE_START, tmp_path).split()

    assert end == "interrupted"
    assert not had_to_be_killed(int(server))


PORT_TAKEN = """
import http.server, threading

other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=other.serve_forever, daemon=True).start()

from flows.server import TemporaryServer, adopt
from flows.starting import StartingServer, launch_server

taken = other.server_address[1]
adopt(StartingServer(taken, launch_server(taken)))
print(taken, TemporaryServer().port, TemporaryServer().running)
"""


def test_a_server_whose_port_was_taken_meanwhile_is_started_on_another(tmp_path: Path) -> None:
    taken, port, running = in_a_process(PORT_TAKEN, tmp_path).split()

    assert port != taken
    assert running == "True"


SAYS_NOTHING_YET = """
import os, signal, socket, threading, time
from flows.server import TemporaryServer, adopt
from flows.starting import start_temporary_server

starting = start_temporary_server()
with socket.socket() as probe:
    while probe.connect_ex(("127.0.0.1", starting.port)):
        time.sleep(0.01)
os.kill(starting.process.pid, signal.SIGSTOP)
threading.Timer(7, os.kill, (starting.process.pid, signal.SIGCONT)).start()
adopt(starting)
print(TemporaryServer().port == starting.port, TemporaryServer().running)
"""


def test_a_server_that_listens_and_says_nothing_for_some_seconds_is_waited_for(
    tmp_path: Path,
) -> None:
    assert in_a_process(SAYS_NOTHING_YET, tmp_path).split() == ["True", "True"]


TWO_SERVERS = """
from flows.server import TemporaryServer, adopt
from flows.starting import start_temporary_server

first = start_temporary_server()
adopt(first)
second = start_temporary_server()
adopt(second)
print(TemporaryServer().port == first.port, first.process.poll(), second.process.poll())
"""


def test_a_second_server_of_a_process_is_stopped(tmp_path: Path) -> None:
    same, first, second = in_a_process(TWO_SERVERS, tmp_path).split()

    assert same == "True"
    assert first == "None"  # it still runs
    assert second != "None"


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


def test_what_a_run_imports_before_it_has_something_to_do_is_light(tmp_path: Path) -> None:
    heavy = {"tensorflow", "keras", "sklearn", "scipy", "pandas", "dask"}
    program = f"""
import sys
import flows.summary
print(*({heavy} & set(sys.modules)))
"""
    assert in_a_process(program, tmp_path) == "\n"
