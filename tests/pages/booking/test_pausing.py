"""The page on which a course is paused, its pause changed, and ended."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from scheduling.booking import bookings
from scheduling.booking.pauses import pause
from scheduling.models import PauseReason
from tests import builders
from tests.addresses import at
from tests.reading import folded

pytestmark = pytest.mark.django_db
LIST = reverse("scheduling:list_waiting")


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def course():
    return builders.course(builders.patient("Ann"), builders.unit())


def sent(course, days=14, reason="away", note=""):
    day = timezone.localdate() + timedelta(days=days)
    until = {"until_day": day.day, "until_month": day.month, "until_year": day.year}
    return until | {"reason": reason, "note": note, "seen": course.pause_version}


def test_it_is_paused_changed_and_ended_and_leads_back_to_its_row(page, course):
    address = f"{at('pause_course', course)}?list=place%3D0"
    answer = page.post(address, sent(course, note="back on Sunday"))
    assert answer.url == f"{LIST}#course-{course.pk}"
    course.refresh_from_db()
    for place in (address, course.get_absolute_url()):
        assert "The family is away: back on Sunday" in folded(page.get(place))
    assert page.get(address).context["form"]["note"].value() == "back on Sunday"
    page.post(address, sent(course, days=20, reason="unwell"))
    course.refresh_from_db()
    assert (course.paused_until - timezone.localdate()).days == 20
    checked = page.get(at("find_slot", course)).context["cards"][0].address
    assert "Booking it ends the pause." in folded(page.get(checked))
    for _ in range(2):
        assert page.post(f"{at('end_pause', course)}?list=place%3D0").url == f"{LIST}#course-{course.pk}"
    course.refresh_from_db()
    assert not course.is_paused(timezone.localdate())


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"days": 0}, "must be to come"),
        ({"days": 367}, "must be within a year"),
        ({"reason": ""}, "Select why it is paused"),
        ({"reason": "other"}, "Enter the reason as a note"),
    ],
)
def test_what_is_missing_is_asked_for(page, course, fields, says):
    assert says in folded(page.post(at("pause_course", course), sent(course, **fields)))
    course.refresh_from_db()
    assert course.paused_until is None
    assert page.post(at("pause_course", course), sent(course, days=366)).status_code == 302


def test_a_colleagues_pause_meanwhile_is_named_and_what_was_typed_is_kept(page, course, nurse):
    fields = sent(course, note="Typed")
    until = timezone.localdate() + timedelta(days=3)
    pause(course=course, until=until, reason=PauseReason.FAMILY, by=nurse)
    answer = page.post(at("pause_course", course), fields)
    assert answer.status_code == 409
    assert "Nia Nurse paused this course" in folded(answer)
    assert "Typed" in answer.content.decode()


def test_a_booked_course_cannot_be_paused(page, course, coordinator):
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
    assert page.get(at("pause_course", course)).url == course.get_absolute_url()
    assert page.post(at("pause_course", course), sent(course)).status_code == 409


def test_who_may_not_book_may_not_pause(client, nurse, course):
    client.force_login(nurse)
    assert client.post(at("pause_course", course), sent(course)).status_code == 403
    assert "Pause" not in folded(client.get(course.get_absolute_url()))
