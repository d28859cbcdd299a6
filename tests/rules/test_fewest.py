"""Of courses that no longer fit, the fewest that would have to move."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.rules import Closure, NurseRule, Shift, objections
from scheduling.rules.fewest import OF_THE_UNIT, Fewest, fewest_to_move
from tests.rules.builders import (
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_calendar,
    a_child,
    a_diary,
    a_placement,
    a_visit,
    at,
)

ONE_TO_ONE = NurseRule(cannulation_minutes=0, children_per_nurse=1)


def fewest(booked, from_day=MONDAY, **unit) -> Fewest:
    """booked: by name, each course's first of two days and its start."""
    days = {MONDAY: TUESDAY, TUESDAY: WEDNESDAY, WEDNESDAY: THURSDAY, THURSDAY: FRIDAY}
    placements, taken = {}, []
    for chair, (name, (day, start)) in enumerate(booked.items(), start=1):
        visits = [a_visit(each, start, chair) for each in (day, days[day])]
        placements[name] = a_placement(*visits, course_id=name)
        taken += [a_child(chair, visit.day, visit.start, visit.end, name) for visit in visits]
    diary = a_diary(*taken, chairs=len(booked), **{"nurse_rule": ONE_TO_ONE} | unit)
    return fewest_to_move(placements, diary, from_day)


@pytest.mark.parametrize(
    ("nurses", "moves"), [(3, []), (2, ["Ann"]), (1, ["Ann", "Ben"]), (0, ["Ann", "Ben", "Cas"])]
)
def test_of_three_children_as_many_move_as_nurses_are_missing(nurses, moves):
    booked = dict.fromkeys(["Ann", "Ben", "Cas"], (MONDAY, at(9)))

    assert fewest(booked, calendar=a_calendar(nurses=nurses)) == Fewest(frozenset(moves), len(moves))


def test_one_child_between_two_others_moves_alone():
    """Two pairs share Tuesday only with the course in the middle; with one nurse it is in everybody's way."""
    booked = {"Ann": (MONDAY, at(9)), "Ben": (TUESDAY, at(9)), "Cas": (WEDNESDAY, at(9))}

    assert fewest(booked, calendar=a_calendar(nurses=1)) == Fewest(frozenset({"Ben"}), 1)


def test_children_at_other_times_of_the_day_are_left_alone():
    booked = {"Ann": (MONDAY, at(9)), "Ben": (MONDAY, at(12)), "Cas": (MONDAY, at(12))}
    calendar = a_calendar(
        nurses=3,
        staffing={MONDAY: (Shift(at(9), at(17), 1), Shift(at(9), at(14), 1), Shift(at(13), at(17), 1))},
    )
    found = fewest(booked, calendar=calendar)
    assert len(found.courses) == found.at_least == 1


def test_whoever_has_no_place_even_alone_has_to_move_and_makes_room_for_others():
    booked = {"Ann": (MONDAY, at(9)), "Ben": (TUESDAY, at(9)), "Cas": (WEDNESDAY, at(9))}
    calendar = a_calendar(nurses=1, closures=(Closure(MONDAY, MONDAY, "deep clean"),))

    assert fewest(booked, calendar=calendar) == Fewest(frozenset({"Ann", "Ben"}), 2)
    assert fewest(booked, calendar=calendar, from_day=TUESDAY) == Fewest(frozenset({"Ben"}), 1)


def test_many_courses_are_answered_with_at_least():
    """Of twenty children with five nurses fifteen have to move; not all sets of fifteen are tried."""
    booked = {str(number): (MONDAY, at(9)) for number in range(20)}
    found = fewest(booked, calendar=a_calendar(nurses=5))

    assert len(found.courses) == 15
    assert 0 < found.at_least < 15
    assert not found.is_certain


@settings(max_examples=25)
@given(st.data())
def test_the_answer_is_that_of_trying_every_set(data):
    starts = st.sampled_from((at(9), at(10), at(12)))
    days = st.sampled_from((MONDAY, TUESDAY, WEDNESDAY, THURSDAY))
    booked = {str(n): (data.draw(days), data.draw(starts)) for n in range(data.draw(st.integers(1, 6)))}
    rule = NurseRule(data.draw(st.sampled_from((0, 30))), data.draw(st.integers(1, 2)))
    calendar = a_calendar(nurses=data.draw(st.integers(0, 2)))
    found = fewest(booked, calendar=calendar, nurse_rule=rule)

    assert found.is_certain
    assert fits_without(found.courses, booked, calendar, rule)
    for fewer in combinations(booked, len(found.courses) - 1) if found.courses else ():
        assert not fits_without(set(fewer), booked, calendar, rule)


def fits_without(moved, booked, calendar, rule) -> bool:
    stays = {name: place for name, place in booked.items() if name not in moved}
    days = [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY]
    visits = {
        name: [a_visit(each, start, chair) for each in days[days.index(day) :][:2]]
        for chair, (name, (day, start)) in enumerate(stays.items(), start=1)
    }
    taken = [a_child(v.chair, v.day, v.start, v.end, name) for name, own in visits.items() for v in own]
    diary = a_diary(*taken, chairs=max(1, len(stays)), calendar=calendar, nurse_rule=rule)
    placements = [a_placement(*own, course_id=name) for name, own in visits.items()]
    return not any(found.rule in OF_THE_UNIT for each in placements for found in objections(each, diary))
