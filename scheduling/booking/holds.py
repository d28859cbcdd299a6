"""Hold days while the family is rung or asked. Nothing is sent here, and a hold lapses by itself.

A course that waits is held on these days. A booked course keeps its own days beside them: the places are
bookings `held_for` it, which all others find taken.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from patients import audit
from patients.models import User
from scheduling.acts import Act, record
from scheduling.booking import overrides, placing, undoable
from scheduling.booking.placing import Done
from scheduling.booking.steps import Steps, side_by_side
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import Course, Task, TaskKind, Undoable
from scheduling.rules import Visit
from scheduling.states import CourseStatus, SessionStatus
from scheduling.tasks.opening import close_tasks
from scheduling.unit.allowances import Allowance
from scheduling.unit.course_requests import request_for
from scheduling.unit.freed_room import note_taken
from scheduling.unit.hold_ends import after_hours
from scheduling.unit.lapse import drop_hold, drop_places, held_days, in_words, lapse_holds_of, let_go
from scheduling.unit.lock import lock_course, lock_unit
from scheduling.unit.recheck import close_fitting
from scheduling.visit import completion


@transaction.atomic
def hold(
    *,
    course: Course,
    visits: Sequence[Visit],
    by: audit.Actor,
    hours: int = 0,
    until: datetime | None = None,
    holder: User | None = None,
    seen: str | None = None,
    allowance: Allowance | None = None,
) -> Done:
    """Hold days for a course that waits, or for moving one that is booked, for these hours or until then.

    hours: rounded up to a full hour. holder: whose hold it is, if not that of `by`. The hold never goes
    beyond the start of the first visit. Days held before are let go. A booked course keeps its own days, and
    chairs and nurses have to do for both. Nothing is sent. Raises ChangedMeanwhile and SlotGone as
    `bookings.book` does, and Refused if the hold would be over already or the course cannot be moved.
    """
    now = timezone.now()
    course = lock_course(course, now, seen)
    until = until or after_hours(hours, now)
    (done,) = side_by_side([holding_steps(course, visits, until, holder, now, by, allowance)])
    return done


def holding_steps(
    course: Course,
    visits: Sequence[Visit],
    until: datetime,
    holder: User | None,
    now: datetime,
    by: audit.Actor,
    allowance: Allowance | None,
) -> Steps:
    before = undoable.before(course)
    request = request_for(course)
    until = min(until, visits[0].starts_at)
    if is_booked := course.status == CourseStatus.BOOKED:
        until = _refuse_to_move(course, visits, until, now)
        drop_places(course)
    elif course.status == CourseStatus.HELD:
        drop_hold(course)
    if course.status not in (CourseStatus.WAITING, CourseStatus.BOOKED):
        raise ChangedMeanwhile(course)
    if until <= now:
        raise Refused("That time has passed already. Hold them until a time that is still to come.")
    yield
    broken = placing.refuse_objections(course, request, visits, now, allowance, beside_own=is_booked)
    held_by = holder or (by if isinstance(by, User) else None)
    if is_booked:
        Course.objects.filter(pk=course.pk).update(held_until=until, held_by=held_by)
        days = in_words(placing.hold_places(course, visits))
    else:
        course.move_to(CourseStatus.HELD, held_until=until, held_by=held_by)
        days = in_words(placing.make_sessions(course, request, visits, SessionStatus.HELD, now))
    record(Act.COURSE_HELD, course, by, {"days": days, "held_until": until})
    if not is_booked:
        overrides.keep(course, broken, visits[0].day, allowance, by=by)
    yield
    settled = Task.objects.filter(course=course, kind__in=(TaskKind.HOLD_LAPSED, TaskKind.OFFER))
    close_tasks(settled, "Days are held again.", by=by)
    note_taken(course.unit, visits, by=by)
    done = Done(Course.objects.select_related("unit", "patient").get(pk=course.pk), True, [])
    return undoable.keep(before, Undoable.HOLD, done, now=now)


def _refuse_to_move(course: Course, visits: Sequence[Visit], until: datetime, now: datetime) -> datetime:
    """Raise Refused if the course cannot be moved to these days. Returns when the hold ends: once its first
    day has begun, it cannot be moved any more."""
    sessions = course.live_sessions
    placing.refuse_begun(sessions, now)
    if not sessions or completion.undecided(course):
        raise Refused(placing.UNDECIDED)
    if list(visits) == [session.visit for session in sessions]:
        raise Refused(placing.THERE_ALREADY)
    return min(until, sessions[0].starts_at)


@transaction.atomic
def release(*, course: Course, by: audit.Actor, seen: str | None = None) -> Done:
    """Release a hold: the course waits again, or stays booked where it is.

    Raises ChangedMeanwhile if no days are held for it, or if it is not as `seen`.
    """
    now = timezone.now()
    course = lock_course(course, now, seen)
    if course.status != CourseStatus.HELD and not course.held_until:
        raise ChangedMeanwhile(course)
    places = held_days(course)
    stood, days = tuple(place.place for place in places), in_words(places)
    if course.status == CourseStatus.HELD:
        overrides.keep(course, (), timezone.localdate(now), None, by=by)
    let_go(course)
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
