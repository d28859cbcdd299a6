"""A booked course's length, phases or needs change where it stands."""

from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import agreements, bookings, holds
from scheduling.errors import ChangedMeanwhile, SlotGone
from scheduling.models import Message, Task, TaskKind
from scheduling.states import SessionStatus
from scheduling.visit import presses
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def monday():
    return builders.next_monday()


@pytest.fixture
def unit(db):
    return builders.unit()


@pytest.fixture
def course(unit, monday, coordinator):
    """Booked from 9am to 1pm on two days, and Mia Lark has the invites."""
    made = builders.course(builders.patient(), unit)
    builders.contact(made.patient)
    return bookings.book(course=made, visits=builders.visits(made, monday), by=coordinator).course


def change(course, by, needs=None, seen=None, **fields):
    course = type(course).objects.select_related("unit", "patient").get(pk=course.pk)
    for name, value in fields.items():
        setattr(course, name, value)
    return agreements.change_agreed(
        course=course, impossible_dates=[], by=by, fields=list(fields), needs=needs, seen=seen
    )


def ends(course) -> list[str]:
    return [f"{timezone.localtime(s.ends_at):%H:%M}" for s in course.sessions.all()]


def test_the_same_entries_get_the_new_end_with_one_update_each(course, coordinator):
    stood = {s.pk: (s.uid, s.starts_at, s.booking.chair_id, s.sequence) for s in course.live_sessions}
    sent = Message.objects.count()
    done = change(course, coordinator, minutes=300)

    now = {s.pk: (s.uid, s.starts_at, s.booking.chair_id, s.sequence - 1) for s in done.course.live_sessions}
    assert now == stood
    assert ends(course) == ["14:00", "14:00"]
    assert [(m.session.number, m.sequence) for m in done.messages] == [(1, 1), (2, 1)]
    assert Message.objects.count() == sent + 2
    assert AuditEvent.objects.filter(action="course.refitted").count() == 1
    # Shorter again, to less than before.
    assert change(course, coordinator, minutes=285).retimed
    assert ends(course) == ["13:45", "13:45"]
    assert not Task.objects.open().filter(kind=TaskKind.MISFIT).exists()


def test_nothing_is_sent_if_the_family_sees_no_change(unit, course, coordinator):
    """A note, a kind that the chair is of, and what is not about the visit."""
    unit.chairs.update(kinds=["cubicle"])
    needs = [builders.need(unit, "Rabbit"), builders.need(unit, "Isolation", chair_kind="cubicle")]
    sent = Message.objects.count()

    assert not change(course, coordinator, needs=needs, priority=0).retimed
    assert set(course.patient.visit_needs.all()) == set(needs)
    # A phase after the drip; then as much more drip in its place, which is over at the same time.
    assert change(course, coordinator, after_minutes=15).retimed
    assert ends(course) == ["13:15", "13:15"]
    assert not change(course, coordinator, minutes=255, after_minutes=0).retimed
    assert ends(course) == ["13:15", "13:15"]
    assert Message.objects.count() == sent + 2
    assert [s.booked_phases.minutes for s in course.sessions.all()] == [0, 0]


@pytest.mark.parametrize(
    ("plant", "fields", "need", "says"),
    [
        ("taken", {"minutes": 255}, {}, "Chair 1 is taken from 1pm to 2pm"),
        ("", {"after_minutes": 315}, {}, "the unit closes at 6pm"),
        ("", {}, {"chair_kind": "cubicle"}, "The child needs a cubicle, and Chair 1 is not one."),
        ("", {}, {"role": "interpreter"}, "An interpreter is needed from 9am to 9:30am"),
        ("taken", {}, {"more_cannulation": 15}, "Chair 1 is taken from 1pm to 2pm"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_objection_and_changes_nothing(
    unit, course, coordinator, monday, plant, fields, need, says
):
    if plant:
        builders.take(unit.chairs.first(), monday, time(13), time(14))
    needs = [builders.need(unit, **need)] if need else None
    sent = Message.objects.count()
    with pytest.raises(SlotGone, match=says) as refused:
        change(course, coordinator, needs=needs, **fields)

    assert len(set(refused.value.reasons)) == len(refused.value.reasons)
    assert refused.value.reasons[0] == "The booked days do not fit like that, so nothing was changed."
    course.refresh_from_db()
    assert (course.minutes, course.after_minutes, ends(course)) == (240, None, ["13:00", "13:00"])
    assert not course.patient.visit_needs.exists()
    assert Message.objects.count() == sent


def test_what_was_wrong_before_does_not_stand_in_the_way(course, coordinator, monday):
    """The window has been changed since, and a task asks to move it; the length may change all the same."""
    change(course, coordinator, latest=monday - timedelta(days=3))
    assert change(course, coordinator, minutes=255).retimed


def test_a_held_course_changes_and_nothing_is_sent(unit, coordinator, monday):
    made = builders.course(builders.patient(), unit)
    builders.contact(made.patient)
    holds.hold(course=made, visits=builders.visits(made, monday), hours=48, by=coordinator)
    done = change(made, coordinator, minutes=300)

    assert (done.retimed, done.messages, ends(made)) == (True, [], ["14:00", "14:00"])


@pytest.mark.parametrize(("at", "expected"), [("08:59", "14:00"), ("09:00", "13:00"), ("09:01", "13:00")])
def test_a_course_that_has_begun_changes_only_its_days_to_come(course, coordinator, monday, at, expected):
    moment = timezone.make_aware(datetime.combine(monday, time.fromisoformat(at)))
    with time_machine.travel(moment, tick=False):
        done = change(course, coordinator, minutes=300)
    assert ends(course) == [expected, "14:00"]
    assert {m.session.number for m in done.messages} == ({1, 2} if expected == "14:00" else {2})
    # The day that has begun keeps its length: no task asks anybody to move it.
    assert not Task.objects.open().filter(kind=TaskKind.MISFIT).exists()


def test_a_child_who_is_here_already_keeps_its_length(course, coordinator, nurse, monday):
    with time_machine.travel(timezone.make_aware(datetime.combine(monday, time(8, 50))), tick=False):
        presses.press(session=course.live_sessions[0], status=SessionStatus.ARRIVED, by=nurse)
        change(course, coordinator, minutes=300)
    assert ends(course) == ["13:00", "14:00"]


def test_a_page_that_is_out_of_date_changes_nothing(course, coordinator):
    seen = course.version
    change(course, coordinator, minutes=300)
    with pytest.raises(ChangedMeanwhile, match="changed how long the days of this course last"):
        change(course, coordinator, minutes=240, seen=seen)
    assert ends(course) == ["14:00", "14:00"]


def test_room_that_becomes_free_at_the_end_is_offered_to_whoever_waits(unit, coordinator, monday):
    """One chair, taken from 8:15am to 2:15pm; a visit of four hours fits after 2pm."""
    unit.chairs.last().delete()
    first = builders.course(builders.patient(), unit, minutes=360)
    visits = builders.visits(first, monday, start=8 * 60 + 15)
    bookings.book(course=first, visits=visits, by=coordinator)
    builders.course(builders.patient("Ben Wren"), unit, latest=monday, earliest=monday)
    change(first, coordinator, minutes=345)

    task = Task.objects.open().get(kind=TaskKind.FREED)
    assert task.says.startswith("Free now: ")
    assert "2pm to 2:15pm, Chair 1" in task.says
