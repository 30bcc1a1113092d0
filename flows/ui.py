"""Prefect's server, a worker and the reports' pages on this machine, as one command: `python -m flows ui`."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from flows.deploying import POOL, ROOT

HOST: Final = "127.0.0.1"
PR_SET_CHILD_SUBREAPER: Final = 36  # of Linux' prctl(2)
UP_WITHIN_S: Final = 180.0
DOWN_WITHIN_S: Final = 20.0

PREFECT: Final = (sys.executable, "-m", "prefect")
OURS: Final = (sys.executable, "-m", "flows")


@dataclass(frozen=True)
class Service:
    """A process of ours, in a session of its own: what a terminal sends reaches the launcher alone."""

    name: str
    process: subprocess.Popen[Any]

    def require_alive(self) -> None:
        """Go on only if it runs.

        Raises:
            RuntimeError: If it has ended.
        """
        status = self.process.poll()
        if status is not None:
            raise RuntimeError(
                f"The {self.name} ended by itself (status {status}); all else was stopped."
            )


def serve_everything(port: int) -> None:
    """Start all, deploy, and wait for Ctrl-C; whatever ends it, nothing is left running.

    Raises:
        RuntimeError: If a port is taken, if the server refuses, or if one of the services ends.
    """
    for wanted in (port, port + 1):
        require_free(wanted)
    environment = os.environ | surroundings(port)
    with ExitStack() as stack:
        stack.enter_context(leaving_nothing_behind())

        def start(name: str, command: Sequence[str]) -> Service:
            return stack.enter_context(running(name, command, environment))

        print(f"starting Prefect's server at http://{HOST}:{port}", flush=True)
        server = start("server", server_command(port))
        wait_until_healthy(server, f"http://{HOST}:{port}/api/health")
        deploy(environment)
        worker = start("worker", [*PREFECT, "worker", "start", "--pool", POOL])
        reports = start(
            "reports", [*OURS, "reports", "--store", *stores(), "--port", f"{port + 1}"]
        )
        wait_until_healthy(reports, f"http://{HOST}:{port + 1}/")
        print(where(port), flush=True)
        with suppress(KeyboardInterrupt):
            watch([server, worker, reports])
        print("stopping; a run that was in progress goes on from there when it is run again")


def require_free(port: int) -> None:
    """Try a port.

    Raises:
        RuntimeError: If another process has it.
    """
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError as error:
            raise RuntimeError(
                f"Port {port} of {HOST} is not free ({error.strerror}): perhaps this runs already. "
                "Stop that, or name another with --port."
            ) from error


def surroundings(port: int) -> dict[str, str]:
    """What all services and their runs find in their environment."""
    return {
        "PREFECT_API_URL": f"http://{HOST}:{port}/api",
        "PREFECT_SERVER_UI_API_URL": f"http://{HOST}:{port}/api",  # or pages ask port 4200
        "PREFECT_UI_URL": f"http://{HOST}:{port}",
        "SONGSPACE_REPORTS_URL": f"http://{HOST}:{port + 1}",
    }


def server_command(port: int) -> list[str]:
    """Prefect's server, of which warnings are enough."""
    start = ["server", "start", "--host", HOST, "--port", str(port), "--log-level", "WARNING"]
    return [*PREFECT, *start]


def stores() -> list[str]:
    """The stores whose reports are shown: the one that runs work in, or both that they choose from."""
    store = os.environ.get("SONGSPACE_STORE")
    return [store] if store else ["store", "demo"]


def deploy(environment: Mapping[str, str]) -> None:
    """Deploy to the server that was just started.

    Raises:
        RuntimeError: If that fails; the reason was printed.
    """
    done = subprocess.run([*OURS, "deploy"], cwd=ROOT, env=environment, check=False)  # noqa: S603
    if done.returncode != 0:
        raise RuntimeError("Nothing was deployed, as said above; all was stopped.")


@contextmanager
def running(name: str, command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Service]:
    """A service during the block; afterwards it and all that it started are gone."""
    process = subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # greetings; what matters goes to stderr
        start_new_session=True,
    )
    try:
        yield Service(name, process)
    finally:
        stop(process)


@contextmanager
def leaving_nothing_behind() -> Iterator[None]:
    """Whatever was started during the block is gone after it: runs too, which a worker that dies leaves behind.

    Prefect gives each a session of its own. On Linux they become ours when their worker is gone; elsewhere they end
    when they miss the server.
    """
    with suppress(OSError, AttributeError):  # that this is not Linux
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        while orphans := children_of(
            os.getpid()
        ):  # again, for what those have started is ours then
            for orphan in orphans:
                os.kill(orphan, signal.SIGKILL)
                os.waitpid(orphan, 0)


def children_of(parent: int) -> list[int]:
    """The processes whose parent is *parent*, as Linux lists them; none elsewhere."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # that it has just ended
            _, _, after_its_name = status.read_text().rpartition(") ")
            if int(after_its_name.split()[1]) == parent:
                found.append(int(status.parent.name))
    return found


def stop(process: subprocess.Popen[Any]) -> None:
    """Ask a service to end, give it some time, then kill what is left of its session."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(DOWN_WITHIN_S)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with suppress(ProcessLookupError):  # that nothing is left
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until_healthy(service: Service, url: str) -> None:
    """Return as soon as a service answers.

    Raises:
        RuntimeError: If it ends, or does not answer in time.
    """
    until = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < until:
        service.require_alive()
        with suppress(httpx.HTTPError):
            if httpx.get(url, timeout=5).is_success:
                return
        time.sleep(0.2)
    raise RuntimeError(f"The {service.name} did not answer at {url} in {UP_WITHIN_S:.0f} s.")


def where(port: int) -> str:
    """Where to look and what to type."""
    return f"""
  Prefect  http://{HOST}:{port}    runs, schedule, forms
  reports  http://{HOST}:{port + 1}    a page for each release
  a run    PREFECT_API_URL=http://{HOST}:{port}/api .venv/bin/prefect deployment run pipeline/on-demand
  stop     Ctrl-C
"""


def watch(services: Sequence[Service]) -> None:
    """Wait as long as all services run.

    Raises:
        RuntimeError: If one of them ends; it is named.
    """
    while True:
        for service in services:
            service.require_alive()
        time.sleep(0.5)
