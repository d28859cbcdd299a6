"""What a family cannot do, and who said so: separated parents are not shown each other's days.

The course has all limits together, and the search keeps to them. Who said which is stored beside it: dates in
`ImpossibleDates`, everything else in `FamilyLimits`. What no contact said was written down by staff.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from patients import audit
from patients.models import Contact
from scheduling.models import Course, DateRange, FamilyLimits


@dataclass(frozen=True)
class Limits:
    """What somebody cannot do.

    dates: pairs of first and last day, both included. weekdays: Monday is 0. not_before: the earliest time of
    arrival. short_notice: whether they can come at short notice; None if not asked.
    """

    dates: frozenset[DateRange] = frozenset()
    weekdays: frozenset[int] = frozenset()
    not_before: time | None = None
    short_notice: bool | None = None


def on_their_page(contact: Contact) -> audit.System:
    """The contact as an actor in the log. Nobody signed in: whoever it was had the page's address."""
    return audit.System(f"{contact.name[:120]}, on the family’s page")


def limits_of(course: Course) -> Limits:
    """All limits of a course together. One query."""
    return Limits(
        frozenset(course.impossible_ranges),
        frozenset(course.impossible_weekdays),
        course.not_before,
        course.short_notice,
    )


def said_by_each(course: Course) -> dict[int | None, Limits]:
    """The limits of a course by the key of the contact who said so; None is for staff. Two queries."""
    said = {
        row.contact_id: Limits(
            frozenset(), frozenset(row.impossible_weekdays), row.not_before, row.short_notice
        )
        for row in course.family_limits.all()
    }
    for row in course.impossible_dates.all():
        own = said.get(row.contact_id, Limits())
        said[row.contact_id] = replace(own, dates=own.dates | {(row.first_day, row.last_day)})
    everybody, staff = limits_of(course), said.get(None, Limits())
    # Staff also change the course without this module, so whatever no contact said is theirs.
    named = set().union(*(limits.weekdays for limits in said.values()))
    times = {limits.not_before for limits in said.values()}
    answers = {limits.short_notice for limits in said.values()}
    said[None] = Limits(
        staff.dates,
        staff.weekdays | (everybody.weekdays - named),
        staff.not_before if everybody.not_before in times else everybody.not_before,
        staff.short_notice if everybody.short_notice in answers else everybody.short_notice,
    )
    return said


def own_limits(course: Course, contact: Contact) -> Limits:
    """The limits of a course that this contact entered on their page. Two queries."""
    return said_by_each(course).get(contact.pk, Limits())


def put_in_place(course: Course, contact: Contact, said: Limits) -> None:
    """Replace what this contact said before, and work out the course's limits again. The course is not saved.

    Of several times of arrival the latest counts; of the answers about short notice, the last one given. Who
    said what is saved, except for the dates.
    """
    parts = said_by_each(course)
    before, parts[contact.pk] = parts.get(contact.pk, Limits()), said
    for pk in (None, contact.pk):
        FamilyLimits.objects.update_or_create(
            course=course,
            contact_id=pk,
            defaults={
                "impossible_weekdays": sorted(parts[pk].weekdays),
                "not_before": parts[pk].not_before,
                "short_notice": parts[pk].short_notice,
            },
        )
    course.impossible_weekdays = sorted(set().union(*(limits.weekdays for limits in parts.values())))
    times = (limits.not_before for limits in parts.values())
    course.not_before = max(filter(None, times), default=None)
    if said.short_notice is not None or before.short_notice is not None:
        course.short_notice = said.short_notice


def is_less(before: Limits, after: Limits, today: date) -> bool:
    """Whether something that could not be done can be done now. Days in the past do not count."""
    return (
        bool(_days(before.dates, today) - _days(after.dates, today))
        or bool(before.weekdays - after.weekdays)
        or (before.not_before or time.min) > (after.not_before or time.min)
        or (before.short_notice is False and after.short_notice is not False)
    )


def _days(ranges: Iterable[DateRange], today: date) -> set[date]:
    return {
        first + timedelta(days=n)
        for first, last in ranges
        for n in range((last - first).days + 1)
        if first + timedelta(days=n) >= today
    }
