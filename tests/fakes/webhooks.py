"""A system that is told, on loopback, written as the specification tells consumers to write one.

It believes nothing that the library of the specification cannot verify with its secret, and does what it is
told once for each webhook-id. It may be told to misbehave.
"""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

# What it may do instead of taking an event; a number is the status that it answers with.
STALL = "stall"
# A byte of the answer every now and then, for ever.
DRIP = "drip"
DROP = "drop"
# It takes the event, and then the line is gone before the answer.
TAKE_AND_DROP = "take and drop"
LEAD_ELSEWHERE = "lead elsewhere"
ENDLESS = "endless"
TOO_MANY = "too many"


@dataclass
class Listener:
    """Its address, its secrets, the requests it got, what it took by webhook-id, and what it does next."""

    secrets: list[str] = field(default_factory=list)
    address: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: int = 0
    moods: list[int | str | None] = field(default_factory=list)
    elsewhere: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.taken.values()]

    def verify(self, body: bytes, headers: dict[str, str]) -> dict[str, Any] | None:
        for secret in self.secrets:
            try:
                return Webhook(secret).verify(body, headers)
            except WebhookVerificationError:
                continue
        return None


@contextmanager
def listening(secret: str = "", *, context: ssl.SSLContext | None = None) -> Iterator[Listener]:
    """context: of TLS, if it is to have it."""
    listener = Listener([secret] if secret else [])

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            listener.requests.append((headers, body))
            mood = listener.moods.pop(0) if listener.moods else None
            if mood in (None, TAKE_AND_DROP, ENDLESS):
                status = self.take(body, headers)
            if mood == STALL:
                listener.released.wait(30)
            elif mood == DRIP:
                self.drip()
            elif mood in (DROP, TAKE_AND_DROP):
                self.close_connection = True
                self.connection.close()
            elif mood == LEAD_ELSEWHERE:
                self.answer(302, Location=listener.elsewhere)
            elif mood == TOO_MANY:
                self.answer(429, **{"Retry-After": "7200"})
            elif isinstance(mood, int):
                self.answer(mood)
            elif mood == ENDLESS:
                self.send_response(200)
                self.end_headers()
                while not listener.released.wait(0.01):
                    self.wfile.write(b"x" * 10_000)
            else:
                self.answer(status)

        def take(self, body: bytes, headers: dict[str, str]) -> int:
            event = listener.verify(body, headers)
            if event is None:
                listener.refused += 1
                return 401
            key = headers["webhook-id"]
            if key not in listener.taken:
                listener.taken[key] = event
            return 204

        def answer(self, status: int, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def drip(self) -> None:
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 10_000:
                if listener.released.wait(0.02):
                    return
                try:
                    self.wfile.write(bytes([byte]))
                except OSError:
                    return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    listener.address = (
        f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}/in?from=day%20case"
    )
    try:
        yield listener
    finally:
        listener.released.set()
        server.shutdown()
        server.server_close()
