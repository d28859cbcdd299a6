"""Whether a day goes ahead after one that was given only in part: a task asks a clinician."""

from datetime import datetime

from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from scheduling.models import Given, Instead, Session, Task, TaskKind
from scheduling.tasks.opening import close_tasks, open_task, reword_task


def ask_whether_it_goes_ahead(session: Session, *, now: datetime, by: audit.Actor) -> None:
    """Open or reword the task that asks a clinician about a day after one that was given in part."""
    asked = Task.objects.open().filter(session=session, kind=TaskKind.PART_GIVEN).first()
    says = _about_days_in_part(session, _days_in_part_before(session))
    if asked:
        reword_task(asked, says, by=by)
    else:
        open_task(TaskKind.PART_GIVEN, says, about=session, due_on=timezone.localdate(now), by=by)


def ask_no_more(session: Session, note: str, *, by: audit.Actor) -> None:
    """Close the tasks about later days that this day caused; reword them if another day causes them too."""
    asked = Task.objects.open().filter(kind=TaskKind.PART_GIVEN, session__course=session.course_id)
    for task in asked.filter(session__number__gt=session.number).select_related("session__course"):
        if others := undecided_days_in_part(task.session):
            reword_task(task, _about_days_in_part(task.session, others), by=by)
        else:
            close_tasks(Task.objects.filter(pk=task.pk), note, by=by)


def undecided_days_in_part(session: Session) -> list[Session]:
    """The earlier days that were given in part; none if somebody has decided that this day goes ahead."""
    if session.decisions.filter(instead=Instead.AS_PLANNED).exists():
        return []
    return _days_in_part_before(session)


def _days_in_part_before(session: Session) -> list[Session]:
    days = session.course.live_sessions
    return [day for day in days if day.number < session.number and day.given == Given.IN_PART]


def _about_days_in_part(session: Session, days: list[Session]) -> str:
    reasons = (
        f"Day {day.number} was given only in part: {day.get_part_because_display().lower()}." for day in days
    )
    return f"{' '.join(reasons)} Decide about day {session.number} ({long_date(session.day)})."
