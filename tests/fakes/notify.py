"""A stand-in for the HTTP API of GOV.UK Notify on loopback: it checks the key and answers as documented.

Only what the app uses: sending a text, and listing what was sent, by reference or by state, 250 at a time.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import jwt

SERVICE = "0b51c1de-77aa-4c3e-9a10-5de1f0a9c001"
SECRET = "9d2c44f0-1e5b-4b7d-8c66-a1b2c3d4e502"
KEY = f"day_case-{SERVICE}-{SECRET}"
TEMPLATE = "7c0e6a52-30fb-4d0e-b0a4-6f5e4d3c2b03"
A_PAGE = 250

# What it may do instead of answering as it should; a number is the status it answers with.
STALL = "stall"
DROP = "drop"
# It takes the text, and then the connection is gone before the answer.
TAKE_AND_DROP = "take and drop"
NO_JSON = "no json"

ERRORS = {
    400: ("BadRequestError", "Can't send to this recipient {number} using a team-only API key"),
    403: ("AuthError", "Error: Your system clock must be accurate to within 30 seconds"),
    429: ("RateLimitError", "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds"),
    500: ("Exception", "Internal server error"),
}


class Notify:
    """Its address, the requests and texts it got, and `moods`: what it does next, one for each request."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.moods: list[int | str | None] = []
        self.released = threading.Event()
        self.address = ""

    def state(self, reference: str, status: str) -> None:
        for row in self.taken:
            if row["reference"] == reference:
                row["status"] = status

    def listed(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        rows = list(reversed(self.taken))
        for name in ("status", "reference"):
            if name in query:
                rows = [row for row in rows if row[name] == query[name][0]]
        if older := query.get("older_than"):
            place = next(n for n, row in enumerate(rows) if row["id"] == older[0])
            rows = rows[place + 1 :]
        return rows[:A_PAGE]


@contextmanager
def notify_server() -> Iterator[Notify]:
    notify = Notify()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            self.handle_with(lambda: (200, {"notifications": notify.listed(self.query), "links": {}}))

        def do_POST(self) -> None:
            typed = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.number = typed["phone_number"]
            self.handle_with(lambda: self.take(typed))

        @property
        def query(self) -> dict[str, list[str]]:
            return parse_qs(urlsplit(self.path).query)

        def take(self, typed: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            if typed["template_id"] != TEMPLATE:
                return self.error(400)
            row = {"id": str(uuid4()), "reference": typed["reference"], "status": "sending", **typed}
            notify.taken.append(row)
            return 201, {"id": row["id"], "reference": row["reference"], "content": {"body": "…"}}

        def handle_with(self, answer: Any) -> None:
            notify.requests.append(f"{self.command} {urlsplit(self.path).path}")
            mood = notify.moods.pop(0) if notify.moods else None
            if mood == STALL:
                notify.released.wait(30)
            elif mood in (DROP, TAKE_AND_DROP):
                if mood == TAKE_AND_DROP:
                    answer()
                self.close_connection = True
                self.connection.close()
            elif mood == NO_JSON:
                self.reply(200, b"<html>a proxy's own page</html>")
            elif isinstance(mood, int):
                self.reply_json(*self.error(mood))
            elif not self.is_ours():
                self.reply_json(*self.error(403))
            else:
                self.reply_json(*answer())

        def is_ours(self) -> bool:
            """The token is signed with the key's secret, and names its service (JWT, HS256)."""
            scheme, _, token = self.headers.get("Authorization", "").partition(" ")
            try:
                claims = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_iat": False})
            except jwt.PyJWTError:
                return False
            return scheme == "Bearer" and claims["iss"] == SERVICE

        def error(self, status: int) -> tuple[int, dict[str, Any]]:
            kind, message = ERRORS[status]
            message = message.format(number=getattr(self, "number", ""))
            return status, {"status_code": status, "errors": [{"error": kind, "message": message}]}

        def reply_json(self, status: int, body: dict[str, Any]) -> None:
            self.reply(status, json.dumps(body).encode())

        def reply(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    notify.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield notify
    finally:
        notify.released.set()
        server.shutdown()
        server.server_close()
