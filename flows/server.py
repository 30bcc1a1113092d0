"""Prefect's server, as a run finds it: a temporary one, or one that has gone away."""

from __future__ import annotations

import httpx
from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_EPHEMERAL_ENABLED


def start_temporary_server() -> None:
    """Start Prefect's temporary server where no other is set; it is stopped when this process ends."""
    if not PREFECT_API_URL.value() and PREFECT_SERVER_EPHEMERAL_ENABLED.value():
        from flows.detached import DetachedServer  # two seconds, which most runs can spare

        DetachedServer().start()


def server_is_away(error: BaseException | None) -> bool:
    """Whether *error* says that Prefect's server did not answer, or comes of one that does."""
    while error is not None and not isinstance(error, httpx.TransportError):
        error = error.__cause__
    return error is not None
