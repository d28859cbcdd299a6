"""A big Trust, written in bulk: so many courses in so many units, years of them past and weeks ahead.

It is for measuring, so it is lawful where the database or a page would notice (no two children in a chair, a
mail for each day and parent, years of both logs), and plain elsewhere: a mail has the bytes of the first like
it. The same day and the same size give the same rows, but for secrets.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction

from crmo_clinic.nhsuk.spellings import searchable
from patients import audit
from patients.access import Role
from patients.acts import PatientAct
from patients.models import Contact, Patient, User
from scheduling.management.big_mails import write_logs, write_mails
from scheduling.management.big_records import write_records
from scheduling.management.big_rows import at, in_bulk
from scheduling.management.demo_texts import make_texts
from scheduling.models import Booking, Chair, Course, OpeningHours, Session, Unit
from scheduling.rules import Visit
from scheduling.states import CourseStatus, SessionStatus

WEEKS_AHEAD = 12
COURSES_A_CHILD = 6
WAITING_ONE_IN = 200
STARTS, MINUTES = (8 * 60, 13 * 60), 240


@dataclass(frozen=True)
class Size:
    """How big the Trust is. chairs: of each unit. courses: in all of its years."""

    units: int
    chairs: int
    courses: int


@transaction.atomic
def write(size: Size, today: date, say: Callable[[str], object]) -> None:
    """Write all of it. say: is told what was written, a line at a time."""
    lead = _lead()
    units = [_unit(number, size.chairs, today, lead) for number in range(1, size.units + 1)]
    children = _children(max(2, size.courses // COURSES_A_CHILD), "B")
    parents = _parents(children)
    # The oldest first, so that keys grow with time as they do in life.
    pairs = list(islice(_pairs(units, today), size.courses))[::-1]
    sessions = _courses(pairs, units, children, today)
    say(f"{len(children):,} children, {size.courses:,} courses with {len(sessions):,} visits")
    say(f"{write_mails(sessions, parents, today):,} mails")
    _waiting(max(1, size.courses // WAITING_ONE_IN), units, today)
    write_records(units, children, parents, sessions, today)
    say(f"{write_logs(sessions, lead):,} rows of the two logs")


def _lead() -> User:
    lead = User.objects.create_user("lead@big.example", "Lead of the big Trust", None, (Role.LEAD,))
    audit.record(PatientAct.USER_ADDED, by=audit.System("big data"), on=lead, patient=None)
    return lead


def _unit(number: int, chairs: int, today: date, lead: User) -> Unit:
    unit = Unit.objects.create(
        name=f"Day Case Unit {number}",
        place=f"Level {number}, Example Children’s Hospital, Meadow Road",
        phone="+441632960214",
        phone_hours="Monday to Friday, 8am to 6pm",
        out_of_hours="Ring 01632 960100 and ask for the children’s doctor on call.",
        mailbox=f"daycase{number}@big.example",
        closed_on_bank_holidays=False,
    )
    in_bulk(Chair(unit=unit, name=f"Chair {n}") for n in range(1, chairs + 1))
    in_bulk(OpeningHours(unit=unit, weekday=weekday, nurses=chairs) for weekday in range(5))
    make_texts(unit, today, by=lead)
    return unit


def _children(number: int, prefix: str) -> list[Patient]:
    names = [f"{_word(n)} {_word(n * 7 + 3)}" for n in range(number)]
    return in_bulk(
        Patient(
            name=name,
            birth_date=date(2014, 6, 13) + timedelta(days=n % 2_000),
            hospital_number=f"{prefix}{n:06}",
            search_name=searchable(name),
        )
        for n, name in enumerate(names)
    )


def _word(n: int) -> str:
    """A made-up name; there are some 4,000."""
    starts, middles, ends = (
        "BDFGHKLMNPRSTW",
        ("ar", "el", "in", "or", "um", "ai"),
        ("an", "ey", "is", "o", "ward"),
    )
    n, start = divmod(n, len(starts))
    n, middle = divmod(n, len(middles))
    return starts[start] + middles[middle] + "bdklmnrst"[n // 5 % 9] + ends[n % 5]


def _parents(children: Sequence[Patient]) -> dict[int, list[Contact]]:
    """Two for each child, by its key."""
    kin = (("mother", "M"), ("father", "P"))
    rows = in_bulk(
        Contact(
            patient=child,
            name=f"{letter}. {child.name.split()[-1]}",
            relationship=relationship,
            email=f"{relationship}.{child.pk}@big.example",
            phone="+447700900123",
            parental_responsibility="yes",
            # Every fifth child has a parent whom only a person can tell.
            may_receive_invites=relationship == "mother" or bool(child.pk % 5),
            permission_on=date(2025, 1, 6),
        )
        for child in children
        for relationship, letter in kin
    )
    return {child.pk: rows[2 * n : 2 * n + 2] for n, child in enumerate(children)}


def _pairs(units: Sequence[Unit], today: date) -> Iterator[tuple[int, list[Visit]]]:
    """Days of courses, the latest first, each with its place in `units`: four a week in each chair."""
    chairs = [list(unit.chairs.values_list("pk", flat=True)) for unit in units]
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=WEEKS_AHEAD)
    while True:
        for first in (monday + timedelta(days=2), monday):
            for number, of_unit in enumerate(chairs):
                for chair in of_unit:
                    for start in STARTS:
                        days = (first, first + timedelta(days=1))
                        yield number, [Visit(day, chair, start, MINUTES) for day in days]
        monday -= timedelta(weeks=1)


def _courses(
    pairs: Sequence[tuple[int, list[Visit]]], units: Sequence[Unit], children: Sequence[Patient], today: date
) -> list[Session]:
    courses = in_bulk(
        Course(
            patient=children[n % len(children)],
            unit=units[number],
            status=CourseStatus.COMPLETED if visits[-1].day < today else CourseStatus.BOOKED,
            agreed_at=at(visits[0].day - timedelta(days=30)),
            decided_by="Dr Wren",
            decided_on=visits[0].day - timedelta(days=30),
            reason="recurrence_of_pain",
            minutes=MINUTES,
            priority=n % 3,
            review_on=visits[-1].day + timedelta(days=42) if visits[-1].day < today else None,
        )
        for n, (number, visits) in enumerate(pairs)
    )
    sessions = in_bulk(
        Session(
            course=course,
            number=number,
            status=SessionStatus.FULFILLED if visit.day < today else SessionStatus.BOOKED,
            day=visit.day,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            uid=f"{course.pk}-{number}@{settings.MAIL_DOMAIN}",
            created_at=at(visit.day - timedelta(days=20)),
            given="full" if visit.day < today else "",
        )
        for course, (_, visits) in zip(courses, pairs, strict=True)
        for number, visit in enumerate(visits, start=1)
    )
    visits = [visit for _, both in pairs for visit in both]
    in_bulk(
        Booking(session=session, chair_id=visit.chair, starts_at=session.starts_at, ends_at=session.ends_at)
        for session, visit in zip(sessions, visits, strict=True)
    )
    return sessions


def _waiting(number: int, units: Sequence[Unit], today: date) -> None:
    in_bulk(
        Course(
            patient=child,
            unit=units[n % len(units)],
            agreed_at=at(today - timedelta(days=n % 60)),
            decided_by="Dr Wren",
            decided_on=today - timedelta(days=n % 60),
            reason="recurrence_of_pain",
            minutes=MINUTES,
            priority=n % 3,
            target=today + timedelta(days=n % 90),
        )
        for n, child in enumerate(_children(number, "W"))
    )
