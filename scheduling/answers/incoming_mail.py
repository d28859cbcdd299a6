"""Mails that came to the mailbox: each is taken once, and acted on where that is safe or given to a person.

An answer counts by itself only if our own mail server vouches for the sender's address, and that is the
address it answers for (RFC 6047 section 2.2.1). No mail is answered by a mail, and none cancels anything.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from patients.audit import WORKER
from patients.models import Contact
from scheduling.acts import Act, record
from scheduling.answers.kept_mails import keep_once, read_letter
from scheduling.answers.replies import record_answer
from scheduling.answers.returned_mails import (
    QUIET,
    first_of_ours,
    mark_returned,
    message_returned,
    returned_because,
    wrote_to,
)
from scheduling.errors import Refused
from scheduling.ical import NO_SERVER, Automatic, Bounce, CalendarAnswer, Fate, IncomingLetter
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
from scheduling.unit.due_days import due_before, due_day
from scheduling.unit.lock import lock_course

# It has to fit its column.
LONGEST_WHY = 300
NOT_CHECKED = "Nobody has checked that it comes from this address."


@transaction.atomic
def take(*, raw: bytes, received_at: datetime | None = None, by: audit.Actor = WORKER) -> IncomingMail | None:
    """Keep one mail and do what it asks for; None if it was taken before.

    raw: its bytes as they came, of whatever kind. received_at: when it came to the mailbox, if not now. Two
    workers with one mail: the second gets None.
    """
    letter, now = read_letter(raw), timezone.now()
    mail = keep_once(letter, raw, min(received_at or now, now))
    if mail is None:
        return None
    found = letter.content
    if isinstance(found, Automatic) and found.may_be_words and _is_from_a_family(letter):
        _give_to_a_person(mail, letter, "Somebody wrote in their own words.", "", by)
    elif isinstance(found, Automatic):
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
            received_at=mail.received_at,
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
        stamp=found.stamp or mail.received_at,
        received_at=mail.received_at,
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
    message, is_certain = message_returned(found, mail.received_at)
    if message:
        mail.course, mail.contact = message.course, message.contact
    is_returned = found.fate == Fate.FAILED and message is not None and is_certain
    if wrote_to(letter.sender) or found.fate == Fate.UNPLAIN:
        _give_to_a_person(mail, letter, found.why or NO_SERVER, "", by)
    elif found.fate in QUIET:
        mail.outcome, mail.why = MailOutcome.IGNORED, QUIET[found.fate]
    elif is_returned and message.status == MessageStatus.SENT:
        mail.outcome, mail.why = MailOutcome.BOUNCE, returned_because(found)
        mark_returned(message, mail.why, by)
    elif is_returned and message.status == MessageStatus.RETURNED:
        mail.outcome, mail.why = MailOutcome.BOUNCE, "A mail of ours came back once more."
    else:
        _give_to_a_person(mail, letter, "A mail came back that is not known as one of ours.", "", by)


def _is_from_a_family(letter: IncomingLetter) -> bool:
    """Whether it answers a mail of ours, or comes from an address that we know, whatever marks it carries."""
    known = Contact.objects.exclude(email="").filter(email__iexact=letter.sender)
    return bool(first_of_ours(letter.about)) or wrote_to(letter.sender) or known.exists()


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
    due_on = due_before(mail.course) if mail.course else due_day(unit, timezone.localdate())
    open_task(TaskKind.MAIL_TO_READ, f"{says} Read it.", about=mail, unit=unit, due_on=due_on, by=by)


def _course_of(letter: IncomingLetter, uid: str) -> Course | None:
    """The course of the visit it names, or of our mail it answers; else its sender's only open course."""
    courses = Course.objects.select_related("unit")
    if uid and (course := courses.filter(sessions__uid=uid).first()):
        return course
    if message := first_of_ours(letter.about):
        return message.course
    if not letter.sender:
        return None
    going_on = courses.filter(status__in=[CourseStatus.WAITING, CourseStatus.HELD, CourseStatus.BOOKED])
    theirs = list(going_on.filter(patient__contacts__email__iexact=letter.sender).distinct()[:2])
    return theirs[0] if len(theirs) == 1 else None


def _unit_of(letter: IncomingLetter) -> Unit:
    """The unit whose mailbox it came to; the first unit if none matches."""
    units = list(Unit.objects.order_by("pk"))
    return next((unit for unit in units if unit.mailbox.casefold() in letter.to), units[0])


def _locked(mail: IncomingMail) -> IncomingMail:
    return IncomingMail.objects.select_for_update(of=["self"]).get(pk=mail.pk)


def _settle(mail: IncomingMail, note: str, by: audit.Actor) -> None:
    if not close_tasks(Task.objects.filter(mail=mail), note, by=by):
        raise Refused("Somebody else has dealt with this mail just now.")
