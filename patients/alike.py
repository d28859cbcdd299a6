"""Which children of a page have to be told apart by more than their short name."""

from collections.abc import Iterable

from crmo_clinic.nhsuk.spellings import searchable
from patients.models import Patient


def alike(patients: Iterable[Patient]) -> set[int]:
    """Those of the children whose short name another of them has too, however its letters are marked."""
    by_name: dict[str, set[int]] = {}
    for patient in patients:
        by_name.setdefault(searchable(patient.short_name), set()).add(patient.pk)
    return {pk for sharing in by_name.values() if len(sharing) > 1 for pk in sharing}
