"""The answer in a calendar part: METHOD:REPLY with one visit and one person (RFC 5546 section 3.2.3).

Only lines are read, not times or time zones: nothing is ever calculated from what a stranger wrote.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote

from icalendar.parser import Contentlines

from crmo_clinic.nhsuk.email_address import is_mailable
from scheduling.ical.text import one_line

LARGEST_CALENDAR = 64_000
LONGEST_COMMENT = 500

_ANSWERS = ("ACCEPTED", "TENTATIVE", "DECLINED")
_READ = {
    *("BEGIN", "END", "METHOD", "PRODID", "UID", "SEQUENCE", "DTSTAMP", "ATTENDEE", "COMMENT", "DESCRIPTION"),
    "RECURRENCE-ID",
}
# What other methods ask for, as sentences.
_METHODS = {
    "COUNTER": "It proposes another time for the visit.",
    "REFRESH": "It asks to be sent the visit again.",
    "REQUEST": "It is an invitation from somebody else.",
    "CANCEL": "It cancels something in a calendar.",
}
_OTHER_METHOD = "It carries a calendar entry that is no answer to ours."

Line = tuple[str, dict[str, str], str]


@dataclass(frozen=True, slots=True)
class CalendarAnswer:
    """What one person answers to one visit.

    answer: ACCEPTED, TENTATIVE or DECLINED. attendee: the address in small letters. stamp: when, in UTC, by
    the clock of their calendar; None if it did not say.
    """

    uid: str
    attendee: str
    answer: str
    sequence: int
    stamp: datetime | None
    comment: str


@dataclass(frozen=True, slots=True)
class ForAPerson:
    """What the app does not act on: why, as a sentence, and the UID of the visit if it names one."""

    why: str
    uid: str = ""


@dataclass
class _Calendar:
    method: str = ""
    product: str = ""
    visits: list[list[Line]] = field(default_factory=list)


def read_answer(text: str, method: str) -> CalendarAnswer | ForAPerson:
    """What a calendar part says.

    method: the parameter of its Content-Type, which RFC 6047 section 2.4 requires; empty if it is missing.
    """
    if len(text) > LARGEST_CALENDAR:
        return ForAPerson("Its calendar entry is too large to be read by the app.")
    calendar = _read_lines(text)
    uid = next((_uid(visit) for visit in calendar.visits), "")
    methods = {one_line(said).upper() for said in (calendar.method, method) if said}
    if methods != {"REPLY"}:
        [said] = methods if len(methods) == 1 else [""]
        return ForAPerson(_METHODS.get(said, _OTHER_METHOD), uid)
    if len(calendar.visits) != 1 or _values(calendar.visits[0], "RECURRENCE-ID"):
        return ForAPerson("It answers several visits at once, or none.", uid)
    return _answer(calendar.visits[0], uid, calendar.product)


def _answer(visit: list[Line], uid: str, product: str) -> CalendarAnswer | ForAPerson:
    attendees = [(parameters, value) for name, parameters, value in visit if name == "ATTENDEE"]
    if len(attendees) != 1:
        return ForAPerson("It answers for several people at once, or for nobody.", uid)
    [(parameters, value)] = attendees
    answer, attendee = parameters.get("PARTSTAT", "").upper(), _address(value, parameters)
    sequence = next(iter(_values(visit, "SEQUENCE")), "0").strip()
    if answer == "DELEGATED":
        return ForAPerson("It hands the invite on to somebody else.", uid)
    if answer not in _ANSWERS:
        return ForAPerson("It says neither that they can come nor that they cannot.", uid)
    if not uid or not attendee or not re.fullmatch(r"[0-9]{1,9}", sequence):
        return ForAPerson("It does not say which visit or which address it answers for.", uid)
    # Outlook puts the note of the person who answers into DESCRIPTION.
    notes = _values(visit, "COMMENT") or (_values(visit, "DESCRIPTION") if "Microsoft" in product else [])
    comment = one_line(" ".join(_unescaped(note) for note in notes))
    stamp = _moment(next(iter(_values(visit, "DTSTAMP")), ""))
    return CalendarAnswer(uid, attendee, answer, int(sequence), stamp, comment[:LONGEST_COMMENT])


def _read_lines(text: str) -> _Calendar:
    """The lines of each VEVENT, and those of the calendar itself; a line that cannot be read is left out."""
    calendar, open_ones = _Calendar(), list[str]()
    for line in Contentlines.from_ical(text.lstrip("\ufeff")):  # type: ignore[no-untyped-call]
        name = re.split("[:;]", line, maxsplit=1)[0].strip().upper()
        if name not in _READ:
            continue
        try:
            _, parameters, value = line.raw_parts()
        except ValueError:
            continue
        if name == "BEGIN":
            open_ones.append(value.strip().upper())
            if open_ones == ["VCALENDAR", "VEVENT"]:
                calendar.visits.append([])
        elif name == "END":
            del open_ones[-1:]
        elif open_ones == ["VCALENDAR", "VEVENT"]:
            plain = {key.upper(): one_line(str(said)) for key, said in parameters.items()}
            calendar.visits[-1].append((name, plain, value))
        elif open_ones == ["VCALENDAR"] and name == "METHOD":
            calendar.method = value
        elif open_ones == ["VCALENDAR"] and name == "PRODID":
            calendar.product = value
    return calendar


def _values(visit: list[Line], wanted: str) -> list[str]:
    return [value for name, _, value in visit if name == wanted]


def _unescaped(text: str) -> str:
    """A TEXT value as it is meant (RFC 5545 section 3.3.11)."""
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)


def _uid(visit: list[Line]) -> str:
    return one_line(_unescaped(next(iter(_values(visit, "UID")), "")))[:255]


def _address(value: str, parameters: dict[str, str]) -> str:
    """The mail address of a calendar user (RFC 5545 section 3.3.3); beside another URI it is in EMAIL."""
    scheme, _, rest = value.strip().partition(":")
    text = unquote(rest.strip()) if scheme.lower() == "mailto" else parameters.get("EMAIL", "")
    address = text.removeprefix("mailto:").casefold()
    return address if is_mailable(address) else ""


def _moment(text: str) -> datetime | None:
    """A DTSTAMP, which must be in UTC (RFC 5545 section 3.8.7.2)."""
    try:
        return datetime.strptime(text.strip().upper().rstrip("Z"), "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
