"""The calendar object, line by line, read without any calendar library."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.ical import InvalidInvitation, Mailbox, Method, calendar_bytes, entry
from tests.ical.samples import an_invitation, component, content_lines

REQUEST = calendar_bytes(an_invitation())
CANCEL = calendar_bytes(
    an_invitation(method=Method.CANCEL, sequence=3, stamp=datetime(2026, 10, 9, 15, 0, tzinfo=UTC))
)
BOTH = pytest.mark.parametrize("calendar", [REQUEST, CANCEL], ids=["REQUEST", "CANCEL"])

# The last Sundays of March and October, when London's clocks change at 1am UTC.
CLOCK_CHANGES = [
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2027, 3, 28),
    date(2027, 10, 31),
    date(2028, 3, 26),
    date(2028, 10, 29),
]


def value(calendar: bytes, name: str) -> str:
    """What follows the name, its parameters and the colon, on the event's one line of that name."""
    [line] = [line for line in component(calendar, "VEVENT") if line.partition(":")[0].split(";")[0] == name]
    return line.removeprefix(name)


@pytest.mark.parametrize(("calendar", "method"), [(REQUEST, "REQUEST"), (CANCEL, "CANCEL")])
def test_the_calendar_says_version_product_scale_and_method_and_nothing_else(calendar, method):
    assert component(calendar, "VCALENDAR") == [
        "VERSION:2.0",
        "PRODID:-//Day case//Appointments//EN",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
    ]


@BOTH
def test_the_time_zone_of_london_comes_first_with_yearly_rules(calendar):
    found = content_lines(calendar)
    assert found[5:22] == [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/London",
        "BEGIN:DAYLIGHT",
        "DTSTART:19810329T010000",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "TZNAME:BST",
        "TZOFFSETFROM:+0000",
        "TZOFFSETTO:+0100",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:19961027T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "TZNAME:GMT",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0000",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]


@BOTH
def test_there_is_one_event_with_one_organizer_and_one_attendee(calendar):
    found = [line.split(";")[0].split(":")[0] for line in component(calendar, "VEVENT")]
    assert (found.count("ORGANIZER"), found.count("ATTENDEE")) == (1, 1)
    assert content_lines(calendar).count("BEGIN:VEVENT") == 1


def test_a_request_holds_these_properties_and_no_others():
    assert sorted(line.partition(":")[0].split(";")[0] for line in component(REQUEST, "VEVENT")) == [
        "ATTENDEE",
        "CLASS",
        "CREATED",
        "DESCRIPTION",
        "DTEND",
        "DTSTAMP",
        "DTSTART",
        "LAST-MODIFIED",
        "LOCATION",
        "ORGANIZER",
        "SEQUENCE",
        "STATUS",
        "SUMMARY",
        "TRANSP",
        "UID",
        "X-MICROSOFT-CDO-BUSYSTATUS",
        "X-MICROSOFT-DISALLOW-COUNTER",
    ]


def test_a_cancellation_holds_the_same_but_what_is_microsofts():
    of_request = {line.partition(":")[0] for line in component(REQUEST, "VEVENT")}
    of_cancel = {line.partition(":")[0] for line in component(CANCEL, "VEVENT")}
    assert of_request - of_cancel == {"X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-DISALLOW-COUNTER"}
    assert of_cancel <= of_request


@pytest.mark.parametrize(
    ("name", "of_request", "of_cancel"),
    [
        ("UID", ":5f0a1c9e-2b7d-4a54-9d51-0c8e6b1f7a32@daycase.example", None),
        ("SEQUENCE", ":0", ":3"),
        ("DTSTAMP", ":20261001T093000Z", ":20261009T150000Z"),
        ("CREATED", ":20261001T093000Z", None),
        ("LAST-MODIFIED", ":20261001T093000Z", ":20261009T150000Z"),
        ("DTSTART", ";TZID=Europe/London:20261024T090000", None),
        ("DTEND", ";TZID=Europe/London:20261024T140000", None),
        ("SUMMARY", r":Hospital visit\, day 1 of 2", None),
        ("DESCRIPTION", r":Come to the main entrance at 9am.\n\nBring: a drink\; a book\, a toy.", None),
        ("LOCATION", r":Example Children's Hospital\, main entrance", None),
        ("ORGANIZER", ';CN="Day Unit Bookings":mailto:daycase@hospital.example', None),
        ("STATUS", ":CONFIRMED", ":CANCELLED"),
        ("TRANSP", ":OPAQUE", ":TRANSPARENT"),
        ("CLASS", ":PRIVATE", None),
    ],
)
def test_each_property_says(name, of_request, of_cancel):
    assert value(REQUEST, name) == of_request
    assert value(CANCEL, name) == (of_cancel or of_request)


@BOTH
def test_the_attendee_is_asked_for_an_answer(calendar):
    parameters, _, address = value(calendar, "ATTENDEE").partition(":")
    assert sorted(parameters.strip(";").split(";")) == [
        'CN="Zoë Łukasz"',
        "CUTYPE=INDIVIDUAL",
        "PARTSTAT=NEEDS-ACTION",
        "ROLE=REQ-PARTICIPANT",
        "RSVP=TRUE",
    ]
    assert address == "mailto:zoe@family.example"


def test_outlook_is_told_busy_and_no_counter_proposals():
    assert value(REQUEST, "X-MICROSOFT-CDO-BUSYSTATUS") == ":BUSY"
    assert value(REQUEST, "X-MICROSOFT-DISALLOW-COUNTER") == ":TRUE"


def test_a_request_reminds_the_evening_before_and_then_in_the_morning():
    alarms = "\n".join(content_lines(REQUEST)).split("BEGIN:VALARM\n")[1:]
    assert [sorted(alarm.split("\nEND:VALARM")[0].split("\n")) for alarm in alarms] == [
        ["ACTION:DISPLAY", r"DESCRIPTION:Hospital visit\, day 1 of 2", trigger]
        for trigger in ("TRIGGER:-PT15H", "TRIGGER:-PT1H30M")
    ]


def test_a_visit_without_alarms_and_one_with_impossible_ones():
    assert "BEGIN:VALARM" not in content_lines(calendar_bytes(an_invitation(alarms=())))
    for alarms in ((timedelta(hours=1),) * 3, (timedelta(0),), (timedelta(hours=-1),)):
        with pytest.raises(InvalidInvitation, match="alarms at most, each before it starts"):
            an_invitation(alarms=alarms)


def test_a_cancellation_reminds_of_nothing():
    assert "BEGIN:VALARM" not in content_lines(CANCEL)


def test_a_blank_description_or_location_is_left_out():
    found = component(calendar_bytes(an_invitation(description="", location=" ")), "VEVENT")
    assert not [line for line in found if line.startswith(("DESCRIPTION", "LOCATION"))]


def test_a_backslash_before_a_capital_n_is_no_line_break():
    assert value(calendar_bytes(an_invitation(summary=r"\N \n \\")), "SUMMARY") == r":\\N \\n \\\\"


def test_characters_a_mailto_address_may_not_hold_are_percent_encoded():
    odd = an_invitation(attendee=Mailbox("Zoë", "a+b'c#d%e?f@family.example"))
    assert value(calendar_bytes(odd), "ATTENDEE").endswith(":mailto:a+b'c%23d%25e%3Ff@family.example")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b"])
def test_no_text_can_start_a_line_of_its_own(break_):
    evil = f"x{break_}ATTACH:https://evil.example{break_}END:VEVENT"
    calendar = calendar_bytes(
        an_invitation(
            summary=evil, description=evil, location=evil, attendee=Mailbox(evil, "zoe@family.example")
        )
    )
    names = [line.partition(":")[0].split(";")[0] for line in content_lines(calendar)]
    plain = [line.partition(":")[0].split(";")[0] for line in content_lines(REQUEST)]
    assert names == plain


def test_lines_end_in_crlf_and_hold_at_most_75_octets_without_cutting_a_character():
    text = "👩‍👧 Żółć 王小明, \\;" * 70
    calendar = calendar_bytes(an_invitation(description=text, attendee=Mailbox("王" * 255, "z@a.example")))
    physical = calendar.split(b"\r\n")
    assert physical.pop() == b""
    assert max(map(len, physical)) <= 75
    assert b"\r" not in b"".join(physical) and b"\n" not in b"".join(physical)
    for line in physical:
        line.decode()


def test_the_same_invitation_gives_the_same_bytes():
    assert calendar_bytes(an_invitation()) == calendar_bytes(an_invitation()) == REQUEST


@pytest.mark.parametrize(
    "day", [day + timedelta(days=n) for day in CLOCK_CHANGES for n in (-1, 0, 1)], ids=str
)
def test_nine_in_the_morning_stays_nine_around_a_clock_change(day):
    nine = datetime.combine(day, time(9), ZoneInfo("Europe/London"))
    calendar = calendar_bytes(
        an_invitation(starts_at=nine.astimezone(UTC), ends_at=nine + timedelta(hours=5))
    )
    assert value(calendar, "DTSTART") == f";TZID=Europe/London:{day:%Y%m%d}T090000"
    assert value(calendar, "DTEND") == f";TZID=Europe/London:{day:%Y%m%d}T140000"


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("description", ["", "Bring a drink,\nand a book: " + "x" * 90])
def test_what_is_put_into_an_event_made_before_is_what_icalendar_would_write(method, description):
    calendar_bytes(an_invitation(method=method, description=description))
    another = an_invitation(
        method=method,
        uid="a,b@daycase.example",
        sequence=2,
        stamp=datetime(2026, 11, 2, 9, 30, 7, 5, tzinfo=UTC),
        created=datetime(2026, 11, 1, 9, 30, tzinfo=UTC),
        starts_at=datetime(2027, 6, 1, 8, 0, tzinfo=UTC),
        ends_at=datetime(2027, 6, 1, 12, 0, tzinfo=UTC),
        summary="Any visit; C:\\Notes",
        description=description,
        attendee=Mailbox("Pa, Lark", "pa@family.example"),
    )
    assert entry._event(another).to_ical() in calendar_bytes(another)
