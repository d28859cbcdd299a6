"""Correct families' calendars when a contact's address or permission changes, or a child becomes restricted.

Another address: the entries at the old one are cancelled, the new one is invited, and the family's page has
another address, for the old one stands in the old mailbox. Permission withdrawn: the entries are cancelled,
without a word why. A restriction: nothing leaves, and a task asks what to do; once it is lifted, whoever had
entries gets how they stand now.

This runs around the saving of the row (`patients.changes`), so that units are locked before contacts. Every
act that writes mails locks in this order; another order could end in a deadlock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, quantity
from patients import audit
from patients.models import Contact, Patient
from scheduling.acts import Act, record
from scheduling.models import CALENDAR_KINDS, Course, Message, MessageKind, Session
from scheduling.states import CourseStatus, SessionStatus
from scheduling.telling import queue, whom_to_write
from scheduling.telling.link_changes import not_mailed, renew_links_of, tell_new_address
from scheduling.telling.recipients import why_not
from scheduling.telling.texts import missing_for_invites
from scheduling.telling.unreached import ask_to_tell
from scheduling.unit.lock import lock_unit


@dataclass(frozen=True)
class Change:
    """How a contact’s email address (moved) or permission to receive invites (withdrawn) changed."""

    moved: bool
    withdrawn: bool

    def __bool__(self) -> bool:
        return self.moved or self.withdrawn


@contextmanager
def follow_change(row: Patient | Contact, by: audit.Actor, said: list[str]) -> Iterator[None]:
    """Wrap the saving of a child or a contact. said: a sentence about the queued mails is added to it."""
    before = type(row).objects.filter(pk=row.pk).first()
    if before is None:
        yield
    elif isinstance(row, Patient):
        lifted = before.restricted and not row.restricted
        if lifted:
            _lock_units(row.pk)
        yield
        if lifted:
            said += _catch_up(row, by)
        elif row.restricted and not before.restricted:
            _ask_what_to_do(row, by)
    elif change := _changed(before, row):
        _lock_units(row.patient_id)
        yield
        said += _follow(row, change, by)
    else:
        yield


def _lock_units(patient_id: int) -> None:
    units = Course.objects.filter(patient=patient_id).order_by().values_list("unit", flat=True)
    for unit_id in sorted(set(units)):
        lock_unit(unit_id)


def _changed(before: Contact, after: Contact) -> Change:
    return Change(
        moved=before.email.casefold() != after.email.casefold(),
        withdrawn=before.may_receive_invites and not after.may_receive_invites,
    )


def _follow(contact: Contact, change: Change, by: audit.Actor) -> list[str]:
    now, messages = timezone.now(), []
    links = renew_links_of(contact, by=by) if change.moved else []
    for course in _booked(contact.patient_id):
        sessions = _to_come(course, now)
        queued = queue.withdraw_from(contact, sessions, now=now)
        if change.moved and _may_be_invited(contact, course) and _was_written_to(contact, sessions):
            queued += queue.invite(sessions, now=now, only=contact)
        queued += _keep(course, sessions, now)
        if queued:
            record(Act.COURSE_ENTRIES_FOLLOWED, course, by, {"to": contact.name, "mails": len(queued)})
        messages += queued
    pages = [link for link in not_mailed(links, messages) if not tell_new_address(link)]
    return _in_words(messages, contact, len(pages))


def _catch_up(patient: Patient, by: audit.Actor) -> list[str]:
    """Messages may go again: the entries become what they would be if they always might have."""
    now, messages = timezone.now(), []
    for course in Course.objects.filter(patient=patient).select_related("unit", "patient").order_by("pk"):
        is_booked = course.status == CourseStatus.BOOKED
        sessions = _to_come(course, now) if is_booked else []
        off = course.sessions.filter(status=SessionStatus.CANCELLED, ends_at__gt=now)
        queued = queue.cancel(off.select_related("course__unit", "course__patient"), now=now)
        for contact in patient.contacts.all():
            queued += queue.withdraw_from(contact, sessions, now=now)
            if _may_be_invited(contact, course) and _was_written_to(contact, sessions):
                queued += queue.invite(sessions, now=now, only=contact)
        queued += _keep(course, sessions, now)
        if queued:
            names = listed(sorted({message.contact.name for message in queued}))
            record(Act.COURSE_ENTRIES_FOLLOWED, course, by, {"to": names, "mails": len(queued)})
        messages += queued
    return _in_words(messages)


def _keep(course: Course, sessions: list[Session], now: datetime) -> list[Message]:
    """What keeps the visits in the calendars of others, if it can be written now."""
    if missing_for_invites(course, today=timezone.localdate(now)):
        return []
    return queue.keep(sessions, now=now)


def _ask_what_to_do(patient: Patient, by: audit.Actor) -> None:
    for course in _booked(patient.pk):
        if _to_come(course, timezone.now()):
            ask_to_tell(course, "what changes from now on; invites may stand in calendars", by=by)


def _booked(patient_id: int) -> QuerySet[Course]:
    return (
        Course.objects.filter(patient=patient_id, status=CourseStatus.BOOKED)
        .select_related("unit", "patient")
        .order_by("pk")
    )


def _to_come(course: Course, now: datetime) -> list[Session]:
    """The booked visits that have not begun."""
    return [
        s
        for s in whom_to_write.to_come(course, now)
        if s.status == SessionStatus.BOOKED and s.starts_at > now
    ]


def _may_be_invited(contact: Contact, course: Course) -> bool:
    """Whether an invite can be written now. If not, the course page says who has not been told."""
    return not why_not(contact, course.patient) and not missing_for_invites(
        course, today=timezone.localdate()
    )


def _was_written_to(contact: Contact, sessions: list[Session]) -> bool:
    """Whether a calendar mail about these visits was ever queued for this contact; if not, staff decide."""
    return Message.objects.filter(session__in=sessions, contact=contact, kind__in=CALENDAR_KINDS).exists()


def _in_words(messages: list[Message], moved: Contact | None = None, pages: int = 0) -> list[str]:
    """`On their way: 2 cancellations to the old address and 2 invites to the new one.`, if there are any.

    moved: whose address or permission was changed. pages: mails with the new address of their page.
    """
    invites = [message for message in messages if message.kind == MessageKind.INVITE]
    own = [message for message in invites if message.contact == moved]
    withdrawn = [message for message in messages if message.is_withdrawal]
    off = [message for message in messages if message not in invites and message not in withdrawn]
    parts = []
    for found, noun, where in (
        (len(off), "cancellation", "to the address that had the invites"),
        (len(withdrawn), "mail", "to withdraw the invites from the address that had them"),
        (len(own), "invite", "to the new address"),
        (len(invites) - len(own), "invite", "to who had them before"),
        (pages, "mail", "with the new address of their page to the new address"),
    ):
        if found:
            parts.append(f"{quantity(found, noun)} {where}")
    return [f"On their way: {listed(parts)}."] if parts else []
