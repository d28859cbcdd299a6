"""Courses: waiting, booked, begun and given."""

from datetime import date, timedelta

from django.utils import timezone

from patients.models import Patient, User
from scheduling.booking import bookings
from scheduling.models import Booking, Chair, Course, Session, Unit
from scheduling.rules import CourseRequest, Placement, Visit
from scheduling.states import CourseStatus
from scheduling.unit.asks import phases_of
from tests.builders.people import patient
from tests.builders.units import unit


def course(of: Patient | None = None, at: Unit | None = None, **fields) -> Course:
    """A course of two days of four hours, waiting."""
    return Course.objects.create(
        **{
            "patient": of or patient(),
            "unit": at or Unit.objects.first() or unit(),
            "decided_by": "Dr Wren",
            "decided_on": timezone.localdate(),
            "reason": "recurrence_of_pain",
            "days": 2,
            "minutes": 240,
            "priority": 2,
        }
        | fields
    )


def next_monday(weeks: int = 1) -> date:
    """A Monday to come."""
    today = timezone.localdate()
    return today + timedelta(days=7 * weeks - today.weekday())


def visits(of: Course, first: date, *, start: int = 9 * 60, chair: Chair | None = None) -> list[Visit]:
    """Visits on consecutive days, at one time in one chair."""
    chair = chair or of.unit.chairs.first()
    length = of.minutes + phases_of(of).minutes
    return [Visit(first + timedelta(days=n), chair.pk, start, length) for n in range(of.days)]


def book(
    at: Unit,
    first: date,
    by: User,
    *,
    name: str = "Ada Lark",
    chair: Chair | None = None,
    start: int = 9 * 60,
    **fields,
) -> Course:
    """A course booked by the app's own act from that day on, each visit at one time in one chair.

    As a page loads it: what the act had read of its unit and its contacts is not known of it.
    """
    made = course(patient(name), at, **fields)
    bookings.book(course=made, visits=visits(made, first, start=start, chair=chair), by=by)
    return Course.objects.select_related("patient", "unit").get(pk=made.pk)


def past_course(of: Patient, at: Unit, first: date) -> Course:
    """A course that was given on two days."""
    made = course(of, at, status=CourseStatus.COMPLETED)
    for number, visit in enumerate(visits(made, first), start=1):
        session = Session.objects.create(
            course=made,
            number=number,
            status="fulfilled",
            day=visit.day,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
        )
        Booking.objects.create(
            session=session, chair_id=visit.chair, starts_at=visit.starts_at, ends_at=visit.ends_at
        )
    return made


def placement_of(of: Course, request: CourseRequest) -> Placement:
    """The placement of a booked course."""
    return Placement(request, tuple(session.visit for session in of.live_sessions))


def begun_course(at: Unit, first: date, *, name: str = "Ada Lark", chair: int = 0, **fields) -> Course:
    """A course booked from `first` on at 9am, without asking the rules, so that `first` may be today."""
    made = course(patient(name), at, **{"status": CourseStatus.BOOKED} | fields)
    for number, visit in enumerate(visits(made, first, chair=at.chairs.all()[chair]), start=1):
        times = {"starts_at": visit.starts_at, "ends_at": visit.ends_at}
        session = Session.objects.create(course=made, number=number, day=visit.day, **times)
        Booking.objects.create(session=session, chair_id=visit.chair, **times)
    return made
