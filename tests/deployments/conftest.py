"""A Prefect server as `make ui` starts it, that watches, but with less patience."""

from __future__ import annotations

import os
import random
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from prefect.client.orchestration import SyncPrefectClient

from flows.ui import running, server_command, wait_until_healthy

ROOT: Final = Path(__file__).parents[2]

HASTY: Final = {
    "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT1S",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "PT2S",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "1",
    "PREFECT_WORKER_QUERY_SECONDS": "1",
}
"""How often the server looks for what it misses, how soon it calls a run late, how often workers ask."""


@dataclass(frozen=True)
class Server:
    """A server and what a process must have in its environment to work with it."""

    url: str
    environment: dict[str, str]


def two_free_ports() -> int:
    """A port that is free, and the next one too; by default the kernel gives neither to a client."""
    for port in random.sample(range(20_000, 30_000, 2), 5_000):
        try:
            for wanted in (port, port + 1):
                socket.create_server(("127.0.0.1", wanted)).close()
        except OSError:
            continue
        return port
    raise AssertionError("all ports are taken")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with all its services and a database of its own; this process works with it too."""
    port = two_free_ports()
    url = f"http://127.0.0.1:{port}/api"
    home = tmp_path_factory.mktemp("prefect_home")
    environment = os.environ | HASTY | {"PREFECT_HOME": str(home), "PREFECT_API_URL": url}
    with running("server", server_command(port), environment) as service:
        wait_until_healthy(service, f"{url}/health")
        yield Server(url, environment)


@contextmanager
def nothing_begins_by_itself(client: SyncPrefectClient) -> Iterator[None]:
    """No run on schedule, at whatever time of night the tests run; one that is late already is forgotten."""
    on_schedule = [one.id for one in client.read_deployments() if one.schedules]
    for deployment in on_schedule:
        client.pause_deployment(deployment)
    try:
        yield
    finally:  # to deploy again would not
        for deployment in on_schedule:
            client.resume_deployment(deployment)


def wait_for(found: Callable[[], bool], seconds: float = 180) -> None:
    """Return once it is found; fail if it never is."""
    until = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < until
        time.sleep(0.2)
