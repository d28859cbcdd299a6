"""The fast search says what the plain one says, word for word: offers, terms, order.

In the ordinary run a few hundred diaries; `EQUIVALENCE_DIARIES=10000 pytest tests/rules/test_equivalence.py`
tries as many as it is told.
"""

import os
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduling.rules import (
    Calendar,
    Closure,
    CourseRequest,
    Diary,
    NurseRule,
    OpeningHours,
    Placement,
    SchoolTerms,
    Shift,
    Taken,
    find_offers,
    other_starts,
    price,
)
from tests.rules.builders import a_diary, at
from tests.rules.oracle import PlainPricing, allowed_runs, plain_offers, plain_starts
from tests.rules.strategies import (
    days_after,
    full_problems,
    limits_within,
    problems,
    taken_until_midnight,
    weights,
)

DIARIES = int(os.environ.get("EQUIVALENCE_DIARIES", "300"))
TRY = settings(max_examples=DIARIES, deadline=None, suppress_health_check=list(HealthCheck))
DAYS = 21

# An ordinary Monday morning, two weekends on which the clocks change, and a day that has begun.
STARTS = (
    datetime(2026, 8, 3, 8),
    datetime(2026, 10, 22),
    datetime(2027, 3, 25, 11, 7, 30),
    datetime(2026, 8, 5, 13, 50),
)
# Ordinary hours, long and short ones, hours off the grid, and a unit that never sleeps.
HOURS = ((at(8), at(18)), (at(9), at(17)), (at(7, 10), at(19, 50)), (at(8), at(12)), (0, at(24)))
# Of a closure: all day, the afternoon, the morning.
PARTS = ((), (at(13), None), (None, at(12)))
# Whole days more often than not, else some shifts that overlap or leave gaps.
SHIFTS = st.one_of(
    st.just(()),
    st.lists(
        st.builds(
            lambda start, minutes, nurses: Shift(start, start + minutes, nurses),
            st.sampled_from((at(7), at(9), at(12), at(13, 20))),
            st.sampled_from((at(3), at(6), at(10))),
            st.integers(0, 3),
        ),
        max_size=3,
    ).map(tuple),
)
# On the quarter hour as often as not.
A_MINUTE = st.one_of(st.integers(0, 95).map(lambda quarter: 15 * quarter), st.integers(0, at(24) - 1))


@st.composite
def units(draw: st.DrawFn) -> Diary:
    """Three weeks of a unit on any grid, from empty to nearly full, with things at odd minutes."""
    now = draw(st.sampled_from(STARTS))
    chairs = draw(st.integers(0, 5))
    days = days_after(now.date(), -1, DAYS + 2)
    opens, closes = draw(st.sampled_from(HOURS))
    weekly = {
        weekday: OpeningHours(opens, closes, draw(st.integers(0, 4)), draw(SHIFTS))
        for weekday in draw(st.sets(st.integers(0, 6), min_size=3))
    }
    calendar = Calendar(
        weekly=weekly,
        closures=tuple(
            Closure(day, day, "deep clean", *draw(st.sampled_from(PARTS)))
            for day in draw(st.sets(days, max_size=3))
        ),
        bank_holidays=dict.fromkeys(draw(st.sets(days, max_size=2)), "A holiday"),
        staffing=draw(st.dictionaries(days, st.one_of(st.integers(0, 5), SHIFTS), max_size=4)),
        later=((draw(days), dict.fromkeys(range(6), OpeningHours(opens, closes, 2))),)[
            : draw(st.integers(0, 1))
        ],
    )
    taken = st.builds(
        taken_until_midnight,
        # Chair 9 is not in use any more.
        st.one_of(st.integers(1, max(chairs, 1)), st.just(9)),
        days,
        A_MINUTE,
        st.sampled_from((10, at(1), at(4), at(4, 45), at(6), at(12))),
        st.sampled_from((None, "mine", "hers", "his", "theirs")),
    )
    return a_diary(
        *draw(st.lists(taken, max_size=60)),
        chairs=chairs,
        calendar=calendar,
        nurse_rule=NurseRule(draw(st.sampled_from((0, 20, 30, 60, 240))), draw(st.integers(1, 4))),
        now=now,
        slot_minutes=draw(st.sampled_from((15, 15, 15, 10, 20, 30, 45, 60))),
    )


@st.composite
def tight_units(draw: st.DrawFn) -> Diary:
    """A week in which nearly every chair is free for one stretch a day only, and nurses are few."""
    now = datetime(2026, 8, 3, 8)
    chairs = draw(st.integers(1, 4))
    hours = st.sampled_from((0, 1, 2, 3, 4, 5, 6))
    children = st.sampled_from((None, None, "hers", "his"))
    taken = []
    for day in (now.date() + timedelta(days=n) for n in range(8)):
        for chair in range(1, chairs + 1):
            if morning := draw(hours):
                taken.append(Taken(chair, day, at(8), at(8 + morning), draw(children)))
            if evening := draw(hours):
                begins = max(at(18 - evening), at(8 + morning))
                taken.append(Taken(chair, day, begins, at(18), draw(children)))
    return a_diary(
        *taken,
        chairs=chairs,
        calendar=Calendar({n: OpeningHours(at(8), at(18), draw(st.integers(1, 3))) for n in range(7)}),
        nurse_rule=NurseRule(draw(st.sampled_from((0, 30, 60, 120))), draw(st.integers(1, 3))),
        now=now,
        slot_minutes=draw(st.sampled_from((15, 30, 60))),
    )


@st.composite
def courses(draw: st.DrawFn, diary: Diary) -> CourseRequest:
    days = days_after(diary.today, -3, DAYS)
    limits = limits_within(days)
    off = st.frozensets(days, max_size=2)
    return CourseRequest(
        days=draw(st.integers(1, 3)),
        minutes=draw(st.integers(16, 24)) * 15,
        earliest=draw(st.none() | days),
        target=draw(st.none() | days),
        latest=diary.today + timedelta(days=draw(st.integers(-1, DAYS))),
        impossible_weekdays=frozenset(draw(st.sets(st.integers(0, 6), max_size=2))),
        impossible_dates=tuple(draw(st.lists(limits, max_size=2))) if draw(st.booleans()) else (),
        not_before=draw(st.none() | st.integers(at(7), at(12))),
        not_before_until=tuple(draw(st.lists(st.tuples(st.integers(at(7), at(12)), days), max_size=2))),
        school=draw(st.none() | st.builds(SchoolTerms, st.lists(limits, max_size=2).map(tuple), off)),
        other_visits=frozenset(draw(st.sets(days, max_size=2))),
        course_id=draw(st.sampled_from((None, "mine"))),
    )


@TRY
@given(st.data(), weights | st.none(), st.integers(0, 12))
def test_the_offers_are_those_of_the_plain_search(data, weights, limit):
    diary = data.draw(units() | tight_units())
    request = data.draw(courses(diary))
    weighed = () if weights is None else (weights,)

    assert find_offers(request, diary, limit, *weighed) == plain_offers(request, diary, limit, *weighed)


@settings(TRY, max_examples=max(60, DIARIES // 5))
@given(st.data(), weights)
def test_the_other_starts_are_those_of_the_plain_search(data, weights):
    diary = data.draw(units() | tight_units())
    request = data.draw(courses(diary))
    first_day = diary.today + timedelta(days=data.draw(st.integers(-1, DAYS)))

    assert other_starts(request, diary, first_day, weights) == plain_starts(
        request, diary, first_day, weights
    )


@settings(TRY, max_examples=max(60, DIARIES // 5))
@given(st.data(), problems(), weights)
def test_every_allowed_placement_costs_what_the_plain_search_says(data, problem, weights):
    request, diary = problem
    for run in list(allowed_runs(request, diary))[:3]:
        visits = tuple(data.draw(st.sampled_from(a_day)) for a_day in run)

        assert price(Placement(request, visits), diary, weights) == PlainPricing(
            request, diary, weights
        ).offer(visits)


@TRY
@given(full_problems(), weights)
def test_with_all_that_can_be_set_up_the_offers_and_starts_are_those_of_the_plain_search(problem, weights):
    request, diary = problem
    first_day = diary.today + timedelta(days=1)

    assert find_offers(request, diary, 10, weights) == plain_offers(request, diary, 10, weights)
    assert other_starts(request, diary, first_day, weights) == plain_starts(
        request, diary, first_day, weights
    )
