"""A mail that could not be sent is a family to ring: a task says so, until a later mail makes it good.

One open task for each contact of a course, however many of its days the mails were about: it is one call.
"""

from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from scheduling.models import Channel, Message, MessageKind, Task, TaskKind
from scheduling.models.task import TaskQuerySet
from scheduling.tasks import close_tasks, open_task


def ask_to_ring(message: Message, *, by: audit.Actor) -> None:
    """Open a task about a message that has just failed. Called in the transaction that marks it."""
    if not _tasks(message).open().exists():
        open_task(TaskKind.MAIL_FAILED, _sentence(message), about=message, due_on=timezone.localdate(), by=by)


def _sentence(message: Message) -> str:
    """What did not arrive, and what that means: of a notice the family had been told before."""
    what = message.get_kind_display().lower()
    if message.channel == Channel.TEXT:
        day = long_date(message.session.day)
        return f"The text message about {day} did not arrive. Check the mobile number with the family."
    if message.kind == MessageKind.PAGE:
        return (
            "The mail that asks for the days the family cannot do could not be sent. Ring them and ask, and "
            "correct the address if it is wrong."
        )
    day = long_date(message.session.day)
    if message.is_notice:
        return (
            f"A mail about {day} ({what}) could not be sent. The family was told of the visit before. Check "
            "the address with them."
        )
    return (
        f"The {what} for {day} could not be sent, so the family may not know. "
        "Ring them, and correct the address if it is wrong."
    )


def was_asked(message: Message) -> bool:
    """Whether there is, or was, a task about mails on this course to this contact."""
    return _tasks(message).exists()


def made_good(message: Message, *, by: audit.Actor) -> None:
    """Close the task about earlier messages to the contact of one just sent, unless one still counts.

    A mail says nothing about a number, nor a text about an address.
    """
    left = Message.objects.to_ring_about(timezone.now())
    tasks = _tasks(message).open()
    if tasks.exists() and not left.filter(course=message.course_id, contact=message.contact_id).exists():
        close_tasks(tasks, "A later mail to this contact was sent.", by=by)


def _tasks(message: Message) -> TaskQuerySet:
    of_course = Task.objects.filter(kind=TaskKind.MAIL_FAILED, course=message.course_id)
    return of_course.filter(message__contact=message.contact_id, message__channel=message.channel)
