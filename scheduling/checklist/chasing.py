"""Chasing: a note of each try about an item of a checklist or a review that is due, and the last of each."""

from collections.abc import Collection
from datetime import date

from django.db import transaction

from patients import audit
from patients.models import Patient
from scheduling.models import ChaseNote, ChaseOutcome, Course


@transaction.atomic
def note_chase(
    *,
    patient: Patient,
    course: Course | None,
    item: str,
    outcome: ChaseOutcome,
    note: str,
    next_on: date | None,
    by: audit.Actor,
) -> ChaseNote:
    """Keep what was done. course, item: of a checklist; without them the note is about the child's review."""
    made = ChaseNote(
        patient=patient,
        course=course,
        item=item,
        outcome=outcome,
        note=note,
        next_on=next_on,
        by_name=by.name,
    )
    audit.save(made, by=by, patient=patient)
    return made


def last_about_items(courses: Collection[Course]) -> dict[tuple[int, str], ChaseNote]:
    """The last note about each item of these courses, by the course's key and the item's. One query."""
    notes = ChaseNote.objects.filter(course__in=courses).order_by("at", "pk")
    return {(note.course_id, note.item): note for note in notes}


def last_about_reviews(patients: Collection[Patient]) -> dict[int, ChaseNote]:
    """The last note about each child's review, by the child's key. One query."""
    notes = ChaseNote.objects.filter(patient__in=patients, course=None).order_by("at", "pk")
    return {note.patient_id: note for note in notes}
