"""A fault inside the server is written down there, and nothing of it is told."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from songspace.recommender import Recommender
from songspace.web.app import make_app
from songspace.web.following import Following
from songspace.web.guards import HEADERS
from tests.songspace.web.telling import problem_in

pytestmark = pytest.mark.fault


@pytest.fixture
def broken(songs_store: Path, recommender: Recommender) -> FastAPI:
    """The application, of whose release nothing is left."""
    following = Following(songs_store, recommender)
    del following.offer.recommender
    return make_app(following)


def ask(app: FastAPI, method: str, path: str) -> httpx.Response:
    """What *app* answers, as a server would pass it on."""

    async def answer() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, path, json={})

    return asyncio.run(answer())


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/recommend"), ("GET", "/songs/5"), ("GET", "/songs?q=ann")]
)
def test_a_fault_is_a_problem_without_its_cause(broken: FastAPI, method: str, path: str) -> None:
    problem = problem_in(ask(broken, method, path), 500)

    assert problem["detail"] == "This is a fault of the server, which was written down there."
    assert problem["errors"] == []


def test_a_fault_is_answered_with_the_headers_of_every_answer(broken: FastAPI) -> None:
    answer = ask(broken, "GET", "/songs/5")

    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_a_fault_is_written_down_once_with_its_cause(
    broken: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    ask(broken, "GET", "/songs/5")

    (record,) = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert record.getMessage() == "GET '/songs/5' failed"
    assert record.exc_info
    assert isinstance(record.exc_info[1], AttributeError)


def test_what_is_not_broken_is_answered_on(broken: FastAPI) -> None:
    ask(broken, "GET", "/songs/5")

    assert ask(broken, "GET", "/health").status_code == 200
