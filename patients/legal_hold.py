"""Legal hold: a record that may be wanted as evidence is not erased until the hold is lifted."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from patients import audit
from patients.errors import Refused
from patients.models import LegalHold, Patient


def in_force() -> QuerySet[LegalHold]:
    """Every hold that is not lifted, with its child, the latest first."""
    return LegalHold.objects.filter(lifted_at=None).select_related("patient")


def hold_on(patient: Patient) -> LegalHold | None:
    """The hold on this record, if there is one."""
    return in_force().filter(patient=patient).first()


@transaction.atomic
def place(*, patient: Patient, because: str, by: audit.Actor) -> LegalHold:
    """Hold this record. Raises Refused if it is held, and Clash if somebody else is a moment quicker."""
    if there := hold_on(patient):
        raise Refused(f"{there.placed_by} has put this record on legal hold already.")
    hold = LegalHold(patient=patient, because=because, placed_by=by.name, placed_at=timezone.now())
    audit.save(hold, by=by, patient=patient)
    return hold


@transaction.atomic
def lift(*, patient: Patient, because: str, by: audit.Actor) -> LegalHold:
    """Let the record be erased again once its time is over. Raises Refused if it is not held."""
    hold = hold_on(patient)
    if hold is None:
        raise Refused("This record is not on legal hold any more.")
    hold.lifted_because, hold.lifted_by, hold.lifted_at = because, by.name, timezone.now()
    audit.save(hold, by=by, patient=patient)
    return hold
