"""Small units, diaries and courses for hypothesis: small enough to try every placement there is."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import chain

from hypothesis import strategies as st

from scheduling.rules import (
    Calendar,
    Care,
    Closure,
    CourseRequest,
    Diary,
    KeptBack,
    NurseRule,
    OpeningHours,
    Phase,
    RoleShift,
    Shift,
    Taken,
    Weights,
    by_day,
)
from tests.rules.builders import a_diary, at

# An ordinary week, the weekend on which the clocks go back, and the one on which they go forward.
STARTS = (datetime(2026, 8, 3, 8), datetime(2026, 10, 23, 0), datetime(2027, 3, 26, 11, 30))
DAYS_LOOKED_AT = 7
CUBICLE, PLAY = "cubicle", "play specialist"

lengths = st.sampled_from((at(4), at(5), at(6)))
half_hours = st.integers(0, 30).map(lambda halves: halves * 30)


# A strategy that is made anew for each example is looked through for each, which takes longer than to draw.
@cache
def days_from(start: date) -> st.SearchStrategy[date]:
    return days_after(start, -1, DAYS_LOOKED_AT)


@cache
def days_after(start: date, first: int, last: int) -> st.SearchStrategy[date]:
    """The days from so many to so many after that one."""
    return st.integers(first, last).map(lambda n: start + timedelta(days=n))


@cache
def limits_within(days: st.SearchStrategy[date]) -> st.SearchStrategy[tuple[date, date]]:
    """A first day and a last."""
    return st.tuples(days, days).map(sorted).map(tuple)


def taken_until_midnight(chair: int, day: date, start: int, minutes: int, course: str | None) -> Taken:
    return Taken(chair, day, start, min(start + minutes, at(24)), course)


@st.composite
def calendars(draw: st.DrawFn, today: date) -> Calendar:
    """Units open by day, and a made-up one open at night, with closures, holidays and changes of staff."""
    opens, closes = draw(st.sampled_from(((at(9), at(17)), (at(7), at(13)), (at(0), at(9)), (at(0), at(24)))))
    weekdays = draw(st.sets(st.integers(0, 6), min_size=4))
    days = days_from(today)
    return Calendar(
        weekly={weekday: OpeningHours(opens, closes, draw(st.integers(1, 3))) for weekday in weekdays},
        closures=tuple(Closure(day, day, "deep clean") for day in draw(st.sets(days, max_size=1))),
        bank_holidays=dict.fromkeys(draw(st.sets(days, max_size=1)), "A holiday"),
        staffing=draw(st.dictionaries(days, st.integers(0, 2), max_size=2)),
    )


@st.composite
def phases(draw: st.DrawFn, most: int = 60) -> Phase:
    """Something before or after the drip."""
    minutes = draw(st.integers(1, most // 15)) * 15
    return Phase(minutes, draw(st.sampled_from(Care)), in_chair=draw(st.booleans()))


@cache
def shifts(most: int) -> st.SearchStrategy[tuple[Shift, ...]]:
    """Nobody's, or a few that overlap, leave gaps or reach beyond the hours."""
    shift = st.builds(
        lambda start, hours, nurses: Shift(start * 60, min(start + hours, 24) * 60, nurses),
        st.integers(6, 14),
        st.integers(1, 8),
        st.integers(0, most),
    )
    return st.lists(shift, max_size=3).map(tuple)


kept_back = st.builds(
    KeptBack,
    places=st.integers(1, 2),
    for_courses=st.booleans(),
    released_days_before=st.integers(0, 3),
    weekdays=st.sampled_from((frozenset(), frozenset({0, 1, 2}))),
    start=st.sampled_from((0, at(10))),
    end=st.sampled_from((at(14), at(24))),
)


@st.composite
def full_diaries(draw: st.DrawFn, slot_minutes: int = 60, most_chairs: int = 3) -> Diary:
    """Diaries with all that a unit can set up: shifts, roles, kinds of chair, other infusions, phases, places
    kept back, notice."""
    plain = draw(diaries(slot_minutes, most_chairs))
    calendar = plain.calendar
    weekly = {
        weekday: replace(
            hours,
            shifts=draw(shifts(3)),
            roles=tuple(
                RoleShift(PLAY, start, start + at(6))
                for start in draw(st.sets(st.sampled_from((at(8), at(11)))))
            ),
        )
        for weekday, hours in calendar.weekly.items()
    }
    taken = []
    for row in chain.from_iterable(plain.taken.values()):
        if row.course is None and draw(st.booleans()):
            care = draw(st.sampled_from(Care))
            row = replace(row, other=("other", len(taken)), phases=(Phase(row.end - row.start, care),))
        elif row.course is not None and draw(st.booleans()):
            before = draw(phases())
            middle = Phase(30, Care.OWN), Phase(max(0, row.end - row.start - 30))
            row = replace(row, phases=(before, *middle))
        taken.append(row)
    return replace(
        plain,
        calendar=replace(calendar, weekly=weekly),
        chairs=tuple(
            replace(chair, kinds=draw(st.sampled_from((frozenset(), frozenset({CUBICLE})))))
            for chair in plain.chairs
        ),
        taken=by_day(taken),
        kept_back=tuple(draw(st.lists(kept_back, max_size=2))),
        notice_days=draw(st.integers(0, 2)),
    )


@st.composite
def full_requests(draw: st.DrawFn, request: CourseRequest) -> CourseRequest:
    """The request with phases and needs."""
    return replace(
        request,
        minutes=at(4),
        before=draw(st.none() | phases()),
        after=draw(st.none() | phases(30)),
        more_cannulation=draw(st.sampled_from((-15, 0, 0, 15, 30))),
        chair_kinds=draw(st.sampled_from((frozenset(), frozenset(), frozenset({CUBICLE})))),
        roles=draw(st.sampled_from((frozenset(), frozenset(), frozenset({PLAY})))),
        at_short_notice=draw(st.booleans()),
    )


@st.composite
def diaries(draw: st.DrawFn, slot_minutes: int = 60, most_chairs: int = 3) -> Diary:
    now = draw(st.sampled_from(STARTS))
    chairs = draw(st.integers(1, most_chairs))
    taken = st.builds(
        taken_until_midnight,
        st.integers(1, chairs),
        days_from(now.date()),
        half_hours,
        st.sampled_from((at(1), at(4), at(5), at(10))),
        st.sampled_from((None, "mine", "hers", "his")),
    )
    return a_diary(
        *draw(st.lists(taken, max_size=8)),
        chairs=chairs,
        calendar=draw(calendars(now.date())),
        nurse_rule=NurseRule(draw(st.sampled_from((0, 30, 60))), draw(st.integers(1, 3))),
        now=now,
        slot_minutes=slot_minutes,
    )


@st.composite
def requests_in(draw: st.DrawFn, diary: Diary, days: int) -> CourseRequest:
    """A course with a latest date, so that its search ends within the days looked at."""
    near = days_from(diary.today)
    limits = limits_within(near)
    return CourseRequest(
        days=days,
        minutes=draw(lengths),
        earliest=draw(st.none() | near),
        target=draw(st.none() | near),
        latest=diary.today + timedelta(days=draw(st.integers(3, DAYS_LOOKED_AT))),
        impossible_weekdays=frozenset(draw(st.sets(st.integers(0, 6), max_size=1))),
        impossible_dates=tuple(draw(st.lists(limits, max_size=1))) if draw(st.booleans()) else (),
        not_before=draw(st.none() | st.sampled_from((at(8), at(10)))),
        other_visits=frozenset(draw(st.sets(near, max_size=1))),
        course_id=draw(st.sampled_from((None, "mine"))),
    )


@st.composite
def problems(draw: st.DrawFn) -> tuple[CourseRequest, Diary]:
    """A course and a diary to find it a place in; the longer the course, the coarser the grid."""
    days = draw(st.integers(1, 3))
    slot_minutes, most_chairs = {1: (30, 3), 2: (90, 3), 3: (180, 2)}[days]
    diary = draw(diaries(slot_minutes, most_chairs))
    return draw(requests_in(diary, days)), diary


@st.composite
def full_problems(draw: st.DrawFn) -> tuple[CourseRequest, Diary]:
    """The same for a unit and a course with all that can be set up."""
    days = draw(st.integers(1, 3))
    slot_minutes, most_chairs = {1: (30, 3), 2: (90, 3), 3: (180, 2)}[days]
    diary = draw(full_diaries(slot_minutes, most_chairs))
    return draw(full_requests(draw(requests_in(diary, days)))), diary


# Small numbers, so that costs often tie.
weights = st.builds(
    Weights,
    day_from_target=st.integers(0, 2),
    different_chair=st.integers(0, 3),
    different_start=st.integers(0, 3),
    stranded_day=st.integers(0, 3),
    hour_later=st.integers(0, 2),
    school_day=st.integers(0, 3),
)
