"""The question on a family's page: are these days good? Two buttons, and words for whoever comes late."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from scheduling.booking import holds, offers
from scheduling.models import CancelReason, Course, FamilyOffer, Task
from scheduling.telling.family_links import link_for
from scheduling.unit.hold_ends import usual_answer_by
from tests import builders
from tests.family_pages import path
from tests.reading import folded

pytestmark = pytest.mark.django_db
MONDAY = builders.next_monday(2)


@pytest.fixture
def course(coordinator):
    unit = builders.unit(chairs=1)
    course = builders.course(builders.patient(), unit)
    builders.contact(course.patient, "Mia Lark", email="mia@family.example")
    builders.contact(course.patient, "Pa Lark", email="pa@family.example")
    visits = builders.visits(course, MONDAY)
    until = usual_answer_by(unit, timezone.now())
    return offers.ask(course=course, visits=visits, until=until, by=coordinator).course


@pytest.fixture
def mia(course):
    return link_for(course, course.patient.contacts.get(name="Mia Lark"))


@pytest.fixture
def pa(course):
    return link_for(course, course.patient.contacts.get(name="Pa Lark"))


def answer(client, link, said, offer=None):
    offer = offer or FamilyOffer.objects.get()
    sent = {"offer": offer.pk, "answer": said}
    return folded(client.post(path(link, "answer_offer_of_days"), sent, follow=True))


def page(client, link):
    return folded(client.get(path(link, "show_page")))


def fresh(course):
    return Course.objects.get(pk=course.pk)


def test_the_page_asks_with_the_times_the_place_and_until_when(client, mia):
    with time_machine.travel(FamilyOffer.objects.get().until - timedelta(seconds=1), tick=False):
        shown = page(client, mia)
    for words in ("Are these days good for you?", "9am to 1pm", "Main entrance", "Please answer by 5pm on"):
        assert words in shown
    assert "Yes, these days are good" in shown
    assert "Lark" not in shown
    with time_machine.travel(FamilyOffer.objects.get().until, tick=False):
        assert "Are these days good" not in page(client, mia)


def test_yes_books_and_a_second_press_or_the_other_parent_reads_so(client, course, mia, pa):
    assert "Are these days good" in page(client, pa)
    assert "These visits are booked" in answer(client, mia, "yes")
    assert fresh(course).status == "booked"
    for link, said in ((mia, "yes"), (pa, "yes")):
        assert "These visits are booked" in answer(client, link, said)
    assert not Task.objects.open().exists()
    assert "These visits are booked" in answer(client, pa, "no")
    task = Task.objects.open().get()
    assert "no longer kept" in task.says, "a no from the other parent is for a person"
    assert "Mia" not in page(client, pa)


def test_no_frees_the_days_and_says_where_impossible_days_are_told(client, course, mia, pa):
    shown = answer(client, mia, "no")
    assert "These days are not kept for you now" in shown
    assert "Days we cannot do" in shown
    assert fresh(course).status == "waiting"
    assert "No days are booked now" in page(client, pa)
    assert "not kept for you now" in answer(client, pa, "no")
    assert Task.objects.open().count() == 1


@pytest.mark.parametrize("how", ["lapsed", "released", "held anew"])
def test_a_yes_to_days_that_are_gone_is_for_a_person(client, course, mia, coordinator, how):
    offer = FamilyOffer.objects.get()
    if how == "lapsed":
        holds.lapse_holds(now=offer.until)
    elif how == "released":
        holds.release(course=course, by=coordinator)
    else:
        visits = builders.visits(course, MONDAY + timedelta(days=1))
        holds.hold(course=course, visits=visits, hours=4, by=coordinator)
    shown = answer(client, mia, "yes", offer)
    assert "not kept for you now" in shown
    assert "somebody from the unit will read it and ring you" in shown
    assert fresh(course).status != "booked"
    task = Task.objects.open().get(kind="change")
    assert task.request.says.startswith("Yes to Monday")


def test_where_it_cannot_be_booked_the_family_reads_that_the_unit_rings(client, course, mia, pa):
    course.unit.closures.create(first_day=MONDAY, last_day=MONDAY, reason="flood")
    for link in (mia, pa):
        shown = answer(client, link, "yes")
        assert "We will ring you" in shown
        assert "flood" not in shown
    assert fresh(course).status == "pending"
    assert Task.objects.open().get().kind == "offer"


@pytest.mark.parametrize("sent", [{}, {"answer": "yes"}, {"offer": "x", "answer": "no"}, {"offer": "9" * 30}])
def test_a_spoiled_answer_does_nothing(client, course, mia, sent):
    client.post(path(mia, "answer_offer_of_days"), sent)
    other = builders.course(builders.patient("Bo Finch"), course.unit)
    theirs = link_for(other, builders.contact(other.patient, "Di Finch"))
    answer(client, theirs, "yes")
    assert fresh(course).status == "pending"
    assert FamilyOffer.objects.get().is_open


def test_a_contact_whose_permission_was_withdrawn_answers_nothing(client, course, mia):
    course.patient.contacts.update(may_receive_invites=False)
    assert "This page cannot be shown" in answer(client, mia, "yes")
    assert FamilyOffer.objects.get().is_open


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("yes", "These visits are booked"),
        ("no", "The answer was no, so your visits stay as they are"),
        ("yes, but closed", "Your visits stay as they are until then"),
    ],
)
def test_a_family_with_booked_days_reads_what_becomes_of_them(client, coordinator, said, words):
    """Days are offered instead of those that are booked, which stand on the same page."""
    unit = builders.unit(chairs=1)
    course = builders.book(unit, MONDAY, coordinator)
    mia = link_for(course, builders.contact(course.patient, "Mia Lark", email="mia@family.example"))
    offers.ask(
        course=course,
        visits=builders.visits(course, MONDAY + timedelta(days=2)),
        until=usual_answer_by(unit, timezone.now()),
        move_because=CancelReason.STAFF_SHORT,
        by=coordinator,
    )
    shown = page(client, mia)
    assert "Could you come on these days instead?" in shown
    assert "Nothing is booked yet" not in shown
    assert "Are these days good for you?" not in shown
    if "closed" in said:
        unit.closures.create(first_day=MONDAY, last_day=MONDAY + timedelta(days=2), reason="flood")
    assert words in answer(client, mia, said[:3].strip(","))
    first = MONDAY + timedelta(days=2 * (said == "yes"))
    assert fresh(course).live_sessions[0].day == first
