"""What a mail about one session says, from the templates in `templates/emails/`.

Words about treatment come only from the leaflet's facts; nothing here names the child, the drug or the
disease, so that a lock screen or a shared calendar gives nothing away.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from patients.models import Contact
from scheduling.invites import Invitation, Mailbox, mail_bytes
from scheduling.invites import Method as CalendarMethod
from scheduling.models import EntryDetail, Message, Method, Session, Unit

# Kept with each message; raise it whenever the words of templates/emails change.
ADVICE_VERSION = "leaflet facts, version 1"


@dataclass(frozen=True)
class Letter:
    """The words of one mail: its subject, two bodies, and the notes inside the calendar entry."""

    subject: str
    text: str
    html: str
    entry_notes: str


def write_letter(session: Session, method: Method, *, changed: bool = False) -> Letter:
    """Put the words together. `changed`: the family was told another time before."""
    course, unit = session.course, session.course.unit
    context = _context(session, unit) | {"cancelled": method == Method.CANCEL, "changed": changed}
    name = "cancellation" if method == Method.CANCEL else "invite"
    if method == Method.CANCEL:
        notes = "This visit is cancelled."
    elif unit.entry_detail == EntryDetail.LINK:
        notes = f"How to prepare: {unit.advice_page}\nQuestions: ring {unit.phone} ({unit.phone_hours})."
    else:
        notes = render_to_string("emails/entry_notes.txt", context)
    start = timezone.localtime(session.starts_at)
    prefix = "Cancelled: " if method == Method.CANCEL else "Changed: " if changed else ""
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
    method: Method,
    *,
    stamp: datetime,
    earlier: Message | None,
) -> Message:
    """The finished mail as an unsaved Message. `earlier`: what this address was told of the session last."""
    course, unit = session.course, session.course.unit
    letter = write_letter(session, method, changed=earlier is not None)
    summary = (
        "Hospital visit" if course.days == 1 else f"Hospital visit, session {session.number} of {course.days}"
    )
    invitation = Invitation(
        method=CalendarMethod(method),
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
        attendee=Mailbox(contact.name, address),
    )
    entry, domain = session.uid.split("@")
    message_id = f"<{entry}.{session.sequence}.{method.lower()}.{contact.pk}@{domain}>"
    return Message(
        course=course,
        session=session,
        contact=contact,
        method=method,
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


def _context(session: Session, unit: Unit) -> dict[str, Any]:
    course = session.course
    others = [other for other in course.live_sessions if other.pk != session.pk]
    return {
        "session": session,
        "course": course,
        "unit": unit,
        "others": others,
        "is_last": session.number == course.days,
        "day_before": timezone.localtime(session.starts_at) - timedelta(days=1),
        "trust_name": settings.TRUST_NAME,
    }


def _tidy(text: str) -> str:
    """At most one empty line in a row and none at the ends: what template tags leave behind goes."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return (
        "\n".join(line for before, line in zip(["x", *lines], lines, strict=False) if line or before) + "\n"
    )
