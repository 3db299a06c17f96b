"""Small servers of this machine that take what the product sends: mails, and what webhooks and robots are told."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, TypeVar

Sink = TypeVar("Sink", "Mailbox", "Listener")


class Mailbox:
    """A mail server; ``refuses`` makes it turn every mail away."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses = False
        self.connections = 0
        box = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                box.connections += 1
                self.wfile.write(b"220 sink\r\n")
                while line := self.rfile.readline():
                    word = line.split()[0].upper() if line.split() else b""
                    if word == b"QUIT":
                        self.wfile.write(b"221 bye\r\n")
                        return
                    if word == b"MAIL" and box.refuses:
                        self.wfile.write(b"451 later\r\n")
                    elif word == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        box.mails.append(self._read())
                        self.wfile.write(b"250 ok\r\n")
                    else:
                        self.wfile.write(b"250 ok\r\n")

            def _read(self) -> EmailMessage:
                held = b""
                while (line := self.rfile.readline()) not in {b".\r\n", b""}:
                    held += line[1:] if line.startswith(b"..") else line
                return message_from_bytes(held, policy=policy.default)  # type: ignore[return-value,arg-type]

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self.server.daemon_threads = True

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server.server_address[1]}"


class Listener:
    """An HTTP server: what it was told, and what it answers."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200
        self.answer: Any = {"errcode": 0}
        self.location = ""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.told.append((self.path, dict(self.headers.items()), body))
                said = json.dumps(listener.answer).encode()
                self.send_response(listener.status)
                if listener.location:
                    self.send_header("Location", listener.location)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def listening(sink: Sink) -> Iterator[Sink]:
    """Let a sink serve while the context is open."""
    thread = threading.Thread(target=sink.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        sink.server.shutdown()
        sink.server.server_close()
        thread.join()
