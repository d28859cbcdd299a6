"""Queue the mails of an act inside its transaction, so that words, times and SEQUENCE are as the act decided.

Mails go by calendar (`knowledge.load_calendars`). An invite goes to every calendar that does not have the
session as it is now, even if a person has told the contact. A cancellation goes to every calendar that has
the entry; after a failed mail, that is the entry from before. A restricted child's family is sent nothing.
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
    """Invite everyone who may be written to, to each session that their calendar does not have as it is now.

    was: by session key, when it started before it was moved; contacts who knew that time are told what it
    was. only: invite nobody but this contact. Raises NotReadyToWrite if there is somebody to invite and a
    text they need is missing or not approved, Refused if a mail cannot be written.
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
    # Contacts who know the same and read in the same way share a letter; only the address of the page
    # differs.
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
    """Cancel the entry at every address that may not be told about changes. To be called before a move."""
    kept = {contact.email.casefold() for contact in _invitable(session, now)}
    entries = _entries([session])[session.pk]
    return _cancel(session, now, {key: m for key, m in entries.items() if key not in kept})


def cancel(sessions: Iterable[Session], *, now: datetime) -> list[Message]:
    """Cancel each session wherever its entry is, permitted or not. Only a restriction prevents it."""
    sessions = list(sessions)
    entries = _entries(sessions)
    return [message for session in sessions for message in _cancel(session, now, entries[session.pk])]


def withdraw_from(contact: Contact, sessions: Iterable[Session], *, now: datetime) -> list[Message]:
    """Cancel a contact's entries at all their earlier addresses, and at the present one too if nothing may be
    sent there any more. For everybody else the sessions stay as they are."""
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
    """Contacts who may be written to about the coming days of a course, and lack something.

    untold: do not know all of them as they are now. without_entry: were told by a person, and do not have all
    of them in a calendar.
    """

    untold: list[Contact]
    without_entry: list[Contact]


def to_invite(course: Course, *, now: datetime) -> ToInvite:
    """Whom `invite` would write to about the coming days. Three queries at most."""
    days = load_told(to_come(course, now), now).values()
    lack = [row for day in days for row in day.rows if row.gets_mail and not row.has_entry]
    untold = [row.contact for row in lack if not row.knows]
    told = [row.contact for row in lack if row.contact not in untold]
    return ToInvite(list(dict.fromkeys(untold)), list(dict.fromkeys(told)))


def told(sessions: Sequence[Session]) -> list[Message]:
    """The last invite to each address that has an entry of these sessions of one course."""
    entries = [entry for told in _entries(sessions).values() for entry in told.values()]
    return list({entry.to_address.casefold(): entry for entry in entries}.values())


def _invitable(session: Session, now: datetime) -> list[Contact]:
    return recipients(session.course.patient, timezone.localdate(now))[0]


def _entries(sessions: Sequence[Session]) -> dict[int, dict[str, Message]]:
    """The invite in each calendar, by session key and by address in lower case.

    For sessions of one course. Empty for a restricted child.
    """
    if not sessions or sessions[0].course.patient.restricted:
        return {session.pk: {} for session in sessions}
    calendars = load_calendars(sessions)
    return {session.pk: calendars.entries(session) for session in sessions}


def _cancel(session: Session, now: datetime, entries: Mapping[str, Message]) -> list[Message]:
    if not entries:
        return []
    # Without the page's address: this reader may be somebody who must not see the course any more.
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
