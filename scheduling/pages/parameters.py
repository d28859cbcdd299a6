"""Reading values from an address. An invalid value counts as absent."""

from collections.abc import Sequence
from datetime import date

from django.http import HttpRequest
from django.utils.dateparse import parse_date

from scheduling.models import Unit
from scheduling.pages.own_units import own_units

# The largest key that every database engine can look up.
BIGGEST_KEY = 2**31 - 1


def day_in(request: HttpRequest, name: str) -> date | None:
    """The day in `?name=2027-03-24`; None if there is none, or if it is not in the years 2000 to 2199."""
    try:
        day = parse_date(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if day and 2000 <= day.year < 2200 else None


def number_in(request: HttpRequest, name: str, *, default: int, most: int) -> int:
    """The whole number in `?name=20`, but at most `most`; `default` if there is none."""
    text = request.GET.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 9 else default


def unit_in(request: HttpRequest, units: Sequence[Unit]) -> Unit | None:
    """The unit of `?unit=3`, or else the first that the user belongs to, or the first; None without units."""
    asked = number_in(request, "unit", default=0, most=BIGGEST_KEY)
    first = next((unit for unit in units if unit.pk in own_units(request)), units[0] if units else None)
    return next((unit for unit in units if unit.pk == asked), first)
