"""Every placement that the rules allow.

A placement is a run of open days with a visit on each. No rule looks at two visits at once, except that their
days be in a row; so the visits allowed on a day are found once and serve every run the day is in.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import product

from scheduling.rules.course import CourseRequest, Placement, Visit
from scheduling.rules.diary import Diary
from scheduling.rules.objections import CHAIR_RULES, COURSE_RULES, DAY_RULES, TIME_RULES, Rule, VisitRule

# How far to look when the clinician names no latest date.
SEARCH_WEEKS = 26

# For each day of a course, the visits to choose from.
Run = tuple[tuple[Visit, ...], ...]


def search_start(request: CourseRequest, diary: Diary) -> date:
    """The earliest date, or today if that is later."""
    return max(request.earliest or diary.today, diary.today)


def search_window(request: CourseRequest, diary: Diary) -> tuple[date, ...]:
    """The first days to try, up to and including the latest date.

    Without a latest date, up to 26 weeks after the start of the search or the target, whichever is later.
    """
    start = search_start(request, diary)
    end = request.latest or max(start, request.target or start) + timedelta(weeks=SEARCH_WEEKS)
    return tuple(start + timedelta(days=n) for n in range((end - start).days + 1))


def placements(
    request: CourseRequest, diary: Diary, first_days: Iterable[date] | None = None
) -> Iterator[Placement]:
    """Every placement on the grid without objection, by first day, then by start and chair of each visit.

    `first_days` narrows or widens the search; left out, it is the search window.
    """
    for run in allowed_runs(request, diary, first_days):
        for visits in product(*run):
            yield Placement(request, visits)


def allowed_runs(
    request: CourseRequest, diary: Diary, first_days: Iterable[date] | None = None
) -> Iterator[Run]:
    """For each run of days that can take the course, the visits to choose from, day by day."""
    diary = diary.without(request.course_id)
    visits_on = cache(lambda day: tuple(_allowed_visits(request, diary, day)))
    for first_day in search_window(request, diary) if first_days is None else first_days:
        days = diary.calendar.run_of_open_days(first_day, request.days)
        if days and all(visits_on(day) for day in days):
            run = tuple(visits_on(day) for day in days)
            # The rules about the course look at its days only: any one placement speaks for the run.
            anyone = Placement(request, tuple(visits[0] for visits in run))
            if not any(rule(anyone) for rule in COURSE_RULES.values()):
                yield run


def _allowed_visits(request: CourseRequest, diary: Diary, day: date) -> Iterator[Visit]:
    """The visits on `day` to which no rule objects, by start and then chair.

    A day's rules do not look at the time, nor a time's rules at the chair, so any visit speaks for them.
    """
    hours = diary.calendar.hours_on(day)
    if hours is None:
        return

    def allow(rules: Mapping[Rule, VisitRule], visit: Visit) -> bool:
        return not any(rule(request, visit, diary) for rule in rules.values())

    for start in hours.starts_for(request.minutes, diary.slot_minutes):
        visits = [Visit(day, chair, start, request.minutes) for chair in diary.chair_ids]
        if visits and allow(DAY_RULES, visits[0]) and allow(TIME_RULES, visits[0]):
            yield from (visit for visit in visits if allow(CHAIR_RULES, visit))
