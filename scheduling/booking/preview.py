"""What an act would send, shown before anybody confirms it.

Of an act on one course, the days are changed on copies, by what the act itself calls, and the mails written
that it would queue: nothing is saved and nothing is locked, however long that takes. Whether the rules allow
the days is for the page to ask, which has the diary. Acts on several courses at once are done and undone.
"""

from collections.abc import Callable
from copy import copy

from django.db import transaction
from django.utils import timezone

from scheduling.booking import bookings, lost_days, placing
from scheduling.booking.placing import Done
from scheduling.booking.retiming import retime
from scheduling.models import Course, Message, Session
from scheduling.rules import Placement
from scheduling.states import CourseStatus, SessionStatus
from scheduling.telling import queue, whom_to_write
from scheduling.telling.revisions import raise_sequence
from scheduling.unit.asks import phases_to_book


def mails_of_booking(course: Course, placement: Placement) -> list[Message]:
    """What `bookings.book` would send for a waiting or held course. Its sessions are prefetched with chairs.

    The mails are not saved, and their sessions are copies. Like the others here it raises NotReadyToWrite
    and Refused as the act does.
    """
    now = timezone.now()
    course, days = _copied(course)
    course.suppose(CourseStatus.BOOKED)
    new = placing.new_sessions(course, placement.request, placement.visits, SessionStatus.BOOKED, now)
    return queue.invites(new, now=now, days=bookings.days_with(new, days), are_new=True).messages


def mails_of_move(course: Course, placement: Placement) -> list[Message]:
    """What `bookings.move` would send."""
    now = timezone.now()
    course, days = _copied(course)
    sessions = [day for day in days if day.is_live]
    bookings.refuse_to_move(course, sessions, placement.visits, now)
    phases = phases_to_book(course, placement.request)
    retimed = retime(sessions, placement.visits, phases, now, days)
    invites = queue.invites(retimed.changed, now=now, days=days, after=retimed.withdrawn)
    return [*retimed.withdrawn, *invites.messages]


def mails_of_cancellation(course: Course, back_to_waiting: bool) -> list[Message]:
    """What `bookings.cancel` would send: nothing about days that are only held."""
    now = timezone.now()
    course, days = _copied(course)
    sessions = [day for day in days if day.is_live and day.status != SessionStatus.HELD]
    placing.refuse_begun(sessions, now)
    bookings.refuse_second_waiting(course, back_to_waiting)
    course.suppose(CourseStatus.WAITING if back_to_waiting else CourseStatus.CANCELLED)
    for session in sessions:
        _call_off(session)
    return queue.cancellations(sessions, now=now, days=days).messages


def mails_of_day_left_out(session: Session) -> list[Message]:
    """What `lost_days.leave_out` would send."""
    lost_days.refuse_last_day(session)
    session, days = _copied_day(session)
    if session.status != SessionStatus.BOOKED:
        return []
    _call_off(session)
    return queue.cancellations([session], now=timezone.now(), days=days).messages


def mails_of_another_day(session: Session, placement: Placement) -> list[Message]:
    """What `lost_days.another_day` would send."""
    [visit] = placement.visits
    lost_days.refuse_place(session, visit)
    now, (session, days) = timezone.now(), _copied_day(session)
    phases = phases_to_book(session.course, placement.request)
    if session.status == SessionStatus.BOOKED:
        withdrawn = retime([session], [visit], phases, now, days).withdrawn
        return [*withdrawn, *queue.invites([session], now=now, days=days, after=withdrawn).messages]
    if session.status == SessionStatus.ARRIVED:
        session.suppose(SessionStatus.NOT_GIVEN)
    given = lost_days.given_instead(session, visit, phases)
    return queue.invites([given], now=now, days=[*days, given], are_new=True).messages


def mails_to_untold(course: Course) -> list[Message]:
    """What `bookings.invite_untold` would send."""
    now = timezone.now()
    return queue.invites(whom_to_write.to_come(course, now), now=now, days=course.sessions.all()).messages


def _call_off(session: Session) -> None:
    raise_sequence(session)
    session.suppose(SessionStatus.CANCELLED)


def _copied(course: Course) -> tuple[Course, list[Session]]:
    """The course and all its days, to be changed: the page shows them as they are."""
    sessions = [copy(session) for session in course.sessions.all()]
    course = copy(course)
    for session in sessions:
        session.course = course
    return course, sessions


def _copied_day(session: Session) -> tuple[Session, list[Session]]:
    _, days = _copied(session.course)
    return next(day for day in days if day.pk == session.pk), days


def would_send(act: Callable[[], Done]) -> list[Message]:
    """The mails that an act on several courses would send, by doing it and undoing it at once.

    So they are what the act itself writes, to the last word; only Message-ID and time will differ. The locks
    of the act are held while this runs.
    """
    with transaction.atomic():
        messages = act().messages
        transaction.set_rollback(True)
    return messages
