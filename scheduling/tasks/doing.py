"""What people do with tasks: take them, give them away, put them off, say what was done."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.models import User
from patients.stale import is_stale
from scheduling.acts import Act, record
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import Task, TaskKind
from scheduling.states import NOT_STARTED, CourseStatus
from scheduling.tasks.opening import close_tasks
from scheduling.unit.misfits import misfits_of
from scheduling.unit.other_misfits import all_other_misfits


@transaction.atomic
def assign(*, task: Task, owner: User | None, by: audit.Actor, seen: str | None = None) -> Task:
    """Give an open task to somebody; None leaves it with nobody.

    seen: the task's `version` that `by` was shown; None if no page was shown. Raises ChangedMeanwhile if the
    task has changed since, or is done.
    """
    task = _locked(task, seen)
    names = [person and person.name for person in (task.owner, owner)]
    if task.owner != owner:
        task.owner = owner
        task.save(update_fields=["owner"])
        record(Act.TASK_ASSIGNED, task, by, {"owner": names})
    return task


@transaction.atomic
def put_off(*, task: Task, due_on: date, by: audit.Actor, seen: str | None = None) -> Task:
    """Give an open task another due date. Raises as `assign` does."""
    task = _locked(task, seen)
    before = task.due_on
    if before != due_on:
        task.due_on = due_on
        task.save(update_fields=["due_on"])
        record(Act.TASK_PUT_OFF, task, by, {"due_on": [before, due_on]})
    return task


@transaction.atomic
def finish(*, task: Task, note: str, by: audit.Actor) -> None:
    """Close a task, with a note of what was done. Raises ChangedMeanwhile if it is done already.

    Raises Refused if its course still does not fit, or if the task asks for a decision about a day that
    nobody has made. Otherwise a course could stay incomplete without anybody being asked again.
    """
    task = _locked(task, None)
    if task.kind == TaskKind.MISFIT and task.course is None:
        if all_other_misfits(task.unit, timezone.now()):
            raise Refused("Infusions still stand where they do not fit.", "Move or cancel them.")
    elif task.kind == TaskKind.MISFIT and (against := misfits_of(task.course, timezone.now())):
        raise Refused(
            f"This course still stands where it does not fit: {against[0]}", "Move it, or one of its days."
        )
    if task.kind == TaskKind.DAY_LOST and _is_undecided(task):
        raise Refused(
            "Decide first what comes instead of this day: choose it beside the day on the course page."
        )
    if task.kind == TaskKind.PART_GIVEN and task.session.status in NOT_STARTED:
        raise Refused("Decide first about this day: a clinician says whether it is given as planned.")
    close_tasks(Task.objects.filter(pk=task.pk), note, by=by)


def _is_undecided(task: Task) -> bool:
    """Whether the day is lost and its course still booked. A day to come may still happen after all."""
    return not task.session.is_live and task.course.status == CourseStatus.BOOKED


def _locked(task: Task, seen: str | None) -> Task:
    """The task, read again and locked. Raises ChangedMeanwhile if it is done, or is not as `seen`."""
    task = (
        Task.objects.select_for_update(of=["self"])
        .select_related("unit", "course", "course__unit", "owner", "session")
        .get(pk=task.pk)
    )
    if not task.is_open or is_stale(seen, task.version):
        raise ChangedMeanwhile(task)
    return task
