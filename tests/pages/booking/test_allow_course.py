"""Booking against a rule: the check page asks why, and only those who may are asked."""

from datetime import time, timedelta

import pytest
from django.urls import reverse

from patients import access
from patients.access import Role
from scheduling.models import Course, Session, Task, TaskKind
from scheduling.pages.booking.placement_forms import check_address, placement_fields
from scheduling.unit import setup
from tests import builders


@pytest.fixture
def monday():
    return builders.next_monday(2)


@pytest.fixture
def unit(db):
    return builders.unit(chairs=2, nurses=1)


@pytest.fixture
def first(unit, monday, coordinator):
    return builders.book(unit, monday, coordinator)


@pytest.fixture
def second(unit, first):
    return builders.course(builders.patient("Ben Finch"), unit)


@pytest.fixture
def chosen(second, monday):
    return builders.visits(second, monday, chair=second.unit.chairs.last())


def test_the_check_page_says_the_rule_and_books_with_a_reason(client, coordinator, second, chosen, monday):
    client.force_login(coordinator)
    page = client.get(check_address(second, chosen))
    form = page.context["allow_form"]

    assert page.status_code == 200
    assert "This is against a rule" in page.content.decode()
    fields = placement_fields(chosen) | {"seen": second.version, "broken": form.initial["broken"]}
    address = reverse("scheduling:check_slot", args=[second.pk])
    unsaid = client.post(address, fields | {"allowed_because": " "})
    assert "Enter why the rule may be broken" in unsaid.content.decode()
    assert "There is a problem" in unsaid.content.decode()
    assert not second.live_sessions

    client.post(address, fields | {"allowed_because": "Dr Wren agrees"})

    booked = Course.objects.get(pk=second.pk)
    assert booked.overridden_on(monday) == [("the number of nurses", coordinator.name)]
    course_page = client.get(booked.get_absolute_url()).content.decode()
    assert f"Allowed by {coordinator.name}: Dr Wren agrees" in course_page
    board = client.get(reverse("scheduling:show_board"), {"day": monday.isoformat()}).content.decode()
    assert f"allowed by {coordinator.name}" in board
    unit_page = client.get(booked.unit.get_absolute_url()).content.decode()
    assert "Rules broken by permission in the last 30 days" in unit_page
    assert "2 times" in unit_page
    day = client.get(reverse("scheduling:show_day"), {"day": monday.isoformat()}).content.decode()
    assert f"Against the number of nurses, allowed by {coordinator.name}" in day


def test_what_has_changed_since_is_not_allowed_with_the_rest(
    client, coordinator, unit, second, chosen, monday
):
    """The chair is taken meanwhile: the reason for the nurses does not help."""
    client.force_login(coordinator)
    broken = client.get(check_address(second, chosen)).context["allow_form"].initial["broken"]
    builders.take(unit.chairs.last(), monday, time(8), time(12))
    fields = placement_fields(chosen) | {"seen": second.version, "broken": broken, "allowed_because": "yes"}

    page = client.post(reverse("scheduling:check_slot", args=[second.pk]), fields)

    assert page.status_code == 409
    assert not Course.objects.get(pk=second.pk).live_sessions


def test_who_may_not_reads_the_objection_as_before(client, person, second, chosen, monkeypatch):
    may_not = access.GRANTS[Role.COORDINATOR] - {access.Permission.OVERRIDE_RULES}
    monkeypatch.setitem(access.GRANTS, Role.COORDINATOR, may_not)
    client.force_login(person(Role.COORDINATOR))

    page = client.get(check_address(second, chosen))

    assert page.status_code == 409
    assert "nurses would be needed" in page.content.decode()


def test_a_booked_course_may_stay_where_it_no_longer_fits(client, coordinator, unit, first, monday):
    setup.set_staffing(unit=unit, day=monday, nurses=0, note="ill", seen=[first.pk], by=coordinator)
    client.force_login(coordinator)
    address = reverse("scheduling:allow_course", args=[first.pk])
    assert address in client.get(first.get_absolute_url()).content.decode()
    form = client.get(address).context["form"]
    version = Course.objects.get(pk=first.pk).version

    typed = {"seen": version, "broken": form.initial["broken"], "allowed_because": "The ward sends a nurse"}
    assert client.post(address, typed).status_code == 302

    assert not Task.objects.open().filter(kind=TaskKind.MISFIT).exists()
    assert client.get(address).status_code == 302, "nothing is left to allow"


def test_another_day_against_a_rule_asks_why_beside_who_decided(client, coordinator, unit, first, monday):
    thursday = monday + timedelta(days=3)
    builders.book(unit, thursday, coordinator, name="Cat Wren", days=1)
    client.force_login(coordinator)
    lost, chair = first.live_sessions[1], unit.chairs.last()
    address = reverse("scheduling:check_day", args=[lost.pk])
    typed = {"first_day_day": thursday.day, "first_day_month": thursday.month, "because": "unwell"}
    typed |= {"first_day_year": thursday.year, "start_1": "9am", "chair_1": chair.pk}

    page = client.get(address, typed)
    assert "nurses would be needed" in page.content.decode()
    sent = page.context["fields"] | {"because": "unwell", "seen": first.version}
    sent |= {"broken": page.context["allow_form"].initial["broken"]}
    unsaid = client.post(address, sent | {"reason": "A fever", "approved_by": "Dr Wren"})
    assert "Enter why the rule may be broken" in unsaid.content.decode()
    assert "There is a problem" in unsaid.content.decode()
    assert "A fever" in unsaid.content.decode()
    assert Session.objects.get(pk=lost.pk).day != thursday

    said = {"reason": "A fever", "approved_by": "Dr Wren", "allowed_because": "The ward sends a nurse"}
    done = client.post(address, sent | said, follow=True)
    assert "Day put at another time" in done.content.decode()
    assert Course.objects.get(pk=first.pk).overridden_on(thursday) == [
        ("the number of nurses", coordinator.name)
    ]


def test_days_below_notice_are_offered_apart(client, coordinator, unit):
    type(unit).objects.update(notice_days=2)
    course = builders.course(builders.patient("Cat Wren"), unit, days=1)
    client.force_login(coordinator)

    page = client.get(reverse("scheduling:find_slot", args=[course.pk]))

    with_notice = min(card.days[0][0].day for card in page.context["cards"])
    sooner = [card.days[0][0].day for card in page.context["sooner_cards"]]
    assert sooner
    assert max(sooner) < with_notice
    assert "Sooner, at short notice" in page.content.decode()
    course.short_notice = True
    course.save()
    page = client.get(reverse("scheduling:find_slot", args=[course.pk]))
    assert page.context["sooner_cards"] == []
    assert min(card.days[0][0].day for card in page.context["cards"]) == min(sooner)
