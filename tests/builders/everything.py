"""One row of each kind."""

from datetime import date, time, timedelta

from patients.models import User
from scheduling.adt.receiving import receive
from scheduling.booking import bookings
from scheduling.models import (
    AdtMessage,
    AdviceText,
    Closure,
    Imaging,
    IncomingMail,
    Medicine,
    Message,
    StaffFeed,
    Staffing,
    TaskKind,
)
from scheduling.tasks.opening import open_task
from scheduling.telling.family_links import link_for
from scheduling.webhooks import endpoints
from tests import builders
from tests.builders.drafts import draft
from tests.builders.hl7 import a31
from tests.builders.other_systems import other_system
from tests.builders.replans import replan
from tests.builders.reviews import decision, results_file, review
from tests.builders.spreadsheets import spreadsheet
from tests.builders.webhooks import a_system


def everything(by: User) -> dict[str, int | str]:
    """A primary key for each kind of thing that an address may name."""
    unit = builders.unit()
    patient = builders.patient()
    contact = builders.contact(patient)
    course = builders.course(patient, unit)
    monday = builders.next_monday(2)
    bookings.book(course=course, visits=builders.visits(course, monday), by=by)
    taken = builders.take(unit.chairs.last(), monday, time(8), time(9))
    task = open_task(TaskKind.MISFIT, "Decide.", about=course, due_on=monday, by=by)
    mail = IncomingMail.objects.create(message_id="<a@b.example>", outcome="to_read", course=course)
    infusion = builders.infusion(unit.chairs.first(), monday + timedelta(21))
    recorded = {"patient": patient, "recorded_by": "Nia Nurse"}
    planned = draft(by, {course: builders.visits(course, monday + timedelta(14))})
    moved = replan(by, {course: builders.visits(course, monday + timedelta(14))})
    receive(a31(patient, sex="M", died="Y"), "everything.hl7")
    system, _ = a_system()
    return {
        "adt": AdtMessage.objects.get().pk,
        "webhook": system.pk,
        "event": endpoints.send_test(endpoint=system, by=by).pk,
        "draft": planned.pk,
        "replan": moved.pk,
        "line": planned.lines.get().pk,
        "language": "ur",
        "link": link_for(course, contact).pk,
        "review": review(patient, pain=3).pk,
        "imaging": Imaging.objects.create(
            on=date(2026, 3, 4), kind="mri", result="As before.", **recorded
        ).pk,
        "medicine": Medicine.objects.create(kind="nsaid", name="Naproxen", **recorded).pk,
        "decision": decision(patient).pk,
        "results": results_file(patient).pk,
        "import": spreadsheet(unit, by).pk,
        "task": task.pk,
        "mail": mail.pk,
        "patient": patient.pk,
        "contact": contact.pk,
        "course": course.pk,
        "visit": course.live_sessions[0].pk,
        "cannula": builders.cannula(course.live_sessions[0]).pk,
        "effect": builders.effect(course.live_sessions[0]).pk,
        "message": Message.objects.first().pk,
        "need": builders.need(unit, role="play specialist").pk,
        "shift": builders.role_shift(unit, weekday=1).pk,
        "user": by.pk,
        "system": other_system(unit, by=by).system.pk,
        "unit": unit.pk,
        "feed": StaffFeed.objects.create(unit=unit, user=by, secret_hash="0" * 64).pk,
        "advice": AdviceText.objects.first().pk,
        "chair": taken.chair_id,
        "booking": taken.pk,
        "closure": Closure.objects.create(
            unit=unit, first_day=monday + timedelta(7), last_day=monday + timedelta(7), reason="training"
        ).pk,
        "item": builders.checklist(unit).items.get().pk,
        "term": builders.term(unit, monday, monday + timedelta(30)).pk,
        "kind": infusion.kind.pk,
        "infusion": infusion.pk,
        "kept": builders.kept_places(unit).pk,
        "week": unit.opening_hours.create(weekday=0, nurses=1, since=date(2099, 1, 5)).pk,
        "staffing": Staffing.objects.create(unit=unit, day=monday + timedelta(8), nurses=1).pk,
    }
