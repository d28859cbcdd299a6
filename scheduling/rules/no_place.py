"""Why a run of days has no place: the first rule after which nothing is left to choose from.

The rules are applied one after another, in the order of `Obstacle`: first what is known of the days alone,
then, day by day, what each rule leaves of the starts. So exactly one obstacle is named for a run that has no
place, and none for a run that has.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from crmo_clinic.nhsuk.wording import clock, clock_range, duration, long_date
from scheduling.rules.calendar import days_in_a_row
from scheduling.rules.course import CourseRequest, Shape, Visit
from scheduling.rules.diary import Diary
from scheduling.rules.index import DayIndex
from scheduling.rules.objections import DAY_RULES, Rule, VisitRule
from scheduling.rules.search import Search
from scheduling.rules.time_rules import enough_nurses, kept_back, role_on_shift


class Obstacle(StrEnum):
    """What leaves a run of days without a place, in the order in which it is looked for."""

    WINDOW = "window"
    CLOSED = "closed"
    NEXT_CLOSED = "next-closed"
    FAMILY = "family"
    OTHER_VISIT = "other-visit"
    TOO_LATE = "too-late"
    CHAIR = "chair"
    CANNULATION = "cannulation"
    MONITORING = "monitoring"
    ROLE = "role"
    KEPT_BACK = "kept-back"


OF_THE_DAY = {
    Rule.OPEN_DAY: Obstacle.CLOSED,
    Rule.FAMILY_WEEKDAY: Obstacle.FAMILY,
    Rule.FAMILY_DATE: Obstacle.FAMILY,
    Rule.OTHER_VISIT: Obstacle.OTHER_VISIT,
}
NURSES = frozenset({Obstacle.CANNULATION, Obstacle.MONITORING})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A course cannot start on `first_day` because of `day`, one of its days; why, as a sentence."""

    first_day: date
    day: date
    obstacle: Obstacle
    sentence: str


def refusals(request: CourseRequest, diary: Diary, first_days: Iterable[date]) -> dict[date, Refusal | None]:
    """For each first day why the course cannot start on it; None if it can."""
    search = Search(request, diary)
    return {first_day: _refusal(search, first_day) for first_day in first_days}


def _refusal(search: Search, first_day: date) -> Refusal | None:
    days = days_in_a_row(first_day, search.request.days)
    if outside := search.outside_window(days):
        return Refusal(first_day, first_day, Obstacle.WINDOW, outside)
    for explain in (_by_the_day, _by_the_time):
        for day in days:
            if found := explain(search, day):
                obstacle, sentence = found
                if obstacle is Obstacle.CLOSED and day != first_day:
                    obstacle = Obstacle.NEXT_CLOSED
                return Refusal(first_day, day, obstacle, sentence)
    return None


def _by_the_day(search: Search, day: date) -> tuple[Obstacle, str] | None:
    anyone = Visit(day, 0, 0, search.request.length)
    for rule, objection in DAY_RULES.items():
        if sentence := objection(search.request, anyone, search.diary):
            return OF_THE_DAY[rule], sentence
    return None


def _by_the_time(search: Search, day: date) -> tuple[Obstacle, str] | None:
    if search.choices(day):
        return None
    shape, index, grid = search.shape, search.diary.index_of(day), search.diary.grid
    in_hours, earliest = index.times(shape), search.earliest_time(day)
    times = [time for time in in_hours if time >= earliest]
    if day < search.diary.today or not times:
        return Obstacle.TOO_LATE, _too_late(search, index, in_hours)
    times = list(grid.times(index.free(shape) & grid.rows(times)))
    if not times:
        chair = " ".join(["No", *sorted(shape.chair_kinds), "chair"] if shape.chair_kinds else ["No chair"])
        since = f" from {clock(earliest)} on," if earliest > in_hours[0] else ""
        long = duration(shape.chair_minutes)
        return Obstacle.CHAIR, f"{chair} is free for {long}{since} on {long_date(day)}."
    for obstacle, narrow, why, rule in AFTER_CHAIRS:
        left = narrow(index, times, shape)
        if not left:
            return obstacle, _short(search, day, times, why, rule)
        times = left
    raise AssertionError("A day without a place must have an obstacle.")


Narrow = Callable[[DayIndex, list[int], Shape], list[int]]
# In the order of `DayIndex.choices`: what is left of the starts, and why nothing is.
AFTER_CHAIRS: tuple[tuple[Obstacle, Narrow, str, VisitRule], ...] = (
    (Obstacle.CANNULATION, DayIndex.times_with_a_nurse, "no nurse is free to start the drip", enough_nurses),
    (
        Obstacle.MONITORING,
        DayIndex.times_with_nurses_after,
        "there are too few nurses for the hours after",
        enough_nurses,
    ),
    (Obstacle.ROLE, DayIndex.times_with_roles, "not with everybody who is needed", role_on_shift),
    (Obstacle.KEPT_BACK, DayIndex.times_not_kept_back, "the place is kept for others", kept_back),
)


def _too_late(search: Search, index: DayIndex, in_hours: list[int]) -> str:
    day, minutes = long_date(index.day), duration(search.request.length)
    if index.day < search.diary.today:
        return f"{day} has passed."
    if not in_hours:
        hours = clock_range(index.hours.opens, index.hours.closes) if index.hours else "closed"
        return f"A visit of {minutes} does not fit into {day}: the unit is open from {hours}."
    latest, not_before = in_hours[-1], search.request.earliest_start(index.day)
    if not_before > latest:
        return (
            f"To finish {minutes} before the unit closes, a visit on {day} starts by {clock(latest)}; "
            f"the family cannot start before {clock(not_before)}."
        )
    return f"To finish {minutes} before the unit closes, a visit on {day} had to start by {clock(latest)}."


def _short(search: Search, day: date, times: list[int], why: str, rule: VisitRule) -> str:
    """Starts with a free chair, why none will do, and what the rule says against the first of them."""
    first, last = clock(times[0]), clock(times[-1])
    when = f"at {first}" if len(times) == 1 else f"from {first} to {last}"
    first_visit = Visit(day, search.diary.chair_ids[0], times[0], search.request.length)
    return (
        f"There is a chair for a start {when}, but {why}. {rule(search.request, first_visit, search.diary)}"
    )
