"""The address of the form to change a course, filled in with what would make room; and reading it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, time
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from scheduling.models import Course
from scheduling.rules import CourseRequest
from scheduling.unit.family_rows import minutes


def suggested_in(address: QueryDict) -> dict[str, Any]:
    """The values for CourseForm in an address made by `change_address`. Invalid values are ignored."""
    found = {}
    for name, read in READ.items():
        with suppress(ValueError):
            if name in address:
                found[name] = read(address[name])
    return found


def change_address(course: Course, now: CourseRequest, then: CourseRequest) -> str:
    """The address of the form to change a course, filled in with what `then` asks for and `now` does not.

    What it does not ask for because of the family's limits is changed with the child.
    """
    weekdays = now.impossible_weekdays - then.impossible_weekdays
    dates = set(now.impossible_dates) - set(then.impossible_dates)
    later = now.not_before != then.not_before
    if (
        not weekdays <= set(course.impossible_weekdays)
        or not dates <= set(course.impossible_ranges)
        or (later and (course.not_before is None or minutes(course.not_before) != now.not_before))
    ):
        return reverse("scheduling:show_limits", args=[course.patient_id])
    changed = {
        name: str(getattr(then, name))
        for name in ("earliest", "latest", "minutes", "not_before")
        if getattr(now, name) != getattr(then, name)
    }
    if weekdays:
        left = sorted(set(course.impossible_weekdays) - weekdays)
        changed["impossible_weekdays"] = " ".join(map(str, left))
    if dates:
        kept = (f"{first}/{last}" for first, last in course.impossible_ranges if (first, last) not in dates)
        changed["impossible_dates"] = " ".join(kept)
    return f"{reverse('scheduling:change_course', args=[course.pk])}?{urlencode(changed)}"


def _date_range(text: str) -> tuple[date, date]:
    first, last = map(date.fromisoformat, text.split("/"))
    return first, last


def _time(text: str) -> time:
    hour, minute = divmod(int(text), 60)
    return time(hour, minute)


# How `suggested_in` reads what `change_address` writes. Each raises ValueError for anything else.
READ: dict[str, Callable[[str], Any]] = {
    "earliest": date.fromisoformat,
    "latest": date.fromisoformat,
    "minutes": int,
    "not_before": _time,
    "impossible_weekdays": lambda text: [int(weekday) for weekday in text.split()],
    "impossible_dates": lambda text: [_date_range(dates) for dates in text.split()],
}
