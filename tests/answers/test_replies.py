"""Answers of families: which one counts, what "cannot come" asks for, and what settles it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from patients import audit
from patients.models import AuditEvent
from scheduling.answers.replies import record_answer
from scheduling.booking import bookings
from scheduling.models import Answer, CancelReason, Course, Reply, Session, Source, Task, TaskKind
from tests import builders

pytestmark = pytest.mark.django_db

WORKER = audit.System("worker")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def course(coordinator) -> Course:
    """Booked on two days, with two contacts who were invited."""
    made = builders.course()
    builders.contact(made.patient, "Mia Lark")
    builders.contact(made.patient, "Pa Lark")
    bookings.book(course=made, visits=builders.visits(made, builders.next_monday(2)), by=coordinator)
    return Course.objects.get(pk=made.pk)


def answer(course, what, *, who=0, day=0, sequence=None, ago=60, source=Source.CALENDAR, **more) -> Reply:
    """An answer to a day as it stands, which comes now and by its sender's clock was given minutes ago."""
    session = course.sessions.all()[day]
    return record_answer(
        session=session,
        contact=course.patient.contacts.all()[who],
        answer=Answer[what],
        source=source,
        sequence=session.sequence if sequence is None else sequence,
        stamp=timezone.now().replace(microsecond=0) - ago * MINUTE,
        by=WORKER,
        **more,
    )


def asked(course) -> list[int]:
    """The days of the course that an open task asks about."""
    open_ones = Task.objects.open().filter(kind=TaskKind.DECLINED, course=course)
    return [task.session.number for task in open_ones.order_by("session__number")]


def counting(course) -> list[tuple[int, str, str]]:
    found = Reply.objects.filter(session__course=course).counting()
    return sorted((r.session.number, r.contact.name, r.answer) for r in found)


def test_of_each_contact_and_day_the_latest_answer_counts_and_all_are_kept(course):
    answer(course, "DECLINED", ago=60)
    answer(course, "ACCEPTED", ago=50)
    answer(course, "TENTATIVE", who=1)
    answer(course, "ACCEPTED", day=1)
    assert counting(course) == [
        (1, "Mia Lark", "ACCEPTED"),
        (1, "Pa Lark", "TENTATIVE"),
        (2, "Mia Lark", "ACCEPTED"),
    ]
    assert Reply.objects.count() == 4
    assert asked(course) == []


def test_an_answer_to_the_later_time_counts_however_late_the_other_comes(course):
    Session.objects.update(sequence=1)
    answer(course, "ACCEPTED", ago=50)
    stale = answer(course, "DECLINED", sequence=0, ago=5)
    assert counting(course) == [(1, "Mia Lark", "ACCEPTED")]
    assert stale.is_stale
    assert asked(course) == []


def test_two_answers_of_one_second_count_in_the_order_they_came(course):
    answer(course, "DECLINED")
    answer(course, "ACCEPTED")
    assert counting(course) == [(1, "Mia Lark", "ACCEPTED")]


@pytest.mark.parametrize("ago", [0, 5, 60, 600_000])
def test_cannot_come_after_can_come_reaches_a_person_whatever_the_clock_of_its_sender_says(course, ago):
    answer(course, "ACCEPTED", ago=5)
    answer(course, "DECLINED", ago=ago)
    assert counting(course) == [(1, "Mia Lark", "DECLINED")]
    assert asked(course) == [1]


def test_nor_does_it_matter_that_a_calendar_gives_every_answer_the_time_of_the_invite(course, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    for what in ("DECLINED", "ACCEPTED", "DECLINED"):
        answer(course, what, ago=60)
    assert counting(course) == [(1, "Mia Lark", "DECLINED")]
    assert asked(course) == [1]


def test_cannot_come_said_again_after_a_person_rang_asks_again(course):
    answer(course, "DECLINED", ago=60)
    Task.objects.filter(kind=TaskKind.DECLINED).update(
        done_at=timezone.now(), done_by="Cora", done_note="Rang: they can."
    )
    answer(course, "DECLINED", ago=60)
    assert asked(course) == [1]


def test_what_came_first_and_was_read_later_counts_as_what_came_first(course):
    answer(course, "DECLINED", source=Source.PAGE, ago=0)
    waited = timezone.now() - 10 * MINUTE
    answer(course, "ACCEPTED", received_at=waited, ago=0)
    assert counting(course) == [(1, "Mia Lark", "DECLINED")]
    assert asked(course) == [1]


def test_an_arrival_to_come_counts_as_now(course):
    given = answer(course, "ACCEPTED", received_at=timezone.now() + 60 * MINUTE, ago=-90)
    assert given.received_at <= timezone.now()
    assert given.stamp <= given.received_at


@pytest.mark.parametrize("contacts", [1, 6])
def test_what_counts_is_one_query(course, contacts, django_assert_num_queries):
    for number in range(contacts):
        builders.contact(course.patient, f"Aunt{number} Lark")
        answer(course, "ACCEPTED", who=2 + number)
    with django_assert_num_queries(1):
        assert len([(r.session.number, r.contact.name) for r in Reply.objects.counting()]) == contacts


@pytest.mark.usefixtures("on_a_working_day")
def test_cannot_come_asks_a_person_and_changes_nothing_else(course):
    answer(course, "DECLINED", day=1)
    [task] = Task.objects.open().filter(kind=TaskKind.DECLINED)
    assert (task.session.number, task.due_on) == (2, timezone.localdate())
    assert "cannot come on day 2" in task.says
    assert "Nothing was cancelled" in task.says
    assert [contact.name for contact in task.contacts_to_ring] == ["Mia Lark", "Pa Lark"]
    assert {s.status for s in course.sessions.all()} == {"booked"}
    assert AuditEvent.objects.filter(action="reply.recorded", patient_id=course.patient_id).count() == 1


def test_can_come_of_the_same_contact_settles_it(course):
    answer(course, "DECLINED", ago=60)
    answer(course, "ACCEPTED", who=1, ago=50)
    assert asked(course) == [1]
    answer(course, "TENTATIVE", ago=40)
    assert asked(course) == [1]
    answer(course, "ACCEPTED", ago=30)
    assert asked(course) == []


def test_it_is_settled_only_when_all_who_cannot_come_can(course):
    answer(course, "DECLINED", ago=60)
    answer(course, "DECLINED", who=1, ago=60)
    answer(course, "ACCEPTED", ago=50)
    assert asked(course) == [1]
    answer(course, "ACCEPTED", who=1, ago=50)
    assert asked(course) == []


def test_an_earlier_can_come_that_arrives_late_settles_nothing(course):
    answer(course, "DECLINED", ago=50)
    answer(course, "ACCEPTED", ago=60)
    assert counting(course) == [(1, "Mia Lark", "ACCEPTED")]
    assert asked(course) == [1]


def test_the_same_answer_told_again_is_kept_once_and_does_not_ask_again(course, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    first = answer(course, "DECLINED", source=Source.PAGE)
    Task.objects.filter(kind=TaskKind.DECLINED).update(
        done_at=timezone.now(), done_by="Cora", done_note="Rang."
    )
    assert answer(course, "DECLINED", source=Source.PAGE) == first
    assert asked(course) == []
    answer(course, "DECLINED", ago=5)
    assert asked(course) == [1]


def test_a_clock_that_is_ahead_counts_as_now(course):
    given = answer(course, "ACCEPTED", ago=-9999)
    assert given.stamp <= timezone.now()
    answer(course, "DECLINED", ago=0, source=Source.PAGE)
    assert Reply.objects.counting().get().stamp <= timezone.now()


def test_an_answer_to_a_visit_that_was_cancelled_or_is_over_asks_nobody(course, coordinator):
    bookings.cancel(course=course, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator)
    answer(course, "DECLINED")
    assert asked(course) == []


def test_a_move_settles_it_for_the_days_it_moves(course, coordinator):
    answer(course, "DECLINED")
    answer(course, "DECLINED", day=1)
    later = builders.visits(course, builders.next_monday(3))
    bookings.move(course=course, visits=later, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    assert asked(course) == []
    assert all(reply.is_stale for reply in Reply.objects.all())


def test_a_cancellation_settles_it(course, coordinator):
    answer(course, "DECLINED")
    bookings.cancel(course=course, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator)
    assert asked(course) == []
