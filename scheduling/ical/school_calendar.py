"""The days in a calendar file, such as the term dates that a council or a school publishes.

Only whole days count: an entry with a time of day is a lesson or a meeting. Nothing here raises, whatever the
file is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar

MOST_BYTES, MOST_ENTRIES, MOST_DAYS = 500_000, 2_000, 366
LONGEST_NAME = 60
A_DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Stretch:
    """One entry of whole days: first and last day, both included, and what it is called."""

    first_day: date
    last_day: date
    name: str


@dataclass(frozen=True)
class SchoolCalendar:
    """What is in a file: its stretches by date, each once, and how many entries are left out.

    wrong: why nothing is read, as a sentence; empty if something is. repeated: entries that come back by a
    rule, such as every year. Only their first time counts: school dates change from year to year.
    """

    stretches: tuple[Stretch, ...] = ()
    timed: int = 0
    repeated: int = 0
    unreadable: int = 0
    wrong: str = ""


def read_calendar(content: bytes) -> SchoolCalendar:
    if len(content) > MOST_BYTES:
        return SchoolCalendar(wrong=f"The file must be {MOST_BYTES // 1000} KB or smaller.")
    if content.upper().count(b"BEGIN:VEVENT") > MOST_ENTRIES:
        return SchoolCalendar(wrong=f"The file must have {MOST_ENTRIES:,} entries or fewer.")
    try:
        found = list(_entries(content))
    except Exception:  # Whatever the reader makes of a hostile file: it is no calendar to us.
        return SchoolCalendar(
            wrong="This is no calendar file. Ask the school or the council for “iCal” or “.ics”."
        )
    stretches, counts = set(), {"timed": 0, "repeated": 0, "unreadable": 0}
    for event in found:
        try:
            stretch = _stretch(event)
        except Exception:  # One entry that cannot be read is counted, and the others are used.
            counts["unreadable"] += 1
            continue
        if stretch is None:
            counts["timed"] += 1
            continue
        counts["repeated"] += "RRULE" in event or "RDATE" in event
        stretches.add(stretch)
    wrong = "" if stretches else "There are no entries of whole days in this file."
    return SchoolCalendar(tuple(sorted(stretches)), **counts, wrong=wrong)


def _entries(content: bytes) -> Iterator[Any]:
    for calendar in Calendar.from_ical(content, multiple=True):
        yield from (part for part in calendar.subcomponents if part.name == "VEVENT")


def _stretch(event: Any) -> Stretch | None:
    """None for an entry with a time of day. Raises whatever a broken entry raises, or ValueError."""
    first = event["DTSTART"].dt
    if isinstance(first, datetime):
        return None
    # The end is the day after the last one (RFC 5545, section 3.6.1).
    last = first
    if "DTEND" in event:
        end = event["DTEND"].dt
        last = max(first, end - A_DAY)
    elif "DURATION" in event:
        last = max(first, first + event["DURATION"].dt - A_DAY)
    if not 2000 <= first.year < 2200 or (last - first).days >= MOST_DAYS:
        raise ValueError("No school term is then, or is so long.")
    name = " ".join(
        "".join(c for c in str(event.get("SUMMARY", "")) if c.isprintable() or c.isspace()).split()
    )
    return Stretch(first, last, name[:LONGEST_NAME] or "Without a name")
