"""A real HTTP server between a client and S3 that gives other answers when it is told to."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

_OWN: Final = frozenset({"connection", "transfer-encoding", "server", "date", "content-length"})

CODES: Final = {
    403: "AccessDenied",
    409: "ConditionalRequestConflict",
    412: "PreconditionFailed",
    500: "InternalError",
    503: "SlowDown",
}


@dataclass
class Fault:
    """What happens to requests of a kind."""

    method: str
    path: str  # a part of it
    status: int = 0  # what is answered; 0: what S3 says
    times: int = 1 << 30
    applied: bool = False  # whether S3 does it all the same
    before: Callable[[], None] = field(default=lambda: None)  # what happens first


@dataclass
class Faulty:
    """The server, and what it is told."""

    url: str
    faults: list[Fault] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)  # headers that S3 never gets to see
    _one_by_one: threading.Lock = field(default_factory=threading.Lock)

    def told(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, used up by one."""
        self.seen.append((method, path))
        with self._one_by_one:
            for fault in self.faults:
                if fault.method == method and fault.path in path and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None


@contextmanager
def faulty_server(target: str) -> Iterator[Faulty]:
    """A server that passes all on to *target*, until it is told otherwise."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    faulty = Faulty(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass = _handler(faulty, target)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield faulty
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(faulty: Faulty, target: str) -> type[BaseHTTPRequestHandler]:
    """What answers each request."""

    class Handler(_Passing):
        server_told = faulty
        address = urlsplit(target).netloc

    return Handler


class _Passing(BaseHTTPRequestHandler):
    """Passes a request on, or does what it is told."""

    protocol_version = "HTTP/1.1"
    server_told: Faulty
    address: str

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.server_told.told(self.command, self.path)
        if fault is not None:
            fault.before()
        with suppress(ConnectionError):  # the client was killed
            if fault is None or not fault.status:
                self.pass_back(*self.ask(body))
            else:
                self.fail(fault, body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_any  # noqa: N815

    def fail(self, fault: Fault, body: bytes) -> None:
        if fault.applied:
            self.ask(body)
        text = f"<Error><Code>{CODES[fault.status]}</Code></Error>".encode()
        self.pass_back(fault.status, [], b"" if self.command == "HEAD" else text)

    def ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        dropped = self.server_told.dropped
        headers = {name: value for name, value in self.headers.items() if name not in dropped}
        connection = http.client.HTTPConnection(self.address, timeout=60)
        try:
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def pass_back(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        lengths = [value for name, value in headers if name.lower() == "content-length"]
        for name, value in headers:
            if name.lower() not in _OWN:
                self.send_header(name, value)
        is_head = self.command == "HEAD" and lengths
        self.send_header("Content-Length", lengths[0] if is_head else str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        del format, arguments
