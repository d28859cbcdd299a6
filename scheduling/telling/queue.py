"""Queue the mails of an act, inside its transaction: words, times and SEQUENCE are those decided there.

Mails go by calendars (`knowledge.load_calendars`): an invite to whose calendar has not the session as it
stands, whoever else told them; a cancellation to wherever the entry stands. After a mail that failed a
calendar still has the entry from before. A restricted child's family is sent nothing at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import NamedTuple

from django.utils import timezone

from patients.models import Contact
from scheduling.errors import NotReadyToWrite, Refused
from scheduling.ical import InvalidInvitation
from scheduling.models import Course, Message, MessageKind, Session
from scheduling.telling import revisions
from scheduling.telling.family_links import link_for, page_address
from scheduling.telling.knowledge import load_calendars, load_told
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
    """Invite everyone who may be written to, to each session of a course, unless their calendar has it as it
    stands.

    was: by a session's key, when it started before it was moved; those who were told read it. only: nobody
    but this contact. Raises NotReadyToWrite if there is somebody to write to and a text that they need is
    missing or not approved.
    """
    today = timezone.localdate(now)
    queued, sessions = [], list(sessions)
    contacts = _invitable(sessions[0], now) if sessions else []
    calendars = load_calendars(sessions)
    for session in sessions:
        for contact in contacts:
            if only and contact != only:
                continue
            calendar = calendars.at(session, contact.email)
            if not calendar.has_entry:
                queued.append((revisions.invited(session, calendar.mails), contact, calendar))
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
            contact.email,
            MessageKind.INVITE,
            now,
            entry := calendar.entry,
            letter(
                session,
                MessageKind.INVITE,
                Reader.of(contact, has_page=bool(page(contact))),
                changed=entry is not None and entry.sequence < session.sequence,
                was=calendar.known_start(was.get(session.pk)),
            ).with_page(page(contact)),
        )
        for session, contact, calendar in queued
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


class ToInvite(NamedTuple):
    """Who may be written to of the days to come of a course, and lacks something.

    untold: does not know some of them as they now stand. without_entry: was told by a person, and has not all
    of them in a calendar.
    """

    untold: list[Contact]
    without_entry: list[Contact]


def to_invite(course: Course, *, now: datetime) -> ToInvite:
    """Whom `invite` would write to about the days to come. Three queries at most."""
    days = load_told(to_come(course, now), now).values()
    lack = [row for day in days for row in day.rows if row.gets_mail and not row.has_entry]
    untold = [row.contact for row in lack if not row.knows]
    told = [row.contact for row in lack if row.contact not in untold]
    return ToInvite(list(dict.fromkeys(untold)), list(dict.fromkeys(told)))


def told(sessions: Sequence[Session]) -> list[Message]:
    """The last invite to each address whose calendar holds one of a course's sessions: where a cancellation
    goes."""
    entries = [entry for told in _entries(sessions).values() for entry in told.values()]
    return list({entry.to_address.casefold(): entry for entry in entries}.values())


def _invitable(session: Session, now: datetime) -> list[Contact]:
    return recipients(session.course.patient, timezone.localdate(now))[0]


def _entries(sessions: Sequence[Session]) -> dict[int, dict[str, Message]]:
    """The invite that stands in each calendar, by session and address in small letters.

    For sessions of one course. None for a restricted child.
    """
    if not sessions or sessions[0].course.patient.restricted:
        return {session.pk: {} for session in sessions}
    calendars = load_calendars(sessions)
    return {session.pk: calendars.entries(session) for session in sessions}


def _cancel(session: Session, now: datetime, entries: Mapping[str, Message]) -> list[Message]:
    if not entries:
        return []
    # Without the page: who gets this may be somebody who is to see nothing of the course any more.
    letter = cache(partial(write_letter, session, MessageKind.CANCELLATION, today=timezone.localdate(now)))
    return Message.objects.bulk_create(
        _write(
            revisions.cancelled(session, entry),
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
