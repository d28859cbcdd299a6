"""The school terms of a unit's families: entered by hand, or taken from a calendar file."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import transaction

from patients import audit
from scheduling.ical import Stretch
from scheduling.models import SchoolTerm, Unit

A_DAY = timedelta(days=1)
# Shorter entries of a file that lists terms are mostly single dates, such as a parents' evening.
SHORTEST_TERM = 5


@transaction.atomic
def add_terms(*, unit: Unit, terms: Iterable[Stretch], by: audit.Actor) -> int:
    """Save these terms; how many were new. One with the same first and last day is there already."""
    known = set(unit.school_terms.values_list("first_day", "last_day"))
    added = 0
    for term in terms:
        if (term.first_day, term.last_day) not in known:
            audit.save(
                SchoolTerm(unit=unit, name=term.name, first_day=term.first_day, last_day=term.last_day), by=by
            )
            known.add((term.first_day, term.last_day))
            added += 1
    return added


def remove_term(*, term: SchoolTerm, by: audit.Actor) -> None:
    """Raises Clash if somebody else has removed it."""
    audit.delete(term, by=by)


def between_holidays(holidays: Sequence[Stretch]) -> list[Stretch]:
    """School is what lies between holidays: from the day after one to the day before the next.

    Each is named after the holiday before it. Weekends alone are no term.
    """
    found, end = [], None
    for holiday in sorted(holidays):
        if end is not None and holiday.first_day > end[0] + A_DAY:
            first, last = end[0] + A_DAY, holiday.first_day - A_DAY
            if _has_weekday(first, last):
                found.append(Stretch(first, last, f"After {end[1]}"[:60]))
        if end is None or holiday.last_day > end[0]:
            end = holiday.last_day, holiday.name
    return found


def _has_weekday(first: date, last: date) -> bool:
    return any((first + n * A_DAY).weekday() < 5 for n in range(min((last - first).days + 1, 7)))
