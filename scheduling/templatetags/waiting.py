"""How the waiting list puts its days into words. Each is counted from today."""

from collections.abc import Sequence
from datetime import date, datetime

from django import template
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from scheduling.models import ChildLimits, Course
from scheduling.rules import Visit

register = template.Library()

MOST_DATES = 2
SHORT_NOTICE = {True: "yes", False: "no", None: "not asked"}


@register.filter
def waited(course: Course, today: date | None = None) -> str:
    """`23 days`, `1 day`, `today`: how long it has waited. today: for many rows, so that it is asked once."""
    days = ((today or timezone.localdate()) - timezone.localdate(course.agreed_at)).days
    return wording.quantity(days, "day") if days > 0 else "today"


@register.filter
def days_paused(course: Course, today: date | None = None) -> str:
    """`14 of them paused`, `1 of them paused`; empty if none was. today: as in `waited`."""
    days = course.days_paused(today or timezone.localdate())
    return f"{days} of them paused" if days else ""


@register.filter
def is_paused(course: Course, today: date | None = None) -> bool:
    """Whether it is paused today. today: as in `waited`."""
    return course.is_paused(today or timezone.localdate())


@register.filter
def visit_days(visits: Sequence[Visit]) -> str:
    """`Tue 8 and Wed 9 Dec, 9:30am`: with the year if not of this one, with each start if they differ."""
    days = [visit.day for visit in visits]
    shared = len({(day.year, day.month) for day in days}) == 1
    words = [wording.day_and_month(day) for day in days]
    if shared:
        words = [*(word.rpartition(" ")[0] for word in words[:-1]), words[-1]]
    year = f" {days[-1].year}" if days[-1].year != timezone.localdate().year else ""
    starts = dict.fromkeys(wording.clock(visit.start) for visit in visits)
    return f"{wording.listed(words)}{year}, {wording.listed(starts)}"


@register.filter
def from_today(day: date, today: date | None = None) -> str:
    """`today`, `in 5 days`, `3 weeks ago`. today: as in `waited`."""
    days = (day - (today or timezone.localdate())).days
    if days == 0:
        return "today"
    return f"in {wording.days_or_weeks(days)}" if days > 0 else f"{wording.days_or_weeks(-days)} ago"


@register.filter
def has_ended(day: date | None, today: date | None = None) -> bool:
    """Whether the day is over. today: as in `waited`."""
    return day is not None and day < (today or timezone.localdate())


@register.filter
def short_day(day: date) -> str:
    """`4 Aug 2026`, for dates in small print, whose weekday does not matter."""
    return wording.short_date(timezone.localtime(day) if isinstance(day, datetime) else day)[4:]


@register.filter
def window(course: Course) -> str:
    """`4 Aug to 8 Sep 2026`, `from 4 Aug 2026`, `until 8 Sep 2026`: the clinician's limits, if any."""
    if course.earliest and course.latest:
        return _dates(course.earliest, course.latest)
    if course.earliest:
        return f"from {short_day(course.earliest)}"
    return f"until {short_day(course.latest)}" if course.latest else ""


@register.filter
def window_state(course: Course, today: date | None = None) -> str:
    """`opens in 3 weeks`, `closes in 5 days`, `the window ended 3 weeks ago`; else empty. today: as in
    `waited`."""
    today = today or timezone.localdate()
    if course.latest and course.latest < today:
        return f"the window ended {from_today(course.latest, today)}"
    if course.earliest and course.earliest > today:
        return f"opens {from_today(course.earliest, today)}"
    return f"closes {from_today(course.latest, today)}" if course.latest else ""


@register.filter
def short_limits(course: Course, rows: Sequence[ChildLimits]) -> str:
    """What the family cannot do from today on, as `Mon, Fri, 24 to 31 Mar 2026 and 2 more, before 9:30am`.

    rows: the limits that are kept with the child.
    """
    today = timezone.localdate()
    days = [row for row in rows if not has_ended(row.weekdays_until, today)]
    times = {row.not_before for row in rows if row.not_before and not has_ended(row.not_before_until, today)}
    times |= {course.not_before} if course.not_before else set()
    weekdays = {*course.impossible_weekdays, *(day for row in days for day in row.impossible_weekdays)}
    said = {*course.impossible_ranges, *(dates for row in rows for dates in row.impossible_ranges)}
    ranges = sorted((first, last) for first, last in said if last >= today)
    dates = [_dates(first, last) for first, last in ranges[:MOST_DATES]]
    if len(ranges) > MOST_DATES:
        dates[-1] += f" and {len(ranges) - MOST_DATES} more"
    before = [f"before {wording.clock(max(times))}"] if times else []
    return ", ".join([*(wording.DAYS[day][:3] for day in sorted(weekdays)), *dates, *before])


@register.filter
def short_notice(course: Course) -> str:
    """`yes`, `no` or `not asked`."""
    return SHORT_NOTICE[course.short_notice]


@register.filter
def still_held(course: Course, now: datetime) -> bool:
    """Whether its days are held for it: a hold that has lapsed does not count, even if not yet released."""
    return course.held_until is not None and course.held_until > now


def _dates(first: date, last: date) -> str:
    """`24 Mar 2026`, `24 to 31 Mar 2026`, `24 Mar to 2 Apr 2026`, `28 Dec 2026 to 4 Jan 2027`."""
    if first == last:
        return short_day(first)
    shared = sum([first.year == last.year, (first.year, first.month) == (last.year, last.month)])
    return f"{' '.join(short_day(first).split()[: 3 - shared])} to {short_day(last)}"
