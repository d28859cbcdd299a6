"""Notices that did not leave in time and do not go any more: a person is told, for a family may miss them."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from scheduling.models import Message, MessageKind, Session, Task, TaskKind
from scheduling.tasks.opening import open_task
from scheduling.telling.due_reminders import Due
from scheduling.telling.reminder_table import reminder_of
from scheduling.unit.due_days import due_before


def ask_about_let_go(found: Iterable[Due], *, now: datetime, by: audit.Actor) -> None:
    """A task for each visit of which a notice was let go, unless another of its kind is still to come.

    found: those that had all they need but time.
    """
    for due in found:
        if due.is_the_last:
            _ask(due.session, due.reminder.kind, looks_back=due.reminder.looks_back, now=now, by=by)


def ask_about_too_late(message: Message, *, by: audit.Actor) -> None:
    """The same of a notice that was queued, and withheld because its time was over."""
    reminder = reminder_of(message)
    if reminder:
        looks_back = reminder.looks_back
        _ask(message.session, MessageKind(message.kind), looks_back=looks_back, now=timezone.now(), by=by)


def _ask(session: Session, kind: MessageKind, *, looks_back: bool, now: datetime, by: audit.Actor) -> None:
    """Once. Of a visit that has begun nobody needs to be reminded any more."""
    if not looks_back and session.starts_at <= now:
        return
    says = _sentence(session.day, kind, looks_back=looks_back)
    if not Task.objects.filter(kind=TaskKind.MAIL_FAILED, session=session, says=says).exists():
        open_task(TaskKind.MAIL_FAILED, says, about=session, due_on=due_before(session.course), by=by)


def _sentence(day: date, kind: MessageKind, *, looks_back: bool) -> str:
    name = f"{long_date(day)} ({kind.label.lower()})"
    what = f"A mail about {name} did not leave in time, and does not go any more."
    if looks_back:
        return f"{what} Ring the family if they should have what it says."
    return f"{what} The family was told of the visit before. Ring them to remind them."
