"""The diary as a value."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.rules import Care, Taken
from scheduling.rules.capacity import Stretch, nurse_load
from tests.rules import strategies
from tests.rules.builders import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    a_calendar,
    a_child,
    a_diary,
    at,
    something_else,
)


def test_what_is_taken_is_found_by_day_in_order():
    late = a_child(1, TUESDAY, at(12), at(16))
    early_in_chair_2 = a_child(2, TUESDAY, at(9), at(12))
    early_in_chair_1 = a_child(1, TUESDAY, at(9), at(12))
    diary = a_diary(late, early_in_chair_2, early_in_chair_1, a_child(1, WEDNESDAY, at(9), at(13)))

    assert diary.taken_on(TUESDAY) == (early_in_chair_1, early_in_chair_2, late)
    assert diary.taken_on(MONDAY) == ()


def test_only_children_need_nurses():
    diary = a_diary(a_child(1, TUESDAY, at(9), at(13)), something_else(2, TUESDAY, at(10), at(16)))

    assert diary.children_on(TUESDAY) == (a_child(1, TUESDAY, at(9), at(13)),)
    assert [(care.start, care.end) for care in diary.care_on(TUESDAY)] == [
        (at(9), at(9, 30)),
        (at(9, 30), at(13)),
    ]


def test_a_chair_is_found_by_its_id():
    diary = a_diary(chairs=2)

    assert diary.chair_ids == (1, 2)
    assert diary.chair(2).name == "Chair 2"
    assert diary.chair(3) is None


def test_a_diary_without_a_course_keeps_everything_else():
    mine, hers = a_child(1, TUESDAY, at(9), at(13), "mine"), a_child(2, TUESDAY, at(9), at(13), "hers")
    scan = something_else(1, WEDNESDAY, at(9), at(13))
    diary = a_diary(mine, hers, scan)

    assert diary.without("mine").taken_on(TUESDAY) == (hers,)
    assert diary.without("mine").taken_on(WEDNESDAY) == (scan,)
    assert diary.without("mine").without("hers").taken_on(TUESDAY) == ()
    assert diary.taken_on(TUESDAY) == (mine, hers)


def test_a_diary_without_no_course_keeps_everything():
    diary = a_diary(a_child(1, TUESDAY, at(9), at(13)), something_else(1, WEDNESDAY, at(9), at(13)))

    assert diary.without(None) is diary


def test_what_a_day_has_room_for_is_worked_out_once_for_all_moments_and_absent_courses():
    diary = a_diary(a_child(1, TUESDAY, at(9), at(13), "mine"), a_child(1, WEDNESDAY, at(9), at(13), "hers"))
    later, without_mine = diary.at(datetime(2026, 8, 3, 15)), diary.without("mine")

    assert later.index_of(TUESDAY) is diary.index_of(TUESDAY)
    assert without_mine.index_of(WEDNESDAY) is diary.index_of(WEDNESDAY)
    assert without_mine.index_of(TUESDAY) is not diary.index_of(TUESDAY)
    assert without_mine.at(datetime(2026, 8, 3, 15)).index_of(TUESDAY) is without_mine.index_of(TUESDAY)


def test_a_changed_calendar_is_worked_out_anew():
    diary = a_diary()
    shut = replace(diary, calendar=a_calendar(weekdays=[0]))

    assert diary.index_of(TUESDAY).hours is not None
    assert shut.index_of(TUESDAY).hours is None


def test_now_is_local_time_without_a_zone():
    with pytest.raises(ValueError, match="without a time zone"):
        a_diary(now=datetime(2026, 8, 3, 8, tzinfo=UTC))


def test_a_grid_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least a minute"):
        a_diary(slot_minutes=0)


@pytest.mark.parametrize(("start", "end"), [(60, 60), (60, 30), (-1, 60), (60, 1441)])
def test_a_chair_is_taken_for_a_part_of_one_day(start, end):
    assert Taken(1, TUESDAY, 0, at(24))
    with pytest.raises(ValueError, match="part of one day"):
        Taken(1, TUESDAY, start, end)


@settings(max_examples=200)
@given(strategies.full_problems())
def test_the_load_of_a_day_with_one_child_more_is_that_of_all_who_are_there(problem):
    """Also of a child who has been left out and comes back as before: that of the whole day, kept."""
    _, diary = problem
    for day, rows in diary.taken.items():
        for row in rows:
            without = diary.without(row.whose)
            for own in (row.care(diary.nurse_rule), (Stretch(at(9), at(10), Care.OWN),)):
                plain = nurse_load((*without.care_on(day), *own), diary.nurse_rule)
                assert without.load_with(day, own) == plain


@given(strategies.diaries(), st.integers(0, 30))
def test_what_was_worked_out_of_a_diary_serves_it_without_a_course_and_at_another_moment(diary, days):
    later = diary.now + timedelta(days=days)
    fresh = replace(diary, now=later, left_out=frozenset({"mine"}))
    assert diary.first_with_notice
    for other in (diary.at(later).without("mine"), diary.without("mine").at(later)):
        assert other == fresh
        assert other.first_with_notice == fresh.first_with_notice
        assert other.chair_ids == fresh.chair_ids
