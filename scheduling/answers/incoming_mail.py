"""Mails that came to the mailbox: each is taken once, and acted on where that is safe or given to a person.

An answer counts by itself only if our own mail server vouches for the sender's address, and that is the
address it answers for (RFC 6047 section 2.2.1). No mail is answered by a mail, and none cancels anything.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from patients.audit import WORKER
from patients.models import Contact
from scheduling.acts import Act, record
from scheduling.answers.replies import record_answer
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.ical import Automatic, Bounce, CalendarAnswer, IncomingLetter, read_mail
from scheduling.models import (
    Answer,
    Course,
    IncomingMail,
    MailOutcome,
    Message,
    MessageKind,
    Reply,
    Session,
    Source,
    Task,
    TaskKind,
    Unit,
)
from scheduling.states import CourseStatus, MessageStatus
from scheduling.tasks.opening import close_tasks, open_task
from scheduling.telling import revisions
from scheduling.telling.unreached import ask_to_ring
from scheduling.unit.lock import lock_course

# The lengths of the columns that these are stored in.
LONGEST_ID, LONGEST_WHY = 255, 300
NOT_CHECKED = "Nobody has checked that it comes from this address."


@transaction.atomic
def take(*, raw: bytes, by: audit.Actor = WORKER) -> IncomingMail | None:
    """Store one mail and do what it asks for; None if it was taken before.

    raw: its bytes as they came, whatever they are. If two workers take one mail, the second gets None.
    """
    letter = read_letter(raw)
    mail = _keep(letter, raw)
    if mail is None:
        return None
    found = letter.content
    if isinstance(found, Automatic):
        mail.outcome, mail.why = MailOutcome.IGNORED, found.why
    elif isinstance(found, Bounce):
        _take_bounce(mail, letter, found, by)
    elif isinstance(found, CalendarAnswer):
        _take_answer(mail, letter, found, by)
    else:
        _give_to_a_person(mail, letter, found.why, found.uid, by)
    mail.why = mail.why[:LONGEST_WHY]
    mail.save()
    changes = {"outcome": mail.get_outcome_display(), "why": mail.why}
    record(Act.MAIL_TAKEN, mail, by, changes)
    return mail


def read_letter(raw: bytes) -> IncomingLetter:
    """A mail taken apart, with the settings and mailboxes of this installation."""
    own = [*Unit.objects.values_list("mailbox", flat=True), settings.DEFAULT_FROM_EMAIL]
    return read_mail(raw, authserv_id=settings.AUTHSERV_ID, own=own)


@transaction.atomic
def record_by_hand(
    *,
    mail: IncomingMail,
    sessions: Sequence[Session],
    contact: Contact,
    answer: Answer,
    by: audit.Actor,
    seen: str | None = None,
) -> list[Reply]:
    """Record the answer that a person read in a mail, for each of these sessions of its course.

    It answers the revision that the mail names or, if it names none, the one that the contact had been told
    when it came.

    seen: the `version` of the course that `by` was shown. Raises ChangedMeanwhile if it has changed since,
    Refused if the mail is already recorded as an answer, or if a session was booked only after the mail came.
    """
    lock_course(mail.course, timezone.now(), seen)
    mail = _locked(mail)
    if mail.reply_id:
        raise Refused("This mail is recorded as an answer already.")
    found = read_letter(bytes(mail.mime)).content
    first, replies = sessions[0], []
    for session in Session.objects.filter(pk__in=[session.pk for session in sessions]).order_by("pk"):
        if session.created_at > mail.received_at:
            day = f"Day {session.number} ({long_date(session.day)})"
            raise Refused(f"{day} was booked after this mail came, so it is no answer. Ring the family.")
        names_it = isinstance(found, CalendarAnswer) and found.uid == session.uid
        answered = found.sequence if names_it else revisions.told_by(session, contact, mail.received_at)
        reply = record_answer(
            session=session,
            contact=contact,
            answer=answer,
            source=Source.CALENDAR,
            sequence=revisions.answered(session, answered),
            stamp=mail.received_at,
            by=by,
            mail=mail if session == first else None,
        )
        replies.append(reply)
    _settle(mail, f"Recorded as an answer: {answer.label.lower()}.", by)
    return replies


@transaction.atomic
def settle(*, mail: IncomingMail, by: audit.Actor) -> None:
    """Close the task about a mail that asks for nothing. Raises Refused if somebody else has done so."""
    _settle(_locked(mail), "Read; nothing to do.", by)


@transaction.atomic
def belongs_to(*, mail: IncomingMail, course: Course, by: audit.Actor) -> None:
    """Assign a mail without a course to one, with its task. Raises Refused if it has another by now."""
    mail = _locked(mail)
    if mail.course_id and mail.course_id != course.pk:
        raise Refused("Somebody else has said just now which child this mail is about.")
    mail.course = course
    mail.save(update_fields=["course"])
    Task.objects.filter(mail=mail).update(course=course, unit=course.unit)
    record(Act.MAIL_PUT_TO_COURSE, mail, by)


def forget_old_mails(now: datetime) -> int:
    """Delete the bytes of mails that are older than KEEP_MAILS_DAYS, unless a person still has to read them.

    Returns how many mails that were.
    """
    past = now - timedelta(days=settings.KEEP_MAILS_DAYS)
    unread = Task.objects.open().filter(mail__isnull=False).values("mail")
    old = IncomingMail.objects.filter(received_at__lt=past).exclude(mime=b"").exclude(pk__in=unread)
    return old.update(mime=b"")


def _keep(letter: IncomingLetter, raw: bytes) -> IncomingMail | None:
    """The new row of a mail, for a person to read until decided otherwise; None if it was taken before."""
    key = letter.message_id
    known = IncomingMail.objects.filter(message_id=key).first() if key else None
    if not key or len(key) > LONGEST_ID or (known and known.from_address != letter.sender):
        # No usable Message-ID, or one that another sender used before: then its bytes identify it.
        key = f"sha256:{sha256(raw).hexdigest()}"
        known = IncomingMail.objects.filter(message_id=key).first()
    if known:
        return None
    try:
        with transaction.atomic():
            return IncomingMail.objects.create(
                message_id=key, from_address=letter.sender, outcome=MailOutcome.TO_READ, mime=raw
            )
    except IntegrityError:
        return None


def _take_answer(mail: IncomingMail, letter: IncomingLetter, found: CalendarAnswer, by: audit.Actor) -> None:
    session = Session.objects.select_related("course__unit").filter(uid=found.uid).first()
    invited = session and _invited(session, found.attendee)
    if why := _why_not_by_itself(letter, found, session, invited):
        mail.contact = invited.contact if invited else None
        _give_to_a_person(mail, letter, why, found.uid, by)
        return
    reply = record_answer(
        session=session,
        contact=invited.contact,
        answer=Answer(found.answer),
        source=Source.CALENDAR,
        sequence=revisions.answered(session, found.sequence),
        stamp=found.stamp or timezone.now(),
        comment=found.comment,
        mail=mail,
        by=by,
    )
    if found.comment:
        _ask_to_read(mail, "The family wrote a note with its answer, which was recorded.", None, by)
    elif reply.is_stale and reply.answer == Answer.DECLINED:
        _ask_to_read(mail, "The family cannot come at a time that has been changed since.", None, by)


def _why_not_by_itself(
    letter: IncomingLetter, found: CalendarAnswer, session: Session | None, invited: Message | None
) -> str:
    """Why an answer does not count until a person records it, as a sentence; empty if it counts."""
    if session is None:
        return "It answers an invite that this app does not know."
    if invited is None:
        return "It answers for an address that was never invited to this visit."
    if letter.sender != found.attendee:
        return "It comes from another address than the one it answers for."
    if not letter.is_authentic:
        return NOT_CHECKED
    if not revisions.was_ever_told(session, found.sequence, invited):
        return "It answers a time that was never sent."
    return ""


def _invited(session: Session, address: str) -> Message | None:
    """The last invite to the session that was sent to this address, whoever has the address now."""
    invites = Message.objects.filter(session=session, kind=MessageKind.INVITE, attempts__gt=0)
    return invites.filter(to_address__iexact=address).select_related("contact").last()


def _take_bounce(mail: IncomingMail, letter: IncomingLetter, found: Bounce, by: audit.Actor) -> None:
    message = _first_of_ours(found.message_ids)
    if message:
        mail.course, mail.contact = message.course, message.contact
    if not found.is_final:
        mail.outcome, mail.why = MailOutcome.IGNORED, "A mail of ours is late; it is still being tried."
    elif message and message.status == MessageStatus.SENT:
        mail.outcome, mail.why = MailOutcome.BOUNCE, _returned_because(found)
        _mark_returned(message, mail.why, by)
    elif message and message.status == MessageStatus.RETURNED:
        mail.outcome, mail.why = MailOutcome.BOUNCE, "A mail of ours came back once more."
    else:
        _give_to_a_person(mail, letter, "A mail came back that is not known as one of ours.", "", by)


def _returned_because(found: Bounce) -> str:
    code = f" (its answer was {found.status})" if found.status else ""
    return f"The mail came back: the family’s mail server did not take it{code}."


def _mark_returned(message: Message, why: str, by: audit.Actor) -> None:
    try:
        message.move_to(MessageStatus.RETURNED, problem=why)
    except ChangedMeanwhile:
        return
    changes = {"status": [MessageStatus.SENT, MessageStatus.RETURNED], "problem": why}
    patient = message.course.patient_id
    record(Act.MESSAGE_RETURNED, message, by, changes)
    if message.contact.email.casefold() == message.to_address.casefold():
        message.contact.returned_at = timezone.now()
        audit.save(message.contact, by=by, patient=patient)
    ask_to_ring(message, by=by)


def _give_to_a_person(
    mail: IncomingMail, letter: IncomingLetter, why: str, uid: str, by: audit.Actor
) -> None:
    """Open a task to read it. The mail is put beside the course it is about, as far as that can be told."""
    mail.outcome, mail.why = MailOutcome.TO_READ, why[:LONGEST_WHY]
    mail.course = mail.course or _course_of(letter, uid)
    if mail.course and mail.contact is None:
        of_child = Contact.objects.filter(patient=mail.course.patient_id)
        mail.contact = of_child.exclude(email="").filter(email__iexact=letter.sender).first()
    _ask_to_read(mail, f"A mail came in. {why}", _unit_of(letter), by)


def _ask_to_read(mail: IncomingMail, says: str, unit: Unit | None, by: audit.Actor) -> None:
    mail.save()
    today = timezone.localdate()
    open_task(TaskKind.MAIL_TO_READ, f"{says} Read it.", about=mail, unit=unit, due_on=today, by=by)


def _course_of(letter: IncomingLetter, uid: str) -> Course | None:
    """The course of the visit it names, or of our mail it answers; else its sender's only open course."""
    courses = Course.objects.select_related("unit")
    if uid and (course := courses.filter(sessions__uid=uid).first()):
        return course
    if message := _first_of_ours(letter.about):
        return message.course
    if not letter.sender:
        return None
    going_on = courses.filter(status__in=[CourseStatus.WAITING, CourseStatus.HELD, CourseStatus.BOOKED])
    theirs = list(going_on.filter(patient__contacts__email__iexact=letter.sender).distinct()[:2])
    return theirs[0] if len(theirs) == 1 else None


def _first_of_ours(message_ids: Sequence[str]) -> Message | None:
    """Of our messages that these Message-IDs name, the one that is named first."""
    related = Message.objects.select_related("course__unit", "contact", "session").defer("mime")
    ours = {message.message_id: message for message in related.filter(message_id__in=message_ids)}
    return next((ours[each] for each in message_ids if each in ours), None)


def _unit_of(letter: IncomingLetter) -> Unit:
    """The unit whose mailbox it came to; the first unit if none matches."""
    units = list(Unit.objects.order_by("pk"))
    return next((unit for unit in units if unit.mailbox.casefold() in letter.to), units[0])


def _locked(mail: IncomingMail) -> IncomingMail:
    return IncomingMail.objects.select_for_update(of=["self"]).get(pk=mail.pk)


def _settle(mail: IncomingMail, note: str, by: audit.Actor) -> None:
    if not close_tasks(Task.objects.filter(mail=mail), note, by=by):
        raise Refused("Somebody else has dealt with this mail just now.")
