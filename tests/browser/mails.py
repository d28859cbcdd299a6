"""What two calendars make of the mails that were sent."""

from dataclasses import dataclass
from datetime import UTC
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import vobject
from playwright.sync_api import Browser

ICAL = Path(__file__).parents[1] / "ical"


@dataclass(frozen=True)
class Entry:
    """A calendar entry as it was read. starts, ends: the zone, the wall time and the moment in UTC."""

    method: str
    uid: str
    sequence: int
    status: str
    starts: list[str]
    ends: list[str]
    organizer: str
    attendees: list[str]


def calendar_in(mail: EmailMessage) -> str:
    """The calendar of a mail, which says in its header what it is for (RFC 6047 section 2.4)."""
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    calendar = part.get_content()
    assert f"METHOD:{part['Content-Type'].params['method']}" in calendar
    return calendar


def read_by_vobject(calendar: str) -> Entry:
    read = vobject.readOne(calendar)
    event = read.vevent

    def moment(line: Any) -> list[str]:
        utc = line.value.astimezone(UTC)
        zone = line.params["X-VOBJ-ORIGINAL-TZID"][0]
        return [zone, f"{line.value:%Y-%m-%dT%H:%M:%S}", f"{utc:%Y-%m-%dT%H:%M:%SZ}"]

    return Entry(
        method=read.method.value,
        uid=event.uid.value,
        sequence=int(event.sequence.value),
        status=event.status.value,
        starts=moment(event.dtstart),
        ends=moment(event.dtend),
        organizer=event.organizer.value,
        attendees=[line.value for line in event.contents["attendee"]],
    )


def read_by_icaljs(calendars: list[str], browser: Browser) -> list[Entry]:
    """As Thunderbird's parser reads it, in a browser in a time zone far from London."""
    module = (ICAL / "vendor" / "ical.js-2.2.1" / "ical.js").read_text()
    context = browser.new_context(timezone_id="Pacific/Auckland", offline=True)
    found = context.new_page().evaluate((ICAL / "icaljs.js").read_text(), [module, calendars])
    context.close()
    names = ("method", "uid", "sequence", "status", "starts", "ends")
    return [
        Entry(
            *(event[name] for name in names),
            organizer=event["organizer"]["address"],
            attendees=[attendee["address"] for attendee in event["attendees"]],
        )
        for event in found
    ]
