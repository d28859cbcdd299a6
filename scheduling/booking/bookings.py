"""Book, move, cancel: each is one act on all days of a course.

Each goes in steps, so that several courses can take them side by side (`together`, `linked`).
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, prefetch_related_objects
from django.utils import timezone

from patients import audit
from scheduling.acts import Act, record
from scheduling.booking import overrides, placing, sharing, undoable
from scheduling.booking.family_dates import days_refused, note_cannot_come
from scheduling.booking.pauses import end_if_paused
from scheduling.booking.placing import Done
from scheduling.booking.retiming import put
from scheduling.booking.steps import Steps, side_by_side
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import Booking, CancelReason, Course, Session, Task, TaskKind, Undoable
from scheduling.rules import Visit
from scheduling.states import CourseStatus, SessionStatus
from scheduling.tasks.opening import close_declined, close_tasks
from scheduling.telling import queue, whom_to_write
from scheduling.telling.revisions import raise_sequence
from scheduling.telling.unreached import see_that_told
from scheduling.unit.allowances import Allowance
from scheduling.unit.asks import phases_to_book
from scheduling.unit.course_requests import request_for
from scheduling.unit.freed_room import note_freed, note_taken
from scheduling.unit.lapse import drop_hold, drop_places, in_words
from scheduling.unit.lock import lock_course
from scheduling.unit.recheck import close_unfit
from scheduling.visit import completion

__all__ = ["Done", "book", "cancel", "invite_untold", "move"]


@transaction.atomic
def book(
    *,
    course: Course,
    visits: Sequence[Visit],
    by: audit.Actor,
    seen: str | None = None,
    allowance: Allowance | None = None,
    decided: str = "",
) -> Done:
    """Book a waiting or held course on all its days, or on none, and invite the family.

    visits: one for each day, in order. seen: the `version` of the course that `by` was shown; None if no page
    was shown. allowance: the rules that `by` lets it break. decided: who decided, and why, that it no longer
    shares its days with those it is linked with. Raises ChangedMeanwhile if the course has changed since or
    cannot be booked, SlotGone with every objection, NotReadyToWrite if a text that the family needs is
    missing, Refused if `decided` is needed and empty.
    """
    now = timezone.now()
    course = lock_course(course, now, seen)
    (done,) = side_by_side([booking_steps(course, visits, now, by, allowance)])
    sharing.settle(done.course, decided, by=by)
    return done


def booking_steps(
    course: Course, visits: Sequence[Visit], now: datetime, by: audit.Actor, allowance: Allowance | None
) -> Steps:
    of_unit = ("unit__chairs", "unit__opening_hours")
    prefetch_related_objects([course], "impossible_dates", *of_unit, "patient__contacts")
    before = undoable.before(course)
    request = request_for(course, course.when_locked)
    are_first = all(session.course_id != course.pk for session in course.when_locked)
    if was_held := course.status == CourseStatus.HELD:
        drop_hold(course)
    if course.status != CourseStatus.WAITING:
        raise ChangedMeanwhile(course)
    yield
    broken = placing.refuse_objections(course, request, visits, now, allowance)
    course.move_to(CourseStatus.BOOKED)
    sessions = placing.make_sessions(course, request, visits, SessionStatus.BOOKED, now)
    record(Act.COURSE_BOOKED, course, by, {"days": in_words(sessions)})
    overrides.keep(course, broken, visits[0].day, allowance, by=by)
    end_if_paused(course, now, by=by)
    yield
    settled = (TaskKind.HOLD_LAPSED, TaskKind.OFFER)
    about_it = Q(course=course, kind__in=settled) | Q(unit=course.unit_id, kind=TaskKind.FREED)
    closed = 0
    # Hardly ever are there any, and this one question says so.
    if tasks := set(Task.objects.filter(about_it, done_at=None).order_by().values_list("kind", flat=True)):
        closed += _close(course, "The course was booked.", by, *settled) if tasks & {*settled} else 0
        closed += note_taken(course.unit, [session.place for session in sessions], by=by)
    days = days_with(sessions, [day for day in course.when_locked if day.course_id == course.pk])
    messages = queue.invite(sessions, now=now, days=days, are_new=True)
    asked = see_that_told("the booking", sessions, messages, by=by, are_first=are_first)
    return undoable.keep(
        before,
        Undoable.BOOK,
        Done(course, True, messages, sessions=sessions),
        now=now,
        only_made=None if was_held else sessions,
        tasks_changed=bool(closed) or asked,
    )


def days_with(new: Sequence[Session], before: Sequence[Session]) -> list[Session]:
    """All days of a course once these are booked. before: those it had; held ones are gone by then."""
    return [*(day for day in before if day.status != SessionStatus.HELD), *new]


@transaction.atomic
def move(
    *,
    course: Course,
    visits: Sequence[Visit],
    reason: CancelReason,
    by: audit.Actor,
    seen: str | None = None,
    allowance: Allowance | None = None,
    decided: str = "",
) -> Done:
    """Move a booked course as a whole. Sessions keep their UID; those whose time changed are invited again.

    Raises as `book` does, and Refused if the course has begun, if a day was lost without a decision, or if it
    is at these times in these chairs already.
    """
    now = timezone.now()
    course = lock_course(course, now, seen)
    (done,) = side_by_side([moving_steps(course, visits, reason, now, by, allowance)])
    sharing.settle(done.course, decided, by=by)
    return done


def moving_steps(
    course: Course,
    visits: Sequence[Visit],
    reason: CancelReason,
    now: datetime,
    by: audit.Actor,
    allowance: Allowance | None,
) -> Steps:
    before = undoable.before(course)
    sessions = course.live_sessions
    refuse_to_move(course, sessions, visits, now)
    stood = [session.place for session in sessions]
    request = request_for(course)
    days = in_words(sessions)
    Booking.objects.filter(session__in=sessions).delete()
    if course.held_until:
        drop_places(course)
    yield
    broken = placing.refuse_objections(course, request, visits, now, allowance)
    if reason == CancelReason.FAMILY_REQUEST:
        left = set(days_refused(sessions)) - {visit.day for visit in visits}
        note_cannot_come(course, left, by=by)
    changed, withdrawn = put(sessions, visits, phases_to_book(course, request), now)
    record(Act.COURSE_MOVED, course, by, {"days": [days, in_words(sessions)], "reason": reason.label})
    overrides.keep(course, broken, visits[0].day, allowance, by=by)
    yield
    settled = (TaskKind.MISFIT, TaskKind.DAY_LOST, TaskKind.HOLD_LAPSED, TaskKind.OFFER)
    _close(course, "The course was moved.", by, *settled)
    close_declined(changed, "The day was moved.", by=by)
    note_taken(course.unit, [session.place for session in sessions], by=by)
    note_freed(course, stood, now=now, by=by)
    course.tell_from_now_on()
    messages = withdrawn + queue.invite(changed, now=now)
    see_that_told("the new times", changed, messages, by=by)
    done = Done(course, bool(changed), messages, freed=tuple(stood))
    return undoable.keep(before, Undoable.MOVE, done, now=now)


def refuse_to_move(
    course: Course, sessions: Sequence[Session], visits: Sequence[Visit], now: datetime
) -> None:
    """Raise as `move` does, whatever speaks against these visits. sessions: the course's live ones."""
    if course.status != CourseStatus.BOOKED:
        raise ChangedMeanwhile(course)
    placing.refuse_begun(sessions, now)
    if not sessions or completion.undecided(course):
        raise Refused(placing.UNDECIDED)
    if list(visits) == [session.visit for session in sessions]:
        raise Refused(placing.THERE_ALREADY)


@transaction.atomic
def cancel(
    *,
    course: Course,
    reason: CancelReason,
    back_to_waiting: bool,
    by: audit.Actor,
    seen: str | None = None,
    decided: str = "",
) -> Done:
    """Cancel all days of a course, free its chairs, and tell the family.

    back_to_waiting: the course waits again; otherwise it ends. A course that is only waiting or held can be
    ended the same way. decided: as in `book`. Raises ChangedMeanwhile if the course has changed since `seen`,
    MoveNotAllowed if its status does not allow it, Refused if it has begun, if another course of the child is
    already waiting, or if `decided` is needed and empty.
    """
    now = timezone.now()
    course = lock_course(course, now, seen)
    (done,) = side_by_side([cancelling_steps(course, reason, back_to_waiting, now, by)])
    sharing.settle(done.course, decided, by=by)
    return done


def cancelling_steps(
    course: Course, reason: CancelReason, back_to_waiting: bool, now: datetime, by: audit.Actor
) -> Steps:
    before = undoable.before(course)
    held = [session.place for session in course.live_sessions] if course.status == CourseStatus.HELD else []
    if held:
        drop_hold(course)
    elif course.held_until:
        drop_places(course)
    sessions = course.live_sessions
    after = CourseStatus.WAITING if back_to_waiting else CourseStatus.CANCELLED
    placing.refuse_begun(sessions, now)
    yield
    refuse_second_waiting(course, back_to_waiting)
    course.move_to(after)
    if not back_to_waiting:
        course.cancel_reason = reason
        course.save(update_fields=["cancel_reason"])
    if back_to_waiting and reason == CancelReason.FAMILY_REQUEST:
        note_cannot_come(course, days_refused(sessions), by=by)
    days, stood = in_words(sessions), held or [session.place for session in sessions]
    Booking.objects.filter(session__in=sessions).delete()
    overrides.keep(course, (), timezone.localdate(now), None, by=by)
    for session in sessions:
        raise_sequence(session)
        session.move_to(SessionStatus.CANCELLED, sequence=session.sequence)
    changes = {"days": [days, None], "reason": reason.label, "then": after.label}
    record(Act.COURSE_CANCELLED, course, by, changes)
    yield
    settled = (
        *(TaskKind.MISFIT, TaskKind.DAY_LOST, TaskKind.HOLD_LAPSED),
        *(TaskKind.DECLINED, TaskKind.OFFER),
    )
    _close(course, "The course was cancelled.", by, *settled)
    note_freed(course, stood, now=now, by=by)
    close_unfit(course.unit, now=now, by=by)
    course.tell_from_now_on()
    messages = queue.cancel(sessions, now=now)
    see_that_told("the cancellation", sessions, messages, by=by)
    done = Done(course, bool(sessions), messages, freed=tuple(stood))
    return undoable.keep(before, Undoable.CANCEL, done, now=now)


def refuse_second_waiting(course: Course, back_to_waiting: bool) -> None:
    """Raise Refused if a cancelled course is to wait again, and another one of the child does."""
    if back_to_waiting and course.patient.courses.to_book().exclude(pk=course.pk).exists():
        raise Refused("Another course of this child is on the waiting list already, so end this one instead.")


@transaction.atomic
def invite_untold(*, course: Course, by: audit.Actor, seen: str | None = None) -> Done:
    """Invite contacts who may be told about the booked days and have no invite: they were added, given
    permission or corrected since the booking.

    Days that are over are left out. Raises ChangedMeanwhile if the course has changed since `seen` or is not
    booked, NotReadyToWrite as `book` does.
    """
    now = timezone.now()
    course = lock_course(course, now, seen)
    if course.status != CourseStatus.BOOKED:
        raise ChangedMeanwhile(course)
    messages = queue.invite(whom_to_write.to_come(course, now), now=now)
    if messages:
        names = sorted({message.contact.name for message in messages})
        record(Act.COURSE_INVITES_SENT, course, by, {"to": names})
    course.tell_from_now_on()
    return Done(course, False, messages)


def _close(course: Course, note: str, by: audit.Actor, *kinds: TaskKind) -> int:
    return close_tasks(Task.objects.filter(course=course, kind__in=kinds), note, by=by)
