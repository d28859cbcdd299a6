"""What booking, moving and holding share: refuse what does not fit, then make the days and take their chairs.

Each function is called inside the transaction of its act, under the unit's lock.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError

from crmo_clinic.nhsuk import wording
from scheduling.booking import overrides
from scheduling.booking.overrides import Allowance
from scheduling.errors import Refused, SlotGone
from scheduling.models import Booking, Chair, Course, Message, Session
from scheduling.rules import CourseRequest, Objection, Placement, Visit, objections
from scheduling.states import SessionStatus
from scheduling.unit.diary_rows import load_diary


@dataclass(frozen=True)
class Done:
    """What an act did: the course as it is now, whether a time changed, and the mails queued for it."""

    course: Course
    retimed: bool
    messages: list[Message]
    # The places that the course had and no longer has.
    freed: tuple[Visit, ...] = ()


def refuse_objections(
    course: Course,
    request: CourseRequest,
    visits: Sequence[Visit],
    now: datetime,
    allowance: Allowance | None = None,
) -> tuple[Objection, ...]:
    """Raise SlotGone with every objection to these visits, if there is one that nobody has allowed.

    Returns those that somebody has.
    """
    placement = Placement(request, tuple(visits))
    days = [visit.day for visit in visits]
    diary = load_diary(course.unit, min(days) - timedelta(days=1), max(days) + timedelta(days=1), now)
    found = objections(placement, diary.without(course.pk))
    if overrides.not_allowed(course, found, placement.first_day, allowance):
        raise SlotGone(found)
    return found


def refuse_begun(sessions: Sequence[Session], now: datetime) -> None:
    """Raise Refused if a session has begun: the course cannot be moved or cancelled as a whole."""
    if begun := first_begun(sessions, now):
        day = wording.long_date(begun.day)
        raise Refused(
            f"This course has begun ({day}), so it cannot be moved or cancelled as a whole. "
            "If a day cannot happen, say so beside that day on the course page."
        )


def first_begun(sessions: Sequence[Session], now: datetime) -> Session | None:
    """The first of these days that is on, or over."""
    to_come = (SessionStatus.HELD, SessionStatus.BOOKED)
    return next((s for s in sessions if s.starts_at <= now or s.status not in to_come), None)


def make_sessions(
    course: Course, visits: Sequence[Visit], status: SessionStatus, now: datetime
) -> list[Session]:
    """New sessions, numbered in order, each with its chair. Raises Refused as `take_chairs` does."""
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
    """Take the chairs. If the database finds one taken, raises Refused, which undoes the whole act."""
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


def without_clash(pairs: Iterable[tuple[Session, Visit]]) -> Iterator[tuple[Session, Visit]]:
    """Put the moves in an order in which no session moves to a date that another still has.

    At no moment may two sessions of a course be on one date.
    """
    waiting = list(pairs)
    while waiting:
        taken = {session.pk: session.day for session, _ in waiting}
        pair = next(
            (s, visit)
            for s, visit in waiting
            if visit.day not in {d for pk, d in taken.items() if pk != s.pk}
        )
        waiting.remove(pair)
        yield pair
