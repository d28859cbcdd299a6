"""What a family cannot do, and who of it said so: separated parents are not shown each other's days.

A course has all limits together, which the search honours. Beside them stands who said which: a date in
`ImpossibleDates`, the rest in `FamilyLimits`; what no contact said is the staff's.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

from patients import audit
from patients.models import Contact
from scheduling.models import Course, DateRange, FamilyLimits


@dataclass(frozen=True)
class Limits:
    """Dates, first and last included, weekdays (Monday is 0), the earliest time of arrival, short notice."""

    dates: frozenset[DateRange] = frozenset()
    weekdays: frozenset[int] = frozenset()
    not_before: time | None = None
    short_notice: bool | None = None


def on_their_page(contact: Contact) -> audit.System:
    """The contact as an actor in the log: nobody signed in, but somebody had the address."""
    return audit.System(f"{contact.name[:120]}, on the family’s page")


def limits_of(course: Course) -> Limits:
    """All that is known of a course. One query."""
    return Limits(
        frozenset(course.impossible_ranges),
        frozenset(course.impossible_weekdays),
        course.not_before,
        course.short_notice,
    )


def said_by_each(course: Course) -> dict[int | None, Limits]:
    """The limits of a course by the key of the contact who said so; None stands for staff. Two queries."""
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
    # Not everything that staff write down passes through here: what nobody else said is theirs.
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
    """Of the limits of a course those that this contact entered on their page. Two queries."""
    return said_by_each(course).get(contact.pk, Limits())


def put_in_place(course: Course, contact: Contact, said: Limits) -> None:
    """Let the course have what this contact says in the place of what they said before; not saved.

    Of two times of arrival the later counts, of two answers about short notice the one given last. Who said
    what is stored, but for the dates.
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
    """Whether something that could not be done can be done now; days that are past do not count."""
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
