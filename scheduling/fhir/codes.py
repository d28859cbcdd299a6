"""What our words are called in FHIR R4 and UK Core: addresses of systems, codes of statuses. Values only.

No code of SNOMED CT, dm+d or LOINC stands here: which ones to use is for a Trust to say. Where one would
stand, there are words (`text`) instead.
"""

from typing import Any

from patients.models import Relationship, Sex
from scheduling.models import Channel, LostBecause, Priority
from scheduling.states import CourseStatus, MessageStatus, SessionStatus

JSON = "application/fhir+json"
CORE = "http://hl7.org/fhir/StructureDefinition"
UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
# Profiles of UK Core that we follow; it has none of CapabilityStatement, Bundle and OperationOutcome.
PROFILED = (
    "Patient",
    "RelatedPerson",
    "Appointment",
    "ServiceRequest",
    "Communication",
    "Observation",
    "Schedule",
    "Slot",
    "Location",
)
CANCELLATION = f"{TERMINOLOGY}/appointment-cancellation-reason"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
VERIFICATION = f"{UK_CORE}/Extension-UKCore-NHSNumberVerificationStatus"
VERIFICATION_CODES = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"
INTERPRETER = f"{CORE}/patient-interpreterRequired"

GENDERS = {
    Sex.FEMALE: "female",
    Sex.MALE: "male",
    Sex.INDETERMINATE: "other",
    Sex.NOT_KNOWN: "unknown",
}
# Of v3-RoleCode; a social worker and “someone else” have none that fits.
ROLES = {
    Relationship.MOTHER: ("MTH", "mother"),
    Relationship.FATHER: ("FTH", "father"),
    Relationship.GRANDPARENT: ("GRPRN", "grandparent"),
    Relationship.FOSTER_CARER: ("PRNFOST", "foster parent"),
    Relationship.GUARDIAN: ("GUARD", "guardian"),
    Relationship.YOUNG_PERSON: ("ONESELF", "self"),
}
# A course or a visit that was cancelled as entered by mistake is called so instead.
MISTAKEN = "entered-in-error"
COURSES = {
    CourseStatus.WAITING: "active",
    CourseStatus.HELD: "active",
    CourseStatus.BOOKED: "active",
    CourseStatus.COMPLETED: "completed",
    CourseStatus.PART_GIVEN: "completed",
    CourseStatus.CANCELLED: "revoked",
}
PRIORITIES = {Priority.URGENT: "urgent", Priority.SOON: "asap", Priority.ROUTINE: "routine"}
VISITS = {
    SessionStatus.HELD: "pending",
    SessionStatus.BOOKED: "booked",
    SessionStatus.ARRIVED: "arrived",
    SessionStatus.STARTED: "arrived",
    SessionStatus.FULFILLED: "fulfilled",
    # The child came: what was not given is for a Procedure to say.
    SessionStatus.NOT_GIVEN: "fulfilled",
    SessionStatus.NOT_BROUGHT: "noshow",
    SessionStatus.CANCELLED: "cancelled",
}
# A message that a worker has just claimed is still only prepared.
MESSAGES = {
    MessageStatus.QUEUED: "preparation",
    MessageStatus.SENDING: "preparation",
    MessageStatus.SENT: "completed",
    MessageStatus.RETURNED: "stopped",
    MessageStatus.FAILED: "not-done",
    MessageStatus.WITHHELD: "not-done",
}
# Of v3-ParticipationMode.
MEDIA = {Channel.EMAIL: ("EMAILWRIT", "email"), Channel.TEXT: ("SMSWRIT", "SMS message")}


def coded(system: str, code: str, display: str) -> dict[str, Any]:
    """A CodeableConcept with one code."""
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def cancelled_by(lost_because: str, cancel_reason: str) -> dict[str, Any] | None:
    """Whose side it was on that a visit was cancelled; None if that is not on its rows. Why is not said."""
    if lost_because:
        family = lost_because in (LostBecause.FAMILY, LostBecause.NOT_BROUGHT)
    elif cancel_reason.startswith(("family_", "hospital_")):
        family = cancel_reason.startswith("family_")
    elif cancel_reason:
        return coded(CANCELLATION, "other", "Other")
    else:
        return None
    return coded(CANCELLATION, *(("pat", "Patient") if family else ("prov", "Provider")))
