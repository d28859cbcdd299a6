"""Queue the mails of an act, inside its transaction: words, times and SEQUENCE are those decided there."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from scheduling.errors import NotReadyToWrite, Refused
from scheduling.invites import InvalidInvitation
from scheduling.models import Course, Message, Method, Session
from scheduling.outbox.letters import write_mail
from scheduling.outbox.recipients import recipients


def invite(sessions: Iterable[Session], *, now: datetime) -> list[Message]:
    """Invite everyone who may be written to, to each session as it now stands.

    An address that was told of a session and may no longer be gets a cancellation, lest its calendar keep the
    old time. Raises NotReadyToWrite if there is somebody to write to and the unit's texts are incomplete.
    """
    return [message for session in sessions for message in _tell(session, now=now)]


def cancel(sessions: Iterable[Session], *, now: datetime) -> list[Message]:
    """Cancel each session for every address that has it, permitted or not: only a restriction is stronger."""
    return [message for session in sessions for message in _tell(session, now=now, only_cancel=True)]


def addresses_told(course: Course) -> list[str]:
    """The addresses whose calendars hold a live session of this course: those a cancellation goes to."""
    if course.patient.restricted:
        return []
    told = [m for session in course.live_sessions for m in Message.objects.last_to_each_address(session)]
    return sorted({message.to_address for message in told if message.method == Method.REQUEST})


def raise_sequence(session: Session) -> None:
    """A new revision of the entry, counted in the database (RFC 5546 section 2.1.4)."""
    Session.objects.filter(pk=session.pk).update(sequence=F("sequence") + 1)
    session.refresh_from_db(fields=["sequence"])


def _tell(session: Session, *, now: datetime, only_cancel: bool = False) -> list[Message]:
    patient, unit = session.course.patient, session.course.unit
    if patient.restricted:
        return []
    told = {message.to_address: message for message in Message.objects.last_to_each_address(session)}
    have_it = {address: message for address, message in told.items() if message.method == Method.REQUEST}
    invited = [] if only_cancel else recipients(patient)[0]
    letters = [(contact, contact.email, Method.REQUEST) for contact in invited]
    kept = {contact.email for contact in invited}
    letters += [(m.contact, address, Method.CANCEL) for address, m in have_it.items() if address not in kept]
    if letters and (missing := unit.missing_for_mail()):
        raise NotReadyToWrite(unit, missing)
    messages = []
    for contact, address, method in letters:
        try:
            message = write_mail(session, contact, address, method, stamp=now, earlier=have_it.get(address))
        except InvalidInvitation as fault:
            raise Refused(f"The mail to {contact} cannot be written. {fault}") from fault
        message.created_at = message.next_attempt_at = now
        message.save()
        messages.append(message)
    return messages
