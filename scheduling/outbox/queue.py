"""Queue the mails of an act, inside its transaction: words, times and SEQUENCE are those decided there.

Who has an entry is asked of the messages: the last one to an address says so, unless it was withheld before
it was tried, or failed. A restricted child's family is sent nothing at all.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import F

from patients.models import Contact
from scheduling.errors import NotReadyToWrite, Refused
from scheduling.invites import InvalidInvitation
from scheduling.models import Course, Message, Method, Session
from scheduling.outbox.letters import write_mail
from scheduling.outbox.recipients import recipients
from scheduling.states import MessageStatus

NO_TIMES: Mapping[int, datetime] = {}


def invite(
    sessions: Iterable[Session], *, now: datetime, was: Mapping[int, datetime] = NO_TIMES
) -> list[Message]:
    """Invite everyone who may be written to, to each session as it now stands, unless they know it already.

    was: by a session's key, when it started before it was moved; those who were told read it. Raises
    NotReadyToWrite if there is somebody to write to and the unit's texts are incomplete.
    """
    queued = []
    for session in sessions:
        told = _entries(session)
        for contact in _invitable(session):
            earlier = told.get(contact.email.casefold())
            if earlier is None or earlier.sequence < session.sequence:
                queued.append((session, contact, contact.email, earlier))
    if queued and (missing := queued[0][0].course.unit.missing_for_mail()):
        raise NotReadyToWrite(queued[0][0].course.unit, missing)
    return [
        _queue(session, contact, address, Method.REQUEST, now, earlier, was.get(session.pk))
        for session, contact, address, earlier in queued
    ]


def withdraw(session: Session, *, now: datetime) -> list[Message]:
    """Cancel the entry where it stands but is no longer to be told of changes: called before a move."""
    kept = {contact.email.casefold() for contact in _invitable(session)}
    return _cancel(session, now, {key: m for key, m in _entries(session).items() if key not in kept})


def cancel(sessions: Iterable[Session], *, now: datetime) -> list[Message]:
    """Cancel each session wherever its entry stands, permitted or not: only a restriction is stronger."""
    return [message for session in sessions for message in _cancel(session, now, _entries(session))]


def to_come(course: Course, now: datetime) -> list[Session]:
    """The live sessions of a course that are not over."""
    return [session for session in course.live_sessions if session.ends_at > now]


def untold(course: Course, *, now: datetime) -> list[Contact]:
    """The contacts who should know the days to come of a course as they now stand, and do not."""
    sessions = to_come(course, now)
    known = [(session, _entries(session)) for session in sessions]
    return [
        contact
        for contact in (_invitable(sessions[0]) if sessions else [])
        if any(
            (entry := entries.get(contact.email.casefold())) is None or entry.sequence < session.sequence
            for session, entries in known
        )
    ]


def told(course: Course) -> list[Message]:
    """The last invite to each address whose calendar holds a live session: where a cancellation goes."""
    entries = [entry for session in course.live_sessions for entry in _entries(session).values()]
    return list({entry.to_address.casefold(): entry for entry in entries}.values())


def raise_sequence(session: Session) -> None:
    """A new revision of the entry, counted in the database (RFC 5546 section 2.1.4)."""
    Session.objects.filter(pk=session.pk).update(sequence=F("sequence") + 1)
    session.refresh_from_db(fields=["sequence"])


def _invitable(session: Session) -> list[Contact]:
    return recipients(session.course.patient)[0]


def _entries(session: Session) -> dict[str, Message]:
    """The invite that stands in each calendar, by address in small letters; none for a restricted child."""
    if session.course.patient.restricted:
        return {}
    last = Message.objects.last_to_each_address(session)
    return {
        message.to_address.casefold(): message
        for message in last
        if message.method == Method.REQUEST and message.status != MessageStatus.FAILED
    }


def _cancel(session: Session, now: datetime, entries: Mapping[str, Message]) -> list[Message]:
    return [
        _queue(session, entry.contact, entry.to_address, Method.CANCEL, now, entry, None)
        for entry in entries.values()
    ]


def _queue(
    session: Session,
    contact: Contact,
    address: str,
    method: Method,
    now: datetime,
    earlier: Message | None,
    was: datetime | None,
) -> Message:
    try:
        message = write_mail(session, contact, address, method, stamp=now, earlier=earlier, was=was)
    except InvalidInvitation as fault:
        raise Refused(f"The mail to {contact} cannot be written. {fault}") from fault
    message.created_at = message.next_attempt_at = now
    message.save()
    return message
