"""What a mail about one session says, from the templates in `templates/emails/`.

Words about treatment come only from the leaflet's facts; nothing here names the child, the drug or the
disease, so that a lock screen or a shared calendar gives nothing away.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from patients.models import Contact, Relationship
from scheduling.invites import Invitation, Mailbox, mail_bytes
from scheduling.invites import Method as CalendarMethod
from scheduling.models import EntryDetail, Message, MessageKind, Session, Unit
from scheduling.states import SessionStatus

# Kept with each message; raise it whenever the words of templates/emails change.
ADVICE_VERSION = "leaflet facts, version 3"

METHODS = {
    MessageKind.INVITE: CalendarMethod.REQUEST,
    MessageKind.CANCELLATION: CalendarMethod.CANCEL,
}


@dataclass(frozen=True)
class Letter:
    """The words of one mail: its subject, two bodies, and the notes inside the calendar entry."""

    subject: str
    text: str
    html: str
    entry_notes: str


def write_letter(
    session: Session, kind: MessageKind, *, changed: bool = False, was: datetime | None = None
) -> Letter:
    """Put the words together.

    changed: the family was told of this session before. was: when it started before it was moved.
    """
    course, unit = session.course, session.course.unit
    context = _context(session, unit) | {"was": was if changed else None}
    if kind == MessageKind.CANCELLATION and session.status != SessionStatus.CANCELLED:
        # Withdrawn from one address only: what the other days do now is not for it to know.
        context |= {"others": [], "staying": []}
    name = "cancellation" if kind == MessageKind.CANCELLATION else "invite"
    if kind == MessageKind.CANCELLATION:
        notes = "This visit is cancelled."
    elif unit.entry_detail == EntryDetail.LINK:
        notes = f"How to prepare: {unit.advice_page}\nQuestions: ring {unit.phone} ({unit.phone_hours})."
    else:
        notes = render_to_string("emails/entry_notes.txt", context)
    start = timezone.localtime(session.starts_at)
    prefix = "Cancelled: " if kind == MessageKind.CANCELLATION else "Changed: " if changed else ""
    visit = "Hospital visit" if course.days == 1 else f"Hospital visit {session.number} of {course.days}"
    return Letter(
        subject=f"{prefix}{visit}: {wording.short_date(start)[:-5]}, {start:%H:%M}",
        text=_tidy(render_to_string(f"emails/{name}.txt", context)),
        html=render_to_string(f"emails/{name}.html", context),
        entry_notes=_tidy(notes),
    )


def write_mail(
    session: Session,
    contact: Contact,
    address: str,
    kind: MessageKind,
    letter: Letter,
    *,
    stamp: datetime,
    earlier: Message | None,
) -> Message:
    """The finished mail as an unsaved Message. `earlier`: what this address was told of the session last."""
    course, unit = session.course, session.course.unit
    summary = (
        "Hospital visit" if course.days == 1 else f"Hospital visit, session {session.number} of {course.days}"
    )
    invitation = Invitation(
        method=METHODS[kind],
        uid=session.uid,
        sequence=session.sequence,
        stamp=stamp,
        created=session.created_at,
        starts_at=timezone.localtime(session.starts_at),
        ends_at=timezone.localtime(session.ends_at),
        summary=summary,
        description=letter.entry_notes,
        location=unit.place,
        organizer=Mailbox(unit.name, unit.mailbox),
        attendee=Mailbox(_calendar_name(contact, address), address),
    )
    message_id = f"<{uuid4()}@{settings.MAIL_DOMAIN}>"
    return Message(
        course=course,
        session=session,
        contact=contact,
        kind=kind,
        sequence=session.sequence,
        from_address=unit.mailbox,
        to_address=address,
        subject=letter.subject,
        message_id=message_id,
        advice_version=ADVICE_VERSION,
        mime=mail_bytes(
            invitation,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            message_id=message_id,
            in_reply_to=earlier.message_id if earlier else None,
            date=stamp,
        ),
    )


def _calendar_name(contact: Contact, address: str) -> str:
    """How the entry names its attendee. The young person is the child, whom no entry names."""
    return address if contact.relationship == Relationship.YOUNG_PERSON else contact.name


def _context(session: Session, unit: Unit) -> dict[str, Any]:
    course = session.course
    beside = [other for other in course.sessions.order_by("number") if other.pk != session.pk]
    live = [other for other in beside if other.is_live] + ([session] if session.is_live else [])
    # The sessions of one booking are made at one moment, and stay together when it is cancelled.
    same = [s for s in beside if (s.created_at, s.status) == (session.created_at, session.status)]
    return {
        "session": session,
        "course": course,
        "unit": unit,
        "others": same,
        # What still stands when one day is cancelled alone.
        "staying": [other for other in live if other.status == SessionStatus.BOOKED],
        "in_a_row": not course.is_split_on(sorted(other.day for other in live)),
        "trust_name": settings.TRUST_NAME,
    }


def _tidy(text: str) -> str:
    """At most one empty line in a row and none at the ends: what template tags leave behind goes."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return (
        "\n".join(line for before, line in zip(["x", *lines], lines, strict=False) if line or before) + "\n"
    )
