"""The plain search finds all that the rules allow and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import product
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.rules import Closure, Diary, Placement, Visit, objections, search_window
from scheduling.rules.course import CourseRequest
from scheduling.rules.objections import Objection, visit_objections
from tests.rules.builders import (
    EVERY_DAY,
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    SATURDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_calendar,
    a_child,
    a_course,
    a_diary,
    at,
    fully_taken,
    something_else,
    starts,
)
from tests.rules.oracle import free_runs, placements
from tests.rules.strategies import DAYS_LOOKED_AT, diaries, problems, requests_in

TRY = settings(max_examples=60, deadline=None)


def first_days(found) -> list[date]:
    return sorted({placement.first_day for placement in found})


@pytest.mark.parametrize(
    ("dates", "first", "last"),
    [
        ({}, MONDAY, MONDAY + timedelta(weeks=26)),
        ({"earliest": WEDNESDAY}, WEDNESDAY, WEDNESDAY + timedelta(weeks=26)),
        ({"earliest": date(2026, 7, 1)}, MONDAY, MONDAY + timedelta(weeks=26)),
        ({"target": FRIDAY}, MONDAY, FRIDAY + timedelta(weeks=26)),
        ({"target": date(2026, 7, 1)}, MONDAY, MONDAY + timedelta(weeks=26)),
        ({"earliest": WEDNESDAY, "target": FRIDAY, "latest": SATURDAY}, WEDNESDAY, SATURDAY),
        ({"latest": MONDAY}, MONDAY, MONDAY),
    ],
)
def test_the_search_window(dates, first, last):
    window = search_window(a_course(**dates), a_diary())

    assert (window[0], window[-1]) == (first, last)
    assert len(window) == (last - first).days + 1


def test_a_latest_date_that_has_passed_leaves_no_window():
    assert search_window(a_course(latest=date(2026, 8, 2)), a_diary()) == ()
    assert list(placements(a_course(latest=date(2026, 8, 2)), a_diary())) == []


def test_placements_come_by_first_day_then_start_then_chair():
    request = a_course(days=1, minutes=at(4), latest=TUESDAY)
    diary = a_diary(chairs=2, slot_minutes=240, calendar=a_calendar(opens=at(8), closes=at(16)))

    assert [placement.visits[0] for placement in placements(request, diary)] == [
        Visit(day, chair, start, at(4))
        for day in (MONDAY, TUESDAY)
        for start in (at(8), at(12))
        for chair in (1, 2)
    ]


def test_the_search_may_be_narrowed_to_some_first_days():
    request = a_course(latest=THURSDAY)

    assert first_days(placements(request, a_diary())) == [MONDAY, TUESDAY, WEDNESDAY, THURSDAY]
    assert first_days(placements(request, a_diary(), [TUESDAY, NEXT_MONDAY])) == [TUESDAY]


def test_a_pair_does_not_cross_a_weekend_a_closure_or_a_full_day():
    diary = a_diary(
        *fully_taken(NEXT_MONDAY + timedelta(days=3)),
        calendar=a_calendar(closures=(Closure(WEDNESDAY, WEDNESDAY, "deep clean"),)),
    )

    assert first_days(placements(a_course(latest=NEXT_MONDAY + timedelta(days=4)), diary)) == [
        MONDAY,
        THURSDAY,
        NEXT_MONDAY,
        NEXT_MONDAY + timedelta(days=1),
    ]


def test_a_course_being_moved_may_use_its_own_place():
    own = a_child(1, MONDAY, at(9), at(17), "mine"), a_child(1, TUESDAY, at(9), at(17), "mine")
    request = a_course(course_id="mine", latest=MONDAY)

    assert first_days(placements(request, a_diary(*own, chairs=1))) == [MONDAY]


def test_nothing_is_found_without_chairs():
    assert list(placements(a_course(), a_diary(chairs=0))) == []


def test_no_visit_lies_across_the_change_of_the_clocks():
    diary = a_diary(
        calendar=a_calendar(opens=0, closes=at(24), weekdays=EVERY_DAY),
        chairs=1,
        slot_minutes=60,
        now=datetime(2026, 10, 24),
    )
    found = placements(a_course(days=1, minutes=at(6)), diary, [date(2026, 10, 24), date(2026, 10, 25)])

    assert starts(found) == [(at(hour),) for hour in range(19)] + [(at(hour),) for hour in range(2, 19)]


def test_free_runs_are_what_is_left_of_the_opening_hours():
    diary = a_diary(
        something_else(1, TUESDAY, at(7), at(10)),
        a_child(1, TUESDAY, at(10), at(14)),
        something_else(1, TUESDAY, at(15), at(16)),
        something_else(1, TUESDAY, at(15, 30), at(15, 45)),
    )

    assert free_runs(diary, TUESDAY, 1) == ((at(14), at(15)), (at(16), at(17)))
    assert free_runs(diary, TUESDAY, 2) == ((at(9), at(17)),)
    assert free_runs(diary, SATURDAY, 1) == ()


def test_a_chair_taken_only_outside_opening_hours_is_free_all_day():
    diary = a_diary(
        something_else(1, TUESDAY, at(6), at(8)),
        something_else(1, TUESDAY, at(18), at(20)),
        calendar=a_calendar(),
    )

    assert free_runs(diary, TUESDAY, 1) == ((at(9), at(17)),)


@TRY
@given(problems())
def test_no_placement_found_has_an_objection(problem):
    request, diary = problem

    for placement in placements(request, diary):
        assert objections(placement, diary) == ()


@settings(TRY, max_examples=10)
@given(st.data())
def test_every_placement_on_the_grid_without_objection_is_found(data):
    days = data.draw(st.integers(1, 3))
    diary = data.draw(diaries(slot_minutes=240, most_chairs=1 if days == 3 else 2))
    request = data.draw(requests_in(diary, days=days))
    with each_visit_judged_once():
        allowed = [placement for placement in on_the_grid(request, diary) if not objections(placement, diary)]

    assert list(placements(request, diary)) == allowed


@contextmanager
def each_visit_judged_once() -> Iterator[None]:
    """In placements of one course in one diary, a visit that stands in many is asked about once."""
    known: dict[Visit, tuple[Objection, ...]] = {}

    def judged(request: CourseRequest, visit: Visit, diary: Diary) -> tuple[Objection, ...]:
        if visit not in known:
            known[visit] = visit_objections(request, visit, diary)
        return known[visit]

    with patch("scheduling.rules.objections.visit_objections", judged):
        yield


def on_the_grid(request: CourseRequest, diary: Diary) -> Iterator[Placement]:
    """Every placement near the window, allowed or not: at any time of day, with gaps and repeats of days."""
    times = range(0, at(24), diary.slot_minutes)
    patterns = {1: [(0,)], 2: [(0, 1), (0, 3), (0, 0)], 3: [(0, 1, 2), (0, 1, 4), (0, 0, 1)]}
    for offset, pattern in product(range(-1, DAYS_LOOKED_AT + 2), patterns[request.days]):
        days = [diary.today + timedelta(days=offset + n) for n in pattern]
        a_day = [
            [Visit(day, chair, start, request.minutes) for start in times for chair in diary.chair_ids]
            for day in days
        ]
        for visits in product(*a_day):
            yield Placement(request, visits)


@TRY
@given(problems())
def test_a_visit_found_keeps_within_an_open_day_and_lasts_as_long_as_it_says(problem):
    request, diary = problem

    for visit in {visit for placement in placements(request, diary) for visit in placement.visits}:
        hours = diary.calendar.weekly[visit.day.weekday()]
        closed = [closure for closure in diary.calendar.closures if closure.covers(visit.day)]

        assert hours.opens <= visit.start < visit.end <= hours.closes
        assert not closed
        assert visit.day not in diary.calendar.bank_holidays
        assert visit.ends_at.astimezone(UTC) - visit.starts_at.astimezone(UTC) == timedelta(
            minutes=visit.minutes
        )
