"""What is late today, where a visit has phases around the agreed time."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from scheduling.models import Session
from scheduling.unit.diary_rows import load_calendar
from scheduling.visit.running_late import late_sentences, latest_start_of
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def monday():
    return builders.next_monday()


def at(day, clock):
    return timezone.make_aware(datetime.combine(day, time.fromisoformat(clock)))


@pytest.mark.parametrize(
    ("phases", "next_at", "latest"),
    [
        # 4 hours of cannulation and drip; the unit closes at 6pm.
        ({}, None, time(14)),
        ({"before_minutes": 45}, None, time(14)),
        ({"after_minutes": 15}, None, time(13, 45)),
        ({"after_minutes": 15, "after_in_chair": False}, None, time(13, 45)),
        # The chair is needed at 4pm, and the child may stay elsewhere in the unit after that.
        ({"after_minutes": 15}, 16, time(11, 45)),
        ({"after_minutes": 15, "after_in_chair": False}, 16, time(12)),
    ],
)
def test_until_when_the_drip_can_start(coordinator, monday, phases, next_at, latest):
    unit = builders.unit(**phases)
    builders.book(unit, monday, coordinator)
    if next_at:
        builders.take(unit.chairs.first(), monday, time(next_at), time(17))
    [session] = Session.objects.visits(monday, monday).with_chair_needed()
    calendar = load_calendar(unit, monday, monday)

    assert latest_start_of(session, calendar, session.chair_needed_at) == latest


@pytest.mark.parametrize(
    ("status", "now", "said"),
    [
        ("booked", "09:30", ["Expected at 9am, and not here."]),
        ("arrived", "10:44", []),
        # Cream for 45 minutes, and an hour in which the drip could have started.
        ("arrived", "10:45", ["Here since 9am, and no drip yet."]),
        ("started", "13:45", []),
        (
            "started",
            "13:46",
            ["The drip started at 1:46pm, so the visit is over at 6:01pm; the unit closes at 6pm."],
        ),
    ],
)
def test_what_is_late_counts_from_when_the_cannulation_was_to_begin(coordinator, monday, status, now, said):
    unit = builders.unit(before_minutes=45, after_minutes=15)
    course = builders.book(unit, monday, coordinator)
    [session] = Session.objects.visits(monday, monday)
    session.status = status
    session.arrived_at = at(monday, "09:00") if status != "booked" else None
    session.started_at = at(monday, now) if status == "started" else None
    calendar = load_calendar(course.unit, monday, monday)

    assert list(late_sentences(session, [session], calendar, at(monday, now))) == said


def test_the_next_child_needs_the_chair_only_after_its_cream(coordinator, monday):
    """Ada's drip ends at 1:45pm; Ben comes at 1pm and has the chair from 1:45pm."""
    unit = builders.unit(chairs=1, before_minutes=45)
    builders.book(unit, monday, coordinator, start=9 * 60)
    builders.book(unit, monday, coordinator, name="Ben Wren", start=13 * 60)
    first, second = Session.objects.visits(monday, monday)
    calendar = load_calendar(unit, monday, monday)
    first.status, first.arrived_at = "started", at(monday, "09:00")
    for minutes, said in ((0, 0), (1, 1)):
        first.started_at = at(monday, "09:45") + timedelta(minutes=minutes)
        late = list(late_sentences(first, [first, second], calendar, at(monday, "11:00")))
        assert len(late) == said, late
    assert late == [
        "The drip that started at 9:46am ends at 1:46pm; Ben Wren has Chair 1 from 1:45pm.",
    ]
