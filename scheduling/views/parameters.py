"""Reading what stands in an address; rubbish counts as absent."""

from datetime import date

from django.http import HttpRequest
from django.utils.dateparse import parse_date


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
