"""A real S3 server on loopback, with buckets of their own for each test, and ways to look into them."""

from __future__ import annotations

import itertools
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from moto.s3.responses import S3Response
from moto.server import ThreadedMotoServer

from songspace.s3 import bucket
from songspace.s3.url import Url

_numbers = itertools.count()
_put, _one_at_a_time = S3Response.put_object, threading.Lock()


def _put_at_once(response: S3Response) -> tuple[int, dict[str, Any], str | bytes]:
    """As S3 does, which looks whether an object is there and writes it in one; moto does one after the other."""
    with _one_at_a_time:
        return _put(response)


S3Response.put_object = _put_at_once  # type: ignore[assignment, method-assign]


@contextmanager
def running_server() -> Iterator[str]:
    """The address of moto's server."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def make_bucket(server: str) -> str:
    """A new bucket's name."""
    name = f"bucket-{next(_numbers)}"
    httpx.put(f"{server}/{name}", timeout=60).raise_for_status()
    return name


def set_environment(patch: pytest.MonkeyPatch, server: str, cache: Path) -> Url:
    """An empty place in a bucket of its own, which the environment says how to reach."""
    patch.setenv("AWS_ENDPOINT_URL", server)
    patch.setenv("XDG_CACHE_HOME", str(cache))
    return Url(make_bucket(server), "a/store")


def objects(folder: Url) -> list[str]:
    """The names of all objects below *folder*."""
    return [one.name for one in bucket.walk(folder)]


def flip(url: Url) -> None:
    """Flip one bit in the middle of an object, behind the store's back."""
    content = bytearray(bucket.read(url))
    content[len(content) // 2] ^= 4
    bucket.put(url, bytes(content))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
