"""Reading values from an address. An invalid value counts as absent."""

from collections.abc import Sequence
from datetime import date

from django.http import HttpRequest
from django.utils.dateparse import parse_date

from scheduling.models import Unit
from scheduling.pages.own_units import own_units
from scheduling.rules import Visit
from scheduling.rules.calendar import MINUTES_A_DAY

# The largest key that every database engine can look up.
BIGGEST_KEY = 2**31 - 1
FIRST_YEAR, LAST_YEAR = 2000, 2199


def day_in(request: HttpRequest, name: str) -> date | None:
    """The day in `?name=2027-03-24`; None if there is none, or if it is not in the years 2000 to 2199."""
    try:
        day = parse_date(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None


def could_be(visit: Visit) -> bool:
    """Whether a page could have written this visit: within one day, in the years 2000 to 2199, with a chair
    that has a key. The rules are for people's mistakes, and need no answer to anything else.
    """
    in_years = FIRST_YEAR <= visit.day.year <= LAST_YEAR
    return in_years and 0 <= visit.chair <= BIGGEST_KEY and 0 <= visit.start < visit.end <= MINUTES_A_DAY


def number_in(request: HttpRequest, name: str, *, default: int, most: int) -> int:
    """The whole number in `?name=20`, but at most `most`; `default` if there is none."""
    text = request.GET.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 9 else default


def unit_in(request: HttpRequest, units: Sequence[Unit]) -> Unit | None:
    """The unit of `?unit=3`, or else the first that the user belongs to, or the first; None without units."""
    asked = number_in(request, "unit", default=0, most=BIGGEST_KEY)
    first = next((unit for unit in units if unit.pk in own_units(request)), units[0] if units else None)
    return next((unit for unit in units if unit.pk == asked), first)
