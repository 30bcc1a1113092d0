"""The server as people start it: a process of its own, ended with the test."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from songspace.s3.url import Url

ROOT: Final = Path(__file__).parents[3]
COMMAND: Final = (sys.executable, "-m", "songspace.cli")
ENVIRONMENT: Final = {
    name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
} | {
    "PYTHONWARNINGS": "error",
    "PYTHONUNBUFFERED": "1",
    # As many threads, each with memory of its own, on a wide machine as on a narrow one.
    "POLARS_MAX_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
}


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    def get(self, path: str, **options: Any) -> httpx.Response:
        """What it answers to a GET."""
        return httpx.get(f"{self.url}{path}", timeout=60, **options)

    def post(self, path: str, body: Any) -> httpx.Response:
        """What it answers to a POST of JSON."""
        return httpx.post(f"{self.url}{path}", json=body, timeout=60)

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Stop it by a signal; its exit code."""
        self.process.send_signal(by)
        return self.process.wait(60)


def start(
    release: Path | Url,
    log: Path,
    port: int,
    *options: str,
    songspace: Sequence[str] = COMMAND,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """The process; both its outputs go into *log*."""
    command = [*songspace, "serve", "--release", str(release), "--port", str(port), *options]
    with log.open("wb") as file:
        return subprocess.Popen(
            command,
            cwd=ROOT if songspace == COMMAND else log.parent,
            env={**ENVIRONMENT, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )


@contextmanager
def serving(
    release: Path | Url,
    log: Path,
    *options: str,
    most_data: int | None = None,
    port: int | None = None,
    songspace: Sequence[str] = COMMAND,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """A server of a store or a release, up and killed at the end.

    Args:
        release: What is served.
        log: Where its outputs go.
        options: Further ones of the command.
        most_data: Bytes of memory of its own that it may ask for; beyond them it is given none.
        port: Where it listens; a free port unless it is named.
        songspace: The command, where it is not that of the checkout.
        environment: Further variables.
    """
    port = port or free_port()
    process = start(release, log, port, *options, songspace=songspace, environment=environment)
    try:
        if most_data is not None:
            resource.prlimit(process.pid, resource.RLIMIT_DATA, (most_data, most_data))
        server = Server(process, f"http://127.0.0.1:{port}", log)
        while not listens(port):
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        yield server
    finally:
        process.kill()
        process.wait()


def listens(port: int) -> bool:
    """Whether somebody listens on that port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
