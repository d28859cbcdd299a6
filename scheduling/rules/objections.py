"""Every reason against a placement, as a sentence for the coordinator.

A rule is a function that returns its objection in words, or None. The rules are in four tables, each looking
closer than the one before: the course as a whole, then for each visit its day, its time and its chair. The
search relies on that: it settles a day before it tries times, and a time before it tries chairs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from crmo_clinic.nhsuk.wording import DAYS, capitalised, clock, clock_range, duration, listed, long_date
from scheduling.rules.calendar import MINUTES_A_DAY
from scheduling.rules.capacity import nurse_load
from scheduling.rules.course import CourseRequest, Placement, Visit
from scheduling.rules.diary import Diary

NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Rule(StrEnum):
    """The rules, in the order in which their objections are given."""

    NUMBER_OF_VISITS = "number-of-visits"
    DAYS_IN_A_ROW = "days-in-a-row"
    EARLIEST_DATE = "earliest-date"
    LATEST_DATE = "latest-date"
    OPEN_DAY = "open-day"
    FAMILY_WEEKDAY = "family-weekday"
    FAMILY_DATE = "family-date"
    OTHER_VISIT = "other-visit"
    LENGTH = "length"
    GRID = "grid"
    PAST = "past"
    OPENING_TIME = "opening-time"
    CLOSING_TIME = "closing-time"
    FAMILY_TIME = "family-time"
    CLOCK_CHANGE = "clock-change"
    NURSES = "nurses"
    CHAIR_EXISTS = "chair-exists"
    CHAIR_FREE = "chair-free"


@dataclass(frozen=True, slots=True)
class Objection:
    """A rule that is broken, in words; `day` is that of the visit that breaks it, None if the course does."""

    rule: Rule
    sentence: str
    day: date | None = None

    def __str__(self) -> str:
        return self.sentence


def objections(placement: Placement, diary: Diary) -> tuple[Objection, ...]:
    """All objections to a placement: those to the course, then to each visit in turn, in the order of `Rule`.

    The course's own visits in the diary are no objection, so that it can be moved. For a split course only
    the visits are judged, because a clinician has answered for the rest.
    """
    request = placement.request
    diary = diary.without(request.course_id)
    course_rules = {} if request.is_split else COURSE_RULES
    found = [(rule, objection(placement, diary), None) for rule, objection in course_rules.items()] + [
        (rule, objection(request, visit, diary), visit.day)
        for visit in placement.visits
        for rule, objection in VISIT_RULES.items()
    ]
    return tuple(Objection(rule, sentence, day) for rule, sentence, day in found if sentence)


# The course as a whole


def number_of_visits(placement: Placement, diary: Diary) -> str | None:
    needed, planned = placement.request.days, len(placement.visits)
    if planned == needed:
        return None
    return (
        f"The course needs {_counted(needed, 'visit')}, one a day, and has {_counted(planned, 'visit')} here."
    )


def visits_on_days_in_a_row(placement: Placement, diary: Diary) -> str | None:
    run = diary.calendar.run(placement.days)
    if run.in_a_row:
        return None
    return f"{listed(map(long_date, run.days))} are not days in a row: choose days that follow each other."


def earliest_date(placement: Placement, diary: Diary) -> str | None:
    earliest = placement.request.earliest
    if earliest is None or placement.first_day >= earliest:
        return None
    return f"{long_date(placement.first_day)} is before the clinician's earliest date, {long_date(earliest)}."


def latest_date(placement: Placement, diary: Diary) -> str | None:
    latest = placement.request.latest
    if latest is None or placement.first_day <= latest:
        return None
    return f"{long_date(placement.first_day)} is after the clinician's latest date, {long_date(latest)}."


# A visit's day


def open_day(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    closed = diary.calendar.run([visit.day]).closed
    if not closed:
        return None
    return f"The unit is {closed[visit.day]}, so there can be no visit on {long_date(visit.day)}."


def family_weekday(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    weekday = visit.day.weekday()
    if weekday not in request.impossible_weekdays:
        return None
    return f"The family cannot do {DAYS[weekday]}s, so not {long_date(visit.day)}."


def family_date(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    for first, last in request.impossible_dates:
        if first <= visit.day <= last:
            if first == last:
                return f"The family cannot do {long_date(first)}."
            dates = f"{long_date(first)} to {long_date(last)}"
            return f"The family cannot do {dates}, so not {long_date(visit.day)}."
    return None


def other_visit(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    if visit.day not in request.other_visits:
        return None
    return f"The child already has another visit on {long_date(visit.day)}."


# A visit's time


def length(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    if visit.minutes == request.minutes:
        return None
    return (
        f"The visit on {long_date(visit.day)} would last {duration(visit.minutes)}; "
        f"each visit of this course lasts {duration(request.minutes)}."
    )


def grid(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    beyond = visit.start % diary.slot_minutes
    if not beyond:
        return None
    before = visit.start - beyond
    return (
        f"Visits start every {duration(diary.slot_minutes)}, so not at {_moment(visit.day, visit.start)}: "
        f"try {_clock(before)} or {_clock(before + diary.slot_minutes)}."
    )


def past(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    if visit.starts_at.replace(tzinfo=None) >= diary.now:
        return None
    return f"{capitalised(_moment(visit.day, visit.start))} has already passed."


def opening_time(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    hours = diary.calendar.hours_on(visit.day)
    if hours is None or visit.start >= hours.opens:
        return None
    return (
        f"The visit on {long_date(visit.day)} would start at {_clock(visit.start)}; "
        f"the unit opens at {_clock(hours.opens)}."
    )


def closing_time(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    hours = diary.calendar.hours_on(visit.day)
    if hours is None or visit.end <= hours.closes:
        return None
    starts = hours.starts_for(visit.minutes, diary.slot_minutes)
    fix = f"the latest start is {_clock(starts[-1])}" if starts else "it does not fit on that day"
    return (
        f"The visit on {long_date(visit.day)} would end at {_clock(visit.end)}; "
        f"the unit closes at {_clock(hours.closes)}, so {fix}."
    )


def family_time(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    if request.not_before is None or visit.start >= request.not_before:
        return None
    return (
        f"The visit on {long_date(visit.day)} would start at {_clock(visit.start)}; "
        f"the family cannot start before {_clock(request.not_before)}."
    )


def clock_change(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    """Otherwise the wall-clock times would not say how long the child is in the chair."""
    if visit.starts_at.utcoffset() == visit.ends_at.utcoffset():
        return None
    return (
        f"The clocks change during the visit on {long_date(visit.day)}, so it would not last "
        f"{duration(visit.minutes)}: start at 2am or later, or on another day."
    )


def enough_nurses(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    """Looks at the time of the visit only, and names the first moment with too few nurses."""
    hours = diary.calendar.hours_on(visit.day)
    if hours is None:
        return None
    children = (*diary.children_on(visit.day), (visit.start, visit.end))
    for load in nurse_load(children, diary.nurse_rule):
        for start, end, nurses in hours.nurses_steps():
            first = max(load.start, start, visit.start)
            if load.nurses > nurses and first < min(load.end, end, visit.end):
                return (
                    f"{capitalised(_counted(load.nurses, 'nurse'))} would be needed at "
                    f"{_moment(visit.day, first)} and {_number(nurses) if nurses else 'none'} "
                    f"{'is' if nurses < 2 else 'are'} on."
                )
    return None


# A visit's chair


def chair_exists(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    if diary.chair(visit.chair):
        return None
    return f"The chair chosen for {long_date(visit.day)} is not one the unit uses: choose another."


def chair_free(request: CourseRequest, visit: Visit, diary: Diary) -> str | None:
    """One visit may start at the minute in which another ends."""
    chair = diary.chair(visit.chair)
    clashes = [
        clock_range(taken.start, taken.end)
        for taken in diary.taken_on(visit.day)
        if taken.chair == visit.chair and taken.start < visit.end and visit.start < taken.end
    ]
    if chair is None or not clashes:
        return None
    return f"{chair.name} is taken from {listed(clashes)} on {long_date(visit.day)}."


CourseRule = Callable[[Placement, Diary], str | None]
VisitRule = Callable[[CourseRequest, Visit, Diary], str | None]

COURSE_RULES: Mapping[Rule, CourseRule] = {
    Rule.NUMBER_OF_VISITS: number_of_visits,
    Rule.DAYS_IN_A_ROW: visits_on_days_in_a_row,
    Rule.EARLIEST_DATE: earliest_date,
    Rule.LATEST_DATE: latest_date,
}
DAY_RULES: dict[Rule, VisitRule] = {
    Rule.OPEN_DAY: open_day,
    Rule.FAMILY_WEEKDAY: family_weekday,
    Rule.FAMILY_DATE: family_date,
    Rule.OTHER_VISIT: other_visit,
}
TIME_RULES: dict[Rule, VisitRule] = {
    Rule.LENGTH: length,
    Rule.GRID: grid,
    Rule.PAST: past,
    Rule.OPENING_TIME: opening_time,
    Rule.CLOSING_TIME: closing_time,
    Rule.FAMILY_TIME: family_time,
    Rule.CLOCK_CHANGE: clock_change,
    Rule.NURSES: enough_nurses,
}
CHAIR_RULES: dict[Rule, VisitRule] = {
    Rule.CHAIR_EXISTS: chair_exists,
    Rule.CHAIR_FREE: chair_free,
}
VISIT_RULES = DAY_RULES | TIME_RULES | CHAIR_RULES


def _moment(day: date, minutes: int) -> str:
    return f"{_clock(minutes)} on {long_date(day)}"


def _clock(minutes: int) -> str:
    """Like `clock`, but also for a visit that would end after midnight."""
    return clock(minutes) if minutes <= MINUTES_A_DAY else f"{clock(minutes - MINUTES_A_DAY)} the next day"


def _counted(number: int, noun: str) -> str:
    return f"{_number(number)} {noun if number == 1 else noun + 's'}"


def _number(number: int) -> str:
    return NUMBERS[number] if number < len(NUMBERS) else str(number)
