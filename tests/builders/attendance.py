"""The days of visits: a child comes, has a cannula, has had only part of it."""

from datetime import date, datetime

import time_machine
from django.utils import timezone

from patients.audit import WORKER
from patients.models import Patient, User
from scheduling.models import (
    AdverseEffect,
    Booking,
    CannulaAttempt,
    Chair,
    Course,
    Given,
    PartBecause,
    Session,
    TaskKind,
    Unit,
)
from scheduling.states import CourseStatus, SessionStatus
from scheduling.tasks.opening import open_task
from scheduling.visit import presses
from tests.builders.checklists import tick_all
from tests.builders.courses import course, visits
from tests.builders.people import patient


def visit_today(at: Unit, name: str, *, days: int = 1) -> Session:
    """A booked visit of today, 9am to 1pm, in a chair of its own; the later days of its course follow."""
    child = patient(name, nhs_number=None, hospital_number=f"V{Patient.objects.count():06}")
    made = course(child, at, status=CourseStatus.BOOKED, days=days)
    chair = Chair.objects.create(unit=at, name=f"Chair {at.chairs.count() + 1}")
    for number, visit in enumerate(visits(made, timezone.localdate(), chair=chair), start=1):
        times = {"starts_at": visit.starts_at, "ends_at": visit.ends_at}
        session = Session.objects.create(course=made, number=number, day=visit.day, **times)
        Booking.objects.create(session=session, chair=chair, **times)
    tick_all(made)
    return made.sessions.get(number=1)


def visit_after_one_in_part(at: Unit, name: str) -> Session:
    """Tomorrow's visit of a course whose visit today was given only in part."""
    first = visit_today(at, name, days=2)
    Session.objects.filter(pk=first.pk).update(
        status=SessionStatus.FULFILLED,
        given=Given.IN_PART,
        part_because=PartBecause.TIME,
        arrived_at=first.starts_at,
        started_at=first.starts_at,
        finished_at=first.ends_at,
    )
    second = first.course.sessions.get(number=2)
    open_task(TaskKind.PART_GIVEN, "Decide.", about=second, due_on=first.day, by=WORKER)
    return second


def cannula(session: Session, **fields) -> CannulaAttempt:
    """A try at the cannula that worked, at the start of the visit."""
    tried = {"side": "left", "site": "hand", "numbing": "cream", "by_name": "Nia Rowe", "worked": True}
    return CannulaAttempt.objects.create(**{"session": session, "at": session.starts_at} | tried | fields)


def effect(session: Session, **fields) -> AdverseEffect:
    """A headache in the last hour of the visit."""
    felt = {"session": session, "effect": "headache", "at": session.ends_at, "done": "paracetamol"}
    return AdverseEffect.objects.create(**felt | fields)


def give(session: Session, at: datetime, by: User, upto: SessionStatus = SessionStatus.FULFILLED) -> None:
    """Press the nurse's buttons for a visit up to that status, all at one moment."""
    for status in (SessionStatus.ARRIVED, SessionStatus.STARTED, SessionStatus.FULFILLED):
        with time_machine.travel(at, tick=False):
            presses.press(session=session, status=status, by=by)
        if status == upto:
            break


def last_day_was(of: Course, day: date) -> None:
    """Shift all days of the course so that its last one is `day`, without asking the rules."""
    sessions = list(of.sessions.order_by("day"))
    gone = sessions[-1].day - day
    for session in sessions:
        session.day -= gone
        session.starts_at -= gone
        session.ends_at -= gone
        session.save()
