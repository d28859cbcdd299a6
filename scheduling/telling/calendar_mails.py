"""The finished mail about one session: a letter, and the calendar entry of one contact around it."""

from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from crmo_clinic.nhsuk.languages import reading
from patients.models import Contact, Relationship
from scheduling.ical import Invitation, Mailbox, mail_bytes
from scheduling.ical import Method as CalendarMethod
from scheduling.models import Message, MessageKind, Session
from scheduling.telling.calling import child_for, greeting, with_child
from scheduling.telling.letters import Letter

METHODS = {
    MessageKind.INVITE: CalendarMethod.REQUEST,
    MessageKind.CANCELLATION: CalendarMethod.CANCEL,
}


def write_mail(
    session: Session,
    contact: Contact,
    address: str,
    kind: MessageKind,
    letter: Letter,
    *,
    stamp: datetime,
    earlier: Message | None,
    message_id: str = "",
) -> Message:
    """The finished mail as an unsaved Message. `earlier`: what this address was told of the session last.
    message_id: if it has one already."""
    course, unit = session.course, session.course.unit
    child = child_for(contact, address)
    with reading(contact.language):
        letter = letter.greeting(greeting(contact, child))
        summary = with_child(letter.summary, child)
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
        alarms=letter.alarms,
    )
    message_id = message_id or f"<{uuid4()}@{settings.MAIL_DOMAIN}>"
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
        advice_version=letter.advice_version,
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
    """The entry's name for its attendee. No entry names the child, so a young person gets their address."""
    return address if contact.relationship == Relationship.YOUNG_PERSON else contact.name
