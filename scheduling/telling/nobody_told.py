"""Tasks about courses that nobody may be told about since the child is 16. A job of the worker."""

from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import birthday, listed, short_date
from patients.audit import WORKER
from patients.models import AGE_TO_DECIDE
from scheduling.models import Course, Session, Task, TaskKind
from scheduling.states import CourseStatus, SessionStatus
from scheduling.tasks.opening import TasksOf, close_tasks
from scheduling.telling.recipients import recipients
from scheduling.telling.unreached import ask_to_tell


def look_for_nobody_told(
    *, now: datetime | None = None, stopping: Callable[[], bool] = lambda: False
) -> TasksOf:
    """Open a task, once, for each booked course of a child who is now 16 if nobody may be written to.

    Tasks about visits that are over are closed. Three queries if there is nothing to do. now: for tests.
    """
    now = now or timezone.now()
    opened = sum(_ask(course, now) for course in _of_young_people(now) if not stopping())
    return TasksOf("Nobody to write to", opened, _close_what_is_over(now))


def _of_young_people(now: datetime) -> list[Course]:
    """Booked courses of children now 16, with a visit to come and no such task since their birthday."""
    to_come = Session.objects.filter(status=SessionStatus.BOOKED, starts_at__gt=now)
    born_by = birthday(timezone.localdate(now), -AGE_TO_DECIDE)
    courses = (
        Course.objects.filter(
            status=CourseStatus.BOOKED,
            patient__birth_date__lte=born_by,
            patient__restricted=False,
            is_unsent=False,
            sessions__in=to_come,
        )
        .distinct()
        .select_related("patient", "unit")
        .prefetch_related("patient__contacts", "sessions")
    )
    asked: dict[int, date] = {
        course: timezone.localdate(at)
        for course, at in Task.objects.filter(kind=TaskKind.NOBODY_TOLD, course__in=courses)
        .order_by("created_at")
        .values_list("course", "created_at")
    }
    return [c for c in courses if asked.get(c.pk, date.min) < c.patient.decides_from]


def _ask(course: Course, now: datetime) -> bool:
    if recipients(course.patient, timezone.localdate(now))[0]:
        return False
    days = [session.day for session in course.live_sessions if session.starts_at > now]
    with transaction.atomic():
        ask_to_tell(course, f"the visits to come ({listed(map(short_date, days))})", by=WORKER)
    return True


def _close_what_is_over(now: datetime) -> int:
    """Close tasks whose visits are over, unless the course is cancelled: the family may not know."""
    to_come = Session.objects.filter(ends_at__gt=now).values("course")
    tasks = Task.objects.open().filter(kind=TaskKind.NOBODY_TOLD).exclude(course__in=to_come)
    over = tasks.exclude(course__status__in=[CourseStatus.WAITING, CourseStatus.CANCELLED])
    with transaction.atomic():
        return close_tasks(over, "Its visits are over.", by=WORKER)
