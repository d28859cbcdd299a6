"""The one lock of scheduling: whoever changes what a unit can carry takes it first."""

from django.db.models import F

from scheduling.models import Unit


def lock_unit(unit_id: int) -> None:
    """Nothing else is booked or changed in the unit until the transaction ends; its diary has a new version.

    One UPDATE does both, so that no change can forget the version: on PostgreSQL it locks the row, on SQLite
    the transaction holds the write lock already. A refusal rolls the version back.
    """
    Unit.objects.filter(pk=unit_id).update(diary_version=F("diary_version") + 1)
