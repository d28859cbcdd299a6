"""Places kept back, notice, and what a person may allow: just before, at and just after each limit."""

from datetime import date, timedelta

import pytest

from scheduling.rules import (
    KeptBack,
    Rule,
    Taken,
    VisitRequest,
    find_offers,
    objections,
    offers_at_short_notice,
    visit_objections,
)
from tests.rules.builders import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_child,
    a_course,
    a_diary,
    a_placement,
    a_visit,
    at,
)


def rules_against(placement, diary) -> list[Rule]:
    return [objection.rule for objection in objections(placement, diary)]


@pytest.mark.parametrize(("released", "against"), [(0, True), (2, True), (3, False), (9, False)])
def test_a_place_is_released_so_many_days_before(released, against):
    """Thursday, seen on Monday."""
    kept = KeptBack(2, for_courses=False, released_days_before=released)
    placement = a_placement(a_visit(THURSDAY), days=1)

    assert rules_against(placement, a_diary(kept_back=(kept,))) == [Rule.KEPT_BACK] * against


@pytest.mark.parametrize(
    ("kept", "others", "against"),
    [
        # One of two chairs is kept: the first child may come, the second may not.
        ({}, (), False),
        ({}, (a_child(2, TUESDAY, at(9), at(14)),), True),
        ({}, (a_child(2, TUESDAY, at(14), at(17)),), False),
        ({"start": at(14)}, (a_child(2, TUESDAY, at(9), at(17)),), False),
        ({"start": at(13, 59)}, (a_child(2, TUESDAY, at(9), at(17)),), True),
        ({"weekdays": frozenset({1})}, (a_child(2, TUESDAY, at(9), at(14)),), True),
        ({"weekdays": frozenset({2})}, (a_child(2, TUESDAY, at(9), at(14)),), False),
        ({"for_courses": True}, (a_child(2, TUESDAY, at(9), at(14)),), False),
        # Another infusion, for which the place is kept, takes none of the courses' places.
        ({}, (Taken(2, TUESDAY, at(9), at(14), other="hers"),), False),
    ],
)
def test_a_course_leaves_the_places_that_are_kept(kept, others, against):
    places = KeptBack(**{"places": 1, "for_courses": False, "released_days_before": 0} | kept)
    found = rules_against(a_placement(a_visit(TUESDAY), days=1), a_diary(*others, kept_back=(places,)))

    assert found == [Rule.KEPT_BACK] * against


def test_another_infusion_leaves_the_places_of_courses():
    request, visit = VisitRequest(minutes=60), a_visit(TUESDAY, minutes=60)
    kept = KeptBack(2, for_courses=True, released_days_before=0)

    found = visit_objections(request, visit, a_diary(kept_back=(kept,)))

    assert [objection.rule for objection in found] == [Rule.KEPT_BACK]


@pytest.mark.parametrize(("days", "first"), [(0, MONDAY), (1, TUESDAY), (4, FRIDAY), (5, NEXT_MONDAY)])
def test_notice_is_counted_in_days_on_which_the_unit_is_open(days, first):
    assert a_diary(notice_days=days).first_with_notice == first


def test_a_unit_that_never_opens_does_not_count_for_ever():
    from scheduling.rules import Calendar

    assert a_diary(calendar=Calendar({}), notice_days=2).first_with_notice == MONDAY + timedelta(days=70)


@pytest.mark.parametrize(
    ("asked", "first_day", "against"),
    [
        ({}, TUESDAY, True),
        ({}, WEDNESDAY, False),
        ({"at_short_notice": True}, TUESDAY, False),
        ({"known_days": frozenset({TUESDAY})}, TUESDAY, False),
        ({"known_days": frozenset({WEDNESDAY})}, TUESDAY, True),
    ],
)
def test_who_has_to_be_told_in_time(asked, first_day, against):
    placement = a_placement(a_visit(first_day, at(11)), days=1, **asked)

    assert rules_against(placement, a_diary(notice_days=2)) == [Rule.NOTICE] * against


def test_offers_begin_with_notice_and_those_below_it_are_found_apart():
    diary, request = a_diary(notice_days=2), a_course(days=1)
    below = offers_at_short_notice(request, diary)

    assert find_offers(request, diary)[0].placement.first_day == WEDNESDAY
    assert [offer.placement.first_day for offer in below] == [MONDAY, TUESDAY]
    assert {offer.reasons[-1] for offer in below} == {"Less than 2 working days’ notice"}
    assert all(rules_against(offer.placement, diary) == [Rule.NOTICE] for offer in below)
    assert offers_at_short_notice(a_course(days=1, at_short_notice=True), diary) == ()
    assert offers_at_short_notice(a_course(days=1, earliest=WEDNESDAY), diary) == ()
    assert offers_at_short_notice(request, a_diary()) == ()


@pytest.mark.parametrize(("minutes", "may"), [(0, False), (29, False), (30, True), (31, True)])
def test_a_visit_may_be_allowed_to_end_so_long_after_closing(minutes, may):
    placement = a_placement(a_visit(TUESDAY, at(12, 30)), days=1)
    (objection,) = objections(placement, a_diary(may_overrun=minutes))

    assert (objection.rule, objection.may_be_allowed) == (Rule.CLOSING_TIME, may)


def test_a_chair_twice_is_never_allowed():
    placement = a_placement(a_visit(TUESDAY), days=1, latest=date(2026, 8, 3))
    found = objections(placement, a_diary(a_child(1, TUESDAY, at(9), at(10))))

    assert {objection.rule: objection.may_be_allowed for objection in found} == {
        Rule.LATEST_DATE: True,
        Rule.CHAIR_FREE: False,
    }
