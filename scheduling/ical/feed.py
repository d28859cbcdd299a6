"""Entries that a family fetches itself: a file to import, or a feed that its calendar asks for again.

Unlike an invite they ask nobody anything: no METHOD, no ORGANIZER, no ATTENDEE, no alarm. CLASS is left out
too, because a subscribed calendar shows a private entry as "Busy" and nothing else. The UID is the invite's,
so that a calendar that merges shows one visit once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Event
from icalendar.enums import STATUS, TRANSP
from icalendar.parser import Contentline

from scheduling.ical.entry import CLOSING, Text, opening
from scheduling.ical.invitation import LONDON, in_zone
from scheduling.ical.text import lines, one_line

# A hint; calendars ask when they like, some only once a day.
REFRESH = "PT4H"


@dataclass(frozen=True, slots=True)
class Entry:
    """One visit. stamp: when this revision was made; created: when the first was. All times are aware."""

    uid: str
    sequence: int
    stamp: datetime
    created: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str
    location: str
    cancelled: bool = False


def entries_bytes(entries: Iterable[Entry], *, feed: str = "") -> bytes:
    """An iCalendar object in UTF-8 with CRLF, the earliest entry first. The same entries give the same bytes.

    feed: what a subscribed calendar is called (RFC 7986 section 5.1); empty for a file to import.
    """
    names = [
        _folded(f"{name}:{Text(one_line(feed)).to_ical().decode()}") for name in ("NAME", "X-WR-CALNAME")
    ]
    # VALUE is needed, because REFRESH-INTERVAL has no default type (RFC 7986 section 5.7).
    hints = [f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}", f"X-PUBLISHED-TTL:{REFRESH}"]
    frame = opening(*names, *hints) if feed else opening()
    in_order = sorted(entries, key=lambda entry: (entry.starts_at, entry.uid))
    return frame + b"".join(_event(entry).to_ical() for entry in in_order) + CLOSING


def _folded(line: str) -> str:
    folded: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call]
    return folded.decode().replace("\r\n", "\n")


def _event(entry: Entry) -> Event:
    stamp = in_zone(UTC, entry.stamp)
    return Event.new(
        uid=entry.uid,
        sequence=entry.sequence,
        stamp=stamp,
        created=in_zone(UTC, entry.created),
        last_modified=stamp,
        start=in_zone(LONDON, entry.starts_at),
        end=in_zone(LONDON, entry.ends_at),
        summary=Text(one_line(entry.summary)),
        description=Text(lines(entry.description)),
        location=Text(one_line(entry.location)),
        status=STATUS.CANCELLED if entry.cancelled else STATUS.CONFIRMED,
        transparency=TRANSP.TRANSPARENT if entry.cancelled else TRANSP.OPAQUE,
    )
