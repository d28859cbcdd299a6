"""What an act asks of the database, pinned: an act that grows by a statement has to say why."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.booking import bookings
from scheduling.errors import SlotGone
from scheduling.models import Course, FamilyLink, Message, UndoableAct
from scheduling.pages.booking.placement_forms import placement_fields
from scheduling.unit.setup import save_chair
from tests import builders


@pytest.mark.django_db
def test_two_days_with_all_checks_and_four_mails_take_23_statements(coordinator):
    """With those that begin and end the transaction, and what would undo it."""
    unit = builders.unit(chairs=3, undo_minutes=2)
    child = builders.patient()
    for name in ("Mia Lark", "Pa Lark"):
        builders.contact(child, name)
    course = builders.course(child, unit)
    visits, seen = builders.visits(course, builders.next_monday(2)), course.version
    with CaptureQueriesContext(connection) as statements:
        bookings.book(course=course, visits=visits, by=coordinator, seen=seen)
    assert Message.objects.count() == 4 and FamilyLink.objects.count() == 2 and UndoableAct.objects.exists()
    assert len(statements) == 23


@pytest.mark.django_db
def test_sending_the_page_that_books_takes_29_statements_with_those_of_signing_in(client, coordinator):
    """With the savepoints that stand here for the transactions of the act and of the web session."""
    unit = builders.unit(chairs=3)
    child = builders.patient()
    for name in ("Mia Lark", "Pa Lark"):
        builders.contact(child, name)
    course = builders.course(child, unit)
    fields = placement_fields(builders.visits(course, builders.next_monday(2))) | {"seen": course.version}
    client.force_login(coordinator)
    with CaptureQueriesContext(connection) as statements:
        answer = client.post(reverse("scheduling:check_slot", args=[course.pk]), fields)
    assert answer.status_code == 302 and Message.objects.count() == 4
    assert len(statements) == 29


@pytest.mark.django_db
def test_a_chair_taken_out_of_use_since_it_was_read_is_seen(coordinator, lead):
    course = builders.course(builders.patient(), builders.unit(chairs=2))
    visits = builders.visits(course, builders.next_monday(2))
    read = Course.objects.select_related("unit").prefetch_related("unit__chairs").get(pk=course.pk)
    chair = course.unit.chairs.get(pk=visits[0].chair)
    chair.in_use = False
    save_chair(chair=chair, seen=(), by=lead)
    with pytest.raises(SlotGone, match="not one the unit uses"):
        bookings.book(course=read, visits=visits, by=coordinator)


@pytest.mark.django_db
def test_chairs_read_before_are_not_asked_for_again_while_nothing_has_changed(coordinator):
    course = builders.course(builders.patient(), builders.unit(chairs=2))
    visits = builders.visits(course, builders.next_monday(2))
    read = Course.objects.select_related("unit").prefetch_related("unit__chairs").get(pk=course.pk)
    with CaptureQueriesContext(connection) as statements:
        bookings.book(course=read, visits=visits, by=coordinator)
    assert not any('FROM "scheduling_chair"' in statement["sql"] for statement in statements)
