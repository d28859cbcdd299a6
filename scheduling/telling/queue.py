"""Queue the mails of an act, inside its transaction: words, times and SEQUENCE are those decided there.

Who has an entry is asked of the messages: the last one to an address says so, leaving out those that were
withheld before they were tried, failed, or came back, for they changed no calendar. After one that failed the
address does not know the session as it stands, and still has the entry from before. A restricted child's
family is sent nothing at all.

SEQUENCE counts the revisions of a session. A mail to one address alone may run ahead of it: the cancellation
of an entry that stands for others (RFC 5546 section 3.2.5), and the invite that calls it back. The session's
next revision goes beyond all that was ever sent, so no calendar gets a lower number than it has.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
from functools import cache, partial

from django.db.models import Max
from django.utils import timezone

from patients.models import Contact
from scheduling.errors import NotReadyToWrite, Refused
from scheduling.ical import InvalidInvitation, start_in
from scheduling.models import CALENDAR_KINDS, Course, Message, MessageKind, Session
from scheduling.states import UNREACHED, MessageStatus
from scheduling.telling.family_links import link_for, page_address
from scheduling.telling.letters import Letter, Reader, write_letter, write_mail
from scheduling.telling.recipients import recipients, why_not
from scheduling.telling.texts import missing_for_invites

NO_TIMES: Mapping[int, datetime] = {}


def invite(
    sessions: Iterable[Session],
    *,
    now: datetime,
    was: Mapping[int, datetime] = NO_TIMES,
    only: Contact | None = None,
) -> list[Message]:
    """Invite everyone who may be written to, to each session of a course, unless they know it as it stands.

    was: by a session's key, when it started before it was moved; those who were told read it. only: nobody
    but this contact. Raises NotReadyToWrite if there is somebody to write to and a text that they need is
    missing or not approved.
    """
    today = timezone.localdate(now)
    queued, sessions = [], list(sessions)
    contacts = _invitable(sessions[0], now) if sessions else []
    told = Message.objects.to_each_address(sessions)
    for session in sessions:
        for contact in contacts:
            if only and contact != only:
                continue
            mails = told[session.pk].get(contact.email.casefold(), [])
            if not is_told(session, mails[-1] if mails else None):
                queued.append((_called_back(session, mails), contact, contact.email, mails))
    if not queued:
        return []
    course = queued[0][0].course
    if missing := missing_for_invites(course, today=today):
        raise NotReadyToWrite(course.unit, missing)
    # Those who know as much, and read alike, read the same words; each has a page of their own.
    letter, page = cache(partial(write_letter, today=today)), cache(partial(_page_address, course))
    return Message.objects.bulk_create(
        _write(
            session,
            contact,
            address,
            MessageKind.INVITE,
            now,
            entry := _entry(mails),
            letter(
                session,
                MessageKind.INVITE,
                Reader.of(contact, has_page=bool(page(contact))),
                changed=entry is not None and entry.sequence < session.sequence,
                was=_known_start(mails, was.get(session.pk)),
            ).with_page(page(contact)),
        )
        for session, contact, address, mails in queued
    )


def withdraw(session: Session, *, now: datetime) -> list[Message]:
    """Cancel the entry where it stands but is no longer to be told of changes: called before a move."""
    kept = {contact.email.casefold() for contact in _invitable(session, now)}
    entries = _entries([session])[session.pk]
    return _cancel(session, now, {key: m for key, m in entries.items() if key not in kept})


def cancel(sessions: Iterable[Session], *, now: datetime) -> list[Message]:
    """Cancel each session wherever its entry stands, permitted or not: only a restriction is stronger."""
    sessions = list(sessions)
    entries = _entries(sessions)
    return [message for session in sessions for message in _cancel(session, now, entries[session.pk])]


def withdraw_from(contact: Contact, sessions: Iterable[Session], *, now: datetime) -> list[Message]:
    """Cancel the entries of one contact at every address but the present one, or at all if nothing may go
    there any more; the sessions stand for everybody else."""
    patient, sessions = contact.patient, list(sessions)
    kept = "" if why_not(contact, patient, timezone.localdate(now)) else contact.email.casefold()
    entries, cancelled = _entries(sessions), []
    for session in sessions:
        own = {key: m for key, m in entries[session.pk].items() if m.contact_id == contact.pk and key != kept}
        cancelled += _cancel(session, now, own)
    return cancelled


def to_come(course: Course, now: datetime) -> list[Session]:
    """The live sessions of a course that are not over."""
    return [session for session in course.live_sessions if session.ends_at > now]


def untold(course: Course, *, now: datetime) -> list[Contact]:
    """The contacts who should know the days to come of a course as they now stand, and do not."""
    sessions = to_come(course, now)
    known = Message.objects.last_to_each_address(sessions)
    return [
        contact
        for contact in (_invitable(sessions[0], now) if sessions else [])
        if not all(is_told(session, known[session.pk].get(contact.email.casefold())) for session in sessions)
    ]


def is_told(session: Session, last: Message | None) -> bool:
    """Whether an address knows a session as it stands. last: what it was told last, if anything."""
    return last is not None and _entry([last]) is not None and last.sequence >= session.sequence


def told(sessions: Sequence[Session]) -> list[Message]:
    """The last invite to each address whose calendar holds one of a course's sessions: where a cancellation
    goes."""
    entries = [entry for told in _entries(sessions).values() for entry in told.values()]
    return list({entry.to_address.casefold(): entry for entry in entries}.values())


def raise_sequence(session: Session) -> None:
    """A new revision of the entry, beyond every one that was sent (RFC 5546 section 2.1.4)."""
    sent = session.messages.filter(kind__in=CALENDAR_KINDS).aggregate(last=Max("sequence"))["last"]
    session.refresh_from_db(fields=["sequence"])
    session.sequence = max(session.sequence, sent or 0) + 1
    session.save(update_fields=["sequence"])


def _invitable(session: Session, now: datetime) -> list[Contact]:
    return recipients(session.course.patient, timezone.localdate(now))[0]


def _called_back(session: Session, mails: Sequence[Message]) -> Session:
    """The session for an address whose entry was cancelled while it stood: there it is a later revision."""
    cancelled = [mail.sequence for mail in mails if mail.kind == MessageKind.CANCELLATION]
    return _at(session, max(session.sequence, cancelled[-1] + 1)) if cancelled else session


def _at(session: Session, sequence: int) -> Session:
    """The session in the revision of one mail."""
    session = copy(session)
    session.sequence = sequence
    return session


def _entries(sessions: Sequence[Session]) -> dict[int, dict[str, Message]]:
    """The invite that stands in each calendar, by session and address in small letters.

    For sessions of one course. None for a restricted child.
    """
    if not sessions or sessions[0].course.patient.restricted:
        return {session.pk: {} for session in sessions}
    return {
        pk: {address: entry for address, mails in told.items() if (entry := _entry(mails))}
        for pk, told in Message.objects.to_each_address(sessions).items()
    }


def _entry(mails: Sequence[Message]) -> Message | None:
    """The invite whose entry stands in a calendar, if one does. mails: those to its address, in order."""
    arrived = [mail for mail in mails if mail.status not in UNREACHED]
    return arrived[-1] if arrived and arrived[-1].kind == MessageKind.INVITE else None


def _known_start(mails: Sequence[Message], was: datetime | None) -> datetime | None:
    """When an address believes that a session starts. was: when it started before it was moved.

    Whom the last mail did not reach knows the time in one before, which stands nowhere but in its bytes.
    """
    sent = [mail for mail in mails if mail.status == MessageStatus.SENT]
    if not sent or sent[-1] is mails[-1]:
        return was
    return start_in(bytes(sent[-1].mime)) or was


def _cancel(session: Session, now: datetime, entries: Mapping[str, Message]) -> list[Message]:
    if not entries:
        return []
    # Without the page: who gets this may be somebody who is to see nothing of the course any more.
    letter = cache(partial(write_letter, session, MessageKind.CANCELLATION, today=timezone.localdate(now)))
    return Message.objects.bulk_create(
        _write(
            _at(session, max(session.sequence, entry.sequence + 1)),
            entry.contact,
            entry.to_address,
            MessageKind.CANCELLATION,
            now,
            entry,
            letter(Reader.of(entry.contact)),
        )
        for entry in entries.values()
    )


def _page_address(course: Course, contact: Contact) -> str:
    """The address of the contact's page; empty if it was revoked."""
    link = link_for(course, contact)
    return "" if link.revoked_at else page_address(link)


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
