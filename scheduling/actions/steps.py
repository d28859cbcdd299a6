"""The steps that the acts on a course share. Each is called inside the transaction of its act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from patients import audit
from scheduling.actions.locks import lock_unit
from scheduling.actions.recheck import close_fitting
from scheduling.diary import load_diary
from scheduling.errors import ChangedMeanwhile, Refused, SlotGone
from scheduling.models import Booking, Chair, Course, Given, Instead, Message, Session, TaskKind
from scheduling.rules import CourseRequest, Placement, Visit, objections
from scheduling.states import LOST, CourseStatus, SessionStatus
from scheduling.tasks import open_task

WORKER = audit.System("worker")


class Undecided(Refused):
    """A day before was not given in full, and nobody has decided whether this one goes ahead."""


@dataclass(frozen=True)
class Done:
    """What an act did: the course as it stands, whether a time changed, and the mails queued for it."""

    course: Course
    retimed: bool
    messages: list[Message]
    # Where the course stood and no longer does.
    freed: tuple[Visit, ...] = ()


def lock_course(course: Course, now: datetime, seen: str | None) -> Course:
    """The course read anew under the unit's lock, with the holds of the unit that have lapsed let go.

    Raises ChangedMeanwhile if its version is not the one `seen`; None stands for any.
    """
    lock_unit(course.unit_id)
    lapse_holds_of(course.unit_id, now)
    course = Course.objects.select_related("unit", "patient").get(pk=course.pk)
    if seen is not None and seen != course.version:
        raise ChangedMeanwhile(course)
    return course


def lapse_holds_of(unit_id: int, now: datetime) -> int:
    """Let go of the unit's holds whose time is over, each with a task; how many there were."""
    lapsed = list(Course.objects.lapsed(now).filter(unit=unit_id).select_related("unit"))
    for course in lapsed:
        days = in_words(course.live_sessions)
        drop_hold(course)
        close_fitting(course.unit, now=now, by=WORKER)
        record("course.hold_lapsed", course, WORKER, {"days": days})
        says = f"The hold has lapsed: {'; '.join(days)}. Ring the family, and book or hold other days."
        open_task(TaskKind.HOLD_LAPSED, says, about=course, due_on=timezone.localdate(now), by=WORKER)
    return len(lapsed)


def drop_hold(course: Course) -> None:
    """A held course waits again. Its sessions go: nobody was told of them."""
    sessions = course.sessions.filter(status=SessionStatus.HELD)
    Booking.objects.filter(session__in=sessions).delete()
    sessions.delete()
    course.move_to(CourseStatus.WAITING, held_until=None)


def refuse_objections(course: Course, request: CourseRequest, visits: Sequence[Visit], now: datetime) -> None:
    """Raise SlotGone with every objection to these visits."""
    placement = Placement(request, tuple(visits))
    days = [visit.day for visit in visits]
    diary = load_diary(course.unit, min(days) - timedelta(days=1), max(days) + timedelta(days=1), now)
    if found := objections(placement, diary.without(course.pk)):
        raise SlotGone(found)


def refuse_begun(sessions: Sequence[Session], now: datetime) -> None:
    """Raise Refused if a session has begun: the course cannot be moved or cancelled as a whole."""
    begun = [
        s
        for s in sessions
        if s.starts_at <= now or s.status not in (SessionStatus.HELD, SessionStatus.BOOKED)
    ]
    if begun:
        day = wording.long_date(begun[0].day)
        raise Refused(
            f"This course has begun ({day}), so it cannot be moved or cancelled as a whole. "
            "If a day cannot happen, say so beside that day on the course page."
        )


def make_sessions(
    course: Course, visits: Sequence[Visit], status: SessionStatus, now: datetime
) -> list[Session]:
    """New sessions, numbered in their order, each with its chair."""
    sessions = Session.objects.bulk_create(
        Session(
            course=course,
            number=number,
            status=status,
            day=visit.day,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            created_at=now,
        )
        for number, visit in enumerate(visits, start=1)
    )
    take_chairs(sessions, visits)
    return sessions


def take_chairs(sessions: Sequence[Session], visits: Sequence[Visit]) -> None:
    """The database has the last word; its refusal is an answer, not a fault, and undoes the whole act."""
    chairs = Chair.objects.in_bulk({visit.chair for visit in visits})
    try:
        Booking.objects.bulk_create(
            Booking(
                session=session,
                chair=chairs[visit.chair],
                starts_at=session.starts_at,
                ends_at=session.ends_at,
            )
            for session, visit in zip(sessions, visits, strict=True)
        )
    except IntegrityError as clash:
        raise Refused("Somebody else took this chair just now. Choose another time.") from clash


def in_words(sessions: Sequence[Session]) -> list[str]:
    """The sessions with their chairs, for the log: the booking's row will go."""
    words = []
    for session in sessions:
        start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
        when = f"{wording.long_date(start)}, {wording.clock_range(start.time(), end.time())}"
        words.append(f"{when}, {session.booking.chair}" if hasattr(session, "booking") else when)
    return words


def settle(course: Course) -> None:
    """End a booked course whose days are all over: given in full on all of them, or not."""
    live = course.live_sessions
    given = [session for session in live if session.status == SessionStatus.FULFILLED]
    if course.status == CourseStatus.BOOKED and given and len(given) == len(live):
        all_days = len(given) == course.days
        whole = all_days and all(session.given != Given.IN_PART for session in given)
        if all_days or not undecided(course):
            course.move_to(CourseStatus.COMPLETED if whole else CourseStatus.PART_GIVEN)


def undecided(course: Course) -> bool:
    """Whether a day of it was lost and nobody has decided what comes instead."""
    lost = course.sessions.filter(status__in=LOST)
    return any(not session.is_answered for session in lost.prefetch_related("decisions"))


def day_that_asks(session: Session) -> Session | None:
    """The day of its course that was not given in full, for which a clinician still has to decide whether
    this one goes ahead."""
    if session.tasks.open().filter(kind=TaskKind.PART_GIVEN).exists():
        parts = (each for each in session.course.live_sessions if each.given == Given.IN_PART)
        return next((each for each in parts if each.number < session.number), None)
    if session.decisions.filter(instead=Instead.AS_PLANNED).exists():
        return None
    lost = session.course.sessions.filter(status__in=LOST, number__lt=session.number)
    return next((each for each in lost.prefetch_related("decisions") if not each.is_answered), None)


def refuse_undecided(session: Session) -> None:
    """Raise Undecided if somebody has to decide first whether this day goes ahead. Before a drip starts."""
    if before := day_that_asks(session):
        raise Undecided(
            f"Day {before.number} ({wording.long_date(before.day)}) was not given in full. "
            f"A clinician decides first whether day {session.number} goes ahead."
        )


def record(action: str, course: Course, by: audit.Actor, changes: dict[str, Any]) -> None:
    audit.record(action, by=by, on=course, patient=course.patient_id, changes=changes)
