"""Calendars on a real Radicale server, filled and asked by CalDAV (RFC 4791), as a phone does."""

import re
import socket
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote
from uuid import uuid4
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from tests import clock
from tests.ical.calendars import Shown, in_utc, ringing
from tests.processes import SECONDS_TO_END, SECONDS_TO_START

CALDAV = "urn:ietf:params:xml:ns:caldav"
SPACES = f'xmlns:D="DAV:" xmlns:C="{CALDAV}"'
ALL_TIME = 'start="20000101T000000Z" end="20991231T000000Z"'
# Every event that is not cancelled, whole.
QUERY = f"""<C:calendar-query {SPACES}><D:prop><C:calendar-data/></D:prop><C:filter>
  <C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range {ALL_TIME}/>
    <C:prop-filter name="STATUS"><C:text-match negate-condition="yes">CANCELLED</C:text-match></C:prop-filter>
  </C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"""
# When its owner is busy, in UTC, as the server works it out.
FREE_BUSY = f"<C:free-busy-query {SPACES}><C:time-range {ALL_TIME}/></C:free-busy-query>"
TIMES = re.compile(r"FREEBUSY\S*:(\w+)/(\w+)")


class Radicale:
    """A running server. port: where it listens on loopback."""

    def __init__(self, port: int) -> None:
        self._port = port

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        """The status and the body of the answer. Whoever signs in has a folder of that name."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        sign_in = {"Authorization": f"Basic {b64encode(b'family:any').decode()}"}
        connection.request(method, path, body.encode(), sign_in | headers)
        answer = connection.getresponse()
        said = answer.read().decode()
        connection.close()
        return answer.status, said


class CalendarOnServer:
    """A calendar of its own on the server, and the program that puts mails into it."""

    def __init__(self, server: Radicale) -> None:
        self._server = server
        self._path = f"/family/{uuid4().hex}/"
        assert server.ask("MKCALENDAR", self._path)[0] == 201

    def take(self, calendar: str) -> None:
        """Store the entry under its UID, unless a later one is there. What is stored has no METHOD (RFC 4791
        section 4.1)."""
        path = f"{self._path}{quote(_line(calendar, 'UID'))}.ics"
        status, held = self._server.ask("GET", path)
        if status == 200 and _revision(held) > _revision(calendar):
            return
        stored = re.sub(r"^METHOD:.*\r\n", "", calendar, flags=re.MULTILINE)
        status, said = self._server.ask("PUT", path, stored, **{"Content-Type": "text/calendar"})
        assert status in (201, 204), said

    def shows(self) -> set[Shown]:
        status, said = self._report(QUERY)
        assert status == 207, said
        entries = [found.text for found in ElementTree.fromstring(said).iter(f"{{{CALDAV}}}calendar-data")]
        shown = {
            (
                _line(e, "UID"),
                _local(e, "DTSTART"),
                _local(e, "DTEND"),
                _line(e, "SUMMARY").replace("\\,", ","),
                _rings(e),
            )
            for e in entries
        }
        assert self._busy() == sorted((start, end) for _, start, end, *_ in shown)
        return shown

    def _busy(self) -> list[tuple[str, str]]:
        status, said = self._report(FREE_BUSY)
        assert status == 200, said
        return sorted((_as_utc(start), _as_utc(end)) for start, end in TIMES.findall(said))

    def _report(self, query: str) -> tuple[int, str]:
        return self._server.ask("REPORT", self._path, query, Depth="1", **{"Content-Type": "application/xml"})


def _line(calendar: str, name: str) -> str:
    """The value of a property of the event. Its lines are unfolded first."""
    event = re.sub(r"\r?\n ", "", calendar).split("BEGIN:VEVENT")[1].split("BEGIN:VALARM")[0]
    return re.search(rf"^{name}(?:;[^:\r\n]*)?:([^\r\n]*)", event, re.MULTILINE)[1]


def _rings(calendar: str) -> str:
    """When the stored entry reminds."""
    starts = datetime.fromisoformat(_line(calendar, "DTSTART")).replace(tzinfo=ZoneInfo("Europe/London"))
    triggers = re.findall(r"^TRIGGER:-PT(?:(\d+)H)?(?:(\d+)M)?\r?$", calendar, re.MULTILINE)
    return ringing(
        starts.astimezone(UTC) - timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        for hours, minutes in triggers
    )


def _revision(calendar: str) -> tuple[int, str]:
    return int(_line(calendar, "SEQUENCE")), _line(calendar, "DTSTAMP")


def _local(calendar: str, name: str) -> str:
    assert f"{name};TZID=Europe/London:" in calendar
    return in_utc(datetime.fromisoformat(_line(calendar, name)).replace(tzinfo=ZoneInfo("Europe/London")))


def _as_utc(text: str) -> str:
    return in_utc(datetime.fromisoformat(text))


@contextmanager
def serving_calendars(folder: Path) -> Iterator[Radicale]:
    """A server on a free port until the block ends; it keeps its files in the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "--config": "",
        "--server-hosts": f"127.0.0.1:{port}",
        "--storage-filesystem-folder": str(folder / "calendars"),
        "--auth-type": "none",
        "--logging-level": "warning",
    }
    command = clock.python("-m", "radicale", *(part for option in options.items() for part in option))
    log = folder / "radicale.log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_for(port, server, log)
        yield Radicale(port)
    finally:
        server.terminate()
        server.wait(SECONDS_TO_END)


def _wait_for(port: int, server: subprocess.Popen, log: Path) -> None:
    until = monotonic() + SECONDS_TO_START
    while monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            sleep(0.05)
        else:
            return
    raise RuntimeError(f"Radicale did not start.\n{log.read_text()[-4000:]}")
