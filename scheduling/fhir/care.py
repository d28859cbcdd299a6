"""A course, its days and a review, as ServiceRequest, Appointment and Observation.

No dose, no reason for treating, no free text and no decision is among what they say, and no judgement.
"""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from scheduling.fhir.codes import COURSES, MISTAKEN, PRIORITIES, TERMINOLOGY, VISITS, cancelled_by, coded
from scheduling.fhir.people import Resource
from scheduling.models import CancelReason, Course, Review, Session
from scheduling.states import CourseStatus, SessionStatus

UCUM = "http://unitsofmeasure.org"
# Name of the field, what it is called, and the unit of UCUM; None for a count.
VALUES = [
    ("pain", "Pain, 0 to 10", "{score}"),
    ("patient_global", "Patient or parent global, 0 to 10", "{score}"),
    ("physician_global", "Physician global, 0 to 10", "{score}"),
    ("chaq", "CHAQ total, 0 to 3", "{score}"),
    ("esr", "ESR", "mm/h"),
    ("crp", "CRP", "mg/L"),
    ("active_sites", "Active sites", None),
    ("mri_lesions", "Active lesions on MRI", None),
    ("school_days_missed", "School days missed", None),
]
UNIT_WORDS = {"{score}": "score"}


def service_request(row: Course) -> Resource:
    """The clinician’s dates are those of the first day."""
    resource: Resource = {
        "resourceType": "ServiceRequest",
        "id": str(row.pk),
        "status": MISTAKEN if is_mistaken(row) else COURSES[row.status],
        "intent": "order",
        "priority": PRIORITIES[row.priority],
        "code": {"text": f"Course of infusions, {quantity(row.days, 'day')}"},
        "subject": {"reference": f"Patient/{row.patient_id}"},
        "authoredOn": row.decided_on.isoformat(),
        "requester": {"display": row.decided_by},
        "locationReference": [{"reference": f"Location/{row.unit_id}"}],
    }
    window = [("start", row.earliest), ("end", row.latest)]
    if period := {name: day.isoformat() for name, day in window if day}:
        resource["occurrencePeriod"] = period
    return resource


def appointment(row: Session) -> Resource:
    """One day of a course. Select `course` to ask often."""
    status = MISTAKEN if is_mistaken_visit(row) else VISITS[row.status]
    if row.status == SessionStatus.HELD:
        answer = "tentative"
    else:
        answer = "declined" if status in ("cancelled", "noshow", MISTAKEN) else "accepted"
    resource: Resource = {
        "resourceType": "Appointment",
        "id": str(row.pk),
        "status": status,
        "description": f"Infusion, day {row.number} of {row.course.days}",
        "start": moment(row.starts_at),
        "end": moment(row.ends_at),
        "minutesDuration": row.minutes,
        "created": moment(row.created_at),
        "basedOn": [{"reference": f"ServiceRequest/{row.course_id}"}],
        "participant": [
            {"actor": {"reference": f"Patient/{row.course.patient_id}"}, "status": answer},
            {"actor": {"reference": f"Location/{row.course.unit_id}"}, "status": answer},
        ],
    }
    if status == "cancelled":
        reason = row.course.cancel_reason if row.course.status == CourseStatus.CANCELLED else ""
        if because := cancelled_by(row.lost_because, reason):
            resource["cancelationReason"] = because
    return resource


def observation(row: Review) -> Resource:
    """What was recorded on one day from one source, each value a component; prefetch `sites` to ask often."""
    survey = coded(f"{TERMINOLOGY}/observation-category", "survey", "Survey")
    resource: Resource = {
        "resourceType": "Observation",
        "id": str(row.pk),
        "status": MISTAKEN if row.mistake else "final",
        "category": [survey],
        "code": {"text": "Review of the child"},
        "subject": {"reference": f"Patient/{row.patient_id}"},
        "effectiveDateTime": row.on.isoformat(),
        "issued": moment(row.recorded_at),
        "performer": [{"display": row.get_source_display()}],
    }
    if components := list(_components(row)):
        resource["component"] = components
    else:
        resource["dataAbsentReason"] = coded(f"{TERMINOLOGY}/data-absent-reason", "unknown", "Unknown")
    return resource


def is_mistaken(course: Course) -> bool:
    return course.status == CourseStatus.CANCELLED and course.cancel_reason == CancelReason.MISTAKE


def is_mistaken_visit(visit: Session) -> bool:
    return visit.status == SessionStatus.CANCELLED and is_mistaken(visit.course)


def moment(at: Any) -> str:
    """An instant, in London’s time."""
    return timezone.localtime(at).isoformat()


def _components(row: Review) -> Any:
    for name, label, unit in VALUES:
        value = getattr(row, name)
        if value is None:
            continue
        component: Resource = {"code": {"text": label}}
        if unit is None:
            component["valueInteger"] = value
        else:
            amount = float(value) if isinstance(value, Decimal) else value
            words = UNIT_WORDS.get(unit, unit)
            component["valueQuantity"] = {"value": amount, "unit": words, "system": UCUM, "code": unit}
            if limit := _comparator(row, name):
                component["valueQuantity"]["comparator"] = limit
        yield component


def _comparator(row: Review, name: str) -> str:
    if getattr(row, f"{name}_below", False):
        return "<"
    return ">" if getattr(row, f"{name}_above", False) else ""
