"""A unit with as many bookings as a benchmark asks for, written to the database in bulk."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from random import Random

from django.db import connection
from django.utils import timezone

from crmo_clinic.nhsuk.spellings import searchable
from patients.models import Patient
from scheduling.models import Booking, Course, Session, Unit
from scheduling.rules import Visit
from tests import builders

EIGHT, SIX = 8 * 60, 18 * 60


def a_big_unit(chairs: int) -> Unit:
    """Open Monday to Friday, 8am to 6pm, with two nurses to three chairs."""
    return builders.unit(chairs=chairs, nurses=max(2, 2 * chairs // 3))


def pairs(unit: Unit, first: date, share: float) -> Iterator[list[Visit]]:
    """Two days of one child in one chair at one time, in random places, always the same; from `first` on."""
    random = Random("pairs of days")
    chairs = list(unit.chairs.values_list("pk", flat=True))
    monday = first - timedelta(days=first.weekday())
    while True:
        for day in (monday, monday + timedelta(days=2)):
            for chair in chairs:
                start = EIGHT
                while random.random() < share:
                    minutes = 15 * random.randint(16, 20)
                    start += 15 * random.randint(0, 2)
                    if start + minutes > SIX:
                        break
                    yield [Visit(day + timedelta(days=n), chair, start, minutes) for n in range(2)]
                    start += minutes
        monday += timedelta(weeks=1)


def write_bookings(unit: Unit, number: int, first: date, share: float = 0.9) -> date:
    """Book so many visits from `first` on, without asking any rule; the last day."""
    visits = list(islice(pairs(unit, first, share), number // 2))
    Patient.objects.bulk_create(
        Patient(
            name=f"Child {n}",
            birth_date=date(2015, 6, 13),
            hospital_number=f"B{unit.pk}-{first:%y%m%d}-{n}",
            search_name=searchable(f"Child {n}"),
        )
        for n in range(len(visits))
    )
    patients = Patient.objects.filter(hospital_number__startswith=f"B{unit.pk}-{first:%y%m%d}-").order_by(
        "pk"
    )
    today = timezone.localdate()
    courses = Course.objects.bulk_create(
        Course(
            patient=patient,
            unit=unit,
            status="booked" if pair[0].day > today else "completed",
            decided_by="Dr Wren",
            decided_on=first,
            reason="recurrence_of_pain",
            days=2,
            minutes=pair[0].minutes,
            priority=2,
        )
        for patient, pair in zip(patients, visits, strict=True)
    )
    sessions = Session.objects.bulk_create(
        Session(
            course=course,
            number=number,
            status="booked" if course.status == "booked" else "fulfilled",
            day=visit.day,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
        )
        for course, pair in zip(courses, visits, strict=True)
        for number, visit in enumerate(pair, start=1)
    )
    chairs = [visit.chair for pair in visits for visit in pair]
    Booking.objects.bulk_create(
        Booking(session=session, chair_id=chair, starts_at=session.starts_at, ends_at=session.ends_at)
        for session, chair in zip(sessions, chairs, strict=True)
    )
    return visits[-1][-1].day


def gather_statistics() -> None:
    """What PostgreSQL does by itself within a minute of such a load; until then it plans as for no rows."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
