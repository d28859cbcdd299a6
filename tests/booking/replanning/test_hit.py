"""Who has to move after a change of the unit, and for whom a person decides first."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from scheduling.booking import holds, lost_days, sharing
from scheduling.booking.lost_days import Approval
from scheduling.booking.replanning.hit import Leads, find_hit
from scheduling.models import CancelReason, Course, LostBecause, SharedBecause
from scheduling.rules import Visit
from scheduling.unit import setup
from tests import builders
from tests.replans import close

A_DAY = timedelta(days=1)


def names(hits):
    return [each.course.patient.name for each in hits]


def test_all_on_closed_days_have_to_move_in_the_order_of_their_days(unit, monday, coordinator, lead):
    builders.book(unit, monday + A_DAY, coordinator, name="Ben Finch", chair=unit.chairs.last())
    builders.book(unit, monday, coordinator, name="Ada Lark")
    builders.book(unit, monday + timedelta(weeks=1), coordinator, name="Cat Wren")
    close(unit, monday, lead)
    who = find_hit(unit, timezone.now())
    assert (names(who.to_move), who.may_stay, who.apart) == (["Ada Lark", "Ben Finch"], (), ())
    assert who.reason == CancelReason.UNIT_CLOSED


def test_where_nurses_are_short_only_so_many_have_to_move_as_it_takes(db, monday, coordinator, lead):
    unit = builders.unit(chairs=2, nurses=2, children_per_nurse=1)
    for name, chair in zip(("Ada Lark", "Ben Finch"), unit.chairs.all(), strict=True):
        course = builders.book(unit, monday, coordinator, name=name, chair=chair)
    setup.set_staffing(unit=unit, day=monday, nurses=1, note="", seen=[course.pk, course.pk - 1], by=lead)
    who = find_hit(unit, timezone.now())
    assert (len(who.to_move), len(who.may_stay)) == (1, 1)
    assert who.reason == CancelReason.STAFF_SHORT


def test_a_broken_chair_is_a_reason_of_its_own(unit, monday, coordinator, lead):
    course = builders.book(unit, monday, coordinator)
    chair = unit.chairs.first()
    chair.in_use = False
    setup.save_chair(chair=chair, seen=[course.pk], by=lead)
    who = find_hit(unit, timezone.now())
    assert (names(who.to_move), who.reason) == (["Ada Lark"], CancelReason.NO_CHAIR)


@pytest.mark.usefixtures("on_a_working_day")
def test_begun_split_undecided_held_and_shared_stand_apart_with_what_is_to_decide(
    unit, monday, coordinator, lead, django_assert_max_num_queries
):
    today = timezone.localdate()
    approval = Approval(LostBecause.UNWELL, "Day 2 can wait", "Dr Wren")
    builders.begun_course(unit, today, name="Begun Lark")
    lost = builders.book(unit, monday, coordinator, name="Lost Rook", chair=unit.chairs.last())
    lost.sessions.filter(number=1).update(status="not_given")
    split = builders.book(unit, monday + 2 * A_DAY, coordinator, name="Split Wren")
    lost_days.another_day(
        session=split.live_sessions[1],
        visit=Visit(monday + 4 * A_DAY, unit.chairs.first().pk, 9 * 60, 240),
        approval=approval,
        by=coordinator,
    )
    held = builders.course(builders.patient("Held Finch"), unit)
    holds.hold(course=held, visits=builders.visits(held, monday), hours=48, by=coordinator)
    friends = [
        builders.book(unit, monday + 7 * A_DAY, coordinator, name=name, chair=chair)
        for name, chair in zip(("Shared Swift", "Shared Poole"), unit.chairs.all(), strict=True)
    ]
    sharing.link(course=friends[0], other=friends[1], because=SharedBecause.FRIENDS, by=coordinator)
    close(unit, today + A_DAY, lead, days=20)

    with django_assert_max_num_queries(15):
        who = find_hit(unit, timezone.now())
    said = {each.course.patient.name.split()[0]: (each.decide, each.leads) for each in who.apart}
    assert who.to_move == ()
    assert said["Begun"][0].startswith("It has begun (Tuesday 8 June 2027).")
    assert "A clinician decides." in said["Begun"][0]
    assert said["Split"][0].startswith("By decision, its days are not in a row, or one was left out.")
    assert said["Lost"][0].startswith("A day was lost, and nobody has decided what comes instead.")
    assert said["Held"][0].startswith("Its days are only held, until")
    assert re.search(r"with Shared [PS]\. Find new days for all of them together\.", said["Shared"][0])
    assert said["Shared"][1] == Leads.SHARED
    assert len(who.apart) == 6


def test_what_only_the_family_or_the_agreement_says_is_no_closed_unit(unit, monday, coordinator, lead):
    """It is moved at the family's wish, and not counted as the hospital's doing."""
    course = builders.book(unit, monday + timedelta(weeks=1), coordinator)
    Course.objects.filter(pk=course.pk).update(latest=monday)
    who = find_hit(unit, timezone.now())
    assert who.to_move == ()
    assert "Find other days, and say why it is moved." in who.apart[0].decide
    assert who.apart[0].leads == Leads.OTHER_DAYS


@pytest.mark.parametrize("many", [2, 12])
def test_twelve_cost_no_more_queries_than_two(
    db, monday, coordinator, lead, many, django_assert_max_num_queries
):
    unit = builders.unit(chairs=12, nurses=12)
    for chair in unit.chairs.all()[:many]:
        builders.book(unit, monday, coordinator, chair=chair)
    close(unit, monday, lead)
    with django_assert_max_num_queries(15):
        assert len(find_hit(unit, timezone.now()).to_move) == many
