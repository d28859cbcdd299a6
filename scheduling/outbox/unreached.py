"""A mail that failed or came back is a family to ring: a task says so, until a later mail makes it good.

One open task for each contact of a course, however many of its days the mails were about: it is one call.
"""

from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from scheduling.models import Message, Task, TaskKind
from scheduling.models.task import TaskQuerySet
from scheduling.states import MessageStatus
from scheduling.tasks import close_tasks, open_task


def ask_to_ring(message: Message, *, by: audit.Actor) -> None:
    """Open a task about a message that has just failed or come back, in the transaction that marks it."""
    if _tasks(message).open().exists():
        return
    about = f" for {long_date(message.session.day)}" if message.session else ""
    happened = "came back" if message.status == MessageStatus.RETURNED else "could not be sent"
    says = (
        f"The {message.get_kind_display().lower()}{about} {happened}, so the family may not know. "
        "Ring them, and correct the address if it is wrong."
    )
    open_task(TaskKind.MAIL_FAILED, says, about=message, due_on=timezone.localdate(), by=by)


def was_asked(message: Message) -> bool:
    """Whether there is, or was, a task about mails on this course to this contact."""
    return _tasks(message).exists()


def made_good(message: Message, *, by: audit.Actor) -> None:
    """Close the task about earlier mails to the contact of one just sent, unless one of them still counts."""
    left = Message.objects.to_ring_about(timezone.now())
    tasks = _tasks(message).open()
    if tasks.exists() and not left.filter(course=message.course_id, contact=message.contact_id).exists():
        close_tasks(tasks, "A later mail to this contact was sent.", by=by)


def _tasks(message: Message) -> TaskQuerySet:
    of_course = Task.objects.filter(kind=TaskKind.MAIL_FAILED, course=message.course_id)
    return of_course.filter(message__contact=message.contact_id)
