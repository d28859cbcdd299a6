"""A child with a row of every kind that a record can have, and nothing still to come."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from patients import audit, changes, legal_hold
from patients.models import Contact, Patient, User
from scheduling.adt.receiving import receive
from scheduling.answers.family_limits import on_their_page
from scheduling.booking import bookings
from scheduling.merging.merge import merge
from scheduling.models import (
    CancelReason,
    ChaseNote,
    CheckIn,
    ChildLimits,
    ContactAttempt,
    Course,
    DayDecision,
    FamilyOffer,
    FamilyRequest,
    Imaging,
    ImportLine,
    IncomingMail,
    Medicine,
    Message,
    PatientNeed,
    ReadinessOverride,
    Reply,
    RuleOverride,
    SpreadsheetImport,
    TaskKind,
    Telling,
    Unit,
)
from scheduling.tasks.opening import open_task
from scheduling.telling.family_links import link_for
from tests import builders
from tests.builders.drafts import draft
from tests.builders.hl7 import a31
from tests.builders.messages import all_sent
from tests.builders.reviews import decision, results_file

# Nobody and nothing else in a test has one of these.
NAMES = ("Zebedee", "Quillfeather", "Quilfeather", "Zebby", "Zebbo", "Q88123", "Marigold", "quill.example")


def whole_record(by: User, **fields) -> Patient:
    """The child; every text about it has one of NAMES in it."""
    unit, monday = builders.unit(), builders.next_monday(2)
    child = Patient(
        **{
            "name": "Zebedee Quillfeather",
            "known_as": "Zebby",
            "birth_date": timezone.localdate() - timedelta(days=4000),
            "hospital_number": "Q77123",
            "nhs_number": builders.a_valid_nhs_number(777),
            "needs": "Zebby needs a hoist",
        }
        | fields
    )
    changes.save(child, by=by)
    mother = builders.contact(child, "Marigold Quillfeather", email="marigold@quill.example")
    course = builders.course(child, unit)
    bookings.book(course=course, visits=builders.visits(course, monday), by=by)
    course.refresh_from_db()
    planned = draft(by, {course: builders.visits(course, monday + timedelta(14))})
    planned.lines.update(sentence="Zebby fits")
    visit = course.live_sessions[0]
    audit.looked_at("patients:show_patient", by=by, patients=[child])
    _what_the_family_said(child, course, mother)
    Telling.objects.create(session=visit, contact=mother, way="phone", sequence=0, by_name=by.name)
    ContactAttempt.objects.create(course=course, by_name=by.name, outcome="reached", note="Zebby is well")
    RuleOverride.objects.create(
        course=course, rule="notice", day=monday, sentence="s", reason="For Zebby", allowed_by=by.name
    )
    open_task(TaskKind.MISFIT, "Zebby: decide.", about=course, due_on=monday, by=by)
    _record_of_care(child, course, by)
    _made_one_of_two(child, by)
    _in_a_spreadsheet(child, unit, by)
    _from_the_hospital(child)
    bookings.cancel(course=course, reason=CancelReason.NOT_NEEDED, back_to_waiting=False, by=by)
    all_sent()
    for message in Message.objects.filter(course=course):
        _as_a_file(message)
    legal_hold.lift(
        patient=legal_hold.place(patient=child, because="Zebby’s claim", by=by).patient, because="Over", by=by
    )
    return child


def _what_the_family_said(child: Patient, course: Course, mother: Contact) -> None:
    visit, now = course.live_sessions[0], timezone.now()
    said = {"course": course, "contact": mother}
    link_for(course, mother)
    reply = Reply.objects.create(
        session=visit,
        contact=mother,
        answer="ACCEPTED",
        source="calendar",
        sequence=0,
        stamp=now,
        comment="Zebby",
    )
    IncomingMail.objects.create(message_id="<1@quill.example>", outcome="reply", reply=reply, **said)
    IncomingMail.objects.create(
        message_id="<2@quill.example>", outcome="to_read", from_address=mother.email, mime=b"Zebby is unwell"
    )
    FamilyRequest.objects.create(kind="change", says="Zebby cannot", **said)
    CheckIn.objects.create(note="Zebby slept", **said)
    ChildLimits.objects.create(patient=child, contact=mother)
    FamilyOffer.objects.create(
        course=course, status="declined", days=[], until=now, ended_at=now, answered_by=mother
    )
    audit.save(ChildLimits(patient=child, impossible_weekdays=[1]), by=on_their_page(mother), patient=child)


def _record_of_care(child: Patient, course: Course, by: User) -> None:
    visit, recorded = course.live_sessions[0], {"patient": child, "recorded_by": by.name}
    results_file(child)
    builders.cannula(visit)
    builders.effect(visit)
    DayDecision.objects.create(
        session=visit, instead="leave_out", because="unwell", reason="Zebby was ill", approved_by=by.name
    )
    ReadinessOverride.objects.create(
        session=visit, approved_by=by.name, reason="Zebby’s bloods", missing=["Bloods"], by_name=by.name
    )
    builders.check(course, "weight", timezone.localdate(), note="Zebby: 30 kg")
    decision(child, "repeat", reason="Zebby’s pain is back", course=course)
    Imaging.objects.create(on=timezone.localdate(), kind="mri", result="Zebedee: as before.", **recorded)
    Medicine.objects.create(kind="nsaid", name="Naproxen for Zebby", **recorded)
    ChaseNote.objects.create(patient=child, outcome="settled", note="Rang Marigold", by_name=by.name)
    need = builders.need(course.unit, role="play specialist")
    PatientNeed.objects.create(patient=child, need=need, added_by=by.name)


def _made_one_of_two(child: Patient, by: User) -> None:
    """Another record of the child, with a number and words in the log of its own."""
    other = Patient(
        name="Zebedee Quilfeather",
        known_as="Zebbo",
        birth_date=child.birth_date,
        hospital_number="Q88123",
        needs="Zebbo needs a hoist",
    )
    changes.save(other, by=by)
    child.refresh_from_db()
    merge(kept=child, gone=other, from_gone=[], by=by)
    child.refresh_from_db()


def _in_a_spreadsheet(child: Patient, unit: Unit, by: User) -> None:
    source = SpreadsheetImport.objects.create(by=by, unit=unit, file_name="children.csv", heads=["Name"])
    ImportLine.objects.create(
        source=source, number=2, cells=["Zebedee Quillfeather"], kind="known", child=child
    )


def _from_the_hospital(child: Patient) -> None:
    """What its records system said: an address, a question, and something that nobody can read."""
    receive(a31(child, "NK1|1|Quillfeather^Marigold|MTH||07700 900999", address="1 Zebby Road"), "a.hl7")
    receive(f"PID|{child.hospital_number}|Quillfeather".encode(), "b.hl7")
    child.refresh_from_db()


def _as_a_file(message: Message) -> None:
    folder = Path(settings.MAIL_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{message.pk}.eml").write_bytes(bytes(message.mime))
