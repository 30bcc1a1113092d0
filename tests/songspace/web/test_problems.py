"""Whatever is sent, the answer is a problem in plain words, and says nothing of how the server is made."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest

from tests.songspace.web.serving import Server
from tests.songspace.web.telling import problem_in

JSON: Final = {"Content-Type": "application/json"}
MOST_BYTES: Final = 65_536


def send(
    server: Server, content: bytes | Iterator[bytes], path: str = "/recommend", **headers: str
) -> httpx.Response:
    """The answer to these very bytes."""
    sent = {**JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return httpx.post(f"{server.url}{path}", content=content, headers=sent, timeout=60)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
@pytest.mark.parametrize("field", ["tempo", "energy", "diversity", "n", "good_for_party"])
def test_a_number_that_is_none_is_refused(server: Server, field: str, number: str) -> None:
    answer = send(server, f'{{"{field}": {number}}}'.encode())

    (error,) = problem_in(answer, 422)["errors"]
    assert error["field"] == f"body.{field}"


@pytest.mark.parametrize(
    "body",
    [
        r'{"artist": "\ud800"}',
        r'{"genre": "pop\udfff"}',
        r'{"\ud800": 1}',
        r'{"genres": ["\udc00"]}',
        r'{"good_for": ["\ud800"]}',
    ],
)
def test_half_a_character_is_refused(server: Server, body: str) -> None:
    problem_in(send(server, body.encode()), 422)


@pytest.mark.parametrize(
    "body",
    [b'{"tempo"', b"{'tempo': 120}", b"tempo=120", b"\x00", b'{"tempo": 120}}', b'{"tempo": 1_0}'],
)
def test_what_is_no_json_is_refused(server: Server, body: bytes) -> None:
    problem_in(send(server, body), 422)


@pytest.mark.parametrize(
    "body",
    [b'{"artist": "\xff"}', b"[" * 60_000, b'{"tempo": ' + b"9" * 5000 + b"}"],
    ids=["not UTF-8", "deep", "long number"],
)
def test_json_that_cannot_be_read_is_refused(server: Server, body: bytes) -> None:
    problem_in(send(server, body), 400)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"tempo"', b"120", b"true"])
def test_what_is_no_object_is_refused(server: Server, body: bytes) -> None:
    (error,) = problem_in(send(server, body), 422)["errors"]

    assert error["field"] == "body"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "nonsense"])
def test_a_body_of_another_kind_is_refused(server: Server, kind: str) -> None:
    answer = send(server, b'{"tempo": 120}', Content_Type=kind)

    problem_in(answer, 422)


def padded(bytes_: int) -> bytes:
    """A body of that length."""
    body = json.dumps({"tempo": 120}).encode()
    return body + b" " * (bytes_ - len(body))


def test_a_body_of_64_kib_is_read(server: Server) -> None:
    assert send(server, padded(MOST_BYTES)).status_code == 200


@pytest.mark.parametrize("path", ["/recommend", "/blend", "/nowhere"])
def test_a_longer_body_is_refused(server: Server, path: str) -> None:
    problem_in(send(server, padded(MOST_BYTES + 1), path), 413)


def test_a_longer_body_of_untold_length_is_refused(server: Server) -> None:
    def chunks() -> Iterator[bytes]:
        yield padded(MOST_BYTES)
        yield b" "

    answer = send(server, chunks())

    problem_in(answer, 413)
    assert "Content-Length" not in answer.request.headers


def test_a_body_without_end_is_refused_before_it_ends(server: Server) -> None:
    head = (
        f"POST /recommend HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )

    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(head.encode())
        for _ in range(3):
            connection.sendall(b"8000\r\n" + b" " * 0x8000 + b"\r\n")
        answer = connection.recv(1000)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert server.get("/health").status_code == 200


@pytest.mark.parametrize("song_id", ["5", "-5", "0", "9223372036854775808", "-9999999999999999999"])
@pytest.mark.parametrize("path", ["/songs/{}", "/songs/{}/similar", "/path?start={}&end=1"])
def test_a_song_that_is_not_there_is_not_found(server: Server, path: str, song_id: str) -> None:
    problem = problem_in(server.get(path.format(song_id)), 404)

    assert problem["detail"].endswith(f"has no song with the song_id {song_id}.")


@pytest.mark.parametrize("field", ["likes", "dislikes"])
def test_an_opinion_of_a_song_that_is_not_there_is_not_found(
    server: Server, a_song: str, field: str
) -> None:
    problem_in(server.post("/blend", {"likes": [a_song], field: ["9223372036854775808"]}), 404)


def test_a_path_from_a_song_to_itself_has_no_answer(server: Server, a_song: str) -> None:
    problem = problem_in(server.get("/path", params={"start": a_song, "end": a_song}), 422)

    assert problem["detail"] == "Expected two songs. Received one song twice."


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/songs/",
        "/recommend/",
        "/docs",
        "/redoc",
        "/..%2fguards.py",
        "/%2e%2e/guards.py",
        "/..%2f..%2f..%2fREADME.md",
        "//etc/passwd",
        "/styles",
        "/a%00b",
        "/%ff",
        "/" + "a" * 5000,
    ],
)
def test_a_page_that_is_not_there_is_not_found(server: Server, path: str) -> None:
    problem_in(server.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/recommend", "POST"),
        ("GET", "/blend", "POST"),
        ("POST", "/path", "GET"),
        ("DELETE", "/songs", "GET"),
        ("PUT", "/songs/5", "GET"),
        ("PATCH", "/map", "GET"),
        ("OPTIONS", "/recommend", "POST"),
    ],
)
def test_a_method_that_is_not_meant_is_refused_and_the_right_one_named(
    server: Server, method: str, path: str, allowed: str
) -> None:
    answer = httpx.request(method, f"{server.url}{path}", timeout=60)

    problem_in(answer, 405)
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "a@127.0.0.1"])
def test_a_request_that_was_meant_for_another_server_is_refused(server: Server, host: str) -> None:
    problem_in(server.get("/health", headers={"Host": host}), 400)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:80"])
def test_the_server_answers_to_every_name_of_this_machine(server: Server, host: str) -> None:
    assert server.get("/health", headers={"Host": host}).status_code == 200


def test_what_was_sent_is_not_said_back(server: Server) -> None:
    secret: Any = {"tempo": "my secret"}

    answer = server.post("/recommend", secret)

    assert "my secret" not in json.dumps(problem_in(answer, 422))
