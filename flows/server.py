"""Prefect's server, as a run finds it: a temporary one, or one that has gone away."""

from __future__ import annotations

import atexit
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.starting import StartingServer, launch_server, stop_server

ANSWERS_WITHIN_S: Final = 180.0
"""Seconds for a server to answer at all: on a busy machine its imports and its database alone may take a minute."""


class TemporaryServer(SubprocessASGIServer):
    """Prefect's own temporary server, but one that was started before."""

    adopted: subprocess.Popen[Any] | None = None

    def _run_uvicorn_command(self) -> subprocess.Popen[Any]:
        """The server that was started, once it answers.

        If Prefect asks again, that one has ended, and another port is set by now.
        """
        process, self.adopted = self.adopted, None
        if process is None:
            process = launch_server(self.port)  # type: ignore[arg-type]
            atexit.register(stop_server, process)
        wait_for_an_answer(process, f"{self.api_url}/health")
        return process


def wait_for_an_answer(process: subprocess.Popen[Any], url: str) -> None:
    """Return once the server in *process* answers, has ended, or has had its time; Prefect looks what it is then.

    Prefect itself gives up if the server listens and then says nothing for five seconds.
    """
    until = time.monotonic() + ANSWERS_WITHIN_S
    while process.poll() is None and time.monotonic() < until:
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return


def adopt(starting: StartingServer) -> None:
    """Wait until what was started answers, and have Prefect use it from now on, unless it has one already.

    Raises:
        RuntimeError: If it does not answer.
    """
    server = TemporaryServer()  # the one that was made first
    if server.running:
        stop_server(starting.process)
        return
    server.port = starting.port
    server.adopted = starting.process
    try:
        server.start()
    except BaseException:  # Prefect would kill it after five seconds
        stop_server(starting.process)
        raise


@contextmanager
def named_server() -> Iterator[None]:
    """Have other processes that are given work inside the block report to the server that this one found.

    Unless one is set they would each start a temporary one of their own.
    """
    temporary = SubprocessASGIServer()  # the one that was made first
    if PREFECT_API_URL.value() or not temporary.running:
        yield
    else:
        with temporary_settings({PREFECT_API_URL: temporary.api_url}):
            yield


def server_is_away(error: BaseException | None) -> bool:
    """Whether *error* says that Prefect's server did not answer, or comes of one that does."""
    while error is not None and not isinstance(error, httpx.TransportError):
        error = error.__cause__
    return error is not None
