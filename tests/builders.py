"""Rows made by plain functions, so that a test says only what it is about."""

from datetime import date, datetime, time, timedelta
from itertools import count

from django.utils import timezone

from crmo_clinic.nhsuk import nhs_number
from patients.audit import WORKER
from patients.models import Contact, Patient
from scheduling.checklist.readiness import readiness_of
from scheduling.models import (
    AdverseEffect,
    AdviceText,
    Audience,
    Booking,
    CannulaAttempt,
    Chair,
    ChecklistItem,
    ChecklistVersion,
    Course,
    Given,
    Moment,
    OpeningHours,
    PartBecause,
    ReadinessCheck,
    Session,
    TaskKind,
    Unit,
)
from scheduling.rules import CourseRequest, Placement, Visit
from scheduling.states import CourseStatus, SessionStatus
from scheduling.tasks.opening import open_task

_numbers = count(1)


def unit(*, chairs: int = 2, nurses: int = 3, **fields) -> Unit:
    """Open Monday to Friday, 8am to 6pm, with every text that a mail needs, approved."""
    texts = {
        "place": "Main entrance",
        "phone": "+441134960123",
        "phone_hours": "Monday to Friday, 8am to 5pm",
        "out_of_hours": "ring the children’s ward on 0113 496 0124",
        "mailbox": "daycase@hospital.example",
        "closed_on_bank_holidays": False,
    }
    made = Unit.objects.create(**{"name": f"Day Unit {next(_numbers)}"} | texts | fields)
    for number in range(1, chairs + 1):
        Chair.objects.create(unit=made, name=f"Chair {number}")
    for weekday in range(5):
        OpeningHours.objects.create(unit=made, weekday=weekday, opens=time(8), closes=time(18), nurses=nurses)
    approve_texts(made)
    return made


def approve_texts(at: Unit, *, review_on: date = date(2099, 12, 31), **fields) -> list[AdviceText]:
    """A text for each moment and audience, version 1 unless said. One query."""
    return AdviceText.objects.bulk_create(
        AdviceText(
            **{
                "unit": at,
                "moment": moment,
                "audience": audience,
                "version": 1,
                "body": f"{moment.label}: advice for a {audience.value} course.\n\nParacetamol often helps.",
                "written_by": "Lee Lead",
                "approved_by": "Dr Wren",
                "approved_at": timezone.now(),
                "review_on": review_on,
            }
            | fields
        )
        for moment in Moment
        for audience in Audience
    )


def patient(name: str = "Ada Lark", **fields) -> Patient:
    number = next(_numbers)
    return Patient.objects.create(
        **{
            "name": name,
            "birth_date": date(2015, 6, 13),
            "hospital_number": f"K{100000 + number}",
            "nhs_number": a_valid_nhs_number(number),
        }
        | fields
    )


def a_valid_nhs_number(seed: int) -> str:
    """The first valid number of the test range at or after 999 000 0000 + 10 × seed."""
    return next(str(n) for n in count(9990000000 + 20 * seed) if nhs_number.is_valid(str(n)))


def contact(of: Patient, name: str = "Mia Lark", **fields) -> Contact:
    return Contact.objects.create(
        **{
            "patient": of,
            "name": name,
            "relationship": "mother",
            "parental_responsibility": "yes",
            "email": f"{name.split()[0].lower()}.{next(_numbers)}@example.com",
            "phone": "+447700900111",
            "may_receive_invites": True,
        }
        | fields
    )


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
    return [Visit(first + timedelta(days=n), chair.pk, start, of.minutes) for n in range(of.days)]


def take(chair: Chair, day: date, start: time, end: time, why: str = "dental list") -> Booking:
    """The chair is taken by something else."""
    zone = timezone.get_default_timezone()
    return Booking.objects.create(
        chair=chair,
        starts_at=datetime.combine(day, start, tzinfo=zone),
        ends_at=datetime.combine(day, end, tzinfo=zone),
        taken_for=why,
    )


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
    """Where a booked course stands."""
    return Placement(request, tuple(session.visit for session in of.live_sessions))


def begun_course(at: Unit, first: date, *, name: str = "Ada Lark", chair: int = 0, **fields) -> Course:
    """A booked course from 9am on `first` on, which may be today: written without asking the rules."""
    made = course(patient(name), at, **{"status": CourseStatus.BOOKED} | fields)
    for number, visit in enumerate(visits(made, first, chair=at.chairs.all()[chair]), start=1):
        times = {"starts_at": visit.starts_at, "ends_at": visit.ends_at}
        session = Session.objects.create(course=made, number=number, day=visit.day, **times)
        Booking.objects.create(session=session, chair_id=visit.chair, **times)
    return made


def cannula(session: Session, **fields) -> CannulaAttempt:
    """A try at the cannula that worked, at the start of the visit."""
    tried = {"side": "left", "site": "hand", "numbing": "cream", "by_name": "Nia Rowe", "worked": True}
    return CannulaAttempt.objects.create(**{"session": session, "at": session.starts_at} | tried | fields)


def effect(session: Session, **fields) -> AdverseEffect:
    """A headache in the last hour of the visit."""
    felt = {"session": session, "effect": "headache", "at": session.ends_at, "done": "paracetamol"}
    return AdverseEffect.objects.create(**felt | fields)


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
    """Tomorrow's visit, of a course of which today's was given only in part."""
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


def checklist(at: Unit, *items: dict, number: int = 1, **fields) -> ChecklistVersion:
    """A checklist in force since yesterday; each item a must without an end, unless it says otherwise."""
    since = timezone.now() - timedelta(days=1)
    version = ChecklistVersion.objects.create(
        **{"unit": at, "number": number, "written_by": "Lee Lead"}
        | {"in_force_since": since, "put_in_force_by": "Lee Lead"}
        | fields
    )
    for position, item in enumerate(items or ({"key": "consent"},), start=1):
        label = item["key"].capitalize()
        ChecklistItem.objects.create(**{"version": version, "position": position, "label": label} | item)
    return version


def check(of: Course, key: str, done_on: date | None, by: str = "Nia Nurse", **fields) -> ReadinessCheck:
    """An item ticked as done on that day; its tick taken back without a day."""
    return ReadinessCheck.objects.create(
        course=of,
        key=key,
        label=key.capitalize(),
        is_done=done_on is not None,
        done_on=done_on,
        checked_by=by,
        **fields,
    )


def tick_all(of: Course) -> None:
    """Everything on the checklist of the course is done today, if there is one."""
    now = timezone.now()
    for each in ((readiness := readiness_of(of, now)) and readiness.items) or ():
        check(of, each.item.key, timezone.localdate(now))
