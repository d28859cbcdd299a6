"""What each shortcoming costs and how it is put in words."""

from dataclasses import fields, replace
from datetime import date, datetime

import pytest

from scheduling.rules import Factor, SchoolTerms, Weights, price
from tests.rules.builders import (
    FRIDAY,
    MONDAY,
    NEXT_TUESDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_child,
    a_diary,
    a_placement,
    a_visit,
    at,
    fully_taken,
    something_else,
)

WEIGHTS = Weights(
    day_from_target=100, different_chair=200, different_start=300, stranded_day=400, hour_later=4
)


def term(name, placement, diary=None) -> tuple[int, str]:
    (found,) = (term for term in price(placement, diary or a_diary(), WEIGHTS).terms if term.name == name)
    return found.cost, found.reason


@pytest.mark.parametrize(
    ("dates", "cost", "reason"),
    [
        ({"target": TUESDAY}, 0, "On the target date"),
        ({"target": MONDAY}, 100, "1 day after the target date"),
        ({"target": FRIDAY}, 300, "3 days before the target date"),
        ({"target": date(2026, 7, 28)}, 700, "7 days after the target date"),
        ({"target": THURSDAY, "earliest": MONDAY}, 200, "2 days before the target date"),
        ({"earliest": TUESDAY}, 0, "On the earliest date"),
        ({"earliest": MONDAY}, 100, "In 1 day"),
        ({"earliest": date(2026, 7, 1)}, 100, "In 1 day"),
        ({}, 100, "In 1 day"),
    ],
)
def test_nearer_the_target_is_better_and_sooner_is_if_there_is_none(dates, cost, reason):
    assert term(Factor.TARGET, a_placement(**dates)) == (cost, reason)


def test_days_after_the_earliest_date_are_counted_when_it_is_to_come():
    placement = a_placement(a_visit(THURSDAY), earliest=TUESDAY)

    assert term(Factor.TARGET, placement) == (200, "2 days after the earliest date")


def test_a_course_that_can_start_today_says_so():
    assert term(Factor.TARGET, a_placement(a_visit(MONDAY))) == (0, "Today")


@pytest.mark.parametrize(
    ("chairs", "cost", "reason"),
    [
        ((1, 1), 0, "Same chair both days"),
        ((1, 2), 200, "Different chairs: Chair 1, then Chair 2"),
        ((2, 2, 2), 0, "Same chair every day"),
        ((1, 2, 1), 200, "Different chairs: Chair 1, then Chair 2, then Chair 1"),
    ],
)
def test_the_same_chair_is_better(chairs, cost, reason):
    days = (TUESDAY, WEDNESDAY, THURSDAY)
    visits = [a_visit(day, chair=chair) for day, chair in zip(days, chairs, strict=False)]

    assert term(Factor.CHAIR, a_placement(*visits)) == (cost, reason)


@pytest.mark.parametrize(
    ("times", "cost", "reason"),
    [
        ((at(9), at(9)), 0, "Same start both days"),
        ((at(9), at(10, 30)), 300, "Different starts: 9am, then 10:30am"),
        ((at(12), at(12), at(12)), 0, "Same start every day"),
        ((at(12), at(9), at(9)), 300, "Different starts: midday, then 9am, then 9am"),
    ],
)
def test_the_same_start_is_better(times, cost, reason):
    days = (TUESDAY, WEDNESDAY, THURSDAY)
    visits = [a_visit(day, start) for day, start in zip(days, times, strict=False)]

    assert term(Factor.START, a_placement(*visits)) == (cost, reason)


def test_a_course_of_one_day_has_no_chair_or_start_to_keep():
    names = [term.name for term in price(a_placement(a_visit(TUESDAY)), a_diary()).terms]

    assert names == [Factor.TARGET, Factor.STRANDING, Factor.FINISH]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"impossible_weekdays": frozenset({4})}, "Avoids the days the family cannot do"),
        ({"impossible_dates": ((FRIDAY, FRIDAY),)}, "Avoids the days the family cannot do"),
        (
            {"impossible_weekdays": frozenset({4}), "not_before": at(9)},
            "Avoids the days the family cannot do",
        ),
        ({"not_before": at(9)}, "Starts late enough for the family"),
    ],
)
def test_suiting_the_family_is_said_and_costs_nothing(limits, reason):
    assert term(Factor.FAMILY, a_placement(**limits)) == (0, reason)


def test_a_family_without_limits_is_not_mentioned():
    assert Factor.FAMILY not in [term.name for term in price(a_placement(), a_diary()).terms]


@pytest.mark.parametrize(
    ("full", "cost", "reason"),
    [
        ((), 0, "Breaks up no pair of free days"),
        ((MONDAY, THURSDAY), 0, "Breaks up no pair of free days"),
        ((MONDAY,), 0, "Breaks up no pair of free days"),
        ((FRIDAY,), 0, "Breaks up no pair of free days"),
    ],
)
def test_a_course_in_a_unit_with_room_strands_no_day(full, cost, reason):
    assert term(Factor.STRANDING, a_placement(), a_diary(*fully_taken(*full))) == (cost, reason)


def test_a_course_that_takes_the_last_place_of_both_days_strands_its_neighbour():
    diary = a_diary(*fully_taken(FRIDAY, chairs=1), chairs=1)
    placement = a_placement(a_visit(TUESDAY), a_visit(WEDNESDAY))

    assert term(Factor.STRANDING, placement, diary) == (
        800,
        "Leaves Monday 3 August and Thursday 6 August free on their own",
    )
    assert term(Factor.STRANDING, placement, a_diary(chairs=1)) == (
        400,
        "Leaves Monday 3 August free on its own",
    )


def test_a_course_being_moved_strands_days_as_if_it_had_left_its_old_place():
    own = something_else(1, MONDAY, at(9), at(17)), a_child(1, TUESDAY, at(9), at(14), "mine")
    placement = a_placement(a_visit(TUESDAY), a_visit(WEDNESDAY), course_id="mine")

    assert term(Factor.STRANDING, placement, a_diary(*own, chairs=1)) == (0, "Breaks up no pair of free days")


@pytest.mark.parametrize(
    ("times", "cost", "reason"),
    [
        ((at(9), at(9)), 72, "Finished by 2pm"),
        ((at(9), at(9, 15)), 73, "Finished by 2:15pm"),
        ((at(12), at(9)), 84, "Finished by 5pm"),
    ],
)
def test_an_earlier_finish_is_a_little_better(times, cost, reason):
    visits = [a_visit(day, start) for day, start in zip((TUESDAY, WEDNESDAY), times, strict=True)]

    assert term(Factor.FINISH, a_placement(*visits)) == (cost, reason)


def test_an_offer_costs_the_sum_of_its_terms_and_shows_their_reasons():
    placement = a_placement(
        a_visit(TUESDAY),
        a_visit(WEDNESDAY, at(10), chair=2),
        target=MONDAY,
        not_before=at(8),
        school=SchoolTerms(((WEDNESDAY, WEDNESDAY),)),
    )
    offer = price(placement, a_diary(chairs=3), WEIGHTS)

    assert offer.cost == 100 + 200 + 300 + 0 + 300 + 0 + 36 + 40
    assert offer.reasons == (
        "1 day after the target date",
        "Different chairs: Chair 1, then Chair 2",
        "Different starts: 9am, then 10am",
        "Starts late enough for the family",
        "Misses 1 day of school",
        "Breaks up no pair of free days",
        "Finished by 3pm",
    )
    assert [term.name for term in offer.terms] == [factor for factor in Factor if factor is not Factor.NOTICE]


def test_offers_rank_by_cost_then_day_then_start_then_chair():
    free = Weights(0, 0, 0, 0, 0)
    visits = [
        (a_visit(TUESDAY), a_visit(WEDNESDAY)),
        (a_visit(TUESDAY), a_visit(WEDNESDAY, chair=2)),
        (a_visit(TUESDAY), a_visit(WEDNESDAY, at(10))),
        (a_visit(TUESDAY, chair=2), a_visit(WEDNESDAY)),
        (a_visit(TUESDAY, at(10)), a_visit(WEDNESDAY)),
        (a_visit(WEDNESDAY), a_visit(THURSDAY)),
    ]
    offers = [price(a_placement(*pair), a_diary(), free) for pair in visits]
    dear = price(a_placement(*visits[0]), a_diary(), replace(free, hour_later=1))

    assert sorted([dear, *reversed(offers)], key=lambda offer: offer.rank) == [*offers, dear]


def test_by_default_chair_start_and_stranding_are_worth_days_and_an_hour_decides_between_equals():
    default = Weights()
    day = default.day_from_target

    assert (default.different_chair, default.different_start, default.stranded_day) == (
        2 * day,
        3 * day,
        2 * day,
    )
    assert 0 < 3 * 8 * default.hour_later < day


@pytest.mark.parametrize("weight", [weight.name for weight in fields(Weights)])
def test_a_weight_below_zero_is_refused(weight):
    with pytest.raises(ValueError, match="less than zero"):
        Weights(**{weight: -1})


def test_a_target_long_past_still_prefers_sooner():
    now = datetime(2026, 8, 3, 8)
    sooner, later = (
        price(a_placement(a_visit(day), target=date(2026, 6, 1)), a_diary(now=now)).cost
        for day in (TUESDAY, NEXT_TUESDAY)
    )

    assert sooner < later
