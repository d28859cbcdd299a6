"""Courses booked elsewhere and moved in: nothing goes by itself until a person tells the family."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from scheduling.booking import bookings
from scheduling.booking.unsent import book_unsent
from scheduling.models import CancelReason, Course, Message, Session, Task, Way
from scheduling.states import SessionStatus
from scheduling.telling.by_person import note_told
from scheduling.telling.nobody_told import look_for_nobody_told
from scheduling.telling.queue_reminders import queue_notices
from scheduling.telling.to_ring import families_to_ring
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def unsent(coordinator):
    """A course moved in as booked; of the two parents one has no address."""
    child = builders.patient()
    builders.contact(child)
    builders.contact(child, "Tom Lark", email="", may_receive_invites=False)
    waiting = builders.course(child, builders.unit())
    visits = builders.visits(waiting, builders.next_monday(2))
    fields = {
        name: getattr(waiting, name) for name in ("unit", "patient", "decided_by", "decided_on", "reason")
    }
    course = Course(**fields, days=2, minutes=240, priority=2, status="booked", is_unsent=True)
    waiting.delete()
    book_unsent(course=course, choices=[visits], may_override=False, by=coordinator)
    return course


def notes_after(course: Course) -> set[str]:
    """The kinds of the mails that go on the mornings after its days were given."""
    days = course.sessions.order_by("day")
    moments = {"arrived_at": timezone.now(), "started_at": timezone.now(), "finished_at": timezone.now()}
    days.update(status=SessionStatus.FULFILLED, given="full", **moments)
    for later in (1, 3):
        morning = datetime.combine(days.last().day + timedelta(days=later), time(10))
        queue_notices(now=timezone.make_aware(morning))
    return set(Message.objects.values_list("kind", flat=True))


def test_no_note_goes_after_its_days(unsent):
    assert notes_after(unsent) == set()


def test_notes_go_after_its_days_once_the_family_was_told(unsent, coordinator):
    bookings.invite_untold(course=unsent, by=coordinator)
    assert notes_after(unsent) == {"invite", "day_after", "day_3"}


def test_nobody_is_to_be_rung_about_it_until_somebody_tells_the_family(unsent, coordinator):
    now = timezone.now()
    assert families_to_ring(now) == []
    bookings.invite_untold(course=unsent, by=coordinator)
    (family,) = families_to_ring(now)
    assert [contact.name for contact, _ in family.contacts] == ["Tom Lark"]


def test_no_task_asks_about_a_child_of_16_of_whom_nothing_was_sent(unsent):
    unsent.patient.birth_date = timezone.localdate() - timedelta(days=17 * 365)
    unsent.patient.save()
    look_for_nobody_told()
    assert not Task.objects.exists()
    Course.objects.update(is_unsent=False)
    look_for_nobody_told()
    assert Task.objects.get().kind == "nobody_told"


def test_whoever_moves_it_tells_the_family_by_that(unsent, coordinator):
    visits = builders.visits(unsent, builders.next_monday(3))
    bookings.move(course=unsent, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    assert set(Message.objects.values_list("kind", flat=True)) == {"invite"}
    assert Session.objects.filter(status="booked").count() == 2
    unsent.refresh_from_db()
    assert not unsent.is_unsent


def test_one_who_was_told_by_phone_is_reminded(unsent, coordinator):
    mother = unsent.patient.contacts.first()
    note_told(course=unsent, contact=mother, way=Way.PHONE, by=coordinator)
    assert notes_after(unsent) == {"day_after", "day_3"}


def test_what_was_cancelled_and_booked_anew_is_told_like_any_other(unsent, coordinator):
    bookings.cancel(course=unsent, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator)
    course = Course.objects.get(pk=unsent.pk)
    assert not course.is_unsent
    visits = builders.visits(course, builders.next_monday(4))
    bookings.book(course=course, visits=visits, by=coordinator)
    assert set(Message.objects.values_list("kind", flat=True)) == {"invite"}
