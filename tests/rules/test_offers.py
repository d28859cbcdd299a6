"""The best placement of each run of days, against pricing every placement there is."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.rules import (
    Offer,
    Visit,
    Weights,
    by_day,
    find_offers,
    objections,
    other_starts,
    price,
)
from tests.rules.builders import (
    MONDAY,
    NEXT_MONDAY,
    SATURDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_child,
    a_course,
    a_diary,
    at,
    fully_taken,
    something_else,
    starts,
)
from tests.rules.oracle import placements
from tests.rules.strategies import problems, weights

TRY = settings(max_examples=60, deadline=None)


def rank(offer: Offer):
    return offer.rank


def first_days(offers):
    return [offer.placement.first_day for offer in offers]


def test_there_is_one_offer_for_each_first_day_the_best_first():
    offers = find_offers(a_course(target=WEDNESDAY, latest=THURSDAY), a_diary(chairs=3))

    assert first_days(offers) == [WEDNESDAY, TUESDAY, THURSDAY, MONDAY]
    assert offers[0].placement.visits == (
        Visit(WEDNESDAY, 1, at(9), at(5)),
        Visit(WEDNESDAY + timedelta(days=1), 1, at(9), at(5)),
    )
    assert offers[0].reasons == (
        "On the target date",
        "Same chair both days",
        "Same start both days",
        "Breaks up no pair of free days",
        "Finished by 2pm",
    )


def test_without_a_target_the_soonest_comes_first():
    assert first_days(find_offers(a_course(), a_diary(chairs=3), limit=3)) == [MONDAY, TUESDAY, WEDNESDAY]


def test_no_more_offers_are_given_than_asked_for():
    assert len(find_offers(a_course(), a_diary())) == 10
    assert len(find_offers(a_course(), a_diary(), limit=2)) == 2
    assert find_offers(a_course(), a_diary(), limit=0) == ()


def test_a_full_unit_gives_no_offer():
    assert find_offers(a_course(latest=TUESDAY), a_diary(*fully_taken(TUESDAY))) == ()


def test_a_later_start_in_the_same_chair_may_beat_an_earlier_one_in_two():
    diary = a_diary(
        something_else(1, MONDAY, at(9), at(11)),
        something_else(2, TUESDAY, at(9), at(11)),
        something_else(2, MONDAY, at(16), at(17)),
    )
    (offer,) = find_offers(a_course(latest=MONDAY), diary)

    assert offer.placement.visits == (Visit(MONDAY, 1, at(11), at(5)), Visit(TUESDAY, 1, at(11), at(5)))


def test_a_start_that_leaves_the_day_a_place_beats_an_earlier_one_that_strands_its_neighbour():
    """From 10:15am to 2:15pm neither the morning nor the afternoon has room for another 4 hours."""
    request = a_course(days=1, minutes=at(4), not_before=at(10, 15), earliest=TUESDAY, latest=TUESDAY)
    (offer,) = find_offers(request, a_diary(chairs=1))

    assert starts([offer.placement]) == [(at(13),)]
    assert "Breaks up no pair of free days" in offer.reasons


def test_an_offer_for_a_course_being_moved_may_keep_a_part_of_its_place():
    own = a_child(1, MONDAY, at(9), at(14), "mine"), a_child(1, TUESDAY, at(9), at(14), "mine")
    request = a_course(course_id="mine", latest=MONDAY)

    (offer,) = find_offers(request, a_diary(*own, chairs=1))

    assert starts([offer.placement]) == [(at(9), at(9))]


def test_other_starts_are_the_starts_common_to_both_days_in_order():
    diary = a_diary(
        something_else(1, MONDAY, at(9), at(10)),
        something_else(2, MONDAY, at(9), at(17)),
        something_else(2, TUESDAY, at(9), at(17)),
        slot_minutes=60,
    )
    offers = other_starts(a_course(), diary, MONDAY)

    assert starts(offer.placement for offer in offers) == [
        (at(10), at(10)),
        (at(11), at(11)),
        (at(12), at(12)),
    ]


def test_the_best_chairs_are_taken_for_each_start():
    diary = a_diary(something_else(1, MONDAY, at(9), at(10)), slot_minutes=60)
    offers = other_starts(a_course(), diary, MONDAY)

    assert [tuple(visit.chair for visit in offer.placement.visits) for offer in offers] == [
        (2, 2),
        (1, 1),
        (1, 1),
        (1, 1),
    ]


def test_days_without_a_common_start_give_their_best_placement():
    diary = a_diary(
        something_else(1, MONDAY, at(9), at(12)), something_else(1, TUESDAY, at(14), at(17)), chairs=1
    )

    assert starts(offer.placement for offer in other_starts(a_course(), diary, MONDAY)) == [(at(12), at(9))]


def test_a_first_day_that_cannot_be_has_no_other_starts():
    assert other_starts(a_course(), a_diary(), SATURDAY) == ()
    assert other_starts(a_course(latest=TUESDAY), a_diary(), NEXT_MONDAY) == ()
    assert other_starts(a_course(), a_diary(*fully_taken(TUESDAY)), MONDAY) == ()


def test_a_later_common_start_in_two_chairs_may_beat_two_starts():
    """Monday in chair 1 only, Tuesday in chair 2 only, and there from 10am."""
    diary = a_diary(
        something_else(2, MONDAY, at(9), at(17)),
        something_else(1, TUESDAY, at(9), at(17)),
        something_else(2, TUESDAY, at(9), at(10)),
    )
    (offer,) = find_offers(a_course(latest=MONDAY), diary)

    assert offer.placement.visits == (Visit(MONDAY, 1, at(10), at(5)), Visit(TUESDAY, 2, at(10), at(5)))


def test_of_equal_offers_the_earlier_day_comes_first_though_it_is_tried_later():
    """The target costs a change of start; two days before it the distance alone costs as much."""
    mornings = [something_else(1, day, at(14), at(17)) for day in (MONDAY, TUESDAY, THURSDAY)]
    diary = a_diary(*mornings, something_else(1, WEDNESDAY, at(9), at(12)), chairs=1)
    weights = Weights(day_from_target=1, different_start=2, different_chair=0, stranded_day=0, hour_later=0)
    offers = find_offers(a_course(target=WEDNESDAY, latest=WEDNESDAY), diary, 3, weights)

    assert [(offer.placement.first_day, offer.cost) for offer in offers] == [
        (MONDAY, 2),
        (WEDNESDAY, 2),
        (TUESDAY, 3),
    ]
    assert find_offers(a_course(target=WEDNESDAY, latest=WEDNESDAY), diary, 1, weights) == offers[:1]


def test_of_equal_places_the_earlier_start_comes_first_though_the_days_then_differ():
    """Chair 2 from 9am and from 10am, or an hour later from 10am both days: the hour is worth as much."""
    diary = a_diary(
        something_else(1, MONDAY, at(14), at(17)),
        something_else(1, TUESDAY, at(9), at(17)),
        something_else(2, TUESDAY, at(9), at(10)),
    )
    weights = Weights(day_from_target=0, different_start=3, different_chair=9, stranded_day=0, hour_later=3)
    (offer,) = find_offers(a_course(latest=MONDAY), diary, 1, weights)

    assert offer.placement.visits == (Visit(MONDAY, 2, at(9), at(5)), Visit(TUESDAY, 2, at(10), at(5)))


def test_seconds_count_a_start_that_has_just_passed_is_not_offered():
    now = datetime(2026, 8, 3, 10, 0, 1)
    (offer,) = find_offers(a_course(latest=MONDAY), a_diary(chairs=1, now=now))

    assert offer.placement.visits[0].start == at(10, 15)


@TRY
@given(st.data())
def test_no_offer_has_an_objection(data):
    request, diary = data.draw(problems())
    offers = find_offers(request, diary)

    for first_day in first_days(offers):
        offers += other_starts(request, diary, first_day)
    for offer in offers:
        assert objections(offer.placement, diary) == ()


@TRY
@given(st.data(), weights)
def test_the_offers_are_the_best_of_all_placements_for_each_first_day(data, weights):
    request, diary = data.draw(problems())
    limit = data.draw(st.integers(1, 8))
    every_offer = (price(placement, diary, weights) for placement in placements(request, diary))
    best = [
        min(offers, key=rank) for _, offers in groupby(every_offer, lambda offer: offer.placement.first_day)
    ]

    assert find_offers(request, diary, limit, weights) == tuple(sorted(best, key=rank)[:limit])


@TRY
@given(st.data(), weights)
def test_other_starts_are_the_best_of_all_placements_for_each_start(data, weights):
    request, diary = data.draw(problems())
    first_day = diary.today + timedelta(days=data.draw(st.integers(-1, 7)))
    every_offer = sorted(
        (price(placement, diary, weights) for placement in placements(request, diary, [first_day])), key=rank
    )
    best: dict[tuple[int, ...], Offer] = {}
    for offer in every_offer:
        best.setdefault(*starts([offer.placement]), offer)
    alike = tuple(best[times] for times in sorted(best) if len(set(times)) == 1)

    assert other_starts(request, diary, first_day, weights) == (alike or tuple(every_offer[:1]))


@TRY
@given(st.data())
def test_the_order_in_which_things_are_told_does_not_matter(data):
    request, diary = data.draw(problems())
    shuffled = replace(
        diary,
        chairs=tuple(data.draw(st.permutations(diary.chairs))),
        taken=by_day(data.draw(st.permutations([row for rows in diary.taken.values() for row in rows]))),
    )

    assert find_offers(request, shuffled) == find_offers(request, diary)
