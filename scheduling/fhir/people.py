"""A child and a contact, as Patient and RelatedPerson. Nothing about safeguarding is among what they say."""

from typing import Any

from django.conf import settings

from patients.models import Contact, Patient
from patients.models.merged import NumberKind
from scheduling.fhir.codes import (
    GENDERS,
    INTERPRETER,
    NHS_NUMBER,
    ROLES,
    TERMINOLOGY,
    VERIFICATION,
    VERIFICATION_CODES,
    coded,
)

Resource = dict[str, Any]


def hospital_numbers() -> str:
    """The system of identifiers that hospital numbers are in: the Trust’s own, or one below its address."""
    return settings.FHIR_HOSPITAL_NUMBER_SYSTEM or f"{settings.PUBLIC_URL}/id/hospital-number"


def patient(row: Patient) -> Resource:
    """Prefetch `former_numbers` to ask often. Which part of a name is the family name is not recorded."""
    names = [{"use": "official", "text": row.name}]
    if row.known_as:
        names.append({"use": "usual", "text": row.known_as})
    resource: Resource = {
        "resourceType": "Patient",
        "id": str(row.pk),
        "identifier": _numbers(row),
        "active": True,
        "name": names,
        "birthDate": row.birth_date.isoformat(),
    }
    if row.sex:
        resource["gender"] = GENDERS[row.sex]
    if row.language:
        resource["communication"] = [{"language": {"text": row.language}, "preferred": True}]
    if row.interpreter_needed:
        resource["extension"] = [{"url": INTERPRETER, "valueBoolean": True}]
    return resource


def related_person(row: Contact) -> Resource:
    """Parental responsibility is a local extension: UK Core has none for it."""
    resource: Resource = {
        "resourceType": "RelatedPerson",
        "id": str(row.pk),
        "extension": [
            {
                "url": f"{settings.PUBLIC_URL}/id/parental-responsibility",
                "valueCode": row.parental_responsibility,
            }
        ],
        "active": True,
        "patient": {"reference": f"Patient/{row.patient_id}"},
        "relationship": [_relationship(row)],
        "name": [{"text": row.name}],
        "communication": [
            {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": row.language}]}, "preferred": True}
        ],
    }
    ways = [("phone", row.phone), ("email", row.email)]
    resource["telecom"] = [{"system": system, "value": value} for system, value in ways if value]
    return resource


def _numbers(row: Patient) -> list[Resource]:
    numbers = [{"use": "usual", "system": hospital_numbers(), "value": row.hospital_number}]
    if row.nhs_number:
        numbers.insert(0, _nhs_number(row.nhs_number) | {"use": "official"})
    for former in row.former_numbers.all():
        is_nhs = former.kind == NumberKind.NHS
        system = NHS_NUMBER if is_nhs else hospital_numbers()
        numbers.append({"use": "old", "system": system, "value": former.number})
    return numbers


def _nhs_number(number: str) -> Resource:
    """It is typed in, and traced by nobody here."""
    status = coded(VERIFICATION_CODES, "02", "Number present but not traced")
    return {
        "extension": [{"url": VERIFICATION, "valueCodeableConcept": status}],
        "system": NHS_NUMBER,
        "value": number,
    }


def _relationship(row: Contact) -> Resource:
    if row.relationship not in ROLES:
        return {"text": row.get_relationship_display()}
    code = coded(f"{TERMINOLOGY}/v3-RoleCode", *ROLES[row.relationship])
    return code | {"text": row.get_relationship_display()}
