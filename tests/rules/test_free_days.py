"""A free day is of use to a pair only if a neighbour is free too."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.rules import Diary, Taken, Visit
from scheduling.rules.free_days import FreeDays
from tests.rules.builders import (
    FRIDAY,
    MONDAY,
    SATURDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_calendar,
    a_child,
    a_diary,
    a_visit,
    at,
    fully_taken,
    shape,
    something_else,
)
from tests.rules.strategies import diaries, lengths


def free_days(*taken: Taken, minutes: int = at(5), **diary) -> FreeDays:
    return FreeDays(a_diary(*taken, **diary), shape(minutes))


@pytest.mark.parametrize(
    ("taken", "has_place"),
    [
        ((), True),
        (fully_taken(TUESDAY, chairs=1), True),
        (fully_taken(TUESDAY, chairs=2), False),
        ((*fully_taken(TUESDAY, chairs=1), something_else(2, TUESDAY, at(14), at(17))), True),
        ((*fully_taken(TUESDAY, chairs=1), something_else(2, TUESDAY, at(13, 59), at(17))), False),
        ((*fully_taken(TUESDAY, chairs=1), something_else(2, TUESDAY, at(11), at(13))), False),
    ],
)
def test_a_day_has_a_place_while_a_chair_is_free_for_long_enough(taken, has_place):
    assert free_days(*taken).has_place(TUESDAY) is has_place


def test_neither_a_closed_day_nor_a_past_one_has_a_place():
    days = free_days(now=datetime(2026, 8, 5, 12))

    assert not days.has_place(TUESDAY)
    assert days.has_place(WEDNESDAY)
    assert not days.has_place(SATURDAY)


@pytest.mark.parametrize(
    ("visit", "still"),
    [
        (a_visit(TUESDAY, at(9), chair=1, minutes=at(4)), True),
        (a_visit(TUESDAY, at(13), chair=1, minutes=at(4)), True),
        (a_visit(TUESDAY, at(11), chair=1, minutes=at(4)), False),
    ],
)
def test_a_visit_may_leave_its_day_a_place_in_the_same_chair(visit, still):
    assert free_days(minutes=at(4), chairs=1).has_place_beside(visit) is still


def test_a_visit_that_fills_the_morning_leaves_a_place_in_the_afternoon():
    lunch = something_else(1, TUESDAY, at(12), at(13))
    days = free_days(lunch, minutes=at(4), chairs=1, calendar=a_calendar(opens=at(8), closes=at(18)))

    assert days.has_place_beside(a_visit(TUESDAY, at(8), minutes=at(4)))
    assert days.has_place_beside(a_visit(TUESDAY, at(13), minutes=at(4)))


def test_a_visit_leaves_its_day_a_place_in_another_chair():
    assert free_days(chairs=2).has_place_beside(a_visit(TUESDAY))
    assert not free_days(a_child(2, TUESDAY, at(9), at(15)), chairs=2).has_place_beside(a_visit(TUESDAY))


@pytest.mark.parametrize(
    ("full", "days", "still_free", "stranded"),
    [
        ((), (TUESDAY, WEDNESDAY), (True, True), ()),
        ((), (TUESDAY, WEDNESDAY), (False, False), (MONDAY,)),
        ((), (WEDNESDAY, THURSDAY), (False, False), (FRIDAY,)),
        ((), (TUESDAY, WEDNESDAY), (False, True), (MONDAY,)),
        ((), (WEDNESDAY, THURSDAY), (True, False), (FRIDAY,)),
        ((FRIDAY,), (WEDNESDAY, THURSDAY), (False, True), (THURSDAY,)),
        ((MONDAY, FRIDAY), (TUESDAY, WEDNESDAY), (False, False), (THURSDAY,)),
        ((MONDAY, THURSDAY), (TUESDAY, WEDNESDAY), (True, False), (TUESDAY,)),
        ((), (TUESDAY, WEDNESDAY, THURSDAY), (False, False, False), (MONDAY, FRIDAY)),
        ((), (WEDNESDAY,), (False,), ()),
        ((), (TUESDAY,), (False,), (MONDAY,)),
        ((TUESDAY, THURSDAY), (WEDNESDAY,), (True,), ()),
        ((MONDAY, TUESDAY, THURSDAY), (WEDNESDAY,), (True,), ()),
    ],
)
def test_a_day_is_stranded_when_it_is_single_only_after_the_course(full, days, still_free, stranded):
    assert free_days(*fully_taken(*full)).stranded_by(days, still_free) == stranded


def test_yesterday_is_never_stranded():
    days = free_days(now=datetime(2026, 8, 4, 8))

    assert days.stranded_by((TUESDAY, WEDNESDAY), (False, False)) == ()


@settings(max_examples=60, deadline=None)
@given(diaries(), lengths, st.data())
def test_places_agree_with_looking_at_every_quarter_hour(diary, minutes, data):
    day = diary.today + timedelta(days=data.draw(st.integers(-1, 7)))
    days = FreeDays(diary, shape(minutes))
    visit = Visit(
        day, data.draw(st.sampled_from(diary.chair_ids)), 15 * data.draw(st.integers(0, 80)), minutes
    )

    assert days.has_place(day) == looked_up(diary, day, minutes)
    assert days.has_place_beside(visit) == looked_up(
        diary, day, minutes, (visit.chair, visit.start, visit.end)
    )


def looked_up(diary: Diary, day, minutes: int, *visits: tuple[int, int, int]) -> bool:
    hours = diary.calendar.hours_on(day)
    if hours is None or day < diary.today:
        return False
    taken = [(row.chair, row.start, row.end) for row in diary.taken_on(day)] + list(visits)
    return any(
        all(row_chair != chair or end <= start or start + minutes <= begin for row_chair, begin, end in taken)
        for chair in diary.chair_ids
        for start in range(hours.opens, hours.closes - minutes + 1, 15)
    )
