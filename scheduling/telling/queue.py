"""Queue the mails of an act, inside its transaction: times and SEQUENCE are those decided there.

`invites`, `cancellations` and `withdrawals` write them and save nothing, so that a preview shows what an act
queues; they ask only for what they are not given.

Mails go by calendars (`knowledge.load_calendars`): an invite to whose calendar has not the session as it
stands, whoever else told them; a cancellation to wherever the entry stands. After a mail that failed a
calendar still has the entry from before. A restricted child's family is sent nothing at all.

The words take as read what still waits before a mail; what became of that is seen when it leaves
(`rewording`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from patients.models import Contact
from scheduling.errors import NotReadyToWrite, Refused
from scheduling.ical import InvalidInvitation
from scheduling.models import FamilyLink, Message, MessageKind, Session
from scheduling.telling import revisions
from scheduling.telling.calendar_mails import write_mail
from scheduling.telling.family_links import address_to_tell, links_for, save_links
from scheduling.telling.knowledge import CalendarOf, Calendars, load_calendars, times_told
from scheduling.telling.letters import Letter, Reader, write_letter
from scheduling.telling.recipients import recipients, why_not
from scheduling.telling.texts import TextsOfInvites


@dataclass(frozen=True)
class Mails:
    """Finished mails that are not queued yet, and the addresses in them that are not saved yet."""

    messages: list[Message] = field(default_factory=list)
    addresses: Sequence[FamilyLink] = ()

    def queue(self) -> list[Message]:
        save_links(self.addresses)
        return Message.objects.bulk_create(self.messages)


def invite(
    sessions: Iterable[Session],
    *,
    now: datetime,
    only: Contact | None = None,
    days: Sequence[Session] | None = None,
    are_new: bool = False,
) -> list[Message]:
    """Queue `invites`."""
    mails = invites(sessions, now=now, only=only, days=days, are_new=are_new)
    return _told_from_now_on(mails)


def invites(
    sessions: Iterable[Session],
    *,
    now: datetime,
    only: Contact | None = None,
    days: Sequence[Session] | None = None,
    are_new: bool = False,
    after: Sequence[Message] = (),
) -> Mails:
    """Invite everyone who may be written to, to each session of a course, unless their calendar has it as it
    stands, and keeps it.

    only: nobody but this contact. days: all sessions of the course, if they were read already. are_new: the
    sessions are of this act, and need not be saved, so no mail is about them. after: what is to be queued
    before these. Raises NotReadyToWrite if there is somebody to write to and a text that they need is missing
    or not approved.
    """

    def lacks_it(contact: Contact, calendar: CalendarOf) -> bool:
        return only in (None, contact) and (not calendar.has_entry or calendar.is_overtaken)

    return _invites(sessions, now, lacks_it, days, are_new, after)


def keep(sessions: Iterable[Session], *, now: datetime) -> list[Message]:
    """Send the entry again where it stands, but would be lost in a calendar that two share: after it was
    withdrawn from one of them. Raises as `invite` does."""
    overtaken = _invites(sessions, now, lambda _, calendar: calendar.has_entry and calendar.is_overtaken)
    return _told_from_now_on(overtaken)


def _told_from_now_on(mails: Mails) -> list[Message]:
    if mails.messages:
        mails.messages[0].course.tell_from_now_on()
    return mails.queue()


def _invites(
    sessions: Iterable[Session],
    now: datetime,
    wanted: Callable[[Contact, CalendarOf], bool],
    days: Sequence[Session] | None = None,
    are_new: bool = False,
    after: Sequence[Message] = (),
) -> Mails:
    today, sessions = timezone.localdate(now), list(sessions)
    contacts = _invitable(sessions[0], now) if sessions else []
    calendars = Calendars(sessions, []) if are_new else load_calendars(sessions, after=after)
    queued = [
        (revisions.invited(session, calendars.mails(session)), contact, calendar.expected)
        for session in sessions
        for contact in contacts
        if wanted(contact, calendar := calendars.at(session, contact.email))
    ]
    if not queued:
        return Mails()
    course = queued[0][0].course
    to = list({contact.pk: contact for _, contact, _ in queued}.values())
    texts = TextsOfInvites(course, [contact.language for contact in to], today=today)
    if missing := texts.missing():
        raise NotReadyToWrite(course.unit, missing)
    days = course.sessions.order_by("number", "pk") if days is None else days
    in_order = sorted(days, key=lambda day: day.number)
    written: dict[Any, Letter] = {}

    # Those who know as much, and read alike, read the same words; each has a page of their own.
    def letter(session: Session, kind: MessageKind, reader: Reader, **told: Any) -> Letter:
        key = (session.uid, reader, *told.values())
        if key not in written:
            beside = [other for other in in_order if other.uid != session.uid]
            written[key] = write_letter(
                session, kind, reader, today=today, beside=beside, texts=texts, **told
            )
        return written[key]

    links, unsaved = links_for(course, to)
    pages = {key: address_to_tell(link) for key, link in links.items()}
    messages = [
        write_invite(session, contact, earlier, now=now, letter=letter, page=pages[contact.pk])
        for session, contact, earlier in queued
    ]
    return Mails(messages, unsaved)


def write_invite(
    session: Session,
    contact: Contact,
    earlier: Message | None,
    *,
    now: datetime,
    letter: Callable[..., Letter],
    page: str,
    message_id: str = "",
) -> Message:
    """The unsaved invite to one contact. earlier: the last mail about the session that they have, or will."""
    told, stands = times_told(earlier), (session.starts_at, session.ends_at)
    was = told[0] if told and told[0] != session.starts_at else None
    reader = Reader.of(contact, has_page=bool(page))
    words = letter(
        session,
        MessageKind.INVITE,
        reader,
        changed=bool(told) and told != stands,
        was=was,
        again=told == stands,
    )
    return _write(
        session, contact, contact.email, MessageKind.INVITE, now, earlier, words.with_page(page), message_id
    )


def withdrawals(session: Session, *, now: datetime, days: Sequence[Session] | None = None) -> Mails:
    """Cancel the entry at every address that may not be told about changes. To be called before a move.

    days: as in `invites`.
    """
    kept = {contact.email.casefold() for contact in _invitable(session, now)}
    return _cancellations([session], now, lambda entry: entry.to_address.casefold() not in kept, days)


def cancel(
    sessions: Iterable[Session], *, now: datetime, days: Sequence[Session] | None = None
) -> list[Message]:
    """Queue `cancellations`."""
    return cancellations(sessions, now=now, days=days).queue()


def cancellations(
    sessions: Iterable[Session], *, now: datetime, days: Sequence[Session] | None = None
) -> Mails:
    """Cancel each session wherever its entry stands, permitted or not: only a restriction is stronger.

    days: as in `invites`.
    """
    return _cancellations(list(sessions), now, lambda entry: True, days)


def withdraw_from(contact: Contact, sessions: Iterable[Session], *, now: datetime) -> list[Message]:
    """Cancel the entries of one contact at every address but the present one, or at all if nothing may go
    there any more; the sessions stand for everybody else."""
    kept = "" if why_not(contact, contact.patient, timezone.localdate(now)) else contact.email.casefold()

    def is_theirs(entry: Message) -> bool:
        return entry.contact_id == contact.pk and entry.to_address.casefold() != kept

    return _cancellations(list(sessions), now, is_theirs).queue()


def _invitable(session: Session, now: datetime) -> list[Contact]:
    return recipients(session.course.patient, timezone.localdate(now))[0]


def _cancellations(
    sessions: Sequence[Session],
    now: datetime,
    where: Callable[[Message], bool],
    days: Sequence[Session] | None = None,
) -> Mails:
    """Cancel sessions of one course at each address where the entry stands and is to go; for a restricted
    child nowhere."""
    if not sessions or sessions[0].course.patient.restricted:
        return Mails()
    # With the other days, whose entries the words depend on.
    days = sessions[0].course.sessions.all() if days is None else days
    calendars = load_calendars(sorted(days, key=lambda day: day.number))
    going = [
        (session, entry)
        for session in sessions
        for entry in calendars.entries(session).values()
        if where(entry)
    ]
    messages = [
        write_cancellation(
            revisions.cancelled(session, entry),
            entry.contact,
            entry.to_address,
            calendars,
            calendars.at(session, entry.to_address).expected,
            now=now,
        )
        for session, entry in going
    ]
    return Mails(messages)


def write_cancellation(
    session: Session,
    contact: Contact,
    address: str,
    calendars: Calendars,
    earlier: Message | None,
    *,
    now: datetime,
    withdrawn: bool = False,
    message_id: str = "",
) -> Message:
    """The unsaved cancellation of a session at one address, at the time that is known there.

    calendars: of all days of the course. earlier: the last mail about the session that its reader has, or
    will. withdrawn: though the session is cancelled, this mail says only that the address is told no more.
    """
    beside = [
        calendars.at(other, address).as_told() for other in calendars.sessions if other.pk != session.pk
    ]
    session = calendars.at(session, address).as_told(session)
    # Without the page: who gets this may be somebody who is to see nothing of the course any more.
    letter = write_letter(
        session,
        MessageKind.CANCELLATION,
        Reader.of(contact),
        today=timezone.localdate(now),
        beside=[other for other in beside if other],
        withdrawn=withdrawn,
    )
    return _write(session, contact, address, MessageKind.CANCELLATION, now, earlier, letter, message_id)


def _write(
    session: Session,
    contact: Contact,
    address: str,
    kind: MessageKind,
    now: datetime,
    earlier: Message | None,
    letter: Letter,
    message_id: str,
) -> Message:
    known = {"earlier": earlier, "message_id": message_id}
    try:
        message = write_mail(session, contact, address, kind, letter, stamp=now, **known)
    except InvalidInvitation as fault:
        raise Refused(f"The mail to {contact} cannot be written. {fault}") from fault
    message.created_at = message.next_attempt_at = now
    return message
