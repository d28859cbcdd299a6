"""Tasks about families whom mail did not reach.

One open task for each contact of a course, however many of its days the mails were about: it is one call.
And one for a course of which nobody could be written to at all, until somebody was told; or of which somebody
is to be told whom no mail reaches, however many mails go to others.
"""

from collections.abc import Mapping, Sequence

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, long_date, short_date
from patients import audit
from patients.models import Contact
from scheduling.models import (
    CALENDAR_KINDS,
    Channel,
    Course,
    Message,
    MessageKind,
    Session,
    Task,
    TaskKind,
)
from scheduling.models.message import MessageQuerySet
from scheduling.models.task import TaskQuerySet
from scheduling.states import HERE, MessageStatus, SessionStatus
from scheduling.tasks.opening import close_tasks, open_task, reword_task
from scheduling.telling.day_told import NOT_REACHED, DayTold
from scheduling.telling.knowledge import (
    knows_from_person,
    load_told,
    tells_how_it_stands,
    to_tell_by_person,
    told_of_new,
)
from scheduling.telling.recipients import recipients
from scheduling.unit.due_days import due_before

WAITING = "has waited for over an hour and is still not sent"
OVERTAKEN = "could not be sent before the visit was over"
RING = "Ring them, and correct the address if it is wrong."
RING_NOW = "Ring them. If it is sent after all, this task closes."


def ask_to_ring(message: Message, *, by: audit.Actor, happened: str = "") -> None:
    """Open a task about a message that has just failed or come back, in the transaction that marks it.

    happened: words that follow `The invite for Tuesday`, if not what its status says. An open task about the
    same message is reworded. An open task about a notice, which matters less, is closed when one about a
    visit opens.
    """
    happened = happened or ("came back" if message.status == MessageStatus.RETURNED else "could not be sent")
    says, tasks = _sentence(message, happened), _tasks(message).open()
    if not message.is_notice:
        close_tasks(tasks.exclude(message__kind__in=CALENDAR_KINDS), "See the task about the visit.", by=by)
    if same := tasks.filter(message=message).first():
        reword_task(same, says, by=by)
    elif not tasks.exists():
        open_task(TaskKind.MAIL_FAILED, says, about=message, due_on=due_before(message.course), by=by)


def not_asked_about(messages: MessageQuerySet) -> MessageQuerySet:
    """Of these calendar mails, those that no task has been open about since they were written.

    One task covers all mails about a course that did not reach a contact.
    """
    asked = Task.objects.filter(
        Q(done_at__isnull=True) | Q(done_at__gte=OuterRef("created_at")),
        kind=TaskKind.MAIL_FAILED,
        course=OuterRef("course"),
        message__contact=OuterRef("contact"),
        message__kind__in=CALENDAR_KINDS,
    )
    return messages.filter(~Exists(asked))


def ask_about_overtaken(message: Message, *, by: audit.Actor) -> None:
    """Open a task about a calendar mail that is withheld because its visit is over, in the same transaction.

    None is opened if the child came, if one was opened while the mail waited, or if a person told the
    contact.
    """
    came = message.kind == MessageKind.INVITE and message.session.status in HERE
    not_asked = not_asked_about(Message.objects.filter(pk=message.pk)).exists()
    if not_asked and not came and not knows_from_person(message):
        ask_to_ring(message, by=by, happened=OVERTAKEN)


def _sentence(message: Message, happened: str) -> str:
    """What did not arrive, and what that means. A family that did not get a notice had been told before."""
    what = message.get_kind_display().lower()
    if message.channel == Channel.TEXT:
        day = long_date(message.session.day)
        return f"The text message about {day} did not arrive. Check the mobile number with the family."
    if message.tells_new_address:
        return f"The mail with the new address of the family’s page {happened}. Check the address with them."
    if message.kind == MessageKind.PAGE:
        return (
            f"The mail that asks for the days the family cannot do {happened}. Ring them and ask, and "
            "correct the address if it is wrong."
        )
    if message.kind == MessageKind.OFFER:
        return (
            f"The mail that asks whether days are good {happened}. Ring them before the hold lapses, and "
            "correct the address if it is wrong."
        )
    day = long_date(message.session.day)
    if message.is_withdrawal:
        return (
            f"The mail that withdraws the invite for {day} from an address {happened}. The visit may still "
            "stand in a calendar there, with nobody to keep it right."
        )
    if message.is_notice:
        return (
            f"A mail about {day} ({what}) {happened}. The family was told of the visit before. Check "
            "the address with them."
        )
    return (
        f"The {what} for {day} {happened}, so the family may not know. "
        f"{RING_NOW if happened == WAITING else RING}"
    )


def was_asked(message: Message) -> bool:
    """Whether there is or was a task about mails on this course to this contact."""
    return _tasks(message).exists()


def made_good(message: Message, *, by: audit.Actor) -> None:
    """Close the tasks that a message just sent has settled: the one about earlier messages to its contact,
    unless one of them still matters, and the one about a course that nobody was told about.

    A mail says nothing about a phone number, nor a text about an address.
    """
    session = message.session
    settled = (TaskKind.NOBODY_TOLD, TaskKind.MAIL_FAILED)
    if not Task.objects.open().filter(course=message.course_id, kind__in=settled).exists():
        return
    if session and tells_how_it_stands(message, session) and not _goes_nowhere(message):
        somebody_told(message.course, "A mail about it was sent.", by=by)
    tasks = _tasks(message).open()
    if tasks.exists() and not any(_is_to_ring(day, message.contact) for day in _days_to_come(message.course)):
        close_tasks(tasks, "A later mail to this contact was sent.", by=by)


def _is_to_ring(day: DayTold, contact: Contact) -> bool:
    """Whether a mail about a day did not reach this contact, or they should know about it and do not."""
    row = day.of(contact)
    if row is None or row.knows:
        return False
    return row.state in NOT_REACHED or (day.session.is_live and row.counts)


def see_that_told(
    what: str,
    sessions: Sequence[Session],
    messages: Sequence[Message],
    *,
    by: audit.Actor,
    are_first: bool = False,
) -> bool:
    """After an act on days of a course: a task if nobody is written to of it, or not all who are to be told.

    That is so if nobody is written to about it, or if contacts whom a person told about the course before are
    not.

    what: the act as a noun, such as `the booking`. messages: those queued for it. are_first: the course had
    no day before these, which were made just now. Returns whether somebody is asked to tell them.

    A cancellation need not be told to people who never knew about the visit. But if nobody may be written to,
    the app cannot know who knows, so a task is opened.
    """
    if not sessions:
        return False
    course = sessions[0].course
    mails_go = bool(recipients(course.patient)[0])
    if sessions[0].is_live:
        told = mails_go
    else:
        arrives = any(not _goes_nowhere(message) for message in messages)
        told = arrives or (mails_go and not _any_told_by_a_person(sessions))
    what = f"{what} ({listed(short_date(session.day) for session in sessions)})"
    if not told:
        ask_to_tell(course, what, by=by, live=sessions if are_first else None)
        return True
    days = told_of_new(sessions, messages, timezone.now()) if are_first else _days_to_come(course)
    if found := to_tell_by_person(days):
        _ask(course, _by_person_sentence(found, what), by=by)
    return bool(found)


def _any_told_by_a_person(sessions: Sequence[Session]) -> bool:
    return any(row.telling for day in load_told(sessions).values() for row in day.rows)


def ask_to_tell(course: Course, what: str, *, by: audit.Actor, live: Sequence[Session] | None = None) -> None:
    """Open the task about a course that nobody is written to about; if it is open already, reword it.

    live: as in `due_before`.
    """
    if course.patient.restricted:
        says = (
            f"Messages about this child are restricted, so nobody was written to about {what}. "
            "Decide with the safeguarding lead how the family is told."
        )
    elif timezone.localdate() >= course.patient.decides_from:
        says = (
            f"Nobody was written to about {what}. The child is 16: ask the young person who may be told, "
            "then ring or write."
        )
    else:
        says = f"Nobody was written to about {what}: ring or write."
    _ask(course, says, by=by, live=live)


def _days_to_come(course: Course) -> list[DayTold]:
    """What the family knows about days that are not over: cancelled days are included, held ones are not."""
    sessions = Session.objects.filter(course=course, ends_at__gt=timezone.now())
    sessions = sessions.exclude(status=SessionStatus.HELD).select_related("course__patient")
    return list(load_told(list(sessions)).values())


def _by_person_sentence(found: Mapping[Contact, bool], what: str) -> str:
    """found: whom a person is to tell, and whether one told them before."""
    who, are, were, gets, knows = "1 contact who", "is", "was", "gets", "knows"
    if len(found) > 1:
        who, are, were, gets, knows = f"{len(found)} contacts who", "are", "were", "get", "know"
    if all(found.values()):
        return (
            f"{who} {were} told by phone, by letter or in person {gets} no mail about {what}, and {knows} "
            "only how it was before: ring or write. The course page says who."
        )
    return f"{who} {are} to be told {gets} no mail about {what}: ring or write. The course page says who."


def _ask(course: Course, says: str, *, by: audit.Actor, live: Sequence[Session] | None = None) -> None:
    due_on = due_before(course, live=live)
    if not open_task(TaskKind.NOBODY_TOLD, says, about=course, due_on=due_on, by=by):
        open_one = Task.objects.open().filter(kind=TaskKind.NOBODY_TOLD, course=course)
        reword_task(open_one.earliest("pk"), says, by=by)


def somebody_told(course: Course, note: str, *, by: audit.Actor) -> None:
    """Close the task about a course of which nobody was told: somebody was. It stays for those whom no mail
    tells, until a person does."""
    tasks = Task.objects.open().filter(kind=TaskKind.NOBODY_TOLD, course=course)
    if not tasks.exists():
        return
    if found := to_tell_by_person(_days_to_come(course)):
        _ask(course, _by_person_sentence(found, "how the days stand now"), by=by)
    else:
        close_tasks(tasks, note, by=by)


def _goes_nowhere(message: Message) -> bool:
    """Whether mails to its address are known to come back. A cancellation is sent there all the same."""
    contact = message.contact
    return bool(contact.returned_at) and contact.email.casefold() == message.to_address.casefold()


def _tasks(message: Message) -> TaskQuerySet:
    of_course = Task.objects.filter(kind=TaskKind.MAIL_FAILED, course=message.course_id)
    return of_course.filter(message__contact=message.contact_id, message__channel=message.channel)
