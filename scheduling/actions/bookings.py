"""Book, move, cancel: each one act over all days of a course."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from patients import audit
from scheduling.actions.locks import lock_unit
from scheduling.diary import load_diary, request_for
from scheduling.errors import ChangedMeanwhile, Refused, SlotGone
from scheduling.models import Booking, CancelReason, Chair, Course, Message, Session
from scheduling.outbox import queue
from scheduling.rules import Placement, Visit, objections
from scheduling.states import CourseStatus, SessionStatus


@dataclass(frozen=True)
class Done:
    """What an action did: the course as it stands, whether a time changed, and the mails queued for it."""

    course: Course
    retimed: bool
    messages: list[Message]


@transaction.atomic
def book(*, course: Course, visits: Sequence[Visit], by: audit.Actor, seen: str | None = None) -> Done:
    """Book a waiting course on all its days, or on none, and invite the family.

    seen: the `version` of the course that `by` was shown; None if nobody was shown any. Raises
    ChangedMeanwhile if it is another now or not waiting, SlotGone with every objection, NotReadyToWrite.
    """
    course, now = _locked(course, seen), timezone.now()
    if course.status != CourseStatus.WAITING:
        raise ChangedMeanwhile(course)
    _refuse_objections(course, visits, now)
    course.move_to(CourseStatus.BOOKED)
    sessions = Session.objects.bulk_create(
        Session(
            course=course,
            number=number,
            day=visit.day,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            created_at=now,
        )
        for number, visit in enumerate(visits, start=1)
    )
    _take_chairs(sessions, visits)
    _record("course.booked", course, by, {"days": _in_words(sessions)})
    return Done(course, True, queue.invite(sessions, now=now))


@transaction.atomic
def move(
    *,
    course: Course,
    visits: Sequence[Visit],
    reason: CancelReason,
    by: audit.Actor,
    seen: str | None = None,
) -> Done:
    """Move a booked course as a whole; sessions keep their UID, those whose time changed are sent again.

    Raises as `book` does, and Refused if the course has begun or stands there already.
    """
    course, now = _locked(course, seen), timezone.now()
    sessions = course.live_sessions
    if course.status != CourseStatus.BOOKED:
        raise ChangedMeanwhile(course)
    _refuse_begun(sessions, now)
    if list(visits) == [session.visit for session in sessions]:
        raise Refused("The course is on these days, at these times and in these chairs already.")
    _refuse_objections(course, visits, now)
    before, was = _in_words(sessions), {session.pk: session.starts_at for session in sessions}
    Booking.objects.filter(session__in=sessions).delete()
    pairs = list(zip(sessions, visits, strict=True))
    # Later days first when moving later: two sessions of a course may never stand on one date.
    pairs.sort(key=lambda pair: pair[1].day, reverse=visits[0].day > sessions[0].day)
    changed, withdrawn = [], []
    for session, visit in pairs:
        if (visit.starts_at, visit.ends_at) != (session.starts_at, session.ends_at):
            queue.raise_sequence(session)
            # Before it moves: whoever may not be told of the new time must not read it in a cancellation.
            withdrawn += queue.withdraw(session, now=now)
            session.day, session.starts_at, session.ends_at = visit.day, visit.starts_at, visit.ends_at
            session.save(update_fields=["day", "starts_at", "ends_at"])
            changed.append(session)
    _take_chairs(sessions, visits)
    changed.sort(key=lambda session: session.number)
    _record("course.moved", course, by, {"days": [before, _in_words(sessions)], "reason": reason.label})
    return Done(course, bool(changed), withdrawn + queue.invite(changed, now=now, was=was))


@transaction.atomic
def cancel(
    *,
    course: Course,
    reason: CancelReason,
    back_to_waiting: bool,
    by: audit.Actor,
    seen: str | None = None,
) -> Done:
    """Cancel all days of a course, free its chairs, and tell the family; it waits again or ends.

    A course that is only waiting can be ended the same way. Raises as `book` does, and Refused if it has
    begun or another course of the child is waiting already.
    """
    course, now = _locked(course, seen), timezone.now()
    sessions = course.live_sessions
    after = CourseStatus.WAITING if back_to_waiting else CourseStatus.CANCELLED
    _refuse_begun(sessions, now)
    if back_to_waiting and course.patient.courses.waiting().exclude(pk=course.pk).exists():
        raise Refused("Another course of this child is on the waiting list already, so end this one instead.")
    course.move_to(after)
    if not back_to_waiting:
        course.cancel_reason = reason
        course.save(update_fields=["cancel_reason"])
    before = _in_words(sessions)
    Booking.objects.filter(session__in=sessions).delete()
    for session in sessions:
        session.move_to(SessionStatus.CANCELLED)
        queue.raise_sequence(session)
    _record(
        "course.cancelled",
        course,
        by,
        {"days": [before, None], "reason": reason.label, "then": after.label},
    )
    return Done(course, bool(sessions), queue.cancel(sessions, now=now))


@transaction.atomic
def invite_untold(*, course: Course, by: audit.Actor, seen: str | None = None) -> Done:
    """Invite whoever may be told of the booked days and has not been: added, allowed or corrected since.

    Days that are over are not told any more. Raises as `book` does.
    """
    course, now = _locked(course, seen), timezone.now()
    if course.status != CourseStatus.BOOKED:
        raise ChangedMeanwhile(course)
    messages = queue.invite(queue.to_come(course, now), now=now)
    if messages:
        names = sorted({message.contact.name for message in messages})
        _record("course.invites_sent", course, by, {"to": names})
    return Done(course, False, messages)


def _locked(course: Course, seen: str | None) -> Course:
    """The course read anew under the unit's lock (a row lock on PostgreSQL; SQLite holds the write lock)."""
    lock_unit(course.unit_id)
    course = Course.objects.select_related("unit", "patient").get(pk=course.pk)
    if seen is not None and seen != course.version:
        raise ChangedMeanwhile(course)
    return course


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


def _take_chairs(sessions: Sequence[Session], visits: Sequence[Visit]) -> None:
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


def _in_words(sessions: Sequence[Session]) -> list[str]:
    """The sessions with their chairs, for the log: the booking's row will go."""
    words = []
    for session in sessions:
        start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
        when = f"{wording.long_date(start)}, {wording.clock_range(start.time(), end.time())}"
        words.append(f"{when}, {session.booking.chair}")
    return words


def _record(action: str, course: Course, by: audit.Actor, changes: dict) -> None:
    audit.record(action, by=by, on=course, patient=course.patient_id, changes=changes)
