"""Queue the mails of an act, inside its transaction: words, times and SEQUENCE are those decided there.

Who has an entry is asked of the messages: the last one to an address says so, unless it was withheld before
it was tried, failed, or came back. A restricted child's family is sent nothing at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache

from django.db.models import F

from patients.models import Contact
from scheduling.errors import NotReadyToWrite, Refused
from scheduling.invites import InvalidInvitation
from scheduling.models import Course, Message, MessageKind, Session
from scheduling.outbox.letters import Letter, write_letter, write_mail
from scheduling.outbox.recipients import recipients
from scheduling.states import UNREACHED

NO_TIMES: Mapping[int, datetime] = {}


def invite(
    sessions: Iterable[Session], *, now: datetime, was: Mapping[int, datetime] = NO_TIMES
) -> list[Message]:
    """Invite everyone who may be written to, to each session of a course, unless they know it as it stands.

    was: by a session's key, when it started before it was moved; those who were told read it. Raises
    NotReadyToWrite if there is somebody to write to and the unit's texts are incomplete.
    """
    queued, sessions = [], list(sessions)
    contacts, told = _invitable(sessions[0]) if sessions else [], _entries(sessions)
    for session in sessions:
        for contact in contacts:
            earlier = told[session.pk].get(contact.email.casefold())
            if earlier is None or earlier.sequence < session.sequence:
                queued.append((session, contact, contact.email, earlier))
    if queued and (missing := queued[0][0].course.unit.missing_for_mail()):
        raise NotReadyToWrite(queued[0][0].course.unit, missing)
    # Those who know as much read the same words.
    letter = cache(write_letter)
    return Message.objects.bulk_create(
        _write(
            session,
            contact,
            address,
            MessageKind.INVITE,
            now,
            earlier,
            letter(session, MessageKind.INVITE, changed=earlier is not None, was=was.get(session.pk)),
        )
        for session, contact, address, earlier in queued
    )


def withdraw(session: Session, *, now: datetime) -> list[Message]:
    """Cancel the entry where it stands but is no longer to be told of changes: called before a move."""
    kept = {contact.email.casefold() for contact in _invitable(session)}
    entries = _entries([session])[session.pk]
    return _cancel(session, now, {key: m for key, m in entries.items() if key not in kept})


def cancel(sessions: Iterable[Session], *, now: datetime) -> list[Message]:
    """Cancel each session wherever its entry stands, permitted or not: only a restriction is stronger."""
    sessions = list(sessions)
    entries = _entries(sessions)
    return [message for session in sessions for message in _cancel(session, now, entries[session.pk])]


def to_come(course: Course, now: datetime) -> list[Session]:
    """The live sessions of a course that are not over."""
    return [session for session in course.live_sessions if session.ends_at > now]


def untold(course: Course, *, now: datetime) -> list[Contact]:
    """The contacts who should know the days to come of a course as they now stand, and do not."""
    sessions = to_come(course, now)
    known = _entries(sessions)
    return [
        contact
        for contact in (_invitable(sessions[0]) if sessions else [])
        if not all(is_told(session, known[session.pk].get(contact.email.casefold())) for session in sessions)
    ]


def is_told(session: Session, last: Message | None) -> bool:
    """Whether an address knows a session as it stands. last: what it was told last, if anything."""
    return last is not None and _stands(last) and last.sequence >= session.sequence


def told(sessions: Sequence[Session]) -> list[Message]:
    """The last invite to each address whose calendar holds one of a course's sessions: where a cancellation
    goes."""
    entries = [entry for told in _entries(sessions).values() for entry in told.values()]
    return list({entry.to_address.casefold(): entry for entry in entries}.values())


def raise_sequence(session: Session) -> None:
    """A new revision of the entry, counted in the database (RFC 5546 section 2.1.4)."""
    Session.objects.filter(pk=session.pk).update(sequence=F("sequence") + 1)
    session.refresh_from_db(fields=["sequence"])


def _invitable(session: Session) -> list[Contact]:
    return recipients(session.course.patient)[0]


def _entries(sessions: Sequence[Session]) -> dict[int, dict[str, Message]]:
    """The invite that stands in each calendar, by session and address in small letters.

    For sessions of one course. None for a restricted child.
    """
    if not sessions or sessions[0].course.patient.restricted:
        return {session.pk: {} for session in sessions}
    last = Message.objects.last_to_each_address(sessions)
    return {
        pk: {address: message for address, message in told.items() if _stands(message)}
        for pk, told in last.items()
    }


def _stands(last: Message) -> bool:
    """Whether the last mail to an address left an entry in its calendar."""
    return last.kind == MessageKind.INVITE and last.status not in UNREACHED


def _cancel(session: Session, now: datetime, entries: Mapping[str, Message]) -> list[Message]:
    if not entries:
        return []
    letter = write_letter(session, MessageKind.CANCELLATION, changed=True)
    return Message.objects.bulk_create(
        _write(session, entry.contact, entry.to_address, MessageKind.CANCELLATION, now, entry, letter)
        for entry in entries.values()
    )


def _write(
    session: Session,
    contact: Contact,
    address: str,
    kind: MessageKind,
    now: datetime,
    earlier: Message | None,
    letter: Letter,
) -> Message:
    try:
        message = write_mail(session, contact, address, kind, letter, stamp=now, earlier=earlier)
    except InvalidInvitation as fault:
        raise Refused(f"The mail to {contact} cannot be written. {fault}") from fault
    message.created_at = message.next_attempt_at = now
    return message
