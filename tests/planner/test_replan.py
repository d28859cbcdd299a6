"""New days for booked courses that a closure hits, with and without others moved."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduling.planner import Candidate, PinnedAway, Prices, Standing, check, replan
from scheduling.rules import Calendar, Closure, CourseRequest, OpeningHours, Visit
from tests.planner.brute import least_by_moved
from tests.planner.small import hit
from tests.rules.builders import MONDAY, THURSDAY, TUESDAY, WEDNESDAY, a_diary, at

ONE_CHAIR = a_diary(chairs=1, calendar=Calendar(dict.fromkeys(range(7), OpeningHours(at(9), at(13), 1))))


def standing(course_id, day, must_move=False, due=None, weight=1, **request) -> Standing:
    """A course of one morning."""
    asked = CourseRequest(course_id=course_id, days=1, minutes=240, **request)
    return Standing(
        candidate=Candidate(request=asked, weight=weight, due=due or day),
        visits=(Visit(day, 1, at(9), 240),),
        must_move=must_move,
    )


def test_it_is_as_cheap_as_can_be_with_nobody_and_with_anybody_moved():
    with_others = 0
    for seed in range(80):
        case = hit(seed)
        found = replan(case.standing, case.diary, last_day=case.last_day, prices=case.prices)
        least = least_by_moved(case.standing, case.diary, case.last_day, case.prices)
        assert (seed, found[0].moved, found[0].value) == (seed, (), least[0])
        assert (seed, found[-1].value) == (seed, min(least.values()))
        values, moved = [each.value for each in found], [len(each.moved) for each in found]
        assert values == sorted(set(values), reverse=True)
        assert moved == sorted(set(moved))
        assert {each.bound <= values[-1] for each in found} == {True}
        candidates = [each.candidate for each in case.standing]
        for each in found:
            assert check(each, candidates, case.diary, last_day=case.last_day) == ()
        with_others += len(found) > 1
    assert with_others > 10


def test_a_swap_saves_a_course():
    """Hers is hit and can only come on the day of his, who could have hers."""
    diary = replace(
        ONE_CHAIR, calendar=replace(ONE_CHAIR.calendar, closures=(Closure(MONDAY, MONDAY, "flood"),))
    )
    hers = standing("hers", MONDAY, must_move=True, latest=TUESDAY)
    his = standing("his", TUESDAY)
    alone, swapped = replan([hers, his], diary, last_day=WEDNESDAY)
    assert [each.course_id for each in alone.left_out] == ["hers"]
    assert (swapped.left_out, swapped.moved) == ((), ("his",))
    assert [each.visits[0].day for each in swapped.placed] == [TUESDAY, WEDNESDAY]
    assert swapped.value == 1 + 1 + 40 + 1


def test_who_makes_room_keeps_its_time_if_another_chair_has_it():
    """Hers is hit and needs the cubicle, in which he has his morning from 11am on."""
    cubicle = frozenset({"cubicle"})
    hours = OpeningHours(at(9), at(15), 2)
    diary = a_diary(
        chairs=2,
        calendar=Calendar(dict.fromkeys(range(7), hours), closures=(Closure(MONDAY, MONDAY, "flood"),)),
    )
    diary = replace(diary, chairs=(replace(diary.chairs[0], kinds=cubicle), diary.chairs[1]))
    hers = standing("hers", MONDAY, must_move=True, latest=TUESDAY, chair_kinds=cubicle)
    his = replace(standing("his", TUESDAY), visits=(Visit(TUESDAY, 1, at(11), 240),))
    found = replan([hers, his], diary, last_day=WEDNESDAY)[-1]
    assert (found.moved, found.placed[1].visits) == (("his",), (Visit(TUESDAY, 2, at(11), 240),))
    assert found.value == 1 + Prices().shift_day + Prices().moved_chair


def three_in_a_circle() -> list[Standing]:
    """Each of the last two can only go where the one before it stands."""
    weekdays = frozenset(range(7))
    return [
        standing("a", MONDAY, must_move=True, impossible_weekdays=weekdays - {0, 1}),
        standing("b", TUESDAY, impossible_weekdays=weekdays - {1, 2}),
        standing("c", WEDNESDAY, impossible_weekdays=weekdays - {2, 3}),
        standing("d", THURSDAY, impossible_weekdays=weekdays - {3, 4}),
    ]


def test_three_moves_save_a_course():
    diary = replace(
        ONE_CHAIR, calendar=replace(ONE_CHAIR.calendar, closures=(Closure(MONDAY, MONDAY, "flood"),))
    )
    found = replan(three_in_a_circle(), diary, last_day=MONDAY + timedelta(6))
    assert [(len(each.left_out), each.moved) for each in found] == [(1, ()), (0, ("b", "c", "d"))]
    fewer = replan(three_in_a_circle(), diary, last_day=MONDAY + timedelta(6), most_others=2)
    assert [(len(each.left_out), each.moved) for each in fewer] == [(1, ())]


def test_what_is_pinned_in_a_new_plan_stays():
    diary = replace(
        ONE_CHAIR, calendar=replace(ONE_CHAIR.calendar, closures=(Closure(MONDAY, MONDAY, "flood"),))
    )
    chosen = (Visit(THURSDAY, 1, at(9), 240),)
    hers = standing("hers", MONDAY, must_move=True)
    pinned = replace(hers, candidate=replace(hers.candidate, pinned=chosen))
    found = replan([pinned, standing("his", TUESDAY)], diary, last_day=MONDAY + timedelta(6))
    assert [(each.moved, each.placed[0].visits) for each in found] == [((), chosen)]
    assert found[0].value == 3 + Prices().shift_day * 3
    taken = replace(hers, candidate=replace(hers.candidate, pinned=(Visit(MONDAY, 1, at(9), 240),)))
    with pytest.raises(PinnedAway):
        replan([taken], diary, last_day=MONDAY + timedelta(6))


def test_who_stands_against_a_rule_and_need_not_move_stays():
    """Somebody allowed it, with a name and a reason."""
    outside = standing("his", TUESDAY, latest=MONDAY)
    (found,) = replan([standing("hers", WEDNESDAY, must_move=True), outside], ONE_CHAIR, last_day=THURSDAY)
    assert found.placed[1].visits == outside.visits
    assert found.moved == ()
