"""Every kind of resource that rows stand for: which rows, how they are drawn, how they are searched for.

Free days are no rows: see `places` and `searching`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from crmo_clinic.nhsuk import nhs_number
from patients.models import FormerNumber, plain_hospital_number
from scheduling.fhir import care, codes, messages, people, places
from scheduling.fhir.changes import Changes, at, of_child, of_course, of_courses, of_days, own
from scheduling.fhir.search_values import (
    NOTHING,
    Condition,
    day_in,
    key_in,
    moment_in,
    period,
    reference_to,
    token_of,
)
from scheduling.fhir.sight import Sight
from scheduling.models import CancelReason
from scheduling.states import CourseStatus, SessionStatus


@dataclass(frozen=True)
class Kind:
    """One resource of FHIR. child: the path to the key of its child; empty if it is about none."""

    name: str
    rows: Callable[[Sight], QuerySet]
    draw: Callable[[Any], people.Resource]
    changes: Changes
    child: str = ""
    params: Mapping[str, tuple[str, Condition]] = field(default_factory=dict)
    joined: tuple[str, ...] = ()
    with_them: tuple[str, ...] = ()

    def about(self, row: Any) -> int | None:
        """The key of the child that a row is about."""
        return at(row, self.child) if self.child else None

    def prepared(self, rows: QuerySet) -> QuerySet:
        """The rows with all that drawing them asks for."""
        return rows.select_related(*self.joined).prefetch_related(*self.with_them)


def identifier(text: str) -> Q:
    """An NHS number or a hospital number, which the child has or had; with its system, or without."""
    system, bar, number = text.rpartition("|")
    found, plain = NOTHING, plain_hospital_number(number)
    if plain and (not bar or system == people.hospital_numbers()):
        found |= Q(hospital_number__iexact=plain) | _had(plain)
    digits = nhs_number.normalise(number)
    if nhs_number.is_valid(digits) and (not bar or system == codes.NHS_NUMBER):
        found |= Q(nhs_number=digits) | _had(digits)
    return found


def _had(number: str) -> Q:
    return Q(pk__in=FormerNumber.objects.filter(number__iexact=number).order_by().values("patient"))


def _statuses(table: Mapping[Any, str], mistaken: Q | None = None) -> Condition:
    """A status of FHIR: those of ours that are called so. mistaken: rows that are called so instead."""
    rows: dict[str, Q] = {}
    for ours, theirs in table.items():
        rows[theirs] = rows.get(theirs, NOTHING) | Q(status=ours)
    if mistaken is not None:
        rows = {name: found & ~mistaken for name, found in rows.items()} | {codes.MISTAKEN: mistaken}
    return token_of(rows)


def _actor(text: str) -> Q:
    return reference_to("Location", "course__unit")(text) if "Location/" in text else by_child(text)


by_child = reference_to("Patient", "course__patient")
MISTAKEN_COURSE = Q(status=CourseStatus.CANCELLED, cancel_reason=CancelReason.MISTAKE)
MISTAKEN_VISIT = Q(
    status=SessionStatus.CANCELLED,
    course__status=CourseStatus.CANCELLED,
    course__cancel_reason=CancelReason.MISTAKE,
)
MISTAKEN_REVIEW = {"final": Q(mistake=""), codes.MISTAKEN: ~Q(mistake="")}

# In the order in which `metadata` names them. Each parameter with its type of FHIR.
KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "Patient",
            Sight.patients,
            people.patient,
            Changes([own("patient"), of_courses("", "pk")]),
            child="pk",
            params={"identifier": ("token", identifier), "birthdate": ("date", day_in("birth_date"))},
            with_them=("former_numbers", "courses"),
        ),
        Kind(
            "RelatedPerson",
            Sight.contacts,
            people.related_person,
            Changes([own("contact"), of_child("patient_id"), of_courses("patient", "patient_id")]),
            child="patient_id",
            params={"patient": ("reference", reference_to("Patient", "patient"))},
            joined=("patient",),
            with_them=("patient__courses",),
        ),
        Kind(
            "ServiceRequest",
            Sight.courses,
            care.service_request,
            Changes([own("course"), of_days(), of_child("patient_id")], made="agreed_at"),
            child="patient_id",
            params={
                "patient": ("reference", reference_to("Patient", "patient")),
                "subject": ("reference", reference_to("Patient", "patient")),
                "status": ("token", _statuses(codes.COURSES, MISTAKEN_COURSE)),
                "priority": ("token", token_of({c: Q(priority=p) for p, c in codes.PRIORITIES.items()})),
                "authored": ("date", day_in("decided_on")),
            },
            with_them=("sessions",),
        ),
        Kind(
            "Appointment",
            Sight.visits,
            care.appointment,
            Changes([own("session"), of_course(), of_child("course__patient_id")], made="created_at"),
            child="course__patient_id",
            params={
                "patient": ("reference", by_child),
                "actor": ("reference", _actor),
                "location": ("reference", reference_to("Location", "course__unit")),
                "date": ("date", moment_in("starts_at")),
                "status": ("token", _statuses(codes.VISITS, MISTAKEN_VISIT)),
                "based-on": ("reference", reference_to("ServiceRequest", "course")),
            },
            joined=("course",),
        ),
        Kind(
            "Observation",
            Sight.reviews,
            care.observation,
            Changes(
                [own("review"), of_child("patient_id"), of_courses("patient", "patient_id")],
                made="recorded_at",
            ),
            child="patient_id",
            params={
                "patient": ("reference", reference_to("Patient", "patient")),
                "subject": ("reference", reference_to("Patient", "patient")),
                "date": ("date", day_in("on")),
                "status": ("token", token_of(MISTAKEN_REVIEW)),
            },
            joined=("patient",),
            with_them=("sites", "patient__courses"),
        ),
        Kind(
            "Communication",
            Sight.messages,
            messages.communication,
            Changes([own("message"), of_child("course__patient_id")], made="created_at"),
            child="course__patient_id",
            params={
                "patient": ("reference", by_child),
                "subject": ("reference", by_child),
                "recipient": ("reference", reference_to("RelatedPerson", "contact")),
                "status": ("token", _statuses(codes.MESSAGES)),
                "sent": ("date", moment_in("sent_at")),
                "based-on": ("reference", reference_to("ServiceRequest", "course")),
            },
            joined=("course",),
        ),
        Kind("Location", Sight.own_units, places.location, Changes([own("unit")])),
        Kind(
            "Schedule",
            Sight.own_units,
            places.schedule,
            Changes([own("unit")]),
            params={"actor": ("reference", reference_to("Location", "pk"))},
        ),
    )
}
FOR_ALL_KINDS: dict[str, tuple[str, Condition]] = {"_id": ("token", key_in())}


def condition_on(kind: Kind, name: str) -> Condition | None:
    """What a parameter asks of rows; None if this kind has no such parameter."""
    if name == "_lastUpdated":
        return lambda text: _changed(kind, text)
    return {**FOR_ALL_KINDS, **kind.params}.get(name, (None, None))[1]


def _changed(kind: Kind, text: str) -> Q:
    return period(text).within(kind.changes.since)
