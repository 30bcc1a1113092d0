"""Prefect's server, as a run finds it: a temporary one, or one that has gone away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_SERVER_EPHEMERAL_ENABLED,
    temporary_settings,
)


def start_temporary_server() -> None:
    """Start Prefect's temporary server where no other is set; it is stopped when this process ends."""
    if not PREFECT_API_URL.value() and PREFECT_SERVER_EPHEMERAL_ENABLED.value():
        from flows.detached import DetachedServer  # two seconds, which most runs can spare

        DetachedServer().start()


@contextmanager
def named_server() -> Iterator[None]:
    """Have other processes that are given work inside the block report to the server that this one found.

    Unless one is set they would each start a temporary one of their own.
    """
    temporary = SubprocessASGIServer()  # the one that was made first
    if PREFECT_API_URL.value() or not temporary.running:
        yield
    else:
        with temporary_settings({PREFECT_API_URL: temporary.api_url}):
            yield


def server_is_away(error: BaseException | None) -> bool:
    """Whether *error* says that Prefect's server did not answer, or comes of one that does."""
    while error is not None and not isinstance(error, httpx.TransportError):
        error = error.__cause__
    return error is not None
