"""What a family's calendar fetches: read back by a library that shares no code with the writer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import vobject
from hypothesis import given
from hypothesis import strategies as st

from scheduling.ical import Entry, entries_bytes
from scheduling.ical.invitation import LONDON

ORDINARY = Entry(
    uid="5f0a1c9e-2b7d-4a54-9d51-0c8e6b1f7a32@daycase.example",
    sequence=2,
    stamp=datetime(2026, 10, 1, 9, 30, tzinfo=UTC),
    created=datetime(2026, 9, 1, 9, 30, tzinfo=UTC),
    starts_at=datetime(2026, 10, 24, 8, 0, tzinfo=UTC),
    ends_at=datetime(2026, 10, 24, 13, 0, tzinfo=UTC),
    summary="Hospital visit, day 1 of 2",
    description="Questions; or a change, or both: ring.\nAt other times: the ward.",
    location="Main entrance",
)
CANCELLED = replace(
    ORDINARY,
    uid="another@daycase.example",
    cancelled=True,
    starts_at=ORDINARY.starts_at + timedelta(days=1),
    ends_at=ORDINARY.ends_at + timedelta(days=1),
)


def lines(calendar: bytes) -> list[str]:
    return calendar.decode().replace("\r\n ", "").split("\r\n")


def test_a_feed_asks_nobody_anything_and_says_how_often_to_look():
    found = lines(entries_bytes([ORDINARY, CANCELLED], feed="Hospital visits"))
    assert "NAME:Hospital visits" in found
    assert "X-WR-CALNAME:Hospital visits" in found
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT4H" in found
    assert "X-PUBLISHED-TTL:PT4H" in found
    never = ("METHOD", "ATTENDEE", "ORGANIZER", "CLASS", "BEGIN:VALARM")
    assert [line for line in found if line.startswith(never)] == []
    assert [line for line in found if line.startswith("STATUS")] == ["STATUS:CONFIRMED", "STATUS:CANCELLED"]
    # One UID an event, and none for the calendar.
    assert len({line for line in found if line.startswith("UID:")}) == found.count("BEGIN:VEVENT") == 2


def test_a_file_has_no_name_and_nothing_to_refresh():
    found = lines(entries_bytes([ORDINARY]))
    assert not [line for line in found if line.startswith(("NAME", "X-WR", "REFRESH", "X-PUB", "METHOD"))]
    assert "BEGIN:VTIMEZONE" in found


def test_the_same_entries_give_the_same_bytes_in_whatever_order():
    assert entries_bytes([ORDINARY, CANCELLED]) == entries_bytes([CANCELLED, ORDINARY])


def test_an_empty_feed_is_a_calendar():
    assert vobject.readOne(entries_bytes([], feed="Hospital visits").decode()).name == "VCALENDAR"


def test_a_long_name_in_any_letters_is_folded_and_cannot_add_a_line():
    calendar = entries_bytes([ORDINARY], feed="مواعيد المستشفى " * 8 + "\r\nX-EVIL:1")
    assert max(len(line) for line in calendar.split(b"\r\n")) <= 75
    assert not [line for line in lines(calendar) if line.startswith("X-EVIL")]


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).filter(
        lambda moment: not moment.astimezone(LONDON).fold
    ),
    st.text(max_size=200),
)
def test_vobject_reads_the_time_of_any_entry_whatever_its_words(starts_at, words):
    starts_at = starts_at.replace(microsecond=0)
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=5)}
    entry = replace(ORDINARY, **times, summary=f"v{words}", description=words)
    event = vobject.readOne(entries_bytes([entry], feed=f"f{words}").decode()).vevent
    assert event.dtstart.value.astimezone(UTC) == starts_at
    assert event.uid.value == ORDINARY.uid
    assert event.summary.value.startswith("v")
