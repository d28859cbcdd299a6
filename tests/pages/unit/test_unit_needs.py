"""A unit's list of needs, and when somebody of each role is on."""

from datetime import time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from scheduling.models import Need, RoleShift
from tests import builders
from tests.addresses import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit(client, lead):
    client.force_login(lead)
    made = builders.unit()
    made.chairs.filter(name="Chair 2").update(kinds=["bed", "cubicle"])
    return made


def test_a_need_is_added_with_what_it_asks_and_put_out_of_use(client, unit):
    assert "There is no list of needs." in client.get(unit.get_absolute_url()).text
    typed = {"name": "Isolation", "more_cannulation": "15", "chair_kind": "cubicle", "role": " Interpreter "}
    page = client.post(at("add_need", unit), typed, follow=True).text
    assert "15 minutes more to cannulate, a cubicle and an interpreter on shift" in page
    assert "Nobody yet, so a child who needs somebody cannot be booked." in page

    need = Need.objects.get()
    assert (need.role, need.shown_to_families, need.in_use) == ("interpreter", False, True)
    assert "Isolation" in client.get(unit.get_absolute_url()).text
    page = client.post(at("change_need", need), typed | {"shown_to_families": "on"}, follow=True).text
    assert "Not in use" in page
    unit.refresh_from_db()
    assert (unit.has_needs, unit.roles) == (False, [])


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"name": ""}, "Enter what the child needs"),
        ({"name": " isolation"}, "Another need of this unit has this name"),
        ({"more_cannulation": "20"}, "Select how much more time to cannulate"),
        ({"chair_kind": "throne"}, "Select a kind of chair"),
    ],
)
def test_what_is_no_need_is_refused_in_words(client, unit, typed, says):
    builders.need(unit)
    page = client.post(at("add_need", unit), {"name": "Play", "more_cannulation": "0"} | typed)
    assert says in page.text
    assert Need.objects.count() == 1


def test_shifts_of_a_role_for_a_weekday_and_a_date(client, unit):
    today = timezone.localdate()
    assert client.get(at("add_role_shift", unit)).status_code == 302
    builders.need(unit, role="play specialist")
    date = {"when": "date", "day_day": today.day, "day_month": today.month, "day_year": today.year}
    who = {"role": "play specialist"}
    client.post(at("add_role_shift", unit), who | {"when": "1", "starts": "9am", "ends": "1pm"})
    client.post(at("add_role_shift", unit), who | date | {"starts": "10am", "ends": "midday"})
    page = client.post(at("add_role_shift", unit), who | date | {"starts": "", "ends": ""}, follow=True).text

    rows = RoleShift.objects.order_by("pk").values_list("weekday", "day", "starts", "ends")
    assert list(rows) == [
        (1, None, time(9), time(13)),
        (None, today, time(10), time(12)),
        (None, today, None, None),
    ]
    assert "Play specialist: Tuesdays, 9am to 1pm" in page
    first = RoleShift.objects.first()
    page = client.post(at("remove_role_shift", first), {"confirmed": "yes"}, follow=True).text
    assert "The shift has been removed" in page
    assert not RoleShift.objects.filter(pk=first.pk).exists()
    assert client.post(at("remove_role_shift", first)).status_code in (302, 404)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"when": "1", "starts": "9am", "ends": "9am"}, "A shift must end after it starts"),
        ({"when": "1", "starts": "9am", "ends": ""}, "Enter the time to"),
        ({"when": "1", "starts": "", "ends": ""}, "Enter the time from"),
        ({"when": "date", "starts": "9am", "ends": "10am"}, "Enter the date"),
        ({"when": "", "starts": "9am", "ends": "10am"}, "Select when"),
    ],
)
def test_what_is_no_shift_is_refused_in_words(client, unit, typed, says):
    builders.need(unit, role="play specialist")
    page = client.post(at("add_role_shift", unit), {"role": "play specialist"} | typed)
    assert says in page.text
    assert not RoleShift.objects.exists()


def test_a_date_that_has_passed_is_refused(client, unit):
    builders.need(unit, role="play specialist")
    day = timezone.localdate() - timedelta(days=1)
    typed = {"day_day": day.day, "day_month": day.month, "day_year": day.year, "when": "date"}
    page = client.post(at("add_role_shift", unit), typed | {"role": "play specialist"})
    assert "Date must be today or in the future" in page.text


def test_whoever_may_only_look_sees_the_list_and_no_way_to_change_it(client, unit, reader):
    builders.need(unit, role="play specialist")
    client.force_login(reader)
    page = client.get(at("list_needs", unit)).text
    assert "Isolation" in page
    assert reverse("scheduling:add_need", args=[unit.pk]) not in page
