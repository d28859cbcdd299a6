"""The tasks of the demo data: of several kinds, some taken, one overdue, some done."""

from collections.abc import Mapping
from datetime import date, timedelta

from patients.access import Role
from patients.audit import WORKER
from patients.models import User
from scheduling.booking import bookings, lost_days
from scheduling.models import CancelReason, Course, LostBecause, Session, Task, TaskKind
from scheduling.states import CourseStatus, SessionStatus
from scheduling.tasks import doing
from scheduling.tasks.opening import open_task

OVERDUE_DAYS = 2


def leave_tasks(today: date, people: Mapping[Role, User]) -> None:
    """Do what opens tasks. The mail that failed has its task already."""
    coordinator, nurse = people[Role.COORDINATOR], people[Role.NURSE]
    to_come = Course.objects.filter(
        status=CourseStatus.BOOKED, days=2, sessions__number=1, sessions__day__gt=today + timedelta(days=7)
    ).order_by("sessions__day", "sessions__starts_at", "pk")
    cancelled, unsure = to_come[0], to_come[3]
    bookings.cancel(
        course=cancelled, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=False, by=coordinator
    )
    lost_days.report(session=unsure.live_sessions[1], because=LostBecause.FAMILY, by=nurse)
    lost = Task.objects.open().get(kind=TaskKind.DAY_LOST, course=unsure)
    doing.assign(task=lost, owner=coordinator, by=coordinator)
    Task.objects.filter(pk=lost.pk).update(due_on=today - timedelta(days=OVERDUE_DAYS))
    _lapsed_hold(today, nurse)
    _missed_visits(today, nurse)


def _lapsed_hold(today: date, nurse: User) -> None:
    course = Course.objects.waiting().select_related("unit").last()
    says = "The hold has lapsed. Ring the family, and book or hold other days."
    task = open_task(TaskKind.HOLD_LAPSED, says, about=course, due_on=today, by=WORKER)
    doing.assign(task=task, owner=nurse, by=nurse)


def _missed_visits(today: date, nurse: User) -> None:
    """Visits to which a child was not brought, weeks ago: the family was reached each time."""
    missed = Session.objects.filter(status=SessionStatus.NOT_BROUGHT, day__lt=today)
    notes = ("Rang the mother: an infection, over by now.", "Rang the father: they had mistaken the week.")
    for session, note in zip(missed.select_related("course__unit").order_by("-day"), notes, strict=False):
        says = "Nobody has been reached yet: reach the family today, and ask how the child is."
        task = open_task(TaskKind.NOT_BROUGHT, says, about=session, due_on=session.day, by=nurse)
        doing.finish(task=task, note=note, by=nurse)
