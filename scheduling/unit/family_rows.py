"""What the rules are told of a family: when it cannot come, and when its child goes to school."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from itertools import chain
from typing import Any

from django.utils import timezone

from scheduling.models import ChildLimits, Course, SchoolTerm
from scheduling.rules import SchoolTerms
from scheduling.unit.bank_holidays import bank_holidays


def family_asks(course: Course, limits: Sequence[ChildLimits]) -> dict[str, Any]:
    """The family's part of a `CourseRequest`: what the course says itself, and everybody's limits."""
    times = [(minutes(row.not_before), row.not_before_until) for row in limits if row.not_before]
    always = [start for start, until in times if until is None]
    always += [] if course.not_before is None else [minutes(course.not_before)]
    dates = {*course.impossible_ranges, *chain.from_iterable(row.impossible_ranges for row in limits)}
    with_end = (_weekdays_to_come(row, row.weekdays_until) for row in limits if row.weekdays_until)
    return {
        "impossible_weekdays": frozenset(course.impossible_weekdays).union(
            *(row.impossible_weekdays for row in limits if row.weekdays_until is None)
        ),
        "impossible_dates": tuple(sorted(dates.union(*with_end))),
        "not_before": max(always, default=None),
        "not_before_until": tuple((start, until) for start, until in times if until),
    }


def _weekdays_to_come(row: ChildLimits, until: date) -> set[tuple[date, date]]:
    """From today on: the rules know no weekday that ends, but dates."""
    days = map(date.fromordinal, range(timezone.localdate().toordinal(), until.toordinal() + 1))
    return {(day, day) for day in days if day.weekday() in row.impossible_weekdays}


def terms_of(unit_ids: Collection[int]) -> dict[int, SchoolTerms]:
    """The school terms of each of these units that has any. One query."""
    terms = defaultdict(list)
    rows = SchoolTerm.objects.filter(unit__in=unit_ids).order_by("first_day")
    for unit_id, *term in rows.values_list("unit", "first_day", "last_day"):
        terms[unit_id].append(tuple(term))
    return {
        unit_id: SchoolTerms(
            tuple(found), frozenset(chain.from_iterable(bank_holidays(*term) for term in found))
        )
        for unit_id, found in terms.items()
    }


def minutes(at: time | datetime) -> int:
    """A wall-clock time as minutes after midnight."""
    return at.hour * 60 + at.minute
