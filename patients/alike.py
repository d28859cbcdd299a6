"""Which children have to be told apart: by more than their short name, or because they may be one."""

import re
from collections.abc import Iterable

from crmo_clinic.nhsuk.spellings import pattern, search_words, searchable
from patients.models import Patient


def alike(patients: Iterable[Patient]) -> set[int]:
    """Those of the children whose short name another of them has too, however its letters are marked."""
    by_name: dict[str, set[int]] = {}
    for patient in patients:
        by_name.setdefault(searchable(patient.short_name), set()).add(patient.pk)
    return {pk for sharing in by_name.values() if len(sharing) > 1 for pk in sharing}


def shares_a_name(name: str, search_name: str) -> bool:
    """Whether a word of the name, of two letters or more, is in a name as `Patient.search_name` keeps it.

    The rule of `Patient.objects.likely_the_same_as`, for names that are at hand already.
    """
    return any(re.search(pattern(ways), search_name) for ways in search_words(name) if len(ways[0]) > 1)
