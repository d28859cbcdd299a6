"""A family's calendar: what it makes of the mails it is sent, as iTIP says, whatever reads them for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import vobject
from playwright.sync_api import Browser

HERE = Path(__file__).parent

# The UID, start and end in UTC, and summary of a visit, and when the calendar reminds of it, in UTC.
Shown = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Entry:
    """A calendar entry as it was read; moments in UTC as `2026-10-26T09:00:00Z`."""

    method: str
    uid: str
    sequence: int
    stamp: str
    status: str
    starts: str
    ends: str
    summary: str
    # The moments at which it rings, a comma between.
    rings: str = ""

    @property
    def stands(self) -> bool:
        return self.method == "REQUEST" and self.status == "CONFIRMED"


class Calendar(Protocol):
    """take: put what one mail carries into it. shows: the visits one sees in it."""

    def take(self, calendar: str) -> None: ...
    def shows(self) -> set[Shown]: ...


class Kept:
    """A calendar with nothing but the rules: an entry is known by its UID, and replaced by one with a later
    SEQUENCE or, that being equal, a DTSTAMP that is not older (RFC 5546 section 2.1.5)."""

    def __init__(self, read: Callable[[str], Entry]) -> None:
        self._read = read
        self._entries: dict[str, Entry] = {}

    def take(self, calendar: str) -> None:
        entry = self._read(calendar)
        held = self._entries.get(entry.uid)
        if held is None or (entry.sequence, entry.stamp) >= (held.sequence, held.stamp):
            self._entries[entry.uid] = entry

    def shows(self) -> set[Shown]:
        return {(e.uid, e.starts, e.ends, e.summary, e.rings) for e in self._entries.values() if e.stands}


def in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def ringing(moments: Iterable[datetime]) -> str:
    return ", ".join(in_utc(moment) for moment in moments)


def read_by_vobject(calendar: str) -> Entry:
    read: Any = vobject.readOne(calendar)
    event = read.vevent
    return Entry(
        method=read.method.value,
        uid=event.uid.value,
        sequence=int(event.sequence.value),
        stamp=in_utc(event.dtstamp.value),
        status=event.status.value,
        starts=in_utc(event.dtstart.value),
        ends=in_utc(event.dtend.value),
        summary=event.summary.value,
        rings=ringing(
            event.dtstart.value + alarm.trigger.value for alarm in event.contents.get("valarm", [])
        ),
    )


def reader_in(browser: Browser) -> Callable[[str], Entry]:
    """ical.js, as Thunderbird has it, in a browser that stands far from London."""
    module = (HERE / "vendor" / "ical.js-2.2.1" / "ical.js").read_text()
    page = browser.new_context(timezone_id="Pacific/Auckland", offline=True).new_page()

    def read(calendar: str) -> Entry:
        [event] = page.evaluate((HERE / "icaljs.js").read_text(), [module, [calendar]])
        return Entry(
            starts=event["starts"][-1],
            ends=event["ends"][-1],
            rings=", ".join(event["rings"]),
            **{name: event[name] for name in ("method", "uid", "sequence", "stamp", "status", "summary")},
        )

    return read
