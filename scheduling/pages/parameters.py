"""Reading what stands in an address; rubbish counts as absent."""

from collections.abc import Sequence
from datetime import date

from django.http import HttpRequest
from django.utils.dateparse import parse_date

from scheduling.models import Unit

# The greatest key that every engine can look for.
BIGGEST_KEY = 2**31 - 1


def day_in(request: HttpRequest, name: str) -> date | None:
    """The day in `?name=2027-03-24`, or None; also for years in which nobody now alive is booked."""
    try:
        day = parse_date(request.GET.get(name, ""))
    except ValueError:
        return None
    return day if day and 2000 <= day.year < 2200 else None


def number_in(request: HttpRequest, name: str, *, default: int, most: int) -> int:
    """The whole number in `?name=20`, at most `most`; else `default`."""
    text = request.GET.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 9 else default


def unit_in(request: HttpRequest, units: Sequence[Unit]) -> Unit | None:
    """The unit of `?unit=3`, or the first; None if there is none."""
    asked = number_in(request, "unit", default=0, most=BIGGEST_KEY)
    return next((unit for unit in units if unit.pk == asked), units[0] if units else None)
