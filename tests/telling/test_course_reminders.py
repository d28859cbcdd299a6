"""What a family is sent around a course: not too much, true to its answer, nothing once its time is over."""

import logging
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from django.utils import timezone

from scheduling.booking import bookings, lost_days
from scheduling.models import (
    Answer,
    CancelReason,
    Chair,
    LostBecause,
    Message,
    MessageKind,
    Reply,
    Source,
    Task,
)
from scheduling.rules import Visit
from scheduling.states import MessageStatus, SessionStatus
from scheduling.telling import queue_reminders
from scheduling.telling.delivery import deliver_due
from scheduling.telling.transport import TransportError
from scheduling.visit import presses, recording
from tests import builders
from tests.builders.texts import set_texts
from tests.fakes.post import Post
from tests.telling.hours import AN_HOUR, SUMMER, booked, live_through, local, rounds, worker

pytestmark = pytest.mark.django_db

TOLD = local(SUMMER - timedelta(30), 12)
WEEK, EVE = SUMMER - timedelta(7), SUMMER - timedelta(1)
DECIDED = lost_days.Approval(LostBecause.FAMILY, "The family is away.", "Dr Wren")
# A mail server that cannot be reached for now.
AWAY = TransportError("The mail server could not be reached.", permanent=False)


@pytest.fixture
def unit():
    made = builders.unit(chairs=2)
    set_texts(made)
    return made


@pytest.fixture(autouse=True)
def nothing_logged_yet() -> None:
    queue_reminders.forget_what_was_logged()


def of_kind(kind: str) -> list[Message]:
    return list(Message.objects.filter(kind=kind).order_by("pk"))


def words(message: Message) -> tuple[str, str]:
    """The plain text and the HTML of a mail, on one line each."""
    mail = message_from_bytes(bytes(message.mime), policy=policy.default)
    plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    return " ".join(plain.split()), " ".join(html.split())


def answers(session, answer: Answer, *, at: datetime = TOLD + AN_HOUR) -> Reply:
    contact = session.course.patient.contacts.first()
    given = {"contact": contact, "source": Source.PAGE, "stamp": at, "received_at": at}
    return Reply.objects.create(session=session, answer=answer, sequence=session.sequence, **given)


# Not too much


def test_a_plain_course_of_two_days_is_seven_mails_to_one_contact(unit, coordinator, nurse):
    course = booked(unit, SUMMER, coordinator, at=TOLD)
    live_through(course, nurse, SUMMER, step=AN_HOUR)
    sent = Message.objects.filter(status=MessageStatus.SENT).order_by("sent_at", "pk")
    assert [message.kind for message in sent] == [
        *["invite", "invite"],
        *["reminder", "reminder"],
        "between",
        "day_after",
        "day_3",
    ]
    assert Message.objects.count() == 7


def test_nothing_goes_on_the_morning_of_an_infusion(unit, coordinator, nurse):
    course = booked(unit, SUMMER, coordinator, at=TOLD)
    live_through(course, nurse, SUMMER, step=AN_HOUR)
    days = {SUMMER, SUMMER + timedelta(1)}
    on_the_days = [
        timezone.localtime(at)
        for at in Message.objects.values_list("sent_at", flat=True)
        if timezone.localdate(at) in days
    ]
    assert [f"{at:%a %d %H:%M}" for at in on_the_days] == ["Tue 15 18:30"]


def test_one_reminder_names_both_days_in_its_subject_and_its_words(unit, coordinator):
    booked(unit, SUMMER, coordinator, at=TOLD)
    worker(local(WEEK, 9))
    (reminder,) = of_kind("reminder")
    assert reminder.subject == "Reminder: hospital visit Tue 15 Jun, 9am and Wed 16 Jun, 9am"
    for said in words(reminder):
        assert "Tuesday 15 June 2027" in said
        assert "Wednesday 16 June 2027" in said
        assert said.index("Tuesday 15 June") < said.index("Wednesday 16 June")
        assert "9am to about 1pm" in said


def test_a_course_of_one_day_is_reminded_of_that_day_alone(unit, coordinator):
    child = builders.patient()
    builders.contact(child)
    with time_machine.travel(TOLD, tick=False):
        course = builders.course(child, unit, days=1)
        bookings.book(course=course, visits=builders.visits(course, SUMMER), by=coordinator)
        deliver_due(transport=Post())
    worker(local(EVE, 9))
    (reminder,) = of_kind("reminder")
    assert reminder.subject == "Reminder: hospital visit Tue 15 Jun, 9am"
    assert "Wednesday" not in words(reminder)[0]


def split(course, unit, by, *, later: int) -> None:
    """Day 2 is given so many days after day 1 instead."""
    second = course.live_sessions[1]
    place = Visit(SUMMER + timedelta(later), unit.chairs.first().pk, 9 * 60, 240)
    with time_machine.travel(TOLD + AN_HOUR, tick=False):
        lost_days.another_day(session=second, visit=place, approval=DECIDED, by=by)
        deliver_due(transport=Post())


def test_a_day_after_a_gap_is_reminded_of_by_itself_and_not_on_the_morning_of_the_day_before_it(
    unit, coordinator
):
    """Day 2 a week after day 1: its reminder of a week before would be due on the morning of day 1."""
    course = booked(unit, SUMMER, coordinator, at=TOLD)
    split(course, unit, coordinator, later=7)
    for day in range(-7, 7):
        worker(local(SUMMER + timedelta(day), 10))
    assert [(m.session.number, f"{timezone.localtime(m.sent_at):%a %d}") for m in of_kind("reminder")] == [
        (1, "Tue 08"),
        (1, "Mon 14"),
        (2, "Wed 16"),
        (2, "Mon 21"),
    ]


# What each knows of


def test_a_reminder_names_no_day_that_its_reader_was_not_told_of(unit, coordinator):
    booked(unit, SUMMER, coordinator, at=TOLD)
    Message.objects.filter(session__number=2).update(status=MessageStatus.FAILED, sent_at=None)
    worker(local(WEEK, 9))
    (reminder,) = of_kind("reminder")
    assert reminder.subject == "Reminder: hospital visit Tue 15 Jun, 9am"
    assert "Wednesday" not in words(reminder)[0]


def test_a_reminder_does_not_leave_once_either_of_its_days_is_another(unit, coordinator):
    course = booked(unit, SUMMER, coordinator, at=TOLD)
    worker(local(WEEK, 9), Post(fault=AWAY))
    second = course.live_sessions[1]
    with time_machine.travel(local(WEEK, 10), tick=False):
        lost_days.leave_out(session=second, approval=DECIDED, by=coordinator)
        deliver_due(transport=Post())
    (reminder,) = of_kind("reminder")
    assert (reminder.status, reminder.problem) == (
        MessageStatus.WITHHELD,
        "Not sent: a day that it names is another by now.",
    )


# What they answered


@pytest.mark.parametrize("number", [1, 2])
def test_whoever_said_no_is_told_that_the_visit_still_stands_and_is_not_reminded_as_if_they_come(
    unit, coordinator, number
):
    course = booked(unit, SUMMER, coordinator, at=TOLD)
    answers(course.live_sessions[number - 1], Answer.DECLINED)
    worker(local(WEEK, 9))
    (notice,) = of_kind("reminder")
    assert notice.status == MessageStatus.SENT
    assert notice.subject == "You answered No: hospital visit Tue 15 Jun, 9am and Wed 16 Jun, 9am"
    for said in words(notice):
        assert "You told us that you cannot come." in said
        assert "The visit is still booked. If we have not rung you yet, ring us on" in said
        assert "as soon as you can" not in said
        assert "Reminder" not in said
        assert "please come" not in said


@pytest.mark.parametrize("answer", [Answer.ACCEPTED, Answer.TENTATIVE])
def test_whoever_said_yes_or_perhaps_is_reminded_as_ever(unit, coordinator, answer):
    course = booked(unit, SUMMER, coordinator, at=TOLD)
    answers(course.live_sessions[0], answer)
    worker(local(WEEK, 9))
    assert of_kind("reminder")[0].subject.startswith("Reminder: ")


def test_a_no_to_an_earlier_time_is_no_answer_to_the_new_one(unit, coordinator):
    course = booked(unit, SUMMER, coordinator, at=TOLD)
    answers(course.live_sessions[0], Answer.DECLINED)
    with time_machine.travel(TOLD + 2 * AN_HOUR, tick=False):
        visits = builders.visits(course, SUMMER, start=10 * 60)
        bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
        deliver_due(transport=Post())
    worker(local(WEEK, 9))
    assert of_kind("reminder")[0].subject == "Reminder: hospital visit Tue 15 Jun, 10am and Wed 16 Jun, 10am"


def test_the_other_parent_is_reminded_as_ever(unit, coordinator):
    course = booked(unit, SUMMER, coordinator, at=TOLD)
    father = builders.contact(course.patient, "Finn Lark", relationship="father")
    with time_machine.travel(TOLD + AN_HOUR, tick=False):
        bookings.invite_untold(course=course, by=coordinator)
        deliver_due(transport=Post())
    answers(course.live_sessions[0], Answer.DECLINED)
    worker(local(WEEK, 9))
    said = {message.contact: message.subject.partition(":")[0] for message in of_kind("reminder")}
    assert said == {course.patient.contacts.first(): "You answered No", father: "Reminder"}


def test_in_the_evening_between_whoever_said_no_to_the_next_day_reads_that_it_still_stands(
    unit, coordinator, nurse
):
    course = booked(unit, SUMMER, coordinator, at=TOLD)
    builders.give(course.live_sessions[0], local(SUMMER, 13), nurse)
    answers(course.live_sessions[1], Answer.DECLINED)
    worker(local(SUMMER, 18))
    (notice,) = of_kind("between")
    for said in words(notice):
        assert "You told us that you cannot come." in said
        assert "as soon as you can" not in said


def test_who_says_no_while_a_reminder_waits_for_the_mail_server_is_not_sent_it(unit, coordinator):
    course = booked(unit, SUMMER, coordinator, at=TOLD)
    worker(local(WEEK, 9), Post(fault=AWAY))
    answers(course.live_sessions[1], Answer.DECLINED, at=local(WEEK, 10))
    worker(local(WEEK, 11))
    (reminder,) = of_kind("reminder")
    assert (reminder.status, reminder.problem) == (
        MessageStatus.WITHHELD,
        "Not sent: the contact has answered since that they cannot come.",
    )


# The evening between


def test_the_subject_of_the_evening_between_says_when_the_next_day_is(unit, coordinator, nurse):
    course = booked(unit, SUMMER, coordinator, at=TOLD)
    builders.give(course.live_sessions[0], local(SUMMER, 13), nurse)
    worker(local(SUMMER, 18))
    (notice,) = of_kind("between")
    assert notice.subject == "After today’s hospital visit: day 2 is Wed 16 Jun, 9am"


# Its last sensible time


def test_a_reminder_that_a_stopped_worker_missed_does_not_leave_before_the_visit(unit, coordinator, caplog):
    booked(unit, SUMMER, coordinator, at=TOLD)
    with caplog.at_level(logging.WARNING, logger="scheduling.telling.queue_reminders"):
        for minute in (0, 20, 40):
            worker(local(SUMMER, 8, minute))
    assert of_kind("reminder") == []
    assert caplog.messages == ["1 notices were let go: their last sensible time was over."]
    (asked,) = Task.objects.filter(kind="mail_failed")
    assert asked.says == (
        "A mail about Tuesday 15 June 2027 (reminder) did not leave in time, and does not go any more. The "
        "family was told of the visit before. Ring them to remind them."
    )
    assert asked.needs_call


def test_nobody_is_asked_to_ring_about_a_reminder_that_is_let_go_while_another_comes_or_the_visit_is_on(
    unit, coordinator
):
    unit.reminder_days = [7, 1]
    unit.save()
    booked(unit, SUMMER, coordinator, at=TOLD)
    worker(local(SUMMER - timedelta(3), 8))
    worker(local(SUMMER, 10))
    assert not Task.objects.exists()


@pytest.mark.parametrize(("hour", "minute", "goes"), [(19, 59, 1), (20, 0, 0), (21, 0, 0)])
def test_a_reminder_leaves_until_8_in_the_evening_before(unit, coordinator, hour, minute, goes):
    unit.quiet_from = local(SUMMER, 23).time()
    unit.save()
    booked(unit, SUMMER, coordinator, at=TOLD)
    worker(local(EVE, hour, minute))
    assert len(of_kind("reminder")) == goes


def test_a_reminder_that_could_not_be_sent_in_time_is_withheld(unit, coordinator):
    booked(unit, SUMMER, coordinator, at=TOLD)
    worker(local(EVE, 19, 30), Post(fault=AWAY))
    with time_machine.travel(local(SUMMER, 8), tick=False):
        deliver_due(transport=Post())
    (reminder,) = of_kind("reminder")
    assert (reminder.status, reminder.problem) == (
        MessageStatus.WITHHELD,
        "Not sent: its last sensible time was over.",
    )
    assert "(reminder) did not leave in time" in Task.objects.get(kind="mail_failed").says


def test_what_was_sent_or_was_never_due_is_not_said_to_be_let_go(unit, coordinator, caplog):
    Chair.objects.create(unit=unit, name="Chair 3")
    booked(unit, SUMMER, coordinator, at=TOLD)
    worker(local(EVE, 9))
    booked_late(unit, coordinator)
    with caplog.at_level(logging.WARNING, logger="scheduling.telling.queue_reminders"):
        worker(local(SUMMER, 8))
    assert caplog.messages == []


def booked_late(unit, by) -> None:
    """In the evening before, when it is too late for a reminder."""
    child = builders.patient("Bo Finch")
    builders.contact(child, "Bea Finch")
    with time_machine.travel(local(EVE, 20, 30), tick=False):
        course = builders.course(child, unit)
        visits = builders.visits(course, SUMMER, chair=unit.chairs.last())
        bookings.book(course=course, visits=visits, by=by)
        deliver_due(transport=Post())


@pytest.mark.parametrize(
    ("recorded", "left"),
    [
        # Days after the last day, and the notes that leave when it is recorded at 10 in the morning.
        (1, ["day_after", "day_3", "day_3"]),
        (2, ["day_after", "day_3", "day_3"]),
        (3, ["day_3", "day_3"]),
        # On the fifth day the question of that day has come: one, not two.
        (5, ["day_3"]),
        (7, ["day_3"]),
        (8, []),
    ],
)
def test_a_note_leaves_when_the_visit_is_recorded_unless_its_time_is_over(
    unit, coordinator, nurse, recorded, left
):
    course = booked(unit, SUMMER, coordinator, at=TOLD)
    first, second = course.live_sessions
    builders.give(first, local(SUMMER, 13), nurse)
    with time_machine.travel(local(SUMMER + timedelta(1), 9), tick=False):
        for status in (SessionStatus.ARRIVED, SessionStatus.STARTED):
            presses.press(session=second, status=status, by=nurse)
    last = SUMMER + timedelta(1)
    for now in rounds(local(last, 9), local(last + timedelta(recorded), 9), 3 * AN_HOUR):
        worker(now)
    record(second, last, nurse, recorded)
    for now in rounds(local(last + timedelta(recorded), 10), local(last + timedelta(9), 10), 3 * AN_HOUR):
        worker(now)
    after = {MessageKind.DAY_AFTER, MessageKind.DAY_3}
    assert [m.kind for m in Message.objects.filter(kind__in=after).order_by("pk")] == left


def record(session, day: date, by, recorded_after: int) -> None:
    session.refresh_from_db()
    times = {name: getattr(session, name) for name in recording.TIMES} | {"finished_at": local(day, 13)}
    with time_machine.travel(local(day + timedelta(recorded_after), 10), tick=False):
        recording.record_times(session=session, times=times, by=by)
