"""Children, the people around them, the staff who may look, and the two logs of what was done and seen."""

from patients.models.child import AGE_TO_DECIDE, Patient, PatientQuerySet, Sex, plain_hospital_number
from patients.models.contact import LONGEST_CALL, Contact, ParentalResponsibility, Relationship
from patients.models.logs import AccessChainRow, AccessEvent, AuditChainRow, AuditEvent, ChainRow, Event
from patients.models.merged import FormerNumber, Merge
from patients.models.retention import ErasedBecause, ErasedLogRow, Erasure, LegalHold
from patients.models.staff import KeptForm, User, UserManager

__all__ = [
    "AGE_TO_DECIDE",
    "LONGEST_CALL",
    "AccessChainRow",
    "AccessEvent",
    "AuditChainRow",
    "AuditEvent",
    "ChainRow",
    "Contact",
    "ErasedBecause",
    "ErasedLogRow",
    "Erasure",
    "Event",
    "FormerNumber",
    "KeptForm",
    "LegalHold",
    "Merge",
    "ParentalResponsibility",
    "Patient",
    "PatientQuerySet",
    "Relationship",
    "Sex",
    "User",
    "UserManager",
    "plain_hospital_number",
]
