"""Which checks a course asks for, and whether what was done still counts on each of its days.

Nothing here judges a result: a check is done on a date, and counts for so many days from then.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from crmo_clinic.nhsuk.wording import age_in_years


@dataclass(frozen=True, slots=True)
class AppliesIf:
    """To whom an item of a checklist applies. A field that is None or empty sets no limit.

    Ages are whole years on the first day of the course, both included. sex: one of a patient's, or empty.
    """

    first_course_only: bool = False
    min_age: int | None = None
    max_age: int | None = None
    sex: str = ""


@dataclass(frozen=True, slots=True)
class Child:
    """What decides whether an item applies. sex: None if it is not known, or neither female nor male."""

    birth_date: date
    sex: str | None
    is_first_course: bool


def applies(rule: AppliesIf, child: Child, first_day: date) -> bool:
    """Whether an item applies to the child's course that begins on `first_day`.

    If the sex is None, items for either sex apply: one check too many harms nobody.
    """
    if rule.first_course_only and not child.is_first_course:
        return False
    age = age_in_years(child.birth_date, max(first_day, child.birth_date))
    if rule.min_age is not None and age < rule.min_age:
        return False
    if rule.max_age is not None and age > rule.max_age:
        return False
    return not rule.sex or child.sex is None or child.sex == rule.sex


def good_until(done_on: date, valid_days: int | None) -> date | None:
    """The last day on which something done on `done_on` counts; None if it has no end.

    With 0 days it counts on the day itself alone.
    """
    if valid_days is None or valid_days > (date.max - done_on).days:
        return None
    return done_on + timedelta(days=valid_days)


def counts_on(done_on: date | None, valid_days: int | None, day: date) -> bool:
    """Whether it has been done and has not run out by `day`."""
    if done_on is None:
        return False
    until = good_until(done_on, valid_days)
    return until is None or day <= until


def days_without(done_on: date | None, valid_days: int | None, days: Iterable[date]) -> tuple[date, ...]:
    """The days on which it does not count; all of them if it has not been done."""
    return tuple(day for day in days if not counts_on(done_on, valid_days, day))
