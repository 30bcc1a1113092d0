"""The server ends in order when it is told to."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from tests.songspace.web.serving import listens, serving


@pytest.mark.parametrize(
    ("by", "expected"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, 0)]
)
def test_a_signal_ends_the_server_in_order(
    songs_store: Path, tmp_path: Path, by: signal.Signals, expected: int
) -> None:
    with serving(songs_store, tmp_path / "log") as server:
        server.get("/health")

        code = server.end(by)

        assert code == expected
        assert "Finished server process" in server.log.read_text()
        assert "Traceback" not in server.log.read_text()
        assert not listens(server.port)


@pytest.mark.fault
def test_a_client_that_sends_nothing_does_not_keep_the_server_from_ending(
    songs_store: Path, tmp_path: Path
) -> None:
    with (
        serving(songs_store, tmp_path / "log") as server,
        socket.create_connection(("127.0.0.1", server.port)) as idle,
    ):
        idle.sendall(b"POST /recommend HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")

        server.end()

        assert not listens(server.port)
