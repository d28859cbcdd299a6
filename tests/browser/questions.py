"""What tests in a browser ask of the app's database, each a function that the clerk's process calls."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from crmo_clinic.nhsuk.spellings import searchable
from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from patients.models import AuditEvent, Contact, Patient, User
from scheduling.booking import bookings
from scheduling.checklist.readiness import readiness_of
from scheduling.management.commands.seed_demo import DEMO_PASSWORD, DEMO_USERS
from scheduling.models import (
    Booking,
    Chair,
    CheckIn,
    Closure,
    ContactAttempt,
    Course,
    FamilyRequest,
    InfusionKind,
    Message,
    Need,
    ReadinessCheck,
    ReadinessOverride,
    Reply,
    Session,
    Task,
    TaskKind,
    UndoableAct,
    Unit,
)
from scheduling.rules import find_offers
from scheduling.tasks.opening import open_task
from scheduling.telling.family_links import link_for, page_token
from scheduling.unit.course_requests import request_for
from scheduling.unit.diary_rows import diary_for_search
from scheduling.unit.misfits import misfits_of
from tests import builders
from tests.builders.reviews import decision

# The app and its people


def run_worker() -> None:
    """Once nothing that was done can be undone any more, and its mails may leave."""
    UndoableAct.objects.all().delete()
    call_command("worker", once=True, stdout=StringIO())


def make_people() -> None:
    """The users of the demo data, and nothing else."""
    for role, (email, name) in DEMO_USERS.items():
        User.objects.create_user(email, name, DEMO_PASSWORD, (role,))


# Children and courses


def hospital_number(patient: int) -> str:
    return Patient.objects.get(pk=patient).hospital_number


def two_to_swap() -> tuple[int, int, str]:
    """Two visits booked at one time in two chairs, on a day far ahead: their keys and the day."""
    unit, by = Unit.objects.get(), User.objects.first()
    target = timezone.localdate() + timedelta(weeks=40)
    courses = [
        builders.course(builders.patient(name), unit, target=target)
        for name in ("Sorrel Ashby", "Bryony Thwaite")
    ]
    offer = find_offers(request_for(courses[0]), diary_for_search(unit, timezone.now()), 1)[0]
    visits = list(offer.placement.visits)
    chairs = [visits[0].chair, *unit.chairs.in_use().exclude(pk=visits[0].chair).values_list("pk", flat=True)]
    for course, chair in zip(courses, chairs, strict=False):
        in_chair = [replace(visit, chair=chair) for visit in visits]
        bookings.book(course=course, visits=in_chair, by=by)
    one, other = (course.sessions.get(number=1) for course in courses)
    return one.pk, other.pk, one.day.isoformat()


def three_on_one_day(weeks: int) -> dict[str, Any]:
    """Three courses that begin on one day, for which one nurse is too few; and two siblings who wait."""
    booked = [wait_and_book(name, weeks) for name in ("Tansy Orme", "Sage Orme", "Rue Orme")]
    day = Course.objects.get(pk=booked[0]).live_sessions[0].day
    siblings = [wait(name, weeks + 2) for name in ("Clary Orme", "Basil Orme")]
    return {
        "courses": booked,
        "siblings": siblings,
        "unit": Unit.objects.get().pk,
        "day": day.isoformat(),
        "day_in_words": long_date(day),
    }


NAMED = (Patient, Contact, Unit, Chair, Need, InfusionKind)


def call_everything(name: str) -> dict[str, dict[int, str]]:
    """Give every child, contact, unit, chair, need and kind of infusion this name, as long as it may be, and
    each its number, for some may not be called alike. What they were called, by model."""
    called = {model.__name__: dict(model.objects.values_list("pk", "name")) for model in NAMED}
    call({kind: {pk: f"{name}{pk}" for pk in names} for kind, names in called.items()})
    return called


def call(names: dict[str, dict[Any, str]]) -> None:
    """names: by model and key, which comes as a text."""
    for model in NAMED:
        by_key = {int(pk): name for pk, name in names[model.__name__].items()}
        rows = model.objects.in_bulk(by_key)
        longest = model._meta.get_field("name").max_length
        for pk, row in rows.items():
            # Of what is too long the end is kept, where the number is.
            row.name = by_key[pk][-longest:]
            if model is Patient:
                row.search_name = searchable(row.name, row.known_as)
        model.objects.bulk_update(rows.values(), ["name", *(["search_name"] if model is Patient else [])])


def hospital_number_of(patient: int) -> str:
    return Patient.objects.get(pk=patient).hospital_number


def wait(name: str, weeks: int, **fields: Any) -> int:
    """A course that waits for a start so many weeks ahead."""
    child = builders.patient(name, nhs_number=None, hospital_number=name)
    builders.contact(child, "Ash Osgood", phone="+447700900321")
    return builders.course(child, Unit.objects.get(), target=builders.next_monday(weeks), **fields).pk


def wait_and_book(name: str, weeks: int, **fields: Any) -> int:
    """The same course, booked where the search says."""
    course = Course.objects.get(pk=wait(name, weeks, **fields))
    _book_first_offer(course, audit.System("test"))
    return course.pk


def two_who_want_the_same() -> list[int]:
    made = []
    for number, name in enumerate(["Fern Ashdown", "Hazel Birkett"]):
        child = builders.patient(name, hospital_number=f"W91000{number}", nhs_number=None)
        builders.contact(child, f"Parent of {name}")
        wish = {"target": timezone.localdate() + timedelta(weeks=11), "minutes": 300}
        made.append(builders.course(child, Unit.objects.get(), **wish).pk)
    return made


def booked_before_the_father_was_added() -> int:
    child = builders.patient("Martin Oakes", hospital_number="W930000", nhs_number=None)
    builders.contact(child, "Ivy Oakes")
    course = builders.course(child, Unit.objects.get(), earliest=builders.next_monday(15))
    _book_first_offer(course, User.objects.get(email="lead@hospital.example"))
    builders.contact(child, "Glen Oakes", relationship="father", email="glen.oakes@family.example")
    return course.pk


def what_is_stored(number: str) -> dict[str, Any]:
    """What is stored of the only course of the child with that hospital number."""
    course = Patient.objects.get(hospital_number=number).courses.get()
    events = AuditEvent.objects.filter(record="course", record_id=course.pk)
    return {
        "course": course.status,
        "chairs held": Booking.objects.filter(session__course=course).count(),
        "visits": [session.status for session in course.sessions.all()],
        "mails": [[m.kind, m.sequence, m.status] for m in course.messages.order_by("pk")],
        "done": list(events.order_by("pk").values_list("action", flat=True)),
    }


def state_of(course: int) -> dict[str, Any]:
    of = Course.objects.get(pk=course)
    return {
        "status": of.status,
        "days": [[s.number, s.status, s.sequence] for s in of.sessions.order_by("number", "pk")],
        "mails": list(Message.objects.filter(course=of).order_by("pk").values_list("kind", flat=True)),
    }


def days_of(course: int) -> list[str]:
    """The days on which it is booked."""
    return [session.day.isoformat() for session in Course.objects.get(pk=course).live_sessions]


def attempts(course: int) -> list[tuple[str, str, str]]:
    return list(ContactAttempt.objects.filter(course=course).values_list("outcome", "note", "by_name"))


def _book_first_offer(course: Course, by: audit.Actor) -> None:
    """Book where the search says, because any fixed day may be a bank holiday."""
    [offer] = find_offers(request_for(course), diary_for_search(course.unit, timezone.now()), 1)
    bookings.book(course=course, visits=offer.placement.visits, by=by)


# Families


def begin(name: str, status: str, language: str) -> dict[str, Any]:
    """A course that waits, is booked or has begun, or after which the child is open on symptoms; and the
    secret of its family's page."""
    child = builders.patient(name, nhs_number=None, hospital_number=f"F{Course.objects.count():06}")
    contact = builders.contact(child, "Jo Halloway", language=language)
    # Late enough to take no place that another test knows to be free.
    course = builders.course(child, Unit.objects.get(), earliest=builders.next_monday(14))
    if status != "waiting":
        _book_first_offer(course, User.objects.first())
    if status == "begun":
        course.sessions.filter(number=1).update(status="fulfilled")
    if status == "open":
        course.sessions.update(status="fulfilled")
        Course.objects.filter(pk=course.pk).update(status="completed")
        decision(child, step="open", until=timezone.localdate() + timedelta(days=30))
    return {"course": course.pk, "token": page_token(link_for(course, contact))}


def told(course: int) -> dict[str, Any]:
    """What a family has told the unit about a course."""
    of = Course.objects.get(pk=course)
    replies = Reply.objects.filter(session__course=of).order_by("session__number")
    return {
        "answers": [reply.answer for reply in replies],
        "requests": [[r.kind, r.says] for r in FamilyRequest.objects.filter(course=of).order_by("pk")],
        "check_ins": [[c.pain, c.effects, c.note] for c in CheckIn.objects.filter(course=of)],
        "tasks": sorted(of.tasks.open().values_list("kind", flat=True)),
        "limits": [
            [weekday for row in of.patient.family_limits.all() for weekday in row.impossible_weekdays],
            [
                f"{first} to {last}"
                for row in of.patient.family_limits.all()
                for first, last in row.impossible_ranges
            ],
        ],
        "days": [[s.status, s.sequence] for s in of.sessions.order_by("number")],
    }


# Tasks


def open_a_task() -> dict[str, int]:
    """A task about a course that does fit: a task about one that does not cannot be finished by hand."""
    booked = Course.objects.filter(status="booked", tasks=None).order_by("pk")
    course = next(course for course in booked if not misfits_of(course, timezone.now()))
    due, by = timezone.localdate(), audit.System("worker")
    task = open_task(TaskKind.MISFIT, "It is closed.", about=course, due_on=due, by=by)
    return {"task": task.pk, "course": course.pk}


def what_became_of(task: int) -> list[str | None]:
    of = Task.objects.select_related("owner").get(pk=task)
    return [of.owner and of.owner.name, str(of.due_on), of.done_by, of.done_note]


def this_year() -> int:
    return timezone.localdate().year


# The day of visits


def visit(name: str, days: int = 1) -> int:
    return builders.visit_today(Unit.objects.get(), name, days=days).pk


def two_children(name: str) -> list[int]:
    return [visit(name, days=2), visit(f"Second {name}")]


def visit_after_a_hard_cannula(name: str) -> int:
    """Today's visit of a child of whom two tries failed twelve weeks ago, before one at the right forearm."""
    today = builders.visit_today(Unit.objects.get(), name)
    monday = builders.next_monday() - timedelta(weeks=12)
    past = builders.course(today.course.patient, today.course.unit, days=1, status="completed")
    [visit] = builders.visits(past, monday)
    ran = {
        "started_at": visit.starts_at,
        "finished_at": visit.ends_at,
        "given": "full",
        "status": "fulfilled",
    }
    times = {"starts_at": visit.starts_at, "ends_at": visit.ends_at}
    day = Session.objects.create(course=past, number=1, day=visit.day, **times, **ran)
    for side, site, worked in (("left", "hand", False), ("right", "hand", False), ("right", "forearm", True)):
        day.cannula_attempts.create(
            at=visit.starts_at, side=side, site=site, numbing="cream", worked=worked, by_name="Nia"
        )
    return today.pk


def full_day(names: list[str], closed: bool) -> None:
    """A visit today for each name, with a need and a person who brings the child. closed: close the day."""
    for number, name in enumerate(names):
        child = builders.visit_today(Unit.objects.get(), name).course.patient
        builders.contact(child, f"Rosalind {name.split()[-1]}", brings_child=True)
        child.needs = "Play specialist, numbing cream an hour before"
        child.interpreter_needed, child.language = number % 2 == 0, "Polish"
        child.save()
    today = timezone.localdate()
    if closed:
        Closure.objects.create(unit=Unit.objects.get(), first_day=today, last_day=today, reason="power cut")


def open_again() -> None:
    Closure.objects.filter(reason="power cut").delete()


def status_of(visit: int) -> str:
    return Session.objects.get(pk=visit).status


def note_of(visit: int) -> str:
    return Session.objects.get(pk=visit).note


def what_is_stored_of(visit: int) -> dict[str, Any]:
    session = Session.objects.get(pk=visit)
    return {
        "status": session.status,
        "given": [session.given, session.part_because],
        "tries": [[try_.side, try_.site, try_.worked] for try_ in session.cannula_attempts.all()],
        "effects": [[effect.effect, effect.done] for effect in session.adverse_effects.all()],
        "decided": [d.instead for day in session.course.sessions.all() for d in day.decisions.all()],
        "tasks": [task.kind for task in Task.objects.open().filter(course=session.course)],
    }


# The checklist


def arrive_without(name: str, missing: list[str]) -> int:
    """A child who has arrived, with all ticked but what is missing. Returns the key of the course."""
    session = builders.visit_today(Unit.objects.get(), name)
    for key in missing:
        builders.check(session.course, key, None)
    Session.objects.filter(pk=session.pk).update(status="arrived", arrived_at=timezone.now())
    return session.course_id


def ticks(course: int, key: str) -> list[bool]:
    """For each tick of an item, whether it was done or taken back, in the order of ticking."""
    found = ReadinessCheck.objects.filter(course=course, key=key)
    return list(found.values_list("is_done", flat=True))


def items_asked(course: int) -> int:
    """How many items the checklist of a course has."""
    return len(readiness_of(Course.objects.get(pk=course), timezone.now()).items)


def overrides(course: int) -> list[tuple[str, str, list[str]]]:
    found = ReadinessOverride.objects.filter(session__course=course)
    return [(row.approved_by, row.reason, [key for key, _ in row.missing]) for row in found]
