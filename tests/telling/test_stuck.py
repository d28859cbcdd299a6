"""A mail that does not leave becomes a task while there is time to ring, and one that never left does too."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import bookings
from scheduling.doctor.breaches import find_breaches
from scheduling.models import AdviceText, CancelReason, Course, Message, Session, Task, TaskKind, Way
from scheduling.states import MessageStatus, SessionStatus
from scheduling.tasks.opening import close_tasks
from scheduling.telling import by_person
from scheduling.telling.delivery import deliver_due
from scheduling.telling.stuck import ask_about_stuck
from scheduling.telling.transport import TransportError
from tests import builders
from tests.fakes.post import Post

pytestmark = pytest.mark.django_db

# The visits are on Tuesday and Wednesday at 9am; most tests begin the afternoon before.
MONDAY = datetime(2027, 3, 1, 15, tzinfo=ZoneInfo("Europe/London"))
TUESDAY = MONDAY.date() + timedelta(days=1)
DOWN = TransportError("The mail server could not be reached.", permanent=False)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(MONDAY - timedelta(days=10), tick=False)
    return time_machine


@pytest.fixture
def booked(clock, coordinator):
    """A course booked and told of long ago; now it is Monday afternoon."""
    patient = builders.patient()
    builders.contact(patient, "Mia Lark", email="mia@example.com")
    course = builders.course(patient, builders.unit())
    course = bookings.book(course=course, visits=builders.visits(course, TUESDAY), by=coordinator).course
    deliver_due(transport=Post())
    clock.move_to(MONDAY, tick=False)
    return course


def worker(clock, at, *, down=True, step=15 * MINUTE):
    """Every quarter of an hour until then, a round of the worker; the last of them at that moment."""
    now = timezone.now()
    while now < at:
        now = min(now + step, at)
        clock.move_to(now, tick=False)
        deliver_due(transport=Post(fault=DOWN if down else None))
        ask_about_stuck()


def refused(clock, at):
    """The server is there again, and does not take the address."""
    clock.move_to(at, tick=False)
    deliver_due(transport=Post("mia@example.com"))


def cancel(course, by):
    bookings.cancel(course=course, reason=CancelReason.CLINICAL, back_to_waiting=True, by=by)


def move(course, by, first):
    course = Course.objects.get(pk=course.pk)
    visits = builders.visits(course, first)
    return bookings.move(course=course, visits=visits, reason=CancelReason.CLINICAL, by=by).course


def asked():
    return list(Task.objects.filter(kind=TaskKind.MAIL_FAILED))


def whole():
    return list(find_breaches(timezone.now()))


def test_a_cancellation_of_tomorrow_that_does_not_leave_is_a_family_to_ring_after_an_hour_and_once(
    booked, clock, coordinator
):
    cancel(booked, coordinator)
    worker(clock, MONDAY + HOUR)
    assert asked() == []
    worker(clock, MONDAY + 5 * HOUR)
    [task] = asked()
    assert task.says == (
        "The cancellation for Tuesday 2 March 2027 has waited for over an hour and is still not sent, so the "
        "family may not know. Ring them. If it is sent after all, this task closes."
    )
    assert (task.is_open, task.due_on) == (True, MONDAY.date())
    assert AuditEvent.objects.filter(action="task.opened", record_id=task.pk).count() == 1
    assert whole() == []

    worker(clock, MONDAY + 5 * HOUR + 15 * MINUTE, down=False)
    worker(clock, MONDAY + 6 * HOUR, down=False)
    assert [task.is_open for task in asked()] == [False]


def test_the_worker_does_it(booked, clock, coordinator, settings, tmp_path):
    settings.MAIL_DIR = tmp_path / "mail"
    settings.MAIL_DIR.write_text("in the way")
    cancel(booked, coordinator)
    clock.move_to(MONDAY + 61 * MINUTE, tick=False)
    call_command("worker", once=True)
    assert len(asked()) == 1


def test_a_call_that_was_made_is_not_asked_for_again_until_the_mail_has_failed(booked, clock, coordinator):
    cancel(booked, coordinator)
    worker(clock, MONDAY + 2 * HOUR)
    close_tasks(Task.objects.filter(kind=TaskKind.MAIL_FAILED), "Rang.", by=coordinator)
    worker(clock, MONDAY + 12 * HOUR)
    assert [task.is_open for task in asked()] == [False]
    refused(clock, MONDAY + 13 * HOUR)
    assert [task.is_open for task in asked()] == [False, True]


def test_what_has_failed_meanwhile_is_said_by_the_same_task(booked, clock, coordinator):
    cancel(booked, coordinator)
    worker(clock, MONDAY + 2 * HOUR)
    refused(clock, MONDAY + 4 * HOUR)
    [task] = asked()
    assert "could not be sent, so the family may not know" in task.says
    assert whole() == []


def test_the_task_stays_while_another_day_waits(booked, clock, coordinator):
    cancel(booked, coordinator)
    worker(clock, MONDAY + 2 * HOUR)
    waits = Message.objects.filter(kind="cancellation").last()
    Message.objects.filter(pk=waits.pk).update(next_attempt_at=MONDAY + 10 * HOUR)
    worker(clock, MONDAY + 4 * HOUR, down=False)
    assert [task.is_open for task in asked()] == [True]
    worker(clock, MONDAY + 11 * HOUR, down=False)
    assert [task.is_open for task in asked()] == [False]


def test_an_invite_whose_text_is_past_its_review_date_is_asked_about_once_its_visit_is_soon(
    booked, clock, coordinator
):
    builders.contact(booked.patient, "Dan Lark", email="dan@example.com")
    clock.move_to(MONDAY - timedelta(days=4), tick=False)
    bookings.invite_untold(course=booked, by=coordinator)
    AdviceText.objects.update(review_on=timezone.localdate() - timedelta(days=1))
    worker(clock, MONDAY - timedelta(days=2), down=False, step=2 * HOUR)
    assert asked() == []
    worker(clock, MONDAY - timedelta(days=1), down=False, step=2 * HOUR)
    [task] = asked()
    assert (task.message.to_address, task.is_open) == ("dan@example.com", True)


@pytest.mark.parametrize(("booked_in", "wanted"), [(timedelta(), 1), (timedelta(days=-7), 0)])
def test_a_visit_moved_far_away_is_asked_about_if_the_time_that_is_known_is_soon(
    booked, clock, coordinator, booked_in, wanted
):
    clock.move_to(MONDAY + booked_in, tick=False)
    move(booked, coordinator, TUESDAY + timedelta(weeks=4))
    worker(clock, MONDAY + booked_in + 3 * HOUR)
    assert len(asked()) == wanted


def test_whom_a_person_told_is_not_asked_about(booked, clock, coordinator):
    move(booked, coordinator, TUESDAY + timedelta(days=1))
    mia = booked.patient.contacts.get()
    by_person.note_told(course=booked, contact=mia, way=Way.PHONE, by=coordinator)
    worker(clock, MONDAY + 3 * HOUR)
    assert asked() == []


def test_what_is_not_to_leave_at_all_is_not_asked_about(booked, clock, coordinator):
    cancel(booked, coordinator)
    deliver_due(transport=Post(fault=DOWN))
    type(booked.patient).objects.update(restricted=True, restricted_because="court order")
    clock.move_to(MONDAY + 2 * HOUR, tick=False)
    assert not ask_about_stuck()
    assert asked() == []


def test_a_failed_reminder_does_not_hide_it(booked, clock, coordinator):
    first = Message.objects.first()
    reminder = Message.objects.create(
        course=booked, session=first.session, contact=first.contact, kind="reminder",
        to_address=first.to_address, subject="Reminder", message_id="<r@daycase.example>", mime=b"x",
        status="failed",
    )  # fmt: skip
    task = Task.objects.create(
        kind=TaskKind.MAIL_FAILED, says="Check the address.", unit=booked.unit, course=booked,
        message=reminder, due_on=MONDAY.date(),
    )  # fmt: skip
    cancel(booked, coordinator)
    worker(clock, MONDAY + 2 * HOUR)
    [hidden, shown] = asked()
    assert (hidden.pk, hidden.is_open, shown.is_open) == (task.pk, False, True)
    assert shown.message.kind == "cancellation"


def test_one_that_cannot_be_judged_does_not_stop_the_others(booked, clock, coordinator, monkeypatch, caplog):
    cancel(booked, coordinator)
    clock.move_to(MONDAY + 2 * HOUR, tick=False)
    fails = [ValueError("Mia Lark")]

    def once(*args):
        if fails:
            raise fails.pop()
        return ""

    monkeypatch.setattr("scheduling.telling.stuck.why_withheld", once)
    assert str(ask_about_stuck()) == "Mails that wait: 1 task opened."
    assert asked()[0].message.session.number == 2
    assert "ValueError" in caplog.text
    assert "Mia" not in caplog.text


def test_told_to_stop_it_asks_about_nothing_more(booked, clock, coordinator):
    cancel(booked, coordinator)
    clock.move_to(MONDAY + 2 * HOUR, tick=False)
    assert not ask_about_stuck(stopping=lambda: True)


def test_it_costs_one_query_if_all_is_well(booked, clock, django_assert_num_queries):
    with django_assert_num_queries(1):
        ask_about_stuck()


# What never left


def test_a_mail_whose_visit_is_over_before_it_could_be_sent_is_a_family_to_ring(booked, clock, coordinator):
    cancel(booked, coordinator)
    clock.move_to(MONDAY + timedelta(days=3), tick=False)
    assert deliver_due(transport=Post()).withheld == 2
    [task] = asked()
    assert (
        "The cancellation for Tuesday 2 March 2027 could not be sent before the visit was over" in task.says
    )
    assert whole() == []


def test_not_if_somebody_was_asked_while_it_waited(booked, clock, coordinator):
    cancel(booked, coordinator)
    worker(clock, MONDAY + 2 * HOUR)
    close_tasks(Task.objects.filter(kind=TaskKind.MAIL_FAILED), "Rang.", by=coordinator)
    clock.move_to(MONDAY + timedelta(days=3), tick=False)
    assert deliver_due(transport=Post()).withheld == 2
    assert [task.is_open for task in asked()] == [False]


def test_nor_if_the_child_came_or_the_mail_was_not_to_leave(booked, clock, coordinator):
    move(booked, coordinator, TUESDAY + timedelta(days=1))
    Session.objects.update(status=SessionStatus.FULFILLED)
    clock.move_to(MONDAY + timedelta(days=4), tick=False)
    assert deliver_due(transport=Post()).withheld == 2
    assert asked() == []


def test_nor_if_its_cancellation_would_be_the_first_word_of_the_visit(booked, clock, coordinator):
    Message.objects.update(status=MessageStatus.QUEUED, attempts=0, sent_at=None)
    cancel(booked, coordinator)
    clock.move_to(MONDAY + timedelta(days=3), tick=False)
    assert deliver_due(transport=Post()).withheld == 4
    assert asked() == []
