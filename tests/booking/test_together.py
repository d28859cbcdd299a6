"""Booked courses that change places in one act: all of them move, or none, and each family is told once."""

import json
import os
from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import bookings, holds, together, undo
from scheduling.booking.together import Move
from scheduling.doctor.breaches import find_breaches
from scheduling.errors import Refused, SlotGone
from scheduling.models import Booking, CancelReason, Course, Message, MessageKind, Session, Unit
from tests import builders
from tests.processes import database_of_its_own, python

REASON = CancelReason.UNIT_CLOSED
A_WEEK = timedelta(weeks=1)
ROUNDS = int(os.environ.get("RACE_ROUNDS", "2"))


@pytest.fixture
def unit(db):
    """One chair: whoever wants another's days needs that other to leave."""
    return builders.unit(chairs=1)


@pytest.fixture
def monday():
    return builders.next_monday(2)


@pytest.fixture
def three(unit, monday, coordinator):
    """Ada, Ben and Cat, a week apart, each with a parent who gets mails."""
    booked = []
    for week, name in enumerate(("Ada Lark", "Ben Finch", "Cat Wren")):
        course = builders.course(builders.patient(name), unit)
        builders.contact(course.patient, "Mia Poole")
        visits = builders.visits(course, monday + week * A_WEEK)
        booked.append(bookings.book(course=course, visits=visits, by=coordinator).course)
    return booked


def anew(course):
    return Course.objects.get(pk=course.pk)


def in_each_others_places(courses):
    """Each goes to where the next stands, the last to where the first does."""
    places = [[session.visit for session in course.live_sessions] for course in courses]
    return [
        Move(course, visits, course.version)
        for course, visits in zip(courses, [*places[1:], places[0]], strict=True)
    ]


def stand(courses):
    return [[session.visit for session in anew(course).live_sessions] for course in courses]


@pytest.mark.parametrize("many", [2, 3], ids=["two", "three"])
def test_courses_change_places_and_each_day_gets_one_update(three, coordinator, many):
    moves = in_each_others_places(three[:many])
    with pytest.raises(SlotGone):
        bookings.move(course=three[0], visits=moves[0].visits, reason=REASON, by=coordinator)
    uids = {session.pk: session.uid for session in Session.objects.all()}
    before = set(Message.objects.values_list("pk", flat=True))

    done = together.move_together(moves=moves, reason=REASON, by=coordinator)

    assert stand(three[:many]) == [list(move.visits) for move in moves]
    assert {session.pk: session.uid for session in Session.objects.all()} == uids
    moved = Session.objects.filter(course__in=three[:many])
    assert set(moved.values_list("sequence", flat=True)) == {1}
    mails = Message.objects.exclude(pk__in=before)
    told = list(mails.order_by("session").values_list("session", "kind"))
    assert told == [(session.pk, MessageKind.INVITE) for session in moved.order_by("pk")]
    assert [len(each.messages) for each in done] == [2] * many
    logged = AuditEvent.objects.filter(action="course.moved")
    assert {event.changes["reason"] for event in logged} == {"Hospital: the unit is closed"}
    assert logged.count() == many
    assert list(find_breaches(timezone.now())) == []


def test_one_who_has_no_place_keeps_all_where_they_are(three, unit, coordinator):
    moves = in_each_others_places(three)
    # Cat goes where nobody leaves.
    there = builders.book(unit, builders.next_monday(6), coordinator, name="Dan Rook")
    visits = [session.visit for session in there.live_sessions]
    moves[2] = Move(three[2], visits, three[2].version)
    before, places = Message.objects.count(), stand(three)

    with pytest.raises(SlotGone, match="is taken"):
        together.move_together(moves=moves, reason=REASON, by=coordinator)

    assert (Message.objects.count(), stand(three)) == (before, places)
    assert not Session.objects.exclude(sequence=0).exists()


def test_days_held_for_one_of_them_are_let_go(three, coordinator):
    ada = three[0]
    later = builders.visits(ada, builders.next_monday(8))
    holds.hold(course=ada, visits=later, hours=24, by=coordinator)
    shown = [anew(course) for course in three]
    together.move_together(moves=in_each_others_places(shown), reason=REASON, by=coordinator)

    assert anew(ada).held_until is None
    assert not Booking.objects.exclude(held_for=None).exists()


def test_undoing_it_puts_all_of_them_back(three, coordinator):
    Unit.objects.update(undo_minutes=10)
    shown = [anew(course) for course in three]
    places = stand(shown)
    together.move_together(moves=in_each_others_places(shown), reason=REASON, by=coordinator)
    undo.undo(course=shown[0], by=coordinator)
    assert stand(shown) == places
    assert not Session.objects.exclude(sequence=0).exists()


def test_a_course_that_has_begun_stays_and_so_do_the_others(three, unit, coordinator):
    begun = builders.begun_course(unit, timezone.localdate(), name="Eve Rook")
    moves = [*in_each_others_places(three), Move(begun, builders.visits(begun, builders.next_monday(8)))]
    places = stand(three)
    with pytest.raises(Refused, match="This course has begun"):
        together.move_together(moves=moves, reason=REASON, by=coordinator)
    assert stand(three) == places


@pytest.mark.processes
def test_against_colleagues_who_want_the_same_places(tmp_path):
    with database_of_its_own(tmp_path) as database:
        played = json.loads(python(database, "-m", "tests.together_race", str(ROUNDS), timeout=300))
        diagnosis = python(database, "manage.py", "doctor")
    assert len(played["ring"]) == len(played["accept_all"]) == ROUNDS
    for each in played["ring"]:
        # Of six who were shown the same three courses, one changed their places; the others were told why.
        assert each["changed"] == 1, each
        assert len(each["refused"]) == 5
        assert all("so nothing was done" in said for said in each["refused"])
        # Nobody is booked on a place that was never free.
        assert each["booked"] == 0
        assert each["sequences"] == [1] * 6
    for each in played["accept_all"]:
        # Each place has one child: the one that was to move there, or one who was booked first.
        moved = [outcome for outcome, _ in each["lines"]].count("moved")
        refused = [why for outcome, why in each["lines"] if outcome == "refused"]
        assert moved + each["booked"] == 6, each
        assert len(refused) == 6 - moved
        assert [outcome for outcome, _ in each["lines"][:2]] == ["moved", "moved"]
        assert all("is taken from" in why for why in refused)
    assert diagnosis == "Nothing wrong.\n"
