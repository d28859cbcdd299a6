"""Why courses are cancelled or moved."""

from django.db import models


class CancelReason(models.TextChoices):
    """Why a course was cancelled. Prefixes: by the family or the hospital (NHS attendance codes 2 and 4)."""

    FAMILY_UNWELL = "family_unwell", "Child unwell"
    FAMILY_CONTACT = "family_contact", "Contact with an infection"
    FAMILY_REQUEST = "family_request", "The family asked"
    CLINICAL = "hospital_clinical", "Hospital: a clinical reason"
    CLINICAL_RESULTS = "hospital_results", "Hospital: results are not back"
    UNIT_CLOSED = "hospital_closed", "Hospital: the unit is closed"
    STAFF_SHORT = "hospital_short", "Hospital: staff short"
    NO_CHAIR = "hospital_chair", "Hospital: no chair"
    # Stays with what was recorded under it; nobody can choose it any more.
    NO_CHAIR_OR_NURSE = "hospital_capacity", "Hospital: no chair or nurse"
    HOSPITAL_OTHER = "hospital_other", "Hospital: another reason"
    NOT_NEEDED = "not_needed", "No longer needed: the clinician decided"
    ELSEWHERE = "elsewhere", "Treated elsewhere"
    MISTAKE = "mistake", "Entered by mistake"


# Reasons for ending a course, but not for moving it.
ENDINGS = frozenset({CancelReason.NOT_NEEDED, CancelReason.ELSEWHERE, CancelReason.MISTAKE})
# The reasons there are to choose from for cancelling, and for moving.
TO_CANCEL = tuple(reason for reason in CancelReason if reason != CancelReason.NO_CHAIR_OR_NURSE)
TO_MOVE = tuple(reason for reason in TO_CANCEL if reason not in ENDINGS)
