"""Why a course or a day is moved or cancelled: coded, so that it can be counted, and by whose side."""

import pytest
from django.urls import reverse
from django.utils import timezone

from scheduling.models import CancelReason, Course, LostBecause
from tests import builders

pytestmark = pytest.mark.django_db

OF_THE_UNIT = {"Hospital: the unit is closed", "Hospital: staff short", "Hospital: no chair"}


@pytest.fixture
def course(coordinator):
    return builders.book(builders.unit(), builders.next_monday(2), coordinator)


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


def labels(response, field):
    return {str(label) for _, label in response.context["form"].fields[field].choices}


def test_a_closed_unit_staff_short_and_no_chair_are_reasons_of_their_own(page, course):
    cancelling = page.get(reverse("scheduling:cancel_course", args=[course.pk]))
    lost = page.get(reverse("scheduling:lose_day", args=[course.live_sessions[0].pk]))
    for shown in (labels(cancelling, "reason"), labels(lost, "because")):
        assert shown >= OF_THE_UNIT
        assert not any("or nurse" in label for label in shown)


def test_what_was_recorded_before_keeps_its_words(page, coordinator, course):
    """Nobody knows by now whether it was the chair or the nurse."""
    ended = builders.course(builders.patient(), course.unit, status="cancelled")
    Course.objects.filter(pk=ended.pk).update(cancel_reason=CancelReason("hospital_capacity"))
    assert Course.objects.get(pk=ended.pk).get_cancel_reason_display() == "Hospital: no chair or nurse"

    begun = builders.begun_course(course.unit, timezone.localdate(), chair=1)
    session = begun.live_sessions[1]
    session.lost_because = LostBecause("closure")
    session.save()
    form = page.get(reverse("scheduling:lose_day", args=[session.pk]))
    assert "Hospital: the unit is closed, or has no chair or nurse" in labels(form, "because")


def test_what_is_chosen_is_kept(page, course):
    fields = {"reason": "hospital_short", "then": "end", "confirmed": "yes", "seen": course.version}
    page.post(reverse("scheduling:cancel_course", args=[course.pk]), fields)
    assert Course.objects.get(pk=course.pk).get_cancel_reason_display() == "Hospital: staff short"
