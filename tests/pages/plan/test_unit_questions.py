"""What a unit lead asks: what if the unit were another, and what a day late counts as."""

import pytest
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking.drafts import working
from scheduling.booking.drafts.asked import Changes
from scheduling.booking.drafts.what_if import changed
from scheduling.models import Draft, DraftMove, Unit
from scheduling.unit.diary_rows import load_diary
from tests import builders
from tests.booking.drafts.conftest import waiting
from tests.builders.drafts import draft
from tests.reading import words_of_page as main


@pytest.fixture
def lead_page(client, lead):
    client.force_login(lead)
    return lambda address, **fields: client.post(address, fields) if fields else client.get(address)


def test_a_chair_more_is_tried_and_nothing_is_changed(lead_page, unit, fake):
    waiting(unit, 6, target=timezone.localdate())
    rows = list(Unit.objects.values()), list(unit.chairs.values()), list(unit.courses.values())
    address = lead_page(f"/units/{unit.pk}/what-if/", change="chair_more").url
    assert f"What if {Draft.objects.get().pk}: 1 chair more" in main(lead_page(address))
    working.work_out(Draft.objects.get().pk)
    words = main(lead_page(address))
    for said in (
        "Nothing is changed.",
        "Days late that no plan can avoid",
        "in 4 weeks",
        "in 12 weeks",
        "Longest wait",
        "6 children who wait",
    ):
        assert said in words
    (_, now), (_, then) = fake.given
    assert (len(now.chairs), len(then.chairs)) == (2, 3)
    assert not DraftMove.objects.exists()
    assert rows == (list(Unit.objects.values()), list(unit.chairs.values()), list(unit.courses.values()))
    assert AuditEvent.objects.filter(action__startswith="draft.").count() == 2


def test_at_best_is_shown_before_the_plans_are_there(lead_page, unit, fake):
    waiting(unit, 2)
    address = lead_page(f"/units/{unit.pk}/what-if/", change="chair_fewer").url
    seen = []
    fake.before_end = lambda: seen.append(main(lead_page(address)))
    working.work_out(Draft.objects.get().pk)
    assert "Days late that no plan can avoid As the unit is" in seen[0]
    assert "in 4 weeks" not in seen[0] and "Reload this page" in seen[0] and "Stop and use" not in seen[0]
    assert "in 4 weeks" in main(lead_page(address))


@pytest.mark.parametrize(
    ("change", "weekday", "wrong"),
    [
        ("day_more", "", "Choose the weekday"),
        ("day_more", "0", "open on Mondays already"),
        ("day_fewer", "6", "not open on Sundays"),
        ("", "", "Select"),
    ],
)
def test_a_day_needs_a_weekday_that_it_changes(lead_page, unit, change, weekday, wrong):
    waiting(unit, 1)
    assert wrong in main(lead_page(f"/units/{unit.pk}/what-if/", change=change, weekday=weekday))
    assert not Draft.objects.exists()


def test_a_coordinator_asks_neither_and_sees_no_answer(client, coordinator, lead, unit):
    client.force_login(coordinator)
    for question in ("what-if", "rates"):
        assert client.get(f"/units/{unit.pk}/{question}/").status_code == 403
    figures = draft(lead, {waiting(unit, 1)[0]: ()}, kind="what_if", settings={"changes": {"chairs": 1}})
    assert client.get(f"/plans/{figures.pk}/").status_code == 403
    assert "What if" not in main(client.get("/plans/"))
    client.force_login(lead)
    assert "What if" in main(client.get("/plans/"))


def test_the_rates_are_set_by_the_lead_logged_and_used_by_the_next_plan(lead_page, unit, ask, fake, lead):
    address = f"/units/{unit.pk}/rates/"
    assert "counts as 4 days late for a routine child" in main(lead_page(address))
    assert "at least as much" in main(lead_page(address, urgent_days_late="2", soon_days_late="3"))
    assert lead_page(address, urgent_days_late="6", soon_days_late="3").url == f"/units/{unit.pk}/"
    event = AuditEvent.objects.get(action="unit.changed")
    assert event.changes == {"urgent_days_late": [4, 6], "soon_days_late": [2, 3]}
    assert event.actor_name == lead.name
    unit.refresh_from_db()
    draft = ask(*waiting(unit, 1, priority=0))
    assert fake.given[0][0][0].weight == 60
    assert "counts as 6 days late for a routine child" in main(lead_page(f"/plans/{draft.pk}/"))


def test_a_weekday_closed_is_closed_on_each_of_its_dates(unit, monkeypatch):
    asked = {}
    from scheduling.booking.drafts import what_if

    monkeypatch.setattr(what_if.planner, "changed", lambda diary, **more: asked.update(more) or diary)
    today = timezone.localdate()
    last = builders.next_monday(3)
    changed(load_diary(unit, today, last, timezone.now()), Changes(closed=0), last)
    assert [row.first_day for row in asked["closed"]] == [builders.next_monday(n) for n in (1, 2, 3)]
    changed(load_diary(unit, today, last, timezone.now()), Changes(opened=5), last)
    assert asked["opening"][5].opens == 8 * 60
    changed(load_diary(unit, today, last, timezone.now()), Changes(nurses=-1, weekdays=(0, 1)), last)
    assert asked["nurses"] == {0: -1, 1: -1}
