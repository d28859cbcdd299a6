"""Hold days while the family is rung. Nothing is sent, and a hold lapses by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from patients import audit
from scheduling.acts import Act, record
from scheduling.booking import placing
from scheduling.booking.placing import Done
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Course, Task, TaskKind
from scheduling.rules import Visit
from scheduling.states import CourseStatus, SessionStatus
from scheduling.tasks.opening import close_tasks
from scheduling.unit.diary_rows import request_for
from scheduling.unit.freed_room import note_taken
from scheduling.unit.lapse import drop_hold, in_words, lapse_holds_of
from scheduling.unit.lock import lock_course, lock_unit
from scheduling.unit.recheck import close_fitting


@transaction.atomic
def hold(
    *, course: Course, visits: Sequence[Visit], hours: int, by: audit.Actor, seen: str | None = None
) -> Done:
    """Hold days for a waiting course, for this many hours rounded up to a full hour.

    The hold never goes beyond the start of the first visit.

    If the course is held already, these days replace the earlier ones. Nothing is sent. Raises
    ChangedMeanwhile and SlotGone as `bookings.book` does.
    """
    now = timezone.now()
    course = lock_course(course, now, seen)
    if course.status == CourseStatus.HELD:
        drop_hold(course)
    if course.status != CourseStatus.WAITING:
        raise ChangedMeanwhile(course)
    request = request_for(course)
    placing.refuse_objections(course, request, visits, now)
    full_hour = (now + timedelta(hours=hours, minutes=59)).replace(minute=0, second=0, microsecond=0)
    until = min(full_hour, visits[0].starts_at)
    course.move_to(CourseStatus.HELD, held_until=until)
    sessions = placing.make_sessions(course, request, visits, SessionStatus.HELD, now)
    changes = {"days": in_words(sessions), "held_until": until}
    record(Act.COURSE_HELD, course, by, changes)
    lapsed = Task.objects.filter(course=course, kind=TaskKind.HOLD_LAPSED)
    close_tasks(lapsed, "The course is held again.", by=by)
    note_taken(course.unit, [session.place for session in sessions], by=by)
    return Done(course, True, [])


@transaction.atomic
def release(*, course: Course, by: audit.Actor, seen: str | None = None) -> Done:
    """Release a hold: the course waits again. Raises ChangedMeanwhile if it is not held, or not as `seen`."""
    now = timezone.now()
    course = lock_course(course, now, seen)
    if course.status != CourseStatus.HELD:
        raise ChangedMeanwhile(course)
    sessions = course.live_sessions
    stood, days = tuple(session.place for session in sessions), in_words(sessions)
    drop_hold(course)
    close_fitting(course.unit, now=now, by=by)
    record(Act.COURSE_HOLD_RELEASED, course, by, {"days": days})
    return Done(course, True, [], freed=stood)


@dataclass(frozen=True)
class Lapsed:
    """How many holds lapsed in one round of the worker; false if none."""

    holds: int

    def __bool__(self) -> bool:
        return self.holds > 0

    def __str__(self) -> str:
        return f"Holds: {quantity(self.holds, 'hold')} lapsed."


def lapse_holds(*, now: datetime | None = None, stopping: Callable[[], bool] = lambda: False) -> Lapsed:
    """Release every hold whose time is over, one unit at a time. now: replaces the clock, in tests."""
    now = now or timezone.now()
    lapsed = 0
    for unit_id in set(Course.objects.lapsed(now).values_list("unit", flat=True)):
        if stopping():
            break
        with transaction.atomic():
            lock_unit(unit_id)
            lapsed += lapse_holds_of(unit_id, now)
    return Lapsed(lapsed)
