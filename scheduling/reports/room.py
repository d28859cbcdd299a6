"""Chair-hours and nurse-hours: open, booked and used; and days that are free and of no use for a pair."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from django.db.models import prefetch_related_objects
from django.utils import timezone

from scheduling.models import Course
from scheduling.reports.report import Column, Kind, Line, Scope, Table, hours, month_of
from scheduling.rules import DayUse, Diary, NurseRule, Search, nurse_load, use_of
from scheduling.rules.capacity import Stretch, stretches
from scheduling.unit.board import USUAL
from scheduling.unit.diary_rows import load_diaries

A_DAY = timedelta(days=1)
# A run that begins or ends in the months may reach so far beyond them.
BEYOND = 3 * A_DAY


def draw_hours(scope: Scope) -> Table:
    """Hours of chairs and nurses by month."""
    sums: Counter[tuple[date, str]] = Counter()
    meant = _courses_meant(scope)
    for diary in _diaries(scope):
        for day in _days(scope):
            for what, minutes in _of_day(diary, day, meant):
                sums[month_of(day), what] += minutes
    for day, what, minutes in _used(scope):
        sums[month_of(day), what] += minutes
    names = ("chairs open", "booked", "others", "used", "nurses open", "nurses booked", "nurses used")
    rows = [(month, tuple(hours(sums[month, name]) for name in names)) for month in scope.months]
    heads = (
        "Chair-hours open", "Chair-hours booked", "Chair-hours taken by others", "Chair-hours used",
        "Nurse-hours open", "Nurse-hours booked", "Nurse-hours used",
    )  # fmt: skip
    return Table(
        tuple(Column(head, Kind.AMOUNT) for head in heads),
        rows,
        "Chair-hours",
        tuple(
            Line(name, {month: hours(sums[month, key]) for month in scope.months})
            for name, key in (("open", "chairs open"), ("booked", "booked"), ("used", "used"))
        ),
    )


def draw_lost_pairs(scope: Scope) -> Table:
    """Days by what they can still do for a course of the usual number of days, by month."""
    counts: Counter[tuple[date, str]] = Counter()
    begins = datetime.combine(scope.first, time())
    for diary in _diaries(scope, BEYOND):
        # A day that is over is judged as if it were to come, without what holds only until a day comes near.
        search = Search(USUAL, replace(diary, now=begins - BEYOND, kept_back=(), notice_days=0))
        for day in _days(scope):
            for what in _what_it_is(search, day):
                counts[month_of(day), what] += 1
    names = ("open", "of use", "neighbour full", "neighbour closed", "full")
    heads = (
        "Open days",
        "Days of use",
        "Lost: the neighbour is full",
        "Lost: both neighbours closed",
        "Full",
    )
    lost = {month: counts[month, "neighbour full"] for month in scope.months}
    return Table(
        tuple(Column(head, Kind.AMOUNT) for head in heads),
        [(month, tuple(counts[month, name] for name in names)) for month in scope.months],
        "Days lost because the neighbour is full",
        (Line("", dict(lost)),),
    )


def _what_it_is(search: Search, day: date) -> Iterator[str]:
    use, is_open = use_of(search, day), search.diary.calendar.is_open
    if use == DayUse.CLOSED:
        return
    yield "open"
    if use in (DayUse.STARTS, DayUse.CONTINUES):
        yield "of use"
    elif use == DayUse.FULL:
        yield "full"
    elif is_open(day - A_DAY) or is_open(day + A_DAY):
        yield "neighbour full"
    else:
        yield "neighbour closed"


def _of_day(diary: Diary, day: date, meant: set[Hashable] | None) -> Iterator[tuple[str, int]]:
    if open_hours := diary.calendar.hours_on(day):
        yield "chairs open", (open_hours.closes - open_hours.opens) * len(diary.chairs)
        yield "nurses open", sum((end - start) * number for start, end, number in open_hours.nurses_steps())
    booked = [
        row
        for row in diary.taken_on(day)
        if row.course is not None and (meant is None or row.course in meant)
    ]
    yield "booked", sum(row.end - row.start for row in booked)
    yield "others", sum(row.end - row.start for row in diary.taken_on(day) if row.course is None)
    care = [stretch for row in booked for stretch in row.care(diary.nurse_rule)]
    yield "nurses booked", _nurse_minutes(care, diary.nurse_rule)


def _used(scope: Scope) -> Iterator[tuple[date, str, int]]:
    """From arrival to leaving, or to the end of the drip, of each day whose times are recorded."""
    rows = scope.visits().filter(arrived_at__isnull=False, finished_at__isnull=False)
    rules = {unit.pk: NurseRule(unit.cannulation_minutes, unit.children_per_nurse) for unit in scope.units}
    care: dict[tuple[int, date], list[Stretch]] = {}
    for unit, day, arrived, finished, left in rows.values_list(
        "course__unit", "day", "arrived_at", "finished_at", "left_at"
    ):
        at = timezone.localtime(arrived)
        start, minutes = at.hour * 60 + at.minute, _minutes(max(left or finished, finished) - arrived)
        if minutes > 0:
            yield day, "used", minutes
            phases = rules[unit].usual_phases(minutes)
            care.setdefault((unit, day), []).extend(stretches(start, phases))
    for (unit, day), found in care.items():
        yield day, "nurses used", _nurse_minutes(found, rules[unit])


def _nurse_minutes(care: list[Stretch], rule: NurseRule) -> int:
    return sum((load.end - load.start) * load.nurses for load in nurse_load(care, rule))


def _diaries(scope: Scope, beyond: timedelta = timedelta()) -> Iterable[Diary]:
    """Of each unit that is asked about, in the months and so far beyond them."""
    prefetch_related_objects(scope.units, "chairs", "opening_hours")
    return load_diaries(scope.units, scope.first - beyond, scope.last + beyond, scope.now).values()


def _courses_meant(scope: Scope) -> set[Hashable] | None:
    """The courses of the priority that is asked for; None for all."""
    if scope.priority is None:
        return None
    return set(Course.objects.filter(scope.of_courses()).order_by().values_list("pk", flat=True))


def _days(scope: Scope) -> Iterator[date]:
    return (scope.first + n * A_DAY for n in range((scope.last - scope.first).days + 1))


def _minutes(length: timedelta) -> int:
    return round(length / timedelta(minutes=1))
