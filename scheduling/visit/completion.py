"""How the days of a course depend on each other: when it is over, and whether a day may go ahead."""

from collections.abc import Iterable

from crmo_clinic.nhsuk import wording
from patients import audit
from scheduling.errors import Undecided
from scheduling.models import Course, Given, Instead, Session, Task, TaskKind
from scheduling.states import LOST, NOT_STARTED, CourseStatus, SessionStatus
from scheduling.tasks.opening import close_tasks


def settle(course: Course, *, by: audit.Actor) -> None:
    """End a booked course whose days are all over: as completed if all were given in full, or as part given.

    Its task to move it is closed. A course with a lost day waits for the decision about that day.
    """
    live = course.live_sessions
    given = [session for session in live if session.status == SessionStatus.FULFILLED]
    if course.status == CourseStatus.BOOKED and given and len(given) == len(live):
        all_days = len(given) == course.days
        whole = all_days and all(session.given != Given.IN_PART for session in given)
        if all_days or not undecided(course):
            course.move_to(CourseStatus.COMPLETED if whole else CourseStatus.PART_GIVEN)
            misfits = Task.objects.filter(course=course, kind=TaskKind.MISFIT)
            close_tasks(misfits, "The course is over.", by=by)


def undecided(course: Course) -> bool:
    """Whether a day of the course was lost and nobody has decided what happens instead."""
    return has_unanswered(course.sessions.filter(status__in=LOST).prefetch_related("decisions"))


def has_unanswered(days: Iterable[Session]) -> bool:
    """Whether one of these days, with their decisions, was lost and nobody has decided so."""
    return any(day.status in LOST and not day.is_answered for day in days)


def day_that_asks(session: Session) -> Session | None:
    """The earlier day of its course that was not given in full, so that a clinician has to decide whether
    this one goes ahead. None if there is no such day, if the drip of this day has started, or if this day is
    lost itself."""
    if session.status not in NOT_STARTED:
        return None
    if session.tasks.open().filter(kind=TaskKind.PART_GIVEN).exists():
        parts = (each for each in session.course.live_sessions if each.given == Given.IN_PART)
        return next((each for each in parts if each.number < session.number), None)
    if session.decisions.filter(instead=Instead.AS_PLANNED).exists():
        return None
    lost = session.course.sessions.filter(status__in=LOST, number__lt=session.number)
    return next((each for each in lost.prefetch_related("decisions") if not each.is_answered), None)


def refuse_undecided(session: Session) -> None:
    """Raise Undecided if it has to be decided first whether this day goes ahead. Before a drip starts."""
    if before := day_that_asks(session):
        raise Undecided(
            f"Day {before.number} ({wording.long_date(before.day)}) was not given in full. "
            f"A clinician decides first whether day {session.number} goes ahead."
        )
