"""What happens that needs a person opens a task, and what settles it closes it, each in one transaction."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from patients.models import AuditEvent, Contact
from scheduling.booking import agreements, bookings, holds, lost_days
from scheduling.booking.missing_tasks import open_missing_tasks
from scheduling.errors import Refused, VisitsNotSeen
from scheduling.models import (
    CancelReason,
    Closure,
    LostBecause,
    Message,
    Session,
    Staffing,
    Task,
    TaskKind,
)
from scheduling.tasks import doing
from scheduling.tasks.opening import TasksOf, close_tasks, day_lost_sentence, open_task
from scheduling.telling.delivery import deliver_due
from scheduling.unit import setup, week_changes
from tests import builders
from tests.fakes.post import Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit():
    return builders.unit(chairs=2, nurses=3)


@pytest.fixture
def monday():
    return builders.next_monday(3)


@pytest.fixture
def booked(unit, monday, coordinator):
    """A course booked on a Monday and Tuesday; its mails wait to be sent to wrong@example.com."""
    patient = builders.patient()
    builders.contact(patient, email="wrong@example.com")
    course = builders.course(patient, unit)
    return bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator).course


def the_task(kind):
    return Task.objects.get(kind=kind)


def open_kinds():
    return sorted(Task.objects.open().values_list("kind", flat=True))


def close(unit, day, by, *seen):
    closure = Closure(unit=unit, first_day=day, last_day=day, reason="deep clean")
    setup.close_days(closure=closure, seen=[course.pk for course in seen], by=by)
    return closure


# Opening and closing


def test_the_same_task_is_opened_once_and_can_be_opened_again_once_it_is_done(booked, coordinator):
    def ask():
        today = timezone.localdate()
        return open_task(TaskKind.MISFIT, "It is closed.", about=booked, due_on=today, by=coordinator)

    assert ask() is not None
    assert ask() is None
    assert close_tasks(Task.objects.all(), "Moved.", by=coordinator) == 1
    assert close_tasks(Task.objects.all(), "Moved again.", by=coordinator) == 0
    assert Task.objects.get().done_note == "Moved."
    assert ask() is not None
    assert list(AuditEvent.objects.filter(record="task").order_by("pk").values_list("action", flat=True)) == [
        "task.opened",
        "task.done",
        "task.opened",
    ]


# Mails


@pytest.mark.usefixtures("on_a_working_day")
def test_mails_that_fail_for_good_ask_once_to_ring_whoever_they_did_not_reach(booked):
    builders.contact(booked.patient, "Ola Lark", email="right@example.com")
    assert deliver_due(transport=Post("wrong@example.com")).failed == 2

    task = the_task(TaskKind.MAIL_FAILED)
    assert (task.course, task.message.to_address) == (booked, "wrong@example.com")
    assert (task.due_on, task.owner) == (timezone.localdate(), None)
    assert "invite" in task.says
    assert booked.patient.name not in task.says
    event = audit.last(task)
    assert (event.action, event.actor_name, event.patient_id) == ("task.opened", "worker", booked.patient_id)


def test_a_task_about_a_mail_closes_once_every_day_was_made_good(booked, coordinator):
    deliver_due(transport=Post("wrong@example.com"))
    Contact.objects.update(email="right@example.com")
    first, second = bookings.invite_untold(course=booked, by=coordinator).messages
    Message.objects.filter(pk=second.pk).update(next_attempt_at=timezone.now() + timedelta(hours=1))
    deliver_due(transport=Post())
    first.refresh_from_db()
    assert first.status == "sent"
    task = the_task(TaskKind.MAIL_FAILED)
    assert (task.is_open, task.done_by) == (False, "worker")


def test_a_mail_to_somebody_else_makes_nothing_good(booked, coordinator):
    deliver_due(transport=Post("wrong@example.com"))
    builders.contact(booked.patient, "Ola Lark", email="right@example.com")
    bookings.invite_untold(course=booked, by=coordinator)
    deliver_due(transport=Post("wrong@example.com"))
    assert the_task(TaskKind.MAIL_FAILED).is_open


def test_a_task_about_a_mail_stays_while_another_day_of_the_course_is_untold(booked, coordinator):
    """The invite to day 1 is sent anew and arrives; that to day 2 has failed and nothing came after it."""
    deliver_due(transport=Post("wrong@example.com"))
    Contact.objects.update(email="right@example.com")
    messages = bookings.invite_untold(course=booked, by=coordinator).messages
    Message.objects.filter(session__number=2, pk__in=[m.pk for m in messages]).delete()
    deliver_due(transport=Post())
    assert the_task(TaskKind.MAIL_FAILED).is_open


def test_if_the_task_cannot_be_opened_the_mail_is_not_marked_either(booked, monkeypatch):
    def fault(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("scheduling.telling.unreached.open_task", fault)
    deliver_due(transport=Post("wrong@example.com"))
    assert set(Message.objects.values_list("status", flat=True)) == {"sending"}


# Courses that no longer fit


def test_a_closure_opens_a_task_for_each_course_on_it_and_its_removal_closes_them(booked, lead, monday):
    unit = booked.unit
    other = builders.course(builders.patient("Ben Wren"), unit)
    visits = builders.visits(other, monday + timedelta(1), chair=unit.chairs.last())
    bookings.book(course=other, visits=visits, by=lead)
    closure = close(unit, monday, lead, booked)

    task = the_task(TaskKind.MISFIT)
    assert task.course == booked
    assert "deep clean" in task.says
    assert timezone.localdate() < task.due_on < monday
    assert audit.last(task).actor_name == lead.name

    setup.remove_closure(closure=closure, by=lead)
    task.refresh_from_db()
    assert (task.is_open, task.done_by, task.done_note) == (False, lead.name, "It fits again.")


@pytest.mark.parametrize("what", ["staffing", "hours", "chair"])
def test_every_change_of_capacity_is_checked(what, booked, lead, monday):
    unit = booked.unit
    if what == "staffing":
        setup.set_staffing(unit=unit, day=monday, nurses=0, note="", seen=[booked.pk], by=lead)
    elif what == "hours":
        hours = {0: (time(8), time(11), 3)}
        week_changes.set_opening_hours(unit=unit, hours=hours, seen=[booked.pk], by=lead)
    else:
        chair = unit.chairs.first()
        chair.in_use = False
        setup.save_chair(chair=chair, seen=[booked.pk], by=lead)
    assert open_kinds() == ["misfit"]
    if what == "staffing":
        setup.remove_staffing(staffing=Staffing.objects.get(), seen=[], by=lead)
        assert open_kinds() == []


def test_a_change_of_what_nurses_can_do_is_checked(lead, monday):
    unit = builders.unit(nurses=1, cannulation_minutes=0)
    for chair in unit.chairs.all():
        course = builders.course(builders.patient(), unit)
        builders.contact(course.patient)
        bookings.book(course=course, visits=builders.visits(course, monday, chair=chair), by=lead)
    unit.children_per_nurse = 1
    setup.save_unit(unit=unit, by=lead)
    assert open_kinds() == ["misfit", "misfit"]


def test_a_task_says_what_speaks_against_a_course_now(booked, lead, monday):
    close(booked.unit, monday, lead, booked)
    hours = {day: (time(8), time(11), 3) for day in range(5)}
    closure = Closure.objects.get()
    week_changes.set_opening_hours(unit=booked.unit, hours=hours, seen=[booked.pk], by=lead)
    setup.remove_closure(closure=closure, by=lead)
    task = the_task(TaskKind.MISFIT)
    assert task.is_open
    assert "11am" in task.says
    assert audit.last(task).action == "task.changed"


def test_a_visit_that_is_over_is_not_said_to_fit_again(booked, lead, monday, time_machine):
    close(booked.unit, monday, lead, booked)
    time_machine.move_to(timezone.now() + timedelta(weeks=5))
    close(booked.unit, monday + timedelta(weeks=8), lead)
    assert the_task(TaskKind.MISFIT).done_note == "Its visits are over."


def test_a_hold_is_not_asked_about_for_it_lapses_by_itself(unit, monday, lead):
    course = builders.course(at=unit)
    holds.hold(course=course, visits=builders.visits(course, monday), hours=48, by=lead)
    close(unit, monday, lead, course)
    assert not Task.objects.exists()


def test_what_was_agreed_anew_is_checked_too(booked, coordinator, monday):
    booked.earliest = monday + timedelta(1)
    agreements.save_agreed(course=booked, impossible_dates=[], fields=["earliest"], by=coordinator)
    assert open_kinds() == ["misfit"]
    booked.refresh_from_db()
    booked.earliest = None
    agreements.save_agreed(course=booked, impossible_dates=[], fields=["earliest"], by=coordinator)
    assert the_task(TaskKind.MISFIT).done_note == "It fits again."


def test_to_leave_one_day_out_settles_nothing_about_the_other(booked, coordinator, lead, monday):
    close(booked.unit, monday + timedelta(1), lead, booked)
    approval = lost_days.Approval(LostBecause.FAMILY, "Wedding", "Dr Wren")
    first = booked.live_sessions[0]
    lost_days.leave_out(session=first, approval=approval, by=coordinator)
    assert open_kinds() == ["misfit"]


def test_room_that_a_course_leaves_lets_the_other_fit_again(booked, coordinator, lead, monday):
    other = builders.course(builders.patient("Ben Wren"), booked.unit)
    builders.contact(other.patient, "Mo Wren")
    visits = builders.visits(other, monday, chair=booked.unit.chairs.last())
    bookings.book(course=other, visits=visits, by=coordinator)
    setup.set_staffing(unit=booked.unit, day=monday, nurses=1, note="", seen=[booked.pk, other.pk], by=lead)
    assert open_kinds() == ["misfit", "misfit"]
    bookings.cancel(course=other, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=False, by=coordinator)
    assert open_kinds() == []


def test_a_change_that_is_refused_leaves_no_task(booked, lead, monday):
    with pytest.raises(VisitsNotSeen):
        close(booked.unit, monday, lead)
    assert not Task.objects.exists()


# Places that became free


def test_a_freed_place_is_a_task_until_somebody_has_it(booked, coordinator, monday):
    waiting = builders.course(builders.patient("Ben Wren"), booked.unit)
    bookings.cancel(course=booked, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=False, by=coordinator)
    task = the_task(TaskKind.FREED)
    assert "Somebody who waits could come" in task.says
    visits = builders.visits(waiting, monday, chair=booked.unit.chairs.last())
    holds.hold(course=waiting, visits=visits, hours=48, by=coordinator)
    task.refresh_from_db()
    assert task.is_open, "the other chair"
    bookings.book(course=waiting, visits=builders.visits(waiting, monday), by=coordinator)
    task.refresh_from_db()
    assert (task.is_open, task.done_note) == (False, "The place has been taken.")


# Days that were lost


def test_a_day_that_cannot_happen_is_asked_about_until_it_is_decided(booked, coordinator, nurse):
    session = booked.live_sessions[1]
    lost_days.report(session=session, because=LostBecause.FAMILY, by=nurse)
    task = the_task(TaskKind.DAY_LOST)
    assert (task.session, task.course, task.is_open) == (session, booked, True)
    approval = lost_days.Approval(LostBecause.FAMILY, "Wedding", "Dr Wren")
    lost_days.leave_out(session=session, approval=approval, by=coordinator)
    task.refresh_from_db()
    assert (task.done_by, task.done_note) == (coordinator.name, "Leave that day out, decided by Dr Wren.")


def test_a_lapsed_hold_is_a_task_until_the_course_is_booked(unit, monday, coordinator):
    course = builders.course(at=unit)
    holds.hold(course=course, visits=builders.visits(course, monday), hours=1, by=coordinator)
    holds.lapse_holds(now=timezone.now() + timedelta(hours=2))
    assert the_task(TaskKind.HOLD_LAPSED).is_open
    course.refresh_from_db()
    bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    assert not the_task(TaskKind.HOLD_LAPSED).is_open
    assert Session.objects.count() == 2


def test_a_course_that_does_not_fit_is_not_ticked_off(booked, monday, coordinator, lead):
    tuesday = monday + timedelta(days=1)
    closure = Closure(unit=booked.unit, first_day=tuesday, last_day=tuesday, reason="flood")
    setup.close_days(closure=closure, seen={booked.pk}, by=lead)
    task = the_task(TaskKind.MISFIT)
    assert task.due_on < monday, "whichever day does not fit, before the first"
    with pytest.raises(Refused, match="does not fit"):
        doing.finish(task=task, note="Seen", by=coordinator)


def test_what_nobody_was_asked_about_is_asked_when_the_worker_starts(booked, monday):
    Closure.objects.create(unit=booked.unit, first_day=monday, last_day=monday, reason="flood")
    Message.objects.filter(session__number=1).update(status="failed")
    for _ in range(2):
        open_missing_tasks()
    assert sorted(Task.objects.open().values_list("kind", flat=True)) == ["mail_failed", "misfit"]


def test_a_lost_day_asks_about_the_days_that_are_booked_after_it(unit, monday):
    course = builders.begun_course(unit, monday, days=3)
    first, second, third = course.live_sessions
    days = {session: f"day {session.number} ({long_date(session.day)})" for session in course.live_sessions}
    later = f", and whether {days[second]} and {days[third]} go ahead."
    assert day_lost_sentence(first) == f"Decide what comes instead of {days[first]}{later}"
    assert day_lost_sentence(third) == f"Decide what comes instead of {days[third]}."
    Session.objects.filter(pk=third.pk).update(status="pending")
    course.refresh_from_db()
    assert day_lost_sentence(course.live_sessions[1]) == f"Decide what comes instead of {days[second]}."


def test_a_round_that_opened_and_closed_nothing_says_nothing():
    assert not TasksOf("Texts for families")
    assert str(TasksOf("Texts for families", 1)) == "Texts for families: 1 task opened."
    assert TasksOf("Texts for families", closed=1)
