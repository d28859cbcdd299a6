"""What an invitation says, as values that cannot hold anything a calendar or a mail server would choke on."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from crmo_clinic.nhsuk.email_address import is_mailable
from scheduling.ical.text import lines, one_line

LONDON = ZoneInfo("Europe/London")

NAME_LIMIT = 255
SUMMARY_LIMIT = 60
DESCRIPTION_LIMIT = 1500
LOCATION_LIMIT = 255
MOST_ALARMS = 2

# Printable ASCII without the backslash, which some readers unescape in a UID and some do not.
_UID = re.compile(r"[!-\[\]-~]{1,255}")

# Inside CN these end the value in some readers, and are escaped and not unescaped (RFC 6868) in others.
_UNFIT_FOR_NAMES = re.compile(r'["\\;:^]')


class InvalidInvitation(ValueError):
    """Something that may not go into an invitation; the message is a sentence that says what, and why."""


class Method(StrEnum):
    """What the calendar is asked to do (RFC 5546 §3.2): put the visit in or change it; take it out."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A person or a team with one address: the unit that invites, or the contact who is invited.

    `name` is kept on one line and without `" ; : ^` and backslashes, which calendars mis-read.

    Raises:
        InvalidInvitation: the name is blank or too long, or `email` is not one bare ASCII address.
    """

    name: str
    email: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", one_line(_UNFIT_FOR_NAMES.sub(" ", self.name)))
        _require_length("name of the person or team", self.name, NAME_LIMIT)
        if not is_mailable(self.email):
            raise InvalidInvitation("An email address must be one plain address, like name@example.com.")


@dataclass(frozen=True, slots=True)
class Invitation:
    """One visit as one contact is told of it: everything the calendar entry says and nothing else.

    `stamp` is when this revision was made, `created` when the first one was; both are kept in UTC.
    `starts_at` and `ends_at` are kept as London wall time. Text is kept without control characters, `summary`
    and `location` on one line; `description` and `location` may be blank. `sequence` starts at 0 and goes up
    on every change of time or place. `alarms` are how long before the start the calendar reminds, the longest
    first; a calendar that keeps only one keeps the first.

    Raises:
        InvalidInvitation: the values would not make an entry that calendars accept.
    """

    method: Method
    uid: str
    sequence: int
    stamp: datetime
    created: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: str
    location: str
    organizer: Mailbox
    attendee: Mailbox
    alarms: tuple[timedelta, ...] = ()

    def __post_init__(self) -> None:
        for field, fit in {"summary": one_line, "description": lines, "location": one_line}.items():
            object.__setattr__(self, field, fit(getattr(self, field)))
        for field, zone in {"stamp": UTC, "created": UTC, "starts_at": LONDON, "ends_at": LONDON}.items():
            object.__setattr__(self, field, in_zone(zone, getattr(self, field)))
        self._check_words()
        self._check_times()

    def _check_times(self) -> None:
        if self.starts_at.microsecond or self.ends_at.microsecond:
            raise InvalidInvitation("A calendar entry must start and end on a whole second.")
        if self.starts_at.fold or self.ends_at.fold:
            # RFC 5545 §3.3.5: a local time that occurs twice means its first occurrence.
            raise InvalidInvitation(
                "The visit may not start or end in the hour that repeats when the clocks go back: "
                "a calendar would show it an hour early."
            )
        if self.ends_at <= self.starts_at:
            raise InvalidInvitation("The visit must end after it starts.")
        if len(self.alarms) > MOST_ALARMS or any(before <= timedelta() for before in self.alarms):
            raise InvalidInvitation(f"A visit may have {MOST_ALARMS} alarms at most, each before it starts.")

    def _check_words(self) -> None:
        if not _UID.fullmatch(self.uid):
            raise InvalidInvitation(
                "The UID of a calendar entry must be 1 to 255 plain ASCII characters with no spaces."
            )
        if self.sequence < 0:
            raise InvalidInvitation("The sequence number of a calendar entry must be 0 or more.")
        _require_length("summary", self.summary, SUMMARY_LIMIT)
        _require_length("description", self.description, DESCRIPTION_LIMIT, may_be_blank=True)
        _require_length("location", self.location, LOCATION_LIMIT, may_be_blank=True)
        if self.organizer.email.casefold() == self.attendee.email.casefold():
            raise InvalidInvitation(
                "The unit cannot invite its own address: a calendar would ask nobody for an answer."
            )


def in_zone(zone: tzinfo, moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise InvalidInvitation(f"The time {moment:%d %B %Y, %H:%M} has no time zone.")
    # By way of UTC: a London time that the spring change leaves out would otherwise pass unchanged.
    return moment.astimezone(UTC).astimezone(zone)


def _require_length(field: str, text: str, limit: int, *, may_be_blank: bool = False) -> None:
    if not text and not may_be_blank:
        raise InvalidInvitation(f"The {field} may not be blank.")
    if len(text) > limit:
        raise InvalidInvitation(
            f"The {field} has {len(text)} characters. It may have {limit} characters at most."
        )
