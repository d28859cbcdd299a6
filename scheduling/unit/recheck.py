"""After a change of what a unit has or of what was agreed: a task for each booked course that no longer fits.

Called under the unit's lock, in the transaction of the change. Holds are left out: they lapse by themselves,
and cannot be confirmed where they do not fit.
"""

from datetime import date, datetime

from django.db.models import Max
from django.utils import timezone

from patients import audit
from scheduling.models import Course, Session, Task, TaskKind, Unit
from scheduling.models.task import TaskQuerySet
from scheduling.states import LIVE, CourseStatus
from scheduling.tasks.opening import close_tasks, open_task, reword_task
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.due_days import due_day
from scheduling.unit.matches import find_matches, from_json
from scheduling.unit.misfits import find_misfits, misfits_of
from scheduling.unit.other_misfits import open_tasks_about_others, recheck_others

# So long somebody has to find other days, unless the visit comes sooner.
DAYS_TO_MOVE = 7


def recheck_unit(unit_id: int, *, by: audit.Actor) -> None:
    """Open a task for every booked course of the unit that no longer fits; close those of courses that do.

    Thirteen queries, and some more for each task opened or closed.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    unit = Unit.objects.get(pk=unit_id)
    sessions = Session.objects.filter(course__unit=unit, status__in=LIVE, day__gte=today)
    last = sessions.aggregate(last=Max("day"))["last"]
    wrong: dict[int, tuple[Course, str, date]] = {}
    if last:
        for misfit in find_misfits(unit, load_diary(unit, today, last, now), today, last):
            if misfit.course.status == CourseStatus.BOOKED:
                said = str(misfit.objections[0])
                wrong.setdefault(
                    misfit.course.pk, (misfit.course, said, _first_to_come(misfit.course, today))
                )
    tasks = _open_tasks(unit)
    settled = tasks.exclude(course__in=wrong)
    close_tasks(settled.exclude(course__in=sessions.values("course")), "Its visits are over.", by=by)
    close_tasks(settled, "It fits again.", by=by)
    known = {task.course_id: task for task in tasks}
    for pk, (course, says, day) in wrong.items():
        _say(course, says, day, known.get(pk), today, by)
    recheck_others(unit, now=now, by=by)
    close_unfit(unit, now=now, by=by)


def recheck_course(course: Course, *, by: audit.Actor) -> None:
    """The same for one course, after a change of what was agreed for it."""
    now = timezone.now()
    task = _open_tasks(course.unit).filter(course=course).first()
    against = misfits_of(course, now) if course.status == CourseStatus.BOOKED else ()
    if against:
        day = _first_to_come(course, timezone.localdate(now))
        _say(course, str(against[0]), day, task, timezone.localdate(now), by)
    elif task:
        close_tasks(Task.objects.filter(pk=task.pk), "It fits again.", by=by)


def close_fitting(unit: Unit, *, now: datetime, by: audit.Actor) -> None:
    """After room became free: close the tasks of courses that fit again. One query if there is none."""
    for task in _open_tasks(unit).select_related("course__unit"):
        if not misfits_of(task.course, now):
            close_tasks(Task.objects.filter(pk=task.pk), "It fits again.", by=by)
    if unit.gives_others and open_tasks_about_others(unit).exists():
        recheck_others(unit, now=now, by=by)


def close_unfit(unit: Unit, *, now: datetime, by: audit.Actor) -> None:
    """Close the tasks about free places that are nobody's chance any more. One query if there is none."""
    for task in Task.objects.open().filter(unit=unit, kind=TaskKind.FREED).select_related("unit"):
        close_if_unfit(task, now=now, by=by)


def close_if_unfit(task: Task, *, now: datetime, by: audit.Actor) -> int:
    """Close a task about a free place unless a waiting course would fit there; 1 if it was closed."""
    if find_matches(task.unit, from_json(task.freed), now, with_held=True):
        return 0
    return close_tasks(Task.objects.filter(pk=task.pk), "Nobody who waits fits there any more.", by=by)


def _first_to_come(course: Course, today: date) -> date:
    """The course's first day from today on. Somebody has to act before it, whichever day does not fit."""
    return next(session.day for session in course.live_sessions if session.day >= today)


def _open_tasks(unit: Unit) -> TaskQuerySet:
    return Task.objects.open().filter(unit=unit, kind=TaskKind.MISFIT, course__isnull=False)


def _say(course: Course, says: str, day: date, task: Task | None, today: date, by: audit.Actor) -> None:
    if task is None:
        # Somebody is asked to decide about one of its days already; the decision asks the rules anew.
        if Task.objects.open().filter(course=course, kind=TaskKind.DAY_LOST).exists():
            return
        due_on = due_day(course.unit, today, before=day, days=DAYS_TO_MOVE)
        open_task(TaskKind.MISFIT, says, about=course, due_on=due_on, by=by)
    else:
        reword_task(task, says, by=by)
