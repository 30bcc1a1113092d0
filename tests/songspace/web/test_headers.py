"""Every answer, an error too, tells browsers what they must not do with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.songspace.web.serving import Server, serving

ORIGIN: Final = "https://songs.example"
STRANGER: Final = "https://evil.example"

ANSWERS: Final[list[tuple[str, str, bytes, int]]] = [
    ("GET", "/health", b"", 200),
    ("GET", "/", b"", 200),
    ("HEAD", "/", b"", 200),
    ("GET", "/styles/base.css", b"", 200),
    ("GET", "/map", b"", 200),
    ("POST", "/recommend", b"{}", 200),
    ("GET", "/openapi.json", b"", 200),
    ("GET", "/songs/5", b"", 404),
    ("GET", "/nowhere", b"", 404),
    ("GET", "/recommend", b"", 405),
    ("POST", "/recommend", b"[]", 422),
    ("POST", "/recommend", b'{"artist": "\xff"}', 400),
    ("POST", "/recommend", b" " * 65_537, 413),
]


def ask(
    server: Server, method: str, path: str, content: bytes = b"", **headers: str
) -> httpx.Response:
    """The answer to a request of JSON."""
    sent = {"Content-Type": "application/json", **headers}
    return httpx.request(method, f"{server.url}{path}", content=content, headers=sent, timeout=60)


@pytest.fixture(scope="module")
def shared(songs_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose answers pages of ORIGIN may read."""
    log = tmp_path_factory.mktemp("shared") / "log"
    with serving(songs_store, log, "--cors", ORIGIN) as server:
        yield server


@pytest.mark.parametrize(("method", "path", "content", "status"), ANSWERS)
def test_every_answer_is_guarded(
    server: Server, method: str, path: str, content: bytes, status: int
) -> None:
    answer = ask(server, method, path, content)

    assert answer.status_code == status
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {
        "default-src 'none'",
        "script-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    } <= set(policy)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(("method", "path", "content", "status"), ANSWERS)
def test_no_answer_says_which_software_gives_it(
    server: Server, method: str, path: str, content: bytes, status: int
) -> None:
    answer = ask(server, method, path, content)

    assert answer.status_code == status
    assert "Server" not in answer.headers
    assert "X-Powered-By" not in answer.headers


@pytest.mark.parametrize(("method", "path", "content", "status"), ANSWERS)
def test_no_other_origin_may_read_an_answer_unless_it_was_named(
    server: Server, method: str, path: str, content: bytes, status: int
) -> None:
    answer = ask(server, method, path, content, Origin=ORIGIN)

    assert answer.status_code == status
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_the_origin_that_was_named_may_read_answers(shared: Server) -> None:
    answer = ask(shared, "POST", "/recommend", b"{}", Origin=ORIGIN)

    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_the_origin_that_was_named_may_read_errors(shared: Server) -> None:
    answer = ask(shared, "GET", "/songs/5", Origin=ORIGIN)

    assert answer.status_code == 404
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_another_origin_still_may_not(shared: Server) -> None:
    answer = ask(shared, "POST", "/recommend", b"{}", Origin=STRANGER)

    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(("origin", "status"), [(ORIGIN, 200), (STRANGER, 400)])
def test_only_the_origin_that_was_named_may_send_json(
    shared: Server, origin: str, status: int
) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }

    answer = ask(shared, "OPTIONS", "/recommend", b"", Origin=origin, **asked)

    assert answer.status_code == status
    assert answer.headers.get("Access-Control-Allow-Origin") == (
        ORIGIN if origin == ORIGIN else None
    )


def test_the_page_loads_nothing_that_its_policy_forbids(server: Server) -> None:
    page = ask(server, "GET", "/").text

    assert "<script>" not in page
    assert "https://" not in page
    assert "style=" not in page
