"""Messages in the outbox, written as rows, without the app's acts."""

from datetime import UTC, datetime, timedelta
from itertools import count

from django.utils import timezone

from scheduling.models import Course, Message, MessageKind, Session, Unit
from scheduling.states import CourseStatus, MessageStatus
from tests.builders import units
from tests.builders.courses import course
from tests.builders.people import contact, patient

# When the mails are due, and the visit is a week away.
NOW = datetime(2030, 3, 4, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

_numbers = count(1)


def a_session(*, unit: Unit | None = None, starts_at: datetime = NOW + timedelta(days=7)) -> Session:
    """A visit of a child with one contact who may receive invites. It holds no chair."""
    child = patient(f"Child {next(_numbers)}")
    contact(child, "Pat Parent")
    of = course(child, unit or units.unit(chairs=0), status=CourseStatus.BOOKED, days=1, minutes=300)
    return Session.objects.create(
        course=of, number=1, day=starts_at.date(), starts_at=starts_at, ends_at=starts_at + timedelta(hours=5)
    )


def a_message(session: Session | None = None, *, kind: MessageKind = MessageKind.INVITE, **fields) -> Message:
    """A mail that is due at NOW, to the first contact, or to one with the address `to_address`."""
    session = session or a_session()
    child = session.course.patient
    to = child.contacts.first()
    if (address := fields.get("to_address", to.email)) != to.email:
        to = contact(child, "Pip Parent", relationship="father", email=address)
    message_id = f"<{next(_numbers)}@daycase.example>"
    # A line that starts with a dot is what SMTP has to take care of (RFC 5321 section 4.5.2).
    mime = f"Message-ID: {message_id}\r\nSubject: Hospital visit\r\n\r\n.\r\n..two\r\nlast line\r\n".encode()
    values = {
        "from_address": session.course.unit.mailbox or "daycase@hospital.example",
        "to_address": to.email,
        "next_attempt_at": NOW - MINUTE,
        "sequence": 0,
    }
    return Message.objects.create(
        course=session.course,
        session=session,
        contact=to,
        kind=kind,
        subject="Hospital visit",
        message_id=message_id,
        mime=mime,
        advice_version="" if kind == MessageKind.CANCELLATION else "Before day 1, later course, version 1",
        **{**values, **fields},
    )


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def all_sent() -> None:
    """Mark everything queued as sent, without a transport."""
    queued = Message.objects.filter(status=MessageStatus.QUEUED)
    queued.update(status=MessageStatus.SENT, attempts=1, sent_at=timezone.now())


def queue_pairs(sessions: int) -> list[str]:
    """For each session an invite that was sent, and two mails that are due: a cancellation, and the invite
    that restores the visit. The Message-IDs of these two kinds, all cancellations first."""
    made = [a_session() for _ in range(sessions)]
    # Their sessions hold no chair, which a booked course's must.
    Course.objects.update(status=CourseStatus.COMPLETED)
    for session in made:
        a_message(session, status=MessageStatus.SENT, sent_at=NOW, attempts=1)
    kinds = (MessageKind.CANCELLATION, MessageKind.INVITE)
    return [
        a_message(session, kind=kind, sequence=number, next_attempt_at=LONG_AGO).message_id
        for number, kind in enumerate(kinds, 1)
        for session in made
    ]
