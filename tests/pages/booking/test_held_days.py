"""Days are held and offered from the page that checks them, and from the task about a free place."""

from datetime import timedelta

import pytest
from django.urls import reverse

from scheduling.models import Course, FamilyOffer, Task
from tests import builders
from tests.reading import folded

pytestmark = pytest.mark.django_db
MONDAY = builders.next_monday(2)


@pytest.fixture
def staff(client, coordinator):
    client.force_login(coordinator)
    return client


def test_days_that_are_checked_are_offered_with_one_press(staff, coordinator):
    course = builders.course(builders.patient("Bo Finch"), builders.unit(), earliest=MONDAY)
    builders.contact(course.patient)
    card = staff.get(reverse("scheduling:find_slot", args=[course.pk])).context["cards"][0]
    check = staff.get(card.address)
    form = check.context["offer_form"]
    day = dict(
        zip(
            ("answer_day_day", "answer_day_month", "answer_day_year"),
            form["answer_day"].initial,
            strict=True,
        )
    )
    sent = check.context["fields"] | day | {"answer_time": form["answer_time"].initial, "offer": "yes"}
    address = reverse("scheduling:check_slot", args=[course.pk])
    done = folded(staff.post(address, sent | {"seen": course.version, "asks_next": "on"}, follow=True))
    assert "The family is asked" in done
    offer = FamilyOffer.objects.get(course=course)
    assert (offer.asked_by, offer.asks_next) == (coordinator, True)
    shown = folded(staff.get(course.get_absolute_url()))
    assert "Days offered to the family" in shown
    assert f"held by {coordinator.name}" in shown


def test_other_days_are_offered_to_the_family_of_a_booked_course_with_a_reason(staff, coordinator):
    unit = builders.unit()
    course = builders.book(unit, MONDAY, coordinator)
    builders.contact(course.patient)
    Course.objects.update(earliest=MONDAY + timedelta(weeks=1))
    check = staff.get(
        staff.get(reverse("scheduling:find_slot", args=[course.pk])).context["cards"][0].address
    )
    assert "until then it stays booked where it is" in folded(check)
    form, address = check.context["offer_form"], reverse("scheduling:check_slot", args=[course.pk])
    day = dict(
        zip(
            ("answer_day_day", "answer_day_month", "answer_day_year"), form["answer_day"].initial, strict=True
        )
    )
    sent = check.context["fields"] | day | {"answer_time": form["answer_time"].initial, "offer": "yes"}
    sent["seen"] = course.version
    assert "Select why the course is moved" in folded(staff.post(address, sent))
    assert not FamilyOffer.objects.exists()
    done = folded(staff.post(address, sent | {"reason": "hospital_chair"}, follow=True))
    assert "Yes moves the course there" in done
    assert FamilyOffer.objects.get(course=course).move_because == "hospital_chair"
    shown = folded(staff.get(course.get_absolute_url()))
    assert "The course stays booked where it is until it says yes" in shown


def test_days_that_need_the_courses_own_place_are_moved_to_at_once_and_not_held(staff, coordinator):
    """One chair: both Tuesday of the days booked and Tuesday of those from Tuesday on would be in it."""
    unit = builders.unit(chairs=1)
    course = builders.book(unit, MONDAY, coordinator, earliest=MONDAY)
    builders.contact(course.patient)

    def cards():
        found = staff.get(reverse("scheduling:find_slot", args=[course.pk]))
        assert ("can only be moved to at once" in folded(found)) == any(
            card.only_at_once for card in found.context["cards"]
        )
        return {card.days[0][0].day: card for card in found.context["cards"]}

    overlaps, apart = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    found = cards()
    assert (found[overlaps].only_at_once, found[apart].only_at_once) == (True, False)
    check = staff.get(found[overlaps].address)
    assert "need a place that the course has now" in folded(check)
    assert (check.context["hold_form"], check.context["offer_form"]) == (None, None)
    other = staff.get(found[apart].address)
    assert "need a place that the course has now" not in folded(other)
    sent = other.context["fields"] | {"hold": "yes", "lasts": "24", "seen": course.version}
    staff.post(reverse("scheduling:check_slot", args=[course.pk]), sent)
    course.refresh_from_db()
    assert course.held_until
    # The days held by now would be let go by holding others: they are in nobody's way.
    assert not cards()[apart].only_at_once


def test_without_the_text_or_anybody_to_ask_there_is_no_such_form(staff):
    course = builders.course(builders.patient("Bo Finch"), builders.unit())
    address = reverse("scheduling:find_slot", args=[course.pk])
    for _ in range(2):
        check = staff.get(staff.get(address).context["cards"][0].address)
        assert check.context["offer_form"] is None
        builders.contact(course.patient)
        course.unit.advice_texts.filter(moment="offer").delete()


def test_a_free_place_is_offered_in_one_press_from_its_task(staff, coordinator):
    course = builders.course(builders.patient(), builders.unit(chairs=1))
    builders.contact(course.patient)
    freed = builders.book(course.unit, MONDAY, coordinator, name="Bo Finch")
    cancel = reverse("scheduling:cancel_course", args=[freed.pk])
    asked = {"reason": "family_request", "then": "end", "confirmed": "yes", "seen": freed.version}
    done = staff.post(cancel, asked, follow=True)
    assert "Ask the first family" in folded(done)
    task = done.context["freed_task"]
    assert task == Task.objects.open().get(kind="freed")
    address = reverse("scheduling:ask_first_family", args=[task.pk])
    shown = staff.post(address, follow=True)
    assert "This family is asked whether the days are good. It has until 5pm on" in folded(shown)
    assert "nothing was done" in folded(staff.post(address, follow=True))
