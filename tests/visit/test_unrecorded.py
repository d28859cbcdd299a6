"""A visit of today that nobody has recorded: a task that evening, once, closed by recording."""

from datetime import time, timedelta

import pytest
import time_machine

from patients.models import AuditEvent
from scheduling.booking import lost_days
from scheduling.models import Given, LostBecause, Message, Session, Task
from scheduling.states import SessionStatus
from scheduling.tasks import doing
from scheduling.telling.delivery import deliver_due
from scheduling.telling.queue_reminders import queue_notices
from scheduling.visit import presses, recording
from scheduling.visit.unrecorded import ask_about_unrecorded
from tests import builders
from tests.builders.texts import set_texts
from tests.fakes.post import Post
from tests.reading import folded
from tests.telling.hours import SUMMER, booked, local, rounds

pytestmark = pytest.mark.django_db

TOLD = local(SUMMER - timedelta(30), 12)
APPROVAL = lost_days.Approval(LostBecause.UNWELL, "a fever", "Dr Wren")


@pytest.fixture
def unit():
    made = builders.unit(chairs=2)
    set_texts(made)
    return made


@pytest.fixture
def course(unit, coordinator):
    return booked(unit, SUMMER, coordinator, at=TOLD)


@pytest.fixture
def first(course):
    return course.live_sessions[0]


def asked() -> list[Task]:
    return list(Task.objects.filter(kind="unrecorded").order_by("pk"))


def is_open() -> list[bool]:
    return [task.is_open for task in asked()]


def evening(hour: int = 18, minute: int = 0, *, days: int = 0):
    return local(SUMMER + timedelta(days), hour, minute)


# When


def test_at_6_in_the_evening_a_visit_of_today_without_any_record_opens_a_task_for_the_unit(
    course, unit, first
):
    assert not ask_about_unrecorded(now=evening(17, 59))
    assert ask_about_unrecorded(now=evening()).opened == 1
    (task,) = asked()
    assert (task.unit, task.course, task.session, task.due_on) == (unit, course, first, SUMMER)
    assert task.says == (
        "Nobody has recorded the visit of Tuesday 15 June 2027. Record whether the child came and how much "
        "was given. The family’s notes wait for it."
    )
    assert not task.needs_call
    event = AuditEvent.objects.get(action="task.opened")
    assert (event.actor_name, event.patient_id) == ("worker", course.patient_id)


def test_a_visit_that_ends_later_is_asked_about_half_an_hour_after_its_end(course, first):
    first.starts_at, first.ends_at = evening(14), evening(18, 45)
    first.save()
    assert not ask_about_unrecorded(now=evening(19, 14))
    assert ask_about_unrecorded(now=evening(19, 15)).opened == 1


@pytest.mark.parametrize(
    ("upto", "says"),
    [
        (SessionStatus.ARRIVED, "Record when the drip ran and how much was given"),
        (SessionStatus.STARTED, "Record when the drip ended and how much was given"),
    ],
)
def test_a_visit_that_was_begun_and_not_finished_is_asked_about_too(course, first, nurse, upto, says):
    builders.give(first, local(SUMMER, 10), nurse, upto)
    assert ask_about_unrecorded(now=evening()).opened == 1
    assert says in asked()[0].says


def test_it_is_asked_once_however_often_the_worker_looks_and_also_after_a_stop_of_some_days(course):
    assert ask_about_unrecorded(now=evening(9, days=1)).opened == 1
    for now in rounds(evening(10, days=1), evening(17, days=1)):
        assert not ask_about_unrecorded(now=now)
    # Day 2 is a visit of its own.
    assert ask_about_unrecorded(now=evening(days=1)).opened == 1
    assert is_open() == [True, True]


def test_a_visit_recorded_after_it_was_found_is_neither_asked_about_nor_counted(course, first):
    def stopping():
        Session.objects.filter(pk=first.pk).update(status=SessionStatus.NOT_BROUGHT, missed_at=evening())
        return False

    with time_machine.travel(evening(), tick=False):
        done = ask_about_unrecorded(stopping=stopping)
    assert not done
    assert asked() == []


def test_a_person_who_closes_it_is_not_asked_again(course, coordinator):
    with time_machine.travel(evening(), tick=False):
        ask_about_unrecorded()
        doing.finish(task=asked()[0], note="It is on paper.", by=coordinator)
        assert not ask_about_unrecorded()


@pytest.mark.parametrize("upto", [SessionStatus.FULFILLED, None])
def test_of_a_visit_that_was_given_or_lost_nobody_asks(course, first, nurse, upto):
    if upto:
        builders.give(first, local(SUMMER, 13), nurse)
    else:
        with time_machine.travel(local(SUMMER, 11), tick=False):
            presses.not_brought(session=first, because=LostBecause.NOT_BROUGHT, by=nurse)
    assert not ask_about_unrecorded(now=evening())


def test_a_visit_longer_ago_than_a_week_and_one_to_come_are_not_asked_about(course):
    assert not ask_about_unrecorded(now=local(SUMMER - timedelta(1), 22))
    assert not ask_about_unrecorded(now=local(SUMMER + timedelta(9), 22))


def test_a_restricted_childs_visit_is_asked_about_for_it_is_for_the_unit(course):
    course.patient.restricted, course.patient.restricted_because = True, "Court order"
    course.patient.save()
    assert ask_about_unrecorded(now=evening()).opened == 1


# Closed by recording


def typed(session, by) -> None:
    times = dict.fromkeys(recording.TIMES) | {
        "arrived_at": local(SUMMER, 9),
        "started_at": local(SUMMER, 10),
        "finished_at": local(SUMMER, 13),
    }
    recording.record_times(session=session, times=times, by=by)


def begun(session, by) -> None:
    for status in (SessionStatus.ARRIVED, SessionStatus.STARTED):
        presses.press(session=session, status=status, by=by)


def pressed(session, by) -> None:
    begun(session, by)
    presses.press(session=session, status=SessionStatus.FULFILLED, by=by)


def given_in_full(session, by) -> None:
    begun(session, by)
    recording.record_outcome(session=session, given=Given.IN_FULL, by=by)


def did_not_come(session, by) -> None:
    presses.not_brought(session=session, because=LostBecause.NOT_BROUGHT, by=by)


def went_home(session, by) -> None:
    presses.press(session=session, status=SessionStatus.ARRIVED, by=by)
    lost_days.report(session=session, because=LostBecause.UNWELL, by=by)


def left_out(session, by) -> None:
    lost_days.leave_out(session=session, approval=APPROVAL, by=by)


@pytest.mark.parametrize(
    "record", [typed, pressed, given_in_full, did_not_come, went_home, left_out], ids=lambda f: f.__name__
)
def test_whatever_says_what_became_of_the_visit_closes_it(course, first, nurse, record):
    with time_machine.travel(evening(), tick=False):
        ask_about_unrecorded()
        assert is_open() == [True]
        record(first, nurse)
    assert is_open() == [False]


def test_that_the_child_only_arrived_leaves_it_open_and_a_press_taken_back_opens_it_again(
    course, first, nurse
):
    with time_machine.travel(evening(), tick=False):
        ask_about_unrecorded()
        begun(first, nurse)
        assert is_open() == [True]
        presses.press(session=first, status=SessionStatus.FULFILLED, by=nurse)
        assert is_open() == [False]
        presses.undo(session=first, by=nurse)
        assert is_open() == [False, True]
        assert not ask_about_unrecorded()


def test_whoever_closed_it_by_hand_is_not_asked_again_by_a_press_taken_back(course, first, nurse):
    """Though a press had closed one before."""
    with time_machine.travel(evening(), tick=False):
        ask_about_unrecorded()
        begun(first, nurse)
        for closes in (lambda: None, lambda: doing.finish(task=asked()[-1], note="On paper.", by=nurse)):
            closes()
            presses.press(session=first, status=SessionStatus.FULFILLED, by=nurse)
            presses.undo(session=first, by=nurse)
        assert is_open() == [False, False]


def test_a_child_said_not_to_have_come_who_came_after_all_is_asked_about_again(course, first, nurse):
    with time_machine.travel(evening(), tick=False):
        ask_about_unrecorded()
        did_not_come(first, nurse)
        presses.undo(session=first, by=nurse)
        assert is_open() == [False, True]


# The notes


def test_recorded_in_the_evening_the_message_between_the_days_still_leaves(unit, course, first, nurse):
    unit.quiet_from = time(22)
    unit.save()
    for now in (evening(), evening(19)):
        with time_machine.travel(now, tick=False):
            queue_notices()
            ask_about_unrecorded()
    assert not Message.objects.filter(kind="between").exists()
    with time_machine.travel(evening(19, 30), tick=False):
        pressed(first, nurse)
        queue_notices()
        assert deliver_due(transport=Post()).sent == 1
    assert Message.objects.get(kind="between").status == "sent"


# Its page


def test_the_task_leads_to_the_visit(course, first, client, coordinator, settings):
    settings.SESSION_COOKIE_AGE = 10 * 365 * 24 * 60 * 60
    with time_machine.travel(evening(), tick=False):
        ask_about_unrecorded()
        client.force_login(coordinator)
        page = client.get(asked()[0].get_absolute_url())
        assert "Record the visit" in folded(page)
        assert f'href="{first.get_absolute_url()}"' in page.content.decode()
        assert "Visit not recorded" in folded(client.get("/tasks/"))
