"""A date on which the family cannot come is one that the search leaves out from then on."""

from datetime import timedelta

import pytest

from scheduling.answers.family_tells import ask
from scheduling.booking import bookings, lost_days
from scheduling.booking.lost_days import Approval
from scheduling.booking.missing_tasks import open_missing_tasks
from scheduling.models import Ask, CancelReason, Course, LostBecause, Reply
from scheduling.pages.booking.placement_forms import check_address
from scheduling.rules import Visit
from tests import builders
from tests.addresses import at
from tests.reading import text_of

pytestmark = pytest.mark.django_db
MONDAY = builders.next_monday(2)
TUESDAY, WEDNESDAY = (MONDAY + timedelta(days=n) for n in (1, 2))
FAMILY = LostBecause.FAMILY
APPROVAL = Approval(FAMILY, "A wedding", "Dr Wren")


@pytest.fixture
def course(coordinator):
    child = builders.patient()
    builders.contact(child, "Mia Lark")
    course = builders.course(child, builders.unit(), target=MONDAY)
    return bookings.book(course=course, visits=builders.visits(course, MONDAY), by=coordinator).course


def days_they_cannot(course):
    return Course.objects.get(pk=course.pk).impossible_ranges


def test_of_a_lost_day_it_is_that_day(course, coordinator):
    second = course.sessions.get(number=2)
    lost_days.report(session=second, because=FAMILY, by=coordinator)
    assert days_they_cannot(course) == [(TUESDAY, TUESDAY)]
    open_missing_tasks()
    assert [task.kind for task in course.tasks.open()] == ["day_lost"], "one task, not two about one thing"


@pytest.mark.parametrize("instead", ["leave_out", "another_day"])
def test_of_a_day_decided_about_it_is_that_day(course, coordinator, instead):
    second, more = course.sessions.get(number=2), {}
    if instead == "another_day":
        more["visit"] = Visit(WEDNESDAY, course.unit.chairs.first().pk, 540, 240)
    getattr(lost_days, instead)(session=second, approval=APPROVAL, by=coordinator, **more)
    assert days_they_cannot(course) == [(TUESDAY, TUESDAY)]
    assert not course.tasks.open().exists()


def test_a_day_given_at_another_hour_of_it_is_none(course, coordinator):
    second = course.sessions.get(number=2)
    visit = Visit(TUESDAY, course.unit.chairs.first().pk, 780, 240)
    lost_days.another_day(session=second, visit=visit, approval=APPROVAL, by=coordinator)
    assert days_they_cannot(course) == []


def says_no(session):
    Reply.objects.create(
        session=session,
        contact=session.course.patient.contacts.get(),
        answer="DECLINED",
        source="page",
        sequence=session.sequence,
        stamp=session.created_at,
    )


def moved(course, by):
    visits = builders.visits(course, WEDNESDAY)
    bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=by)


def cancelled(course, by):
    bookings.cancel(course=course, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=by)


@pytest.mark.parametrize("given_up", [moved, cancelled])
@pytest.mark.parametrize("said_no", [(), (2,), (1, 2)], ids=str)
def test_of_a_course_given_up_for_them_it_is_what_they_said_no_to_and_no_day_they_only_asked_to_leave(
    course, coordinator, given_up, said_no
):
    for session in course.sessions.filter(number__in=said_no):
        says_no(session)
    given_up(course, coordinator)
    days = {1: MONDAY, 2: TUESDAY}
    assert days_they_cannot(course) == [(days[number], days[number]) for number in said_no]


def test_for_another_reason_it_is_no_day(course, coordinator):
    second = course.sessions.get(number=2)
    lost_days.report(session=second, because=LostBecause.UNWELL, by=coordinator)
    bookings.cancel(course=course, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=True, by=coordinator)
    assert days_they_cannot(course) == []


@pytest.mark.parametrize("then", ["move", "another_day"])
def test_the_search_leaves_it_out_as_soon_as_it_is_said(course, client, coordinator, then):
    client.force_login(coordinator)
    second = course.sessions.get(number=2)
    said = {"because": "family", "then": then, "seen": course.version}
    page = client.post(at("lose_day", second), said, follow=True)
    cards = page.context["cards"]
    days = (
        {visit.day for card in cards for visit, _ in card.days}
        if then == "move"
        else {card.visit.day for card in cards}
    )
    assert days
    assert TUESDAY not in days


def test_what_the_family_last_wrote_stands_beside_find_and_check(course, client, coordinator):
    client.force_login(coordinator)
    contact = course.patient.contacts.get()
    for words in ("Any day but Friday", "Mornings only"):
        ask(course=course, contact=contact, kind=Ask.CHANGE, says=words, by=coordinator)
    second = course.sessions.get(number=2)
    move = at("move_day", second) + "?because=unwell"
    check = check_address(course, builders.visits(course, MONDAY + timedelta(days=7)))
    for address in (at("find_slot", course), check, move):
        said = text_of(client.get(address))
        assert "Mornings only" in said, address
        assert "Mia Lark" in said, address
        assert "Any day but Friday" not in said, address
