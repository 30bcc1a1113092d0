"""A server answers to the names under which it was started, so that no page elsewhere can point its own name here."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from songspace.recommender import Recommender
from songspace.web.app import make_app
from songspace.web.following import Following
from songspace.web.server import hosts_for
from tests.songspace.web.serving import serving


@pytest.mark.parametrize(
    ("bound_to", "asked_as", "status"),
    [
        ("127.0.0.1", "127.0.0.1:8000", 200),
        ("127.0.0.1", "192.168.0.7", 400),
        ("192.168.0.7", "192.168.0.7:8000", 200),
        ("192.168.0.7", "localhost", 200),
        ("Songs.example", "songs.example", 200),
        ("songs.example", "songs.example.evil.example", 400),
        ("::1", "[::1]:8000", 200),
        ("::1", "[::2]:8000", 400),
        ("0.0.0.0", "whatever.example", 200),  # noqa: S104 - not bound to
        ("::", "whatever.example", 200),
    ],
)
def test_a_server_answers_to_its_own_names_alone(
    songs_store: Path, recommender: Recommender, bound_to: str, asked_as: str, status: int
) -> None:
    app = make_app(Following(songs_store, recommender), hosts_for(bound_to))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get("/health", headers={"Host": asked_as})

    assert asyncio.run(ask()).status_code == status


def test_a_name_that_a_proxy_passes_on_is_answered_to(songs_store: Path, tmp_path: Path) -> None:
    with serving(songs_store, tmp_path / "log", "--name", "Songs.example") as server:
        known = server.get("/health", headers={"Host": "songs.example"})
        strange = server.get("/health", headers={"Host": "other.example"})

    assert (known.status_code, strange.status_code) == (200, 400)
