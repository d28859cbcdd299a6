"""How long the days of courses took, and what children felt, by what number of course it was."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Count, OuterRef, Subquery

from scheduling.models import AdverseEffect, Given, Reason, Session
from scheduling.models.care import EFFECTS
from scheduling.models.phases import read_phases
from scheduling.reports.report import Column, Kind, Line, Scope, Table, hours, month_of
from scheduling.states import SessionStatus

GIVEN = [SessionStatus.FULFILLED]
# The number from which on courses are counted together.
LATER = 4
FIRST, OTHERS = "First", "Later"


def draw_lengths(scope: Scope) -> Table:
    """Agreed and actual hours of days given in full, by month and number of the course."""
    earlier = (
        Session.objects.filter(
            course__patient=OuterRef("course__patient"), status__in=GIVEN, day__lt=OuterRef("day")
        )
        .exclude(course=OuterRef("course"))
        .order_by()
        .values("course__patient")
        .annotate(number=Count("course", distinct=True))
        .values("number")
    )
    given = (
        scope.visits()
        .filter(status__in=GIVEN, started_at__isnull=False, finished_at__isnull=False)
        .exclude(given=Given.IN_PART)
        .annotate(courses_before=Subquery(earlier))
    )
    columns = (
        "day", "courses_before", "starts_at", "ends_at", "phases",
        "cannulated_at", "started_at", "finished_at",
    )  # fmt: skip
    found: dict[tuple[date, int], list[tuple[int, int]]] = defaultdict(list)
    for day, before, starts, ends, phases, cannulated, started, finished in given.values_list(*columns):
        agreed = _minutes(ends - starts) - read_phases(phases).minutes
        took = _minutes(finished - (cannulated or started))
        found[month_of(day), min((before or 0) + 1, LATER)].append((agreed, took))
    rows = [
        (
            month,
            (
                f"{number} or later" if number == LATER else str(number),
                len(days),
                _mean(agreed for agreed, _ in days),
                _mean(took for _, took in days),
                sum(took > agreed for agreed, took in days),
            ),
        )
        for month in scope.months
        for number in range(1, LATER + 1)
        if (days := found.get((month, number)))
    ]
    of_month = {
        month: [pair for number in range(1, LATER + 1) for pair in found.get((month, number), ())]
        for month in scope.months
    }
    return Table(
        (
            Column("Course of the child", Kind.NAME),
            Column("Days given in full"),
            Column("Agreed, mean hours", Kind.OF_THEM),
            Column("Actual, mean hours", Kind.OF_THEM),
            Column("Days that took longer"),
        ),
        rows,
        "Mean hours of a day",
        (
            Line("agreed", {month: _mean(a for a, _ in days) for month, days in of_month.items()}),
            Line("actual", {month: _mean(t for _, t in days) for month, days in of_month.items()}),
        ),
    )


def draw_reactions(scope: Scope) -> Table:
    """First and later courses by the month of their first given day, and what was felt during them."""
    begun = scope.first_days(GIVEN)
    of_course = {
        course: (month_of(day), FIRST if reason == Reason.FIRST else OTHERS)
        for course, day, reason in begun.values_list("course", "day", "course__reason")
    }
    counts: Counter[tuple[tuple[date, str], str]] = Counter((group, "") for group in of_course.values())
    felt = AdverseEffect.objects.filter(session__course__in=begun.values("course")).order_by()
    with_any = set()
    for course, effect in felt.values_list("session__course", "effect").distinct():
        counts[of_course[course], effect] += 1
        with_any.add(course)
    counts.update((of_course[course], "any") for course in with_any)
    groups = [(month, which) for month in scope.months for which in (FIRST, OTHERS)]
    return Table(
        (
            Column("Course", Kind.NAME),
            Column("Courses given"),
            Column("With a reaction"),
            *(Column(label) for _, label in EFFECTS),
        ),
        [
            (
                group[0],
                (
                    group[1],
                    counts[group, ""],
                    counts[group, "any"],
                    *(counts[group, effect] for effect, _ in EFFECTS),
                ),
            )
            for group in groups
        ],
        "Courses with a reaction",
        tuple(
            Line(which.lower(), {month: counts[(month, which), "any"] for month in scope.months})
            for which in (FIRST, OTHERS)
        ),
    )


def _mean(minutes: Iterable[int]) -> float | None:
    found = list(minutes)
    return hours(sum(found) / len(found)) if found else None


def _minutes(length: timedelta) -> int:
    """Begun minutes count, as where a length is suggested for the next course."""
    return -(-length // timedelta(minutes=1))
