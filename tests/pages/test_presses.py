"""How many presses the jobs of a coordinator take, each pressed on what is really on the page."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from scheduling import planner
from scheduling.booking.drafts import accepting, working
from scheduling.models import Course, Draft, Message
from tests import builders
from tests.fakes.replanner import FakeReplanner
from tests.presses import Presser
from tests.reading import text_of
from tests.unit_pages import boxes

pytestmark = pytest.mark.django_db
A_WEEK = timedelta(weeks=1)


@pytest.fixture
def unit():
    return builders.unit(chairs=4, nurses=3, coordinators_change_days=True)


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


def test_from_a_new_child_to_booked_days_it_takes_nine(page, unit):
    today = timezone.localdate()
    person = Presser(page, "/")
    person.follow("Children")
    person.follow("Add a child")
    born = boxes("birth_date", today.replace(year=today.year - 9))
    person.press("Save child", name="Robin Ashe", hospital_number="K700001", **born)
    may = {"may_receive_invites": "on", "relationship": "mother", "parental_responsibility": "yes"}
    may |= boxes("permission_on", today)
    person.press("Save contact", name="Mia Ashe", email="mia@family.example", phone="07700 900123", **may)
    person.follow("Agree a course")
    decided = {"decided_by": "Dr Wren", "reason": "recurrence_of_pain", "minutes": 240, "priority": 1}
    person.press("Save course", **decided, **boxes("decided_on", today))
    person.follow("Find a slot")
    person.follow("Choose")
    person.press("Book and invite the family")

    assert "Course booked" in text_of(person.response)
    assert Message.objects.count() == 2
    assert person.count == 9


@pytest.mark.parametrize("how", ["chosen", "typed"])
def test_to_move_a_course_by_a_week_takes_three(page, unit, coordinator, how):
    """Chosen among the offers, which stand nearest the target first, or typed beside them."""
    monday = builders.next_monday(2)
    later = monday + A_WEEK
    target = later if how == "chosen" else None
    course = builders.book(unit, monday, coordinator, target=target)
    person = Presser(page, course.get_absolute_url())
    person.follow("Move the course")
    if how == "chosen":
        person.follow("Choose")
    else:
        person.press("Check this start", **boxes("first_day", later), start_1="9am")
    person.press("Move", reason="family_request")

    assert "Course moved" in text_of(person.response)
    assert Course.objects.get(pk=course.pk).live_sessions[0].day == later
    assert person.count == 3


def test_a_nurse_who_is_ill_with_three_children_hit_takes_eight_until_all_is_told(
    page, unit, coordinator, monkeypatch
):
    """Two to enter it, two to ask for new days, four to choose, ring, check and move."""
    monkeypatch.setattr(planner, "replan", FakeReplanner().replan)
    monday = builders.next_monday(2)
    for number, chair in enumerate(unit.chairs.all()[:3]):
        course = builders.book(unit, monday, coordinator, name=f"Child Wren{number}", chair=chair)
        builders.contact(course.patient, "Mia Poole")
    person = Presser(page, reverse("scheduling:show_board") + f"?day={monday.isoformat()}")
    person.follow("3 nurses")
    person.press("Save nurses", nurses=2)
    assert text_of(person.response).count("Child Wren") >= 3
    person.press("Save and propose new days")
    working.work_out(Draft.objects.get().pk)
    person.follow("Reload this page")
    person.press("I spoke to these families")
    person.press("Check the mails, then move")
    person.press("Move")
    accepting.make_real()
    person.follow("Reload this page")

    assert "1 moved, 0 held." in text_of(person.response)
    assert person.count == 8
