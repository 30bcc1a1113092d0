"""A body that is announced and does not come holds a connection for so long and no longer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from songspace.recommender import Recommender
from songspace.web import guards
from songspace.web.app import make_app
from songspace.web.following import Following
from tests.songspace.web.telling import problem_in


class NoEnd(httpx.AsyncByteStream):
    """A body of which nothing comes."""

    async def __aiter__(self):  # type: ignore[no-untyped-def]
        yield b"{"
        await asyncio.sleep(3600)


def test_a_body_that_does_not_come_is_not_waited_for(
    songs_store: Path, recommender: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, "BODY_WITHIN_S", 0.1)
    app = make_app(Following(songs_store, recommender))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://here"
        ) as client:
            request = httpx.Request("POST", "http://here/recommend", stream=NoEnd())
            return await client.send(request)

    problem = problem_in(asyncio.run(ask()), 408)

    assert "body" in problem["detail"]
