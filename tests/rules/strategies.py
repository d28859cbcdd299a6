"""Small units, diaries and courses for hypothesis: small enough to try every placement there is."""

from datetime import date, datetime, timedelta

from hypothesis import strategies as st

from scheduling.rules import Calendar, Closure, CourseRequest, Diary, NurseRule, OpeningHours, Taken, Weights
from tests.rules.builders import a_diary, at

# An ordinary week, the weekend on which the clocks go back, and the one on which they go forward.
STARTS = (datetime(2026, 8, 3, 8), datetime(2026, 10, 23, 0), datetime(2027, 3, 26, 11, 30))
DAYS_LOOKED_AT = 7

lengths = st.sampled_from((at(4), at(5), at(6)))


def days_from(start: date) -> st.SearchStrategy[date]:
    return st.integers(-1, DAYS_LOOKED_AT).map(lambda n: start + timedelta(days=n))


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
def diaries(draw: st.DrawFn, slot_minutes: int = 60, most_chairs: int = 3) -> Diary:
    now = draw(st.sampled_from(STARTS))
    chairs = draw(st.integers(1, most_chairs))
    taken = st.builds(
        lambda chair, day, start, minutes, course: Taken(
            chair, day, start, min(start + minutes, at(24)), course
        ),
        st.integers(1, chairs),
        days_from(now.date()),
        st.integers(0, 30).map(lambda halves: halves * 30),
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
    limits = st.tuples(near, near).map(sorted).map(tuple)
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
