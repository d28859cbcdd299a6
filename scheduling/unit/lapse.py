"""Holds whose time is over are released by whatever locks the unit, and a task is opened for each."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from crmo_clinic.nhsuk import wording
from patients.audit import WORKER
from scheduling.acts import Act, record
from scheduling.models import Booking, Course, Session, TaskKind
from scheduling.states import CourseStatus, SessionStatus
from scheduling.tasks.opening import open_task
from scheduling.unit.due_days import due_before
from scheduling.unit.recheck import close_fitting


def lapse_holds_of(unit_id: int, now: datetime) -> int:
    """Release the unit's holds whose time is over, each with a task, under its lock. Returns how many."""
    lapsed = list(Course.objects.lapsed(now).filter(unit=unit_id).select_related("unit"))
    for course in lapsed:
        days = in_words(course.live_sessions)
        drop_hold(course)
        Course.objects.filter(pk=course.pk).exclude(overridden=[]).update(overridden=[])
        close_fitting(course.unit, now=now, by=WORKER)
        record(Act.COURSE_HOLD_LAPSED, course, WORKER, {"days": days})
        says = f"The hold has lapsed: {'; '.join(days)}. Ring the family, and book or hold other days."
        open_task(TaskKind.HOLD_LAPSED, says, about=course, due_on=due_before(course), by=WORKER)
    return len(lapsed)


def drop_hold(course: Course) -> None:
    """Let a held course wait again. Its sessions are deleted, because nobody was told about them."""
    sessions = course.sessions.filter(status=SessionStatus.HELD)
    Booking.objects.filter(session__in=sessions).delete()
    sessions.delete()
    course.move_to(CourseStatus.WAITING, held_until=None)


def in_words(sessions: Sequence[Session]) -> list[str]:
    """The sessions with their chairs in words, for the log: the rows of their bookings are deleted."""
    words = []
    for session in sessions:
        start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
        when = f"{wording.long_date(start)}, {wording.clock_range(start.time(), end.time())}"
        words.append(f"{when}, {session.booking.chair}" if hasattr(session, "booking") else when)
    return words
