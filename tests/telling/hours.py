"""Time passes hour by hour around a course, and the worker does its rounds."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import time_machine
from django.utils import timezone

from patients.models import User
from scheduling.booking import bookings
from scheduling.models import Course, Unit
from scheduling.states import SessionStatus
from scheduling.telling import clock_times
from scheduling.telling.delivery import Delivered, deliver_due
from scheduling.telling.queue_reminders import queue_notices
from tests import builders
from tests.fakes.post import Post

AN_HOUR = timedelta(hours=1)
# A Tuesday; the child comes on it and on the Wednesday.
SUMMER = date(2027, 6, 15)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return clock_times.at(day, time(hour, minute))


def booked(unit: Unit, first: date, by: User, *, at: datetime, **fields) -> Course:
    """A course of two days, booked at that moment, its invites sent; one contact."""
    child = builders.patient()
    builders.contact(child)
    with time_machine.travel(at, tick=False):
        course = builders.course(child, unit, **fields)
        bookings.book(course=course, visits=builders.visits(course, first), by=by)
        deliver_due(transport=Post())
    course.refresh_from_db()
    return course


def rounds(first: datetime, last: datetime, step: timedelta = AN_HOUR) -> Iterator[datetime]:
    """The moments of the worker's rounds: in UTC, for wall-clock arithmetic would leave out an hour."""
    now = first.astimezone(UTC)
    while now <= last:
        yield now
        now += step


def worker(at: datetime, post: Post | None = None) -> Delivered:
    """One round at that moment."""
    with time_machine.travel(at, tick=False):
        queue_notices()
        return deliver_due(transport=post or Post())


def live_through(
    course: Course, nurse: User, first: date, *, ends: int = 5, step: timedelta = 3 * AN_HOUR
) -> None:
    """The days around a course, each of its days given from 9am to 1pm.

    The worker's rounds, from half past midnight on, meet every hour at which a reminder goes; with a step of
    an hour, all others too.
    """
    to_come = list(course.sessions.filter(status=SessionStatus.BOOKED).order_by("ends_at"))
    for now in rounds(local(first - timedelta(8), 0, 30), local(first + timedelta(ends), 0, 30), step):
        while to_come and to_come[0].ends_at <= now:
            session = to_come.pop(0)
            if session.day == timezone.localdate(now):
                builders.give(course.sessions.get(pk=session.pk), now, nurse)
        worker(now)
