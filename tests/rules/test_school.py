"""A wish that no school is missed: which days are school days, what a missed one costs, how it is said."""

from datetime import date, timedelta

import pytest

from scheduling.rules import Factor, SchoolDay, SchoolTerms, Weights, find_offers, objections
from scheduling.rules.objections import Rule
from tests.rules.builders import (
    FRIDAY,
    MONDAY,
    SATURDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_calendar,
    a_course,
    a_diary,
    a_placement,
    a_visit,
    at,
)

LONG_AFTER = date(2026, 12, 18)
# School until Tuesday; holidays; school again from Friday on, which is off, to December.
TERMS = SchoolTerms(((date(2026, 6, 1), TUESDAY), (FRIDAY, LONG_AFTER)), frozenset({FRIDAY}))


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 5, 31), SchoolDay.UNKNOWN),
        (date(2026, 6, 1), SchoolDay.SCHOOL),
        (TUESDAY, SchoolDay.SCHOOL),
        (WEDNESDAY, SchoolDay.HOLIDAYS),
        (THURSDAY, SchoolDay.HOLIDAYS),
        (FRIDAY, SchoolDay.DAY_OFF),
        (SATURDAY, SchoolDay.DAY_OFF),
        (LONG_AFTER, SchoolDay.SCHOOL),
        (LONG_AFTER + timedelta(days=1), SchoolDay.UNKNOWN),
    ],
)
def test_only_between_the_terms_entered_is_it_known_whether_there_is_school(day, kind):
    assert TERMS.of(day) == kind


@pytest.mark.parametrize(
    ("terms", "words", "cost"),
    [
        (((WEDNESDAY, WEDNESDAY), (MONDAY, TUESDAY)), "Misses 2 days of school", 600),
        (((date(2026, 6, 1), TUESDAY), (FRIDAY, LONG_AFTER)), "Misses 1 day of school", 300),
        (((date(2026, 6, 1), MONDAY), (THURSDAY, LONG_AFTER)), "In the school holidays", 0),
        (((date(2026, 6, 1), MONDAY),), "School terms of these days are not known", 0),
    ],
)
def test_the_reason_says_how_much_school_is_missed(terms, words, cost):
    request = a_course(target=TUESDAY, school=SchoolTerms(terms))
    (offer,) = find_offers(request, a_diary(), 1, Weights(day_from_target=10_000))
    assert [(t.reason, t.cost) for t in offer.terms if t.name is Factor.SCHOOL] == [(words, cost)]


def test_a_weekend_misses_no_school():
    diary = a_diary(calendar=a_calendar(weekdays=range(7)))
    request = a_course(target=SATURDAY, school=SchoolTerms(((MONDAY, LONG_AFTER),)))
    assert "No school missed" in find_offers(request, diary, 1)[0].reasons


@pytest.mark.parametrize(("points", "first"), [(199, MONDAY), (200, MONDAY), (201, WEDNESDAY)])
def test_days_off_school_go_before_sooner_ones_by_the_points_of_the_unit(points, first):
    """Monday is on the target and misses one day more than Wednesday, two days later."""
    school = SchoolTerms(((date(2026, 6, 1), MONDAY), (THURSDAY, LONG_AFTER)), frozenset({THURSDAY}))
    request, weights = a_course(target=MONDAY, latest=WEDNESDAY, school=school), Weights(school_day=points)
    full = a_diary(calendar=a_calendar(weekdays=(0, 1, 2, 3)))
    best = next(o for o in find_offers(request, full, 9, weights) if o.placement.first_day != TUESDAY)
    assert best.placement.first_day == first


def test_without_the_wish_school_neither_costs_nor_is_spoken_of():
    offer = find_offers(a_course(target=TUESDAY), a_diary(), 1)[0]
    assert Factor.SCHOOL not in {term.name for term in offer.terms}


@pytest.mark.parametrize(("until", "broken"), [(MONDAY, []), (TUESDAY, [Rule.FAMILY_TIME])])
def test_an_earliest_start_ends_with_its_last_day(until, broken):
    placement = a_placement(a_visit(TUESDAY, at(9)), not_before_until=((at(10), until),))
    assert [objection.rule for objection in objections(placement, a_diary())] == broken


def test_of_several_earliest_starts_the_latest_that_still_holds_counts():
    request = a_course(not_before=at(9), not_before_until=((at(11), MONDAY), (at(10), TUESDAY)))
    assert [request.earliest_start(d) for d in (MONDAY, TUESDAY, WEDNESDAY)] == [at(11), at(10), at(9)]
    assert a_course(not_before_until=((at(10), MONDAY),)).has_family_limits
    with pytest.raises(ValueError, match="earliest start"):
        a_course(not_before_until=((at(24), MONDAY),))
