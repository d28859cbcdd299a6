"""A course lives, and four calendars that share no code agree with the database after each step."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.fakes.caldav import CalendarOnServer, Radicale, serving_calendars
from tests.ical.calendars import Calendar, Entry, Kept, read_by_vobject, reader_in
from tests.ical.libical import read_by_libical
from tests.processes import database_of_its_own, python

CALENDARS = [
    pytest.param("ical.js", marks=pytest.mark.browser),
    "vobject",
    pytest.param("libical", marks=pytest.mark.libical),
    "Radicale",
]
NEVER_TOLD = {"ola@example.com", "rae@example.com"}


@pytest.fixture(scope="module")
def life(tmp_path_factory) -> list[dict]:
    """The steps, as `life.py` prints them. Played in a process: a browser's loop forbids queries."""
    with database_of_its_own(tmp_path_factory.mktemp("life")) as database:
        return json.loads(python(database, "-m", "tests.ical.life"))


@pytest.fixture(scope="module")
def radicale(tmp_path_factory) -> Iterator[Radicale]:
    with serving_calendars(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(params=CALENDARS)
def new_calendar(request) -> Callable[[], Calendar]:
    """Makes an empty calendar."""
    match request.param:
        case "ical.js":
            reader = reader_in(request.getfixturevalue("chromium"))
            return lambda: Kept(reader)
        case "Radicale":
            server = request.getfixturevalue("radicale")
            return lambda: CalendarOnServer(server)
    reader = {"vobject": read_by_vobject, "libical": read_by_libical}[request.param]
    return lambda: Kept(reader)


def due(step: dict) -> dict[str, set]:
    return {address: set(map(tuple, visits)) for address, visits in step["due"].items()}


@pytest.mark.processes
def test_calendars_show_after_each_step_what_is_booked_to_whoever_may_be_told(life, new_calendar):
    calendars = {address: new_calendar() for address in life[-1]["due"]}
    for step in life:
        for address, calendar in step["mails"]:
            calendars[address].take(calendar)
        shown = {address: calendars[address].shows() for address in step["due"]}
        assert shown == due(step), step["name"]


@pytest.mark.processes
def test_mails_that_overtake_each_other_leave_the_calendars_as_they_should_be(life, new_calendar):
    """All of them, the last first and each twice, as a mailbox may have them after a holiday."""
    calendars = {address: new_calendar() for address in life[-1]["due"]}
    for address, calendar in reversed([mail for step in life for mail in step["mails"] * 2]):
        calendars[address].take(calendar)
    assert {address: calendar.shows() for address, calendar in calendars.items()} == due(life[-1])


@pytest.mark.processes
def test_every_step_is_told_and_only_to_those_who_may_be(life):
    assert [step["name"] for step in life if not step["mails"]] == []
    written_to = {address for step in life for address, _ in step["mails"]}
    assert written_to == life[-1]["due"].keys() - NEVER_TOLD
    assert all(step["due"].keys() >= NEVER_TOLD for step in life)


@pytest.mark.processes
def test_each_mail_about_an_entry_is_a_later_revision_than_the_one_before(life):
    last = {}
    for address, calendar in [mail for step in life for mail in step["mails"]]:
        entry = read_by_vobject(calendar)
        before = last.get((address, entry.uid))
        assert before is None or (entry.sequence > before.sequence and entry.stamp > before.stamp)
        last[address, entry.uid] = entry


def test_a_calendar_keeps_the_latest_revision_of_an_entry():
    first = Entry("REQUEST", "u", 1, "2026-10-01T09:00:00Z", "CONFIRMED", "nine", "one", "Visit", "six")
    moved = replace(first, sequence=2, starts="ten")
    said_again = replace(moved, stamp="2026-10-01T10:00:00Z", summary="Hospital visit")
    cancelled = replace(moved, method="CANCEL", sequence=3, status="CANCELLED")
    steps = {"1": first, "2": moved, "2 again": said_again, "3": cancelled}

    def shows(*order: str) -> set:
        calendar = Kept(steps.__getitem__)
        for name in order:
            calendar.take(name)
        return calendar.shows()

    assert shows("1", "2") == shows("2", "1") == {("u", "ten", "one", "Visit", "six")}
    assert shows("2 again", "2", "1") == {("u", "ten", "one", "Hospital visit", "six")}
    assert shows("3", "1", "2") == shows() == set()
