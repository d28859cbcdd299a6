"""Made-up units and waiting lists of any size: what the planner's tests and its benchmark are measured on."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from scheduling.planner.values import Candidate
from scheduling.rules import (
    Calendar,
    Care,
    Chair,
    Closure,
    CourseRequest,
    Diary,
    KeptBack,
    NurseRule,
    OpeningHours,
    Phase,
    Taken,
    by_day,
)

MONDAY = date(2026, 8, 3)
NOW = datetime(2026, 8, 3, 8)
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Instance:
    """A waiting list, the diary it is to be planned into, and the last day of the plan."""

    name: str
    candidates: tuple[Candidate, ...]
    diary: Diary
    last_day: date


def instance(
    *, chairs: int, courses: int, weeks: int, seed: int, full: float = 0.3, grid: int = 15, rich: bool = True
) -> Instance:
    """A unit open Monday to Friday, its chairs `full` by others, and a waiting list for the coming weeks.

    rich: with closures, other infusions, family limits, phases, odd chairs and places kept back as well.
    """
    random = Random(f"{chairs} {courses} {weeks} {seed}")
    diary = a_unit(random, chairs, weeks, full, grid, rich)
    candidates = tuple(a_candidate(random, n, weeks, rich) for n in range(courses))
    last_day = MONDAY + timedelta(weeks=weeks, days=-1)
    return Instance(f"{chairs} chairs, {courses} courses, {weeks} weeks, {seed}", candidates, diary, last_day)


def a_unit(random: Random, chairs: int, weeks: int, full: float, grid: int, rich: bool) -> Diary:
    nurses = max(2, round(chairs / 2.4))
    hours = OpeningHours(8 * 60, 18 * 60, nurses)
    weekly = dict.fromkeys(range(5), hours)
    closures: tuple[Closure, ...] = ()
    staffing = {}
    if rich:
        weekly[4] = OpeningHours(8 * 60, 16 * 60 + 30, nurses)
        closed = MONDAY + timedelta(days=random.randrange(5, 7 * weeks))
        half = MONDAY + timedelta(days=random.randrange(5, 7 * weeks))
        closures = (
            Closure(closed, closed + A_DAY, "deep clean"),
            Closure(half, half, "training", since=13 * 60),
        )
        for _ in range(weeks):
            staffing[MONDAY + timedelta(days=random.randrange(7 * weeks))] = max(1, nurses - 1)
    calendar = Calendar(weekly, closures, {MONDAY + timedelta(days=28): "Bank holiday"}, staffing)
    diary = Diary(
        calendar=calendar,
        chairs=tuple(
            Chair(
                n, f"Chair {n}", frozenset({"cubicle"}) if rich and n <= max(1, chairs // 4) else frozenset()
            )
            for n in range(1, chairs + 1)
        ),
        nurse_rule=NurseRule(30, 3),
        now=NOW,
        slot_minutes=grid,
        kept_back=(KeptBack(1, False, 14, frozenset({2}), 8 * 60, 13 * 60),) if rich else (),
        notice_days=2 if rich else 0,
    )
    return replace(diary, taken=by_day(some_taken(random, diary, weeks, full, rich)))


def some_taken(random: Random, diary: Diary, weeks: int, full: float, rich: bool) -> list[Taken]:
    """Others in the diary, fewer the further ahead; never more than the nurses can look after."""
    rows: list[Taken] = []
    for n in range(7 * weeks):
        day = MONDAY + n * A_DAY
        hours = diary.calendar.hours_on(day)
        if hours is None:
            continue
        today: list[Taken] = []
        for chair in diary.chairs:
            share = full * 2 * (1 - n / (7 * weeks))
            if random.random() > share:
                continue
            minutes = 15 * random.randrange(16, 25)
            start = hours.opens + 15 * random.randrange(
                max(1, (hours.closes - hours.opens - minutes) // 15 + 1)
            )
            end = min(start + minutes, hours.closes)
            kind = random.random()
            if kind < 0.7 or not rich:
                today.append(Taken(chair.id, day, start, end, ("booked", n, chair.id)))
            elif kind < 0.9:
                shorter = min(end, start + 120)
                phases = (Phase(15, Care.OWN), Phase(shorter - start - 15))
                today.append(
                    Taken(chair.id, day, start, shorter, other=("other", n, chair.id), phases=phases)
                )
            else:
                today.append(Taken(chair.id, day, start, min(end, start + 90), None, "scan"))
        rows += today
    return rows


def a_candidate(random: Random, n: int, weeks: int, rich: bool) -> Candidate:
    due = MONDAY + timedelta(days=random.randrange(-21, 7 * weeks * 2 // 3))
    weight = random.choices((1, 4, 16), (6, 3, 1))[0]
    days = random.choices((1, 2, 3), (2, 7, 1))[0]
    minutes = 15 * random.choice((16, 18, 20, 20, 20, 22, 24))
    limits = {}
    if rich:
        kind = random.random()
        if kind < 0.15:
            limits["not_before"] = random.choice((9, 10)) * 60
        elif kind < 0.3:
            limits["impossible_weekdays"] = frozenset({random.randrange(5)})
        elif kind < 0.4:
            away = MONDAY + timedelta(days=random.randrange(7 * weeks))
            limits["impossible_dates"] = ((away, away + timedelta(days=6)),)
        elif kind < 0.45:
            limits["chair_kinds"] = frozenset({"cubicle"})
        elif kind < 0.5:
            limits["before"] = Phase(15, Care.SHARED, in_chair=False)
        elif kind < 0.53:
            limits["after"] = Phase(30)
        elif kind < 0.56:
            limits["more_cannulation"] = 15
        if random.random() < 0.2:
            limits["latest"] = max(due, MONDAY) + timedelta(days=random.randrange(14, 56))
        if random.random() < 0.3:
            limits["earliest"] = max(due - timedelta(days=random.randrange(15)), MONDAY)
    request = CourseRequest(days=days, minutes=minutes, course_id=n, target=due, **limits)
    child = n // 2 if rich and n % 20 < 2 else None
    return Candidate(request=request, weight=weight, due=due, child=child)
