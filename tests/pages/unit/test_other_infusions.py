"""Pages of infusions that are not courses."""

from datetime import time, timedelta

import pytest
from django.urls import reverse

from crmo_clinic.nhsuk.wording import short_date
from scheduling.models import Booking, Closure, InfusionKind, KeptPlaces, OtherInfusion
from scheduling.unit import other_infusions, setup
from tests import builders


@pytest.fixture
def unit(db):
    return builders.unit(chairs=2, nurses=2)


@pytest.fixture
def kind(unit, lead):
    made = InfusionKind(unit=unit, name="Iron infusion", minutes=90, cannulates=True, care="shared")
    setup.save_infusion_kind(kind=made, by=lead)
    return InfusionKind.objects.select_related("unit").get()


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


def typed(kind, day, **more):
    date = dict(zip(("day_day", "day_month", "day_year"), (day.day, day.month, day.year), strict=True))
    return {"kind": kind.pk, "label": "Iron 1", "start": "9am", "chair": "", "every_weeks": ""} | date | more


def until(day):
    return dict(zip(("until_day", "until_month", "until_year"), (day.day, day.month, day.year), strict=True))


def test_the_lead_adds_a_kind_in_quarter_hours(client, lead, unit):
    client.force_login(lead)
    address = reverse("scheduling:add_infusion_kind", args=[unit.pk])
    asked = {"name": "Iron", "minutes": "50", "cannulates": "True", "care": "shared", "in_use": "True"}

    assert "in quarter hours" in client.post(address, asked).content.decode()
    assert client.post(address, asked | {"minutes": "60"}).status_code == 302

    unit.refresh_from_db()
    assert unit.gives_others
    assert "Iron" in client.get(unit.get_absolute_url()).content.decode()


def test_a_series_is_checked_first_and_what_does_not_fit_is_left_out(page, kind, unit):
    monday = builders.next_monday(2)
    shut = monday + timedelta(days=7)
    Closure.objects.create(unit=unit, first_day=shut, last_day=shut, reason="deep clean")
    address = reverse("scheduling:place_infusion", args=[unit.pk])
    fields = typed(kind, monday, every_weeks="1", **until(monday + timedelta(days=14)))
    check = page.post(address, fields)

    assert check.context["left_out"]
    assert len(check.context["fitting"]) == 2
    assert not OtherInfusion.objects.exists()
    page.post(address, fields | {"confirmed": check.context["seen"]})
    assert Booking.objects.filter(infusion__isnull=False).count() == 2


def test_every_gap_in_a_repeat_is_said(page, kind, unit):
    address = reverse("scheduling:place_infusion", args=[unit.pk])
    monday = builders.next_monday(2)

    assert (
        "until when it is repeated"
        in page.post(address, typed(kind, monday, every_weeks="2")).content.decode()
    )
    fields = typed(kind, monday, **until(monday))
    assert "how often it is repeated" in page.post(address, fields).content.decode()


def test_it_stands_on_the_board_and_the_day_list_and_is_moved_and_cancelled(page, kind, unit, coordinator):
    monday = builders.next_monday(2)
    first, _ = other_infusions.place(
        kind=kind,
        label="Iron 1",
        days=[monday, monday + timedelta(days=7)],
        start=540,
        chair=None,
        by=coordinator,
    )
    for address in ("show_board", "show_day"):
        seen = page.get(reverse(f"scheduling:{address}"), {"day": monday.isoformat()}).content.decode()
        assert "Iron 1" in seen
        assert first.get_absolute_url() in seen
    tuesday = monday + timedelta(days=1)
    move = typed(kind, tuesday, start="10am", which="later")

    page.post(reverse("scheduling:move_infusion", args=[first.pk]), move)
    assert {row.starts_at.astimezone().weekday() for row in Booking.objects.all()} == {1}
    shut = page.post(reverse("scheduling:move_infusion", args=[first.pk]), move | {"start": "5pm"})
    assert shut.status_code == 409
    assert "the unit closes at 6pm" in shut.content.decode()

    page.post(reverse("scheduling:cancel_infusion", args=[first.pk]), {"which": "later"})
    assert not Booking.objects.exists()
    assert page.get(first.get_absolute_url()).status_code == 404


def test_a_unit_without_kinds_is_as_before(page, unit):
    board = page.get(reverse("scheduling:show_board")).content.decode()
    assert "other infusion" not in board.casefold()
    assert "another infusion" not in page.get(unit.get_absolute_url()).content.decode()


def test_without_a_kind_nothing_can_be_placed(page, unit):
    answer = page.get(reverse("scheduling:place_infusion", args=[unit.pk]), follow=True)
    assert "Add the infusions that are given here first." in answer.content.decode()


def test_the_board_says_which_places_are_kept_and_until_when(page, unit, lead):
    monday = builders.next_monday(2)
    kept = KeptPlaces(
        unit=unit, kept_for="others", places=1, released_days_before=7, starts=time(9), ends=time(13)
    )
    setup.keep_places(kept=kept, by=lead)
    board = page.get(reverse("scheduling:show_board"), {"day": monday.isoformat()}).content.decode()
    until = short_date(monday - timedelta(days=7))
    assert f"1 place kept for other infusions, 9am to 1pm, until {until}" in " ".join(board.split())
    assert "1 place for other infusions" in page.get(unit.get_absolute_url()).content.decode()
