"""A catalogue in several files, and a way to Prefect's server that can be cut and mended."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from prefect.events.worker import EventsWorker
from prefect.settings import PREFECT_API_URL

from tests.flows.small_runs import First, Shards, begin_shards


class Wire:
    """Passes every connection on to Prefect's server, as long as it is not cut."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        assert parts.hostname
        assert parts.port
        self.target = (parts.hostname, parts.port)
        self.connections: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}{parts.path}"
        self.serve()

    def serve(self) -> None:
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:  # cut
                return
            server = socket.create_connection(self.target)
            self.connections += [client, server]
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=pass_on, args=(one, other), daemon=True).start()

    def cut(self) -> None:
        """From now on nobody answers."""
        for open_socket in (self.listener, *self.connections):
            shut(open_socket)
        self.connections.clear()

    def mend(self) -> None:
        """The server is there again, at the same address."""
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.serve()


def pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):  # cut, in either direction
        while block := one.recv(1 << 16):
            other.sendall(block)
    shut(other)


def shut(open_socket: socket.socket) -> None:
    with suppress(OSError):  # by the other side already
        open_socket.shutdown(socket.SHUT_RDWR)
    open_socket.close()


@pytest.fixture(scope="session")
def base_shards(tmp_path_factory: pytest.TempPathFactory, prefect_server: None) -> Shards:
    """A catalogue of three files and a store with the first run over it, only to be looked at."""
    del prefect_server
    return begin_shards(tmp_path_factory.mktemp("shards"))


@pytest.fixture(scope="session")
def first_of_shards(base_shards: Shards) -> First:
    """What the first run published, and which tasks did any work."""
    return base_shards.run()


@pytest.fixture
def shards(base_shards: Shards, first_of_shards: First, tmp_path: Path) -> Shards:
    """A copy of all that the first run left, to be run again."""
    del first_of_shards
    return base_shards.copy(tmp_path)


@pytest.fixture
def wire(prefect_server: None) -> Iterator[Wire]:
    """A wire to Prefect's server, whole at first."""
    del prefect_server
    wire = Wire(PREFECT_API_URL.value())
    yield wire
    EventsWorker.drain_all()  # or it would look for the lost server for minutes when all is over
    wire.cut()
