"""Two or three courses on shared days: found whenever there is any way, and never against a rule."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.rules import Diary, NurseRule, Placement, objections, taken_by
from scheduling.rules.together import days_are_shared, find_shared_offers
from tests.rules import oracle, strategies
from tests.rules.builders import (
    MONDAY,
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
)


def with_all_but(diary: Diary, requests, placed, n: int) -> Diary:
    for request in requests:
        diary = diary.without(request.course_id)
    others = [
        taken_by(visit, ("sibling", m), requests[m], diary.nurse_rule)
        for m, visits in enumerate(placed)
        if m != n
        for visit in visits
    ]
    return diary.with_taken(others)


def broken(diary: Diary, requests, placed) -> list:
    """What the judge says of each course with the others in the diary."""
    return [
        objection
        for n, request in enumerate(requests)
        for objection in objections(Placement(request, placed[n]), with_all_but(diary, requests, placed, n))
    ]


def ways(requests, diary):
    """Every way, tried one by one, in which the judge lets the courses share their days."""
    alone = diary
    for request in requests:
        alone = alone.without(request.course_id)
    for each in product(*(oracle.placements(request, alone) for request in requests)):
        placed = [placement.visits for placement in each]
        if days_are_shared([placement.days for placement in each]) and not broken(diary, requests, placed):
            yield placed


@st.composite
def families(draw):
    diary = draw(strategies.diaries(slot_minutes=120, most_chairs=2))
    requests = [
        replace(
            draw(strategies.requests_in(diary, draw(st.integers(1, 2)))), course_id=name, at_short_notice=True
        )
        for name in ("mine", "hers")
    ]
    return diary, requests


@given(families())
def test_an_offer_is_found_whenever_there_is_any_way(family):
    diary, requests = family
    offers = find_shared_offers(requests, diary, limit=3)

    assert bool(offers) == any(True for _ in ways(requests, diary))
    for offer in offers:
        assert broken(diary, requests, offer.visits) == []
        assert days_are_shared([each.placement.days for each in offer.offers])
    assert [offer.cost for offer in offers] == sorted(offer.cost for offer in offers)


def test_nurses_stagger_the_starts_and_the_chairs_are_neighbours():
    """Two nurses: beside the child in chair 2, only one other can be cannulated at 9am."""
    there = [a_child(2, day, at(9), at(17)) for day in (MONDAY, TUESDAY)]
    diary = a_diary(*there, chairs=4, calendar=a_calendar(nurses=2))
    best = find_shared_offers([a_course(target=MONDAY)] * 2, diary, limit=1)[0]

    assert sorted((v.day, v.start, v.chair) for visits in best.visits for v in visits) == [
        (MONDAY, at(9), 3),
        (MONDAY, at(9, 30), 4),
        (TUESDAY, at(9), 3),
        (TUESDAY, at(9, 30), 4),
    ]


def test_the_shorter_course_lies_within_the_longer():
    diary = a_diary(*fully_taken(MONDAY, TUESDAY, chairs=1), chairs=2)
    three, one = a_course(days=3, latest=THURSDAY), a_course(days=1, earliest=TUESDAY, latest=WEDNESDAY)
    offers = find_shared_offers([one, three], diary)

    assert {offer.visits[0][0].day for offer in offers} == {WEDNESDAY}
    assert len(offers[0].visits[1]) == 3


def test_three_children_share_a_day_only_if_there_are_three_chairs():
    one_day = [a_course(days=1, latest=MONDAY, minutes=at(6))] * 3

    assert find_shared_offers(one_day, a_diary(chairs=2)) == ()
    (offer,) = find_shared_offers(one_day, a_diary(chairs=3))
    assert {visits[0].chair for visits in offer.visits} == {1, 2, 3}


@pytest.mark.parametrize("one, other, best", [(None, THURSDAY, THURSDAY), (None, None, MONDAY)])
def test_the_target_of_one_is_not_pulled_forward_by_one_without(one, other, best):
    offers = find_shared_offers([a_course(target=one), a_course(target=other)], a_diary())
    assert offers[0].visits[0][0].day == best


def test_a_way_is_found_even_if_each_at_its_best_would_bar_the_other():
    """At its best each child comes at 9:30am, and then no second drip can start before 10:30am, when only
    chair 2 is free for long enough: it is taken by the first."""
    diary = a_diary(
        something_else(1, MONDAY, at(9), at(10)),
        something_else(1, MONDAY, at(14), at(17)),
        something_else(2, MONDAY, at(9), at(9, 30)),
        something_else(2, MONDAY, at(15), at(17)),
        a_child(3, MONDAY, at(9), at(17)),
        chairs=3,
        calendar=a_calendar(nurses=2),
        nurse_rule=NurseRule(cannulation_minutes=60, children_per_nurse=3),
        slot_minutes=30,
    )
    (offer,) = find_shared_offers([a_course(days=1, minutes=at(4), latest=MONDAY)] * 2, diary)

    assert sorted((v.start, v.chair) for (v,) in offer.visits) == [(at(10), 1), (at(11), 2)]


@pytest.mark.parametrize("number", [1, 4])
def test_only_two_or_three_share_their_days(number):
    with pytest.raises(ValueError, match="Two or three"):
        find_shared_offers([a_course()] * number, a_diary())


def test_days_are_shared_within_those_of_the_longest():
    assert days_are_shared([(MONDAY, TUESDAY), (TUESDAY,)])
    assert not days_are_shared([(MONDAY, TUESDAY), (TUESDAY, WEDNESDAY)])
    assert days_are_shared([])
