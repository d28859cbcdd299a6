r"""The calendar entry itself: one VCALENDAR with one VTIMEZONE and one VEVENT (RFC 5545, RFC 5546 §3.2).

Only the event differs between two invitations, so only the event goes through icalendar, which escapes and
folds it; the frame around it is written out here once. The events of one unit differ in a few lines, so one
is made once, and the lines of each visit and each contact put in. The same invitation always gives the same
bytes.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from icalendar import Alarm, Calendar, Event, vCalAddress, vDDDTypes, vInt, vText
from icalendar.enums import CLASS, CUTYPE, PARTSTAT, ROLE, STATUS, TRANSP
from icalendar.parser import Contentline

from scheduling.ical.invitation import Invitation, Mailbox, Method

PRODID = "-//Day case//Appointments//EN"

# Yearly rules and nothing else: Outlook skips RDATE onsets, and others read a list of them wrongly in winter.
# The dates are when each of today's two rules began.
_LONDON = b"""\
BEGIN:VTIMEZONE
TZID:Europe/London
BEGIN:DAYLIGHT
DTSTART:19810329T010000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:BST
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T020000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:GMT
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
END:STANDARD
END:VTIMEZONE
"""


def opening(*properties: str) -> bytes:
    """The object up to its first event. properties: further ones of the object, as unfolded lines."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODID}", "CALSCALE:GREGORIAN", *properties]
    return ("\n".join(lines).encode() + b"\n" + _LONDON).replace(b"\n", b"\r\n")


_OPENINGS = {method: opening(f"METHOD:{method}") for method in Method}
CLOSING = b"END:VCALENDAR\r\n"


def calendar_bytes(invitation: Invitation) -> bytes:
    """The whole iCalendar object, in UTF-8 with CRLF and no line over 75 octets (RFC 5545 §3.1)."""
    event = _event_for_nobody(replace(invitation, attendee=_NOBODY))
    event = event.replace(_LINE_OF_NOBODY, _line_of(invitation.attendee))
    return _OPENINGS[invitation.method] + event + CLOSING


@lru_cache(maxsize=8)
def _event_for_nobody(invitation: Invitation) -> bytes:
    asked = (invitation.method, invitation.organizer, invitation.location, invitation.alarms)
    written = _event_of_any_visit(*asked, has_description=bool(invitation.description))
    own = dict(zip(_LINES_OF_ANY_VISIT, _lines_of_visit(invitation), strict=True))
    return b"".join(own.get(line, line) for line in written)


@lru_cache(maxsize=100)
def _event_of_any_visit(
    method: Method,
    organizer: Mailbox,
    location: str,
    alarms: tuple[timedelta, ...],
    *,
    has_description: bool,
) -> tuple[bytes, ...]:
    """The lines of an event in which those of `_lines_of_visit` are not yet any visit's own."""
    visit = replace(_ANY_VISIT, method=method, organizer=organizer, location=location, alarms=alarms)
    visit = visit if has_description else replace(visit, description="")
    lines = _event(visit).content_lines()
    return tuple(line.to_ical() + b"\r\n" for line in lines if line)


def _lines_of_visit(invitation: Invitation) -> tuple[bytes, ...]:
    """What differs between the visits of a unit. The second description is that of the alarms."""
    stamp = vDDDTypes(invitation.stamp)
    return (
        _line("SUMMARY", Text(invitation.summary)),
        _line("DTSTART", vDDDTypes(invitation.starts_at)),
        _line("DTEND", vDDDTypes(invitation.ends_at)),
        _line("DTSTAMP", stamp),
        _line("UID", vText(invitation.uid)),
        _line("SEQUENCE", vInt(invitation.sequence)),
        _line("CREATED", vDDDTypes(invitation.created)),
        _line("DESCRIPTION", Text(invitation.description)),
        _line("LAST-MODIFIED", stamp),
        _line("DESCRIPTION", Text(invitation.summary)),
    )


def _line_of(mailbox: Mailbox) -> bytes:
    return _line("ATTENDEE", _attendee(mailbox))


def _line(name: str, value: Any) -> bytes:
    line: bytes = Contentline.from_parts(name, value.params, value).to_ical()
    return line + b"\r\n"


def times_of(calendar: bytes) -> tuple[datetime, datetime] | None:
    """When the visit in the bytes of `calendar_bytes` starts and ends; None if they hold no visit."""
    events = Calendar.from_ical(calendar).walk("VEVENT")
    return (events[0].decoded("DTSTART"), events[0].decoded("DTEND")) if events else None


def _event(invitation: Invitation) -> Event:
    asks = invitation.method == Method.REQUEST
    summary = Text(invitation.summary)
    event = Event.new(
        uid=invitation.uid,
        sequence=invitation.sequence,
        stamp=invitation.stamp,
        created=invitation.created,
        last_modified=invitation.stamp,
        start=invitation.starts_at,
        end=invitation.ends_at,
        summary=summary,
        description=Text(invitation.description) if invitation.description else None,
        location=Text(invitation.location) if invitation.location else None,
        organizer=vCalAddress.new(_mailto(invitation.organizer), cn=invitation.organizer.name),
        attendees=[_attendee(invitation.attendee)],
        status=STATUS.CONFIRMED if asks else STATUS.CANCELLED,
        transparency=TRANSP.OPAQUE if asks else TRANSP.TRANSPARENT,
        classification=CLASS.PRIVATE,
        subcomponents=[
            Alarm.new_display(description=summary, trigger=-before)
            for before in (invitation.alarms if asks else ())
        ],
    )
    if asks:
        event.add("X-MICROSOFT-CDO-BUSYSTATUS", "BUSY")
        event.add("X-MICROSOFT-DISALLOW-COUNTER", "TRUE")
    return event


def _attendee(mailbox: Mailbox) -> vCalAddress:
    return vCalAddress.new(
        _mailto(mailbox),
        cn=mailbox.name,
        cutype=CUTYPE.INDIVIDUAL,
        role=ROLE.REQ_PARTICIPANT,
        partstat=PARTSTAT.NEEDS_ACTION,
        rsvp=True,
    )


class Text(vText):
    r"""A TEXT value escaped as RFC 5545 §3.3.11 says.

    icalendar's own escaping takes a backslash before a capital N for a line break: C:\Notes would lose both.
    """

    __slots__ = ()

    def to_ical(self) -> bytes:
        escaped = self.replace("\\", r"\\").replace(";", r"\;").replace(",", r"\,").replace("\n", r"\n")
        return escaped.encode()


def _mailto(mailbox: Mailbox) -> str:
    """The address as a bare mailto: URI, with what RFC 6068 §2 does not allow in one percent-encoded."""
    return "mailto:" + quote(mailbox.email, safe="@!$'*+")


# Stands for the attendee until it is known whose entry it is: those of one visit differ in this line alone.
_NOBODY = Mailbox("Nobody", "nobody@attendee.invalid")
_LINE_OF_NOBODY = _line_of(_NOBODY)
# Stands for the visit until it is known which one it is.
_ANY_VISIT = Invitation(
    method=Method.REQUEST,
    uid="any@visit.invalid",
    sequence=0,
    stamp=datetime(1970, 1, 1, tzinfo=UTC),
    created=datetime(1970, 1, 1, tzinfo=UTC),
    starts_at=datetime(1970, 1, 1, tzinfo=UTC),
    ends_at=datetime(1970, 1, 2, tzinfo=UTC),
    summary="Any visit",
    description="About any visit",
    location="",
    organizer=Mailbox("Any unit", "any@unit.invalid"),
    attendee=_NOBODY,
)
_LINES_OF_ANY_VISIT = _lines_of_visit(_ANY_VISIT)
