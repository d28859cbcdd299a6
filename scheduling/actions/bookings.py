"""Book, move, cancel: each one act over all days of a course."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from patients import audit
from scheduling.diary import load_diary, request_for
from scheduling.errors import MoveNotAllowed, Refused, SlotGone
from scheduling.models import Booking, CancelReason, Course, Message, Session, Unit
from scheduling.outbox import queue
from scheduling.rules import Placement, Visit, objections
from scheduling.states import CourseStatus, SessionStatus


@dataclass(frozen=True)
class Done:
    """What an action did: the course as it stands, and the mails queued for it."""

    course: Course
    messages: list[Message]


@transaction.atomic
def book(*, course: Course, visits: Sequence[Visit], by: audit.Actor) -> Done:
    """Book a waiting course on all its days, or on none, and invite the family.

    Raises MoveNotAllowed if it is not waiting, SlotGone with every objection, NotReadyToWrite.
    """
    course, now = _locked(course), timezone.now()
    if course.status != CourseStatus.WAITING:
        raise MoveNotAllowed(course, CourseStatus.BOOKED)
    _refuse_objections(course, visits, now)
    course.move_to(CourseStatus.BOOKED)
    sessions = [_new_session(course, number, visit, now) for number, visit in enumerate(visits, start=1)]
    _record("course.booked", course, by, {"days": _told(sessions)})
    return Done(course, queue.invite(sessions, now=now))


@transaction.atomic
def move(*, course: Course, visits: Sequence[Visit], reason: CancelReason, by: audit.Actor) -> Done:
    """Move a booked course as a whole; sessions keep their UID, those whose time changed are sent again.

    Raises MoveNotAllowed if it is not booked, Refused if it has begun, SlotGone with every objection.
    """
    course, now = _locked(course), timezone.now()
    sessions = course.live_sessions
    if course.status != CourseStatus.BOOKED:
        raise MoveNotAllowed(course, CourseStatus.BOOKED)
    _refuse_begun(sessions, now)
    _refuse_objections(course, visits, now)
    before = _told(sessions)
    Booking.objects.filter(session__in=sessions).delete()
    pairs = list(zip(sessions, visits, strict=True))
    # Later days first when moving later: two sessions of a course may never stand on one date.
    pairs.sort(key=lambda pair: pair[1].day, reverse=visits[0].day > sessions[0].day)
    changed = []
    for session, visit in pairs:
        if (visit.starts_at, visit.ends_at) != (session.starts_at, session.ends_at):
            session.day, session.starts_at, session.ends_at = visit.day, visit.starts_at, visit.ends_at
            session.save(update_fields=["day", "starts_at", "ends_at"])
            queue.raise_sequence(session)
            changed.append(session)
        _take_chair(session, visit)
    changed.sort(key=lambda session: session.number)
    _record("course.moved", course, by, {"days": [before, _told(sessions)], "reason": reason.label})
    return Done(course, queue.invite(changed, now=now))


@transaction.atomic
def cancel(*, course: Course, reason: CancelReason, back_to_waiting: bool, by: audit.Actor) -> Done:
    """Cancel all days of a course, free its chairs, and tell the family; it waits again or ends.

    A course that is only waiting can be ended the same way. Raises MoveNotAllowed, Refused if it has begun or
    another course of the child is waiting already.
    """
    course, now = _locked(course), timezone.now()
    sessions = course.live_sessions
    after = CourseStatus.WAITING if back_to_waiting else CourseStatus.CANCELLED
    _refuse_begun(sessions, now)
    if back_to_waiting and course.patient.courses.waiting().exclude(pk=course.pk).exists():
        raise Refused("Another course of this child is on the waiting list already, so end this one instead.")
    course.move_to(after)
    if not back_to_waiting:
        course.cancel_reason = reason
        course.save(update_fields=["cancel_reason"])
    Booking.objects.filter(session__in=sessions).delete()
    for session in sessions:
        session.move_to(SessionStatus.CANCELLED)
        queue.raise_sequence(session)
    _record(
        "course.cancelled",
        course,
        by,
        {"days": [_told(sessions), None], "reason": reason.label, "then": after.label},
    )
    return Done(course, queue.cancel(sessions, now=now))


def _locked(course: Course) -> Course:
    """The course read anew under the unit's lock (a row lock on PostgreSQL; SQLite holds the write lock)."""
    Unit.objects.select_for_update().get(pk=course.unit_id)
    return Course.objects.select_related("unit", "patient").get(pk=course.pk)


def _refuse_objections(course: Course, visits: Sequence[Visit], now: datetime) -> None:
    placement = Placement(request_for(course), tuple(visits))
    days = [visit.day for visit in visits]
    diary = load_diary(course.unit, min(days) - timedelta(days=1), max(days) + timedelta(days=1), now)
    found = objections(placement, diary.without(course.pk))
    if found:
        raise SlotGone(found)


def _refuse_begun(sessions: Sequence[Session], now: datetime) -> None:
    begun = [s for s in sessions if s.starts_at <= now or s.status != SessionStatus.BOOKED]
    if begun:
        day = wording.long_date(begun[0].day)
        raise Refused(f"This course has begun ({day}), so it cannot be moved or cancelled as a whole.")


def _new_session(course: Course, number: int, visit: Visit, now: datetime) -> Session:
    session = Session.objects.create(
        course=course,
        number=number,
        day=visit.day,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        created_at=now,
    )
    _take_chair(session, visit)
    return session


def _take_chair(session: Session, visit: Visit) -> None:
    """The database has the last word; its refusal is an answer, not a fault."""
    try:
        with transaction.atomic():
            Booking.objects.create(
                session=session, chair_id=visit.chair, starts_at=session.starts_at, ends_at=session.ends_at
            )
    except IntegrityError as clash:
        raise Refused("Somebody else took this chair just now. Choose another time.") from clash


def _told(sessions: Sequence[Session]) -> list[str]:
    """The sessions in words, for the log."""
    words = []
    for session in sessions:
        start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
        words.append(f"{wording.long_date(start)}, {wording.clock_range(start.time(), end.time())}")
    return words


def _record(action: str, course: Course, by: audit.Actor, changes: dict) -> None:
    audit.record(action, by=by, on=course, patient=course.patient_id, changes=changes)
