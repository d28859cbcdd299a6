"""Whom a mail about a course would reach: who lacks an invite, and where a cancellation goes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from patients.models import Contact
from scheduling.models import Course, Message, Session
from scheduling.telling.day_told import DayTold
from scheduling.telling.knowledge import load_calendars, load_told


def to_come(course: Course, now: datetime) -> list[Session]:
    """The live sessions of a course that are not over."""
    return [session for session in course.live_sessions if session.ends_at > now]


class ToInvite(NamedTuple):
    """Contacts who may be written to about the coming days of a course, and lack something.

    untold: do not know all of them as they are now. without_entry: were told by a person, and do not have all
    of them in a calendar.
    """

    untold: list[Contact]
    without_entry: list[Contact]


def to_invite(course: Course, *, now: datetime, told: Iterable[DayTold] | None = None) -> ToInvite:
    """Whom `invite` would write to about the coming days. Three queries at most.

    told: who knows about each of its days, if that was read already; those to come are picked from it.
    """
    coming = to_come(course, now)
    days = load_told(coming, now).values() if told is None else [day for day in told if day.session in coming]
    lack = [row for day in days for row in day.rows if row.gets_mail and not row.has_entry]
    untold = [row.contact for row in lack if not row.knows]
    by_person = [row.contact for row in lack if row.contact not in untold]
    return ToInvite(list(dict.fromkeys(untold)), list(dict.fromkeys(by_person)))


def told(sessions: Sequence[Session]) -> list[Message]:
    """The last invite to each address whose calendar holds one of a course's sessions: where a cancellation
    goes."""
    if not sessions or sessions[0].course.patient.restricted:
        return []
    calendars = load_calendars(sessions)
    entries = [entry for session in sessions for entry in calendars.entries(session).values()]
    return list({entry.to_address.casefold(): entry for entry in entries}.values())
