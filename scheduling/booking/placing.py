"""What booking, moving and holding share: refuse what does not fit, then make the days and take their chairs.

Each function is called inside the transaction of its act, under the unit's lock.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import IntegrityError

from crmo_clinic.nhsuk import wording
from scheduling.booking import overrides
from scheduling.errors import Refused, SlotGone
from scheduling.models import Booking, Chair, Course, Message, Session
from scheduling.rules import CourseRequest, Diary, Objection, Placement, Visit, objections
from scheduling.states import CourseStatus, SessionStatus
from scheduling.unit.allowances import Allowance
from scheduling.unit.asks import phases_to_book
from scheduling.unit.diary_rows import load_diary

UNDECIDED = (
    "A day of this course was lost, and nobody has decided what comes instead. Decide that first, or cancel "
    "the course, back to the waiting list."
)
THERE_ALREADY = "The course is on these days, at these times and in these chairs already."


@dataclass(frozen=True)
class Done:
    """What an act did: the course as it is now, whether a time changed, and the mails queued for it."""

    course: Course
    retimed: bool
    messages: list[Message]
    # The places that the course had and no longer has.
    freed: tuple[Visit, ...] = ()
    # Its live sessions now, first day first; None if they are to be read.
    sessions: Sequence[Session] | None = None

    @property
    def version(self) -> str:
        """That of the course after the act. No query if its sessions are here."""
        if self.sessions is None:
            return Course.objects.get(pk=self.course.pk).version
        return self.course.version_on(self.sessions)

    @classmethod
    def of_all(cls, course: Course, done: Iterable["Done"]) -> "Done":
        """What was done to several courses, as one act on this one of them."""
        done = list(done)
        messages = [message for each in done for message in each.messages]
        freed = tuple(visit for each in done for visit in each.freed)
        return cls(course, any(each.retimed for each in done), messages, freed)


def refuse_objections(
    course: Course,
    request: CourseRequest,
    visits: Sequence[Visit],
    now: datetime,
    allowance: Allowance | None = None,
    *,
    beside_own: bool = False,
) -> tuple[Objection, ...]:
    """Raise SlotGone with every objection to these visits, if there is one that nobody has allowed.

    now: when the unit was locked. beside_own: whether the course keeps its own days too, so that chairs and
    nurses must do for both. Returns the objections that somebody has allowed.
    """
    placement = Placement(replace(request, course_id=None) if beside_own else request, tuple(visits))
    days = [visit.day for visit in visits]
    first, last = min(days) - timedelta(days=1), max(days) + timedelta(days=1)
    diary = load_diary(course.unit, first, last, now, is_locked=True)
    found = objections(placement, diary if beside_own else diary.without(course.pk))
    if overrides.not_allowed(course, found, placement.first_day, allowance):
        raise SlotGone(found)
    return found


def in_its_own_way(
    course: Course, request: CourseRequest, visits: Sequence[Visit], diary: Diary
) -> tuple[Objection, ...]:
    """What speaks against these visits only because a booked course would keep its own days beside them.

    With any, they cannot be held or offered, and the course can only be moved there at once. diary: with
    these days. What is held for the course already is let go by another hold, so it is in nobody’s way.
    """
    if course.status != CourseStatus.BOOKED:
        return ()
    held = {place.place for place in course.places_to_move_to}
    if held:
        rows = [row for day in {visit.day for visit in visits} for row in diary.taken_on(day)]
        mine = (row for row in rows if row.course == course.pk)
        kept = [row for row in mine if Visit(row.day, row.chair, row.start, row.end - row.start) not in held]
        diary = diary.with_course_at(course.pk, kept)
    alone = {(found.rule, found.day) for found in objections(Placement(request, tuple(visits)), diary)}
    beside = objections(Placement(replace(request, course_id=None), tuple(visits)), diary)
    return tuple(found for found in beside if (found.rule, found.day) not in alone)


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
    course: Course, request: CourseRequest, visits: Sequence[Visit], status: SessionStatus, now: datetime
) -> list[Session]:
    """Save `new_sessions`, each with its chair. Raises Refused as `take_chairs` does."""
    sessions = Session.objects.bulk_create(new_sessions(course, request, visits, status, now))
    take_chairs(sessions, visits)
    return sessions


def new_sessions(
    course: Course, request: CourseRequest, visits: Sequence[Visit], status: SessionStatus, now: datetime
) -> list[Session]:
    """New sessions, numbered in order. They are not saved."""
    phases = phases_to_book(course, request)
    return [
        Session(
            course=course,
            number=number,
            status=status,
            day=visit.day,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            phases=phases,
            created_at=now,
        )
        for number, visit in enumerate(visits, start=1)
    ]


def without_clash(moves: Iterable[tuple[Session, date]]) -> Iterator[Session]:
    """Sessions with the days they move to, in an order in which none moves to a day that another still has.

    At no moment may two sessions of a course be on one date.
    """
    waiting = list(moves)
    while waiting:
        taken = {session.pk: session.day for session, _ in waiting}
        pair = next(
            (session, day)
            for session, day in waiting
            if day not in {other for pk, other in taken.items() if pk != session.pk}
        )
        waiting.remove(pair)
        yield pair[0]


def take_chairs(sessions: Sequence[Session], visits: Sequence[Visit]) -> None:
    """Take the chairs. If the database finds one taken, raises Refused, which undoes the whole act."""
    chairs = _chairs(sessions[0].course, visits)
    _take(
        Booking(session=session, chair=chairs[visit.chair], starts_at=begins, ends_at=ends)
        for session, visit in zip(sessions, visits, strict=True)
        for begins, ends in [session.in_chair]
    )


def hold_places(course: Course, visits: Sequence[Visit]) -> list[Booking]:
    """Take the chairs of days that a booked course may be moved to. Raises Refused as `take_chairs` does."""
    chairs = _chairs(course, visits)
    return _take(
        Booking(held_for=course, chair=chairs[visit.chair], starts_at=visit.starts_at, ends_at=visit.ends_at)
        for visit in visits
    )


def _chairs(course: Course, visits: Sequence[Visit]) -> dict[int, Chair]:
    """One query; none if the chairs of the course's unit are prefetched."""
    if "chairs" in getattr(course.unit, "_prefetched_objects_cache", {}):
        return {chair.pk: chair for chair in course.unit.chairs.all()}
    return Chair.objects.in_bulk({visit.chair for visit in visits})


def _take(bookings: Iterable[Booking]) -> list[Booking]:
    try:
        return Booking.objects.bulk_create(bookings)
    except IntegrityError as clash:
        raise Refused("Somebody else took this chair just now. Choose another time.") from clash
