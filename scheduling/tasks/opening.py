"""Open and close tasks, in the transaction that made them necessary or settled them."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, long_date, quantity
from patients import audit
from patients.models import User
from scheduling.acts import Act, record
from scheduling.models import (
    AdtMessage,
    CheckIn,
    Course,
    FamilyRequest,
    IncomingMail,
    Message,
    Session,
    Task,
    TaskKind,
    Unit,
)
from scheduling.states import SessionStatus

About = Course | Session | Message | IncomingMail | FamilyRequest | CheckIn | AdtMessage | Unit
# What a task can point to besides its course.
LINKS: dict[str, type] = {
    "session": Session,
    "message": Message,
    "mail": IncomingMail,
    "request": FamilyRequest,
    "check_in": CheckIn,
    "adt": AdtMessage,
}


@dataclass(frozen=True)
class TasksOf:
    """How many tasks one round of the worker opened and closed about something; false if none.

    about: what, as the first words of the line in the worker's log. closed: None where it closes none.
    """

    about: str
    opened: int = 0
    closed: int | None = None

    def __bool__(self) -> bool:
        return bool(self.opened or self.closed)

    def __str__(self) -> str:
        closed = "" if self.closed is None else f", {self.closed} closed"
        return f"{self.about}: {quantity(self.opened, 'task')} opened{closed}."


def open_task(
    kind: TaskKind,
    says: str,
    *,
    due_on: date,
    by: audit.Actor,
    about: About,
    unit: Unit | None = None,
    freed: Sequence[Any] = (),
    owner: User | None = None,
) -> Task | None:
    """Open a task about one of these; None if the same one is open already.

    unit: for what belongs to no course, the unit that is asked, such as that whose mailbox it came to.
    freed: for a freed place, its visits as `unit.matches.to_json` writes them. owner: whose task it is from
    the start, if anybody’s.
    """
    course = about if isinstance(about, Course) else getattr(about, "course", None)
    links = {name: about if isinstance(about, model) else None for name, model in LINKS.items()}
    same = Task.objects.filter(done_at__isnull=True, kind=kind, course=course, **links)
    if course and same.exists():
        return None
    task = Task.objects.create(
        kind=kind,
        says=says,
        unit=course.unit if course else unit or about,
        course=course,
        **links,
        due_on=due_on,
        freed=list(freed),
        owner=owner,
    )
    record(Act.TASK_OPENED, task, by, {"task": kind.label})
    return task


def close_tasks(tasks: QuerySet[Task], note: str, *, by: audit.Actor) -> int:
    """Close those of `tasks` that are open, as done by `by`. Returns how many."""
    now, closed = timezone.now(), 0
    for task in tasks.filter(done_at__isnull=True).select_related("course"):
        changed = Task.objects.filter(pk=task.pk, done_at__isnull=True).update(
            done_at=now, done_by=by.name, done_note=note
        )
        if changed:
            closed += 1
            changes = {"task": task.get_kind_display(), "note": note}
            record(Act.TASK_DONE, task, by, changes)
    return closed


def reopen_tasks(tasks: QuerySet[Task], *, by: audit.Actor) -> None:
    """Open those of `tasks` again that are done; one that has a successor by now stays done."""
    for task in tasks.filter(done_at__isnull=False).select_related("course"):
        with suppress(IntegrityError), transaction.atomic():
            Task.objects.filter(pk=task.pk).update(done_at=None, done_by="", done_note="")
            record(Act.TASK_REOPENED, task, by, {"task": task.get_kind_display()})


def reword_task(task: Task, says: str, *, by: audit.Actor) -> None:
    """Change what an open task says is to do."""
    if task.says != says and Task.objects.open().filter(pk=task.pk).update(says=says):
        record(Act.TASK_CHANGED, task, by, {"says": [task.says, says]})


def day_lost_sentence(session: Session) -> str:
    """What has to be decided after a lost day: what happens instead, and whether later days go ahead."""
    later = [
        f"day {other.number} ({long_date(other.day)})"
        for other in session.course.live_sessions
        if other.number > session.number and other.status == SessionStatus.BOOKED
    ]
    also = f", and whether {listed(later)} {'goes' if len(later) == 1 else 'go'} ahead" if later else ""
    return f"Decide what comes instead of day {session.number} ({long_date(session.day)}){also}."


def close_declined(sessions: Iterable[Session], note: str, *, by: audit.Actor) -> None:
    """Close the "cannot come" tasks about these sessions: the answer no longer matters."""
    close_tasks(Task.objects.filter(kind=TaskKind.DECLINED, session__in=list(sessions)), note, by=by)
