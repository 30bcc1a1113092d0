"""What stands round every request: a limit to its size, headers that browsers heed, and no word of a fault."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Sequence
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from songspace.web.problems import problem

log = logging.getLogger(__name__)

MOST_BYTES: Final = 65_536
BODY_WITHIN_S: Final = 10.0

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""For a page of one origin without inline scripts (OWASP's secure headers)."""

HOST: Final = re.compile(r"(\[(?P<address>[0-9A-Fa-f:.]+)\]|(?P<name>[^:\[\]@/]+))(:[0-9]*)?")
"""What the header Host holds: an IPv6 address in brackets, or another address or a name; perhaps a port."""


class Guards:
    """Refuses bodies over MOST_BYTES or BODY_WITHIN_S, adds HEADERS, and tells its time in Server-Timing."""

    def __init__(self, app: ASGIApp, shared: bool = False) -> None:
        """*shared*: pages of other origins may read the answers, which CORS then decides."""
        self._app = app
        self._headers = dict(HEADERS)
        if shared:
            self._headers["Cross-Origin-Resource-Policy"] = "cross-origin"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        answering = False

        async def send_with_headers(message: Message) -> None:
            nonlocal answering
            if message["type"] == "http.response.start":
                answering = True
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                spent_ms = (time.perf_counter() - started) * 1000
                headers["Server-Timing"] = f"app;dur={spent_ms:.2f}"
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                body = await read_body(receive)
        except TimeoutError:
            late = problem(
                408, f"Expected the whole body within {BODY_WITHIN_S:g} s. It did not come."
            )
            late.headers["Connection"] = "close"
            await late(scope, receive, send_with_headers)
            return
        if body is None:
            refused = problem(413, f"Expected a body of at most {MOST_BYTES} bytes. Received more.")
            refused.headers["Connection"] = "close"
            await refused(scope, receive, send_with_headers)
            return
        try:
            await self._app(scope, replay(body, receive), send_with_headers)
        except Exception as error:
            if answering:
                raise
            log.exception("%s %r failed", scope["method"], scope["path"], exc_info=error)
            fault = problem(500, "This is a fault of the server, which was written down there.")
            await fault(scope, receive, send_with_headers)


class Hosts:
    """Refuses what was meant for another server, as when a page elsewhere lets its own name point here."""

    def __init__(self, app: ASGIApp, ours: Sequence[str]) -> None:
        """*ours*: names and addresses of this server; with "*" among them all are."""
        self._app = app
        self._ours = frozenset(ours)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http" or "*" in self._ours or self._is_ours(scope):
            await self._app(scope, receive, send)
            return
        await problem(400, "Expected the name of this server as Host. Received another.")(
            scope, receive, send
        )

    def _is_ours(self, scope: Scope) -> bool:
        """Whether the request names this server."""
        host = HOST.fullmatch(Headers(scope=scope).get("host", ""))
        return host is not None and (host["address"] or host["name"]).lower() in self._ours


async def read_body(receive: Receive) -> bytes | None:
    """The whole body of a request; None if it is too long."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return None
        if not message.get("more_body"):
            return bytes(body)


def replay(body: bytes, receive: Receive) -> Receive:
    """A receiver that gives *body* first, and then what comes."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
