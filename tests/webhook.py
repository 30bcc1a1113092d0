"""A receiver on this machine, in the place of a chat's webhook."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import loads
from threading import Thread


class Receiver(ThreadingHTTPServer):
    """Keeps the texts it is sent, and answers with *status*."""

    def __init__(self, status: int = 200) -> None:
        self.texts: list[str] = []
        self.status = status
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_port}/hook"
        Thread(target=self.serve_forever, daemon=True).start()

    def server_close(self) -> None:
        """End the thread too."""
        self.shutdown()
        super().server_close()


class Answer(BaseHTTPRequestHandler):
    """Takes what chats take: JSON, and said to be so, with a "text"."""

    server: Receiver

    def do_POST(self) -> None:
        assert self.headers["Content-Type"] == "application/json"
        body = loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert list(body) == ["text"]
        self.server.texts.append(body["text"])
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the library
        """Say nothing of requests."""
