"""Prefect's temporary server, started before the run that needs it: the rest is imported meanwhile."""

from __future__ import annotations

import atexit
import os
import random
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import prefect
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_SERVER_EPHEMERAL_ENABLED,
    get_current_settings,
)

PORTS: Final = range(8000, 9000)
"""Where Prefect looks too: by default the kernel gives none of these to a client."""

STOP_S: Final = 60
"""Seconds for a server to end by itself: it may be making its database, which cut off could not be used again."""


@dataclass(frozen=True)
class StartingServer:
    """A server that may not answer yet."""

    port: int
    process: subprocess.Popen[Any]


def start_temporary_server() -> StartingServer | None:
    """Start Prefect's temporary server where no other is set, and do not wait until it answers.

    It is stopped when this process ends.
    """
    if PREFECT_API_URL.value() or not PREFECT_SERVER_EPHEMERAL_ENABLED.value():
        return None
    with ThreadPoolExecutor(1) as undisturbed:  # a signal interrupts the main thread only
        return undisturbed.submit(launch_until_the_end).result()


def launch_until_the_end() -> StartingServer:
    """Launch a server that is stopped when this process ends.

    Interrupted between the two it would be left behind.
    """
    port = free_port()
    server = StartingServer(port, launch_server(port))
    atexit.register(stop_server, server.process)
    return server


def free_port() -> int:
    """A port of PORTS on which nobody listens.

    Raises:
        RuntimeError: If there is none.
    """
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(
        f"Expected a free port between {PORTS[0]} and {PORTS[-1]} for Prefect's temporary server. Found none. "
        "Set PREFECT_API_URL to a server of yours."
    )


def launch_server(port: int) -> subprocess.Popen[Any]:
    """What Prefect 3.8 starts as its temporary server, but in a session of its own.

    A terminal sends Ctrl-C to all that it started. Prefect's would be gone before the run could
    tell it that it was interrupted.
    """
    settings = get_current_settings().to_environment_variables(exclude_unset=True)
    temporary = {
        "PREFECT_UI_ENABLED": "0",
        "PREFECT__SERVER_EPHEMERAL": "1",
        "PREFECT__SERVER_FINAL": "1",
    }
    command = [sys.executable, "-m", "uvicorn", "--factory"]
    command += ["prefect.server.api.server:create_app"]
    command += ["--app-dir", str(prefect.__module_path__.parent)]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    command += ["--log-level", "error", "--lifespan", "on"]
    return subprocess.Popen(  # noqa: S603 - nothing in it comes from outside
        command, env=os.environ | temporary | settings, start_new_session=True
    )


def stop_server(process: subprocess.Popen[Any]) -> None:
    """Have a server end, and wait until it has; of no effect on one that has."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
