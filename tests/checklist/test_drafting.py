"""Writing a unit's checklist: drafts, their items, and putting one in force."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.checklist import drafting
from scheduling.checklist.first_draft import USUAL
from scheduling.errors import Refused
from scheduling.models import ChecklistItem, ChecklistVersion
from tests import builders

pytestmark = pytest.mark.django_db

ITEM = {"label": "Blood test", "level": "must", "ticked_by": "nurse"}


@pytest.fixture
def unit(db):
    return builders.unit()


@pytest.fixture
def draft(unit, lead):
    builders.checklist(unit, {"key": "consent"}, {"key": "bloods", "valid_days": 90}, {"key": "dental"})
    return drafting.start_draft(unit=unit, by=lead)


def keys(version):
    return list(version.items.values_list("key", flat=True))


def address(name, pk):
    return reverse(f"scheduling:{name}", args=[pk])


class TestDrafts:
    def test_the_first_is_the_usual_checklist_with_usual_lengths_and_no_age(self, unit, lead):
        draft = drafting.start_draft(unit=unit, by=lead)
        assert (draft.number, draft.written_by, draft.is_draft) == (1, lead.name, True)
        assert len(keys(draft)) == len(USUAL)
        days = {item.key: item.valid_days for item in draft.items.all() if item.valid_days}
        assert (days["measured"], days["kidney"], days["dental"], days["phone"]) == (31, 91, 365, 3)
        assert {(item.min_age, item.max_age) for item in draft.items.all()} == {(None, None)}

    def test_the_next_has_the_keys_and_terms_of_the_one_before(self, unit, draft):
        before = unit.checklists.get(number=1)
        assert (draft.number, keys(draft)) == (2, keys(before))
        assert draft.items.get(key="bloods").valid_days == 90
        assert before.items.count() == 3
        event = AuditEvent.objects.get(action="checklist.drafted")
        assert (event.record_id, event.changes) == (draft.pk, {"items": 3})

    def test_there_is_one_at_a_time(self, unit, draft, nurse):
        assert drafting.start_draft(unit=unit, by=nurse) == draft
        with pytest.raises(IntegrityError), transaction.atomic():
            ChecklistVersion.objects.create(unit=unit, number=3, written_by="x")

    def test_items_are_added_changed_moved_and_removed(self, draft, lead):
        new = ChecklistItem(version=draft, **ITEM)
        drafting.save_item(item=new, by=lead)
        assert keys(draft) == ["consent", "bloods", "dental", new.key]
        assert list(draft.items.values_list("position", flat=True)) == [1, 2, 3, 4]
        drafting.move_item(item=new, up=True, by=lead)
        drafting.move_item(item=draft.items.get(key="consent"), up=True, by=lead)
        assert keys(draft) == ["consent", "bloods", new.key, "dental"]
        drafting.move_item(item=draft.items.get(key="consent"), up=False, by=lead)
        assert keys(draft) == ["bloods", "consent", new.key, "dental"]
        drafting.remove_item(item=draft.items.get(key="consent"), by=lead)
        assert keys(draft) == ["bloods", new.key, "dental"]
        acts = set(AuditEvent.objects.values_list("action", flat=True))
        assert {"checklistitem.added", "checklistitem.removed", "checklist.reordered"} <= acts

    def test_put_in_force_it_counts_from_then_on_and_says_by_whom(self, unit, draft, lead):
        course = builders.course(at=unit)
        drafting.remove_item(item=draft.items.get(key="dental"), by=lead)
        assert len(_asked(course)) == 3
        drafting.put_in_force(draft=draft, by=lead)
        draft.refresh_from_db()
        assert draft.put_in_force_by == lead.name
        assert _asked(course) == ["consent", "bloods"]
        assert AuditEvent.objects.filter(action="checklist.put_in_force", actor_name=lead.name).exists()

    def test_what_is_in_force_is_never_changed(self, draft, lead):
        item = draft.items.first()
        drafting.put_in_force(draft=draft, by=lead)
        for act in (
            lambda: drafting.save_item(item=item, by=lead),
            lambda: drafting.remove_item(item=item, by=lead),
            lambda: drafting.move_item(item=item, up=False, by=lead),
            lambda: drafting.discard_draft(draft=draft, by=lead),
            lambda: drafting.put_in_force(draft=draft, by=lead),
        ):
            with pytest.raises(Refused, match="meanwhile"):
                act()
        assert keys(draft) == ["consent", "bloods", "dental"]

    def test_whoever_puts_it_in_force_has_read_all_of_it(self, draft, lead):
        seen = drafting.contents(draft)
        drafting.move_item(item=draft.items.first(), up=False, by=lead)
        with pytest.raises(Refused, match="changed the draft"):
            drafting.put_in_force(draft=draft, by=lead, seen=seen)

    def test_an_empty_one_cannot_be_put_in_force(self, draft, lead):
        draft.items.all().delete()
        with pytest.raises(Refused, match="no item"):
            drafting.put_in_force(draft=draft, by=lead)

    def test_a_draft_thrown_away_leaves_what_is_in_force(self, unit, draft, lead):
        drafting.discard_draft(draft=draft, by=lead)
        assert list(unit.checklists.values_list("number", flat=True)) == [1]
        assert AuditEvent.objects.get(action="checklist.discarded").changes["items"][0] == "Consent"

    @pytest.mark.parametrize(
        "fields",
        [{"private": True, "ticked_by": "anybody"}, {"min_age": 12, "max_age": 11}, {"key": "bloods"}],
    )
    def test_the_database_refuses_what_makes_no_sense(self, draft, fields):
        item = {"version": draft, "key": "new", "position": 9, "label": "New", "ticked_by": "nurse"} | fields
        with pytest.raises(IntegrityError), transaction.atomic():
            ChecklistItem.objects.create(**item)


def _asked(course):
    from scheduling.checklist.readiness import readiness_of

    return [each.item.key for each in readiness_of(course, timezone.now() + timedelta(seconds=1)).items]


class TestPages:
    @pytest.fixture(autouse=True)
    def signed_in(self, client, lead):
        client.force_login(lead)

    def test_a_lead_writes_the_first_one_from_the_usual(self, client, unit):
        shown = client.get(address("show_checklist", unit.pk)).content.decode()
        assert "No checklist is in force yet" in shown
        client.post(address("start_checklist", unit.pk))
        shown = client.get(address("show_checklist", unit.pk)).content.decode()
        assert "Start with the usual checklist" not in shown
        assert "Kidney blood test" in shown

    def test_an_item_is_added_and_a_wrong_one_refused(self, client, unit, draft):
        add = address("add_checklist_item", unit.pk)
        wrong = ITEM | {"ticked_by": "anybody", "private": "on", "min_age": "12", "max_age": "11"}
        shown = client.post(add, wrong).content.decode()
        assert "Upper age must be the lower age or more" in shown
        assert "has to be for a nurse" in shown
        assert client.post(add, ITEM | {"valid_days": "90"}).status_code == 302
        assert draft.items.last().valid_days == 90

    def test_the_whole_of_it_is_read_before_it_is_put_in_force(self, client, unit, draft):
        client.post(address("add_checklist_item", unit.pk), ITEM)
        client.post(address("remove_checklist_item", draft.items.get(key="dental").pk))
        put = address("put_checklist_in_force", unit.pk)
        page = client.get(put)
        assert [item.label for item in page.context["added"]] == ["Blood test"]
        assert [item.label for item in page.context["removed"]] == ["Dental"]
        client.post(address("move_checklist_item", draft.items.first().pk), {"down": "yes"})
        client.post(put, {"seen": page.context["seen"]})
        draft.refresh_from_db()
        assert draft.is_draft
        client.post(put, {"seen": client.get(put).context["seen"]})
        draft.refresh_from_db()
        assert not draft.is_draft

    def test_earlier_versions_can_be_read(self, client, unit, draft, lead):
        drafting.remove_item(item=draft.items.get(key="dental"), by=lead)
        drafting.put_in_force(draft=draft, by=lead)
        page = address("show_checklist", unit.pk)
        assert "Dental" not in client.get(page).content.decode()
        assert "Dental" in client.get(f"{page}?version=1").content.decode()

    def test_pages_of_a_draft_lead_back_where_there_is_none(self, client, unit):
        version = builders.checklist(unit)
        for name in ("add_checklist_item", "put_checklist_in_force", "discard_checklist"):
            assert client.get(address(name, unit.pk)).url == address("show_checklist", unit.pk)
        for name in ("change_checklist_item", "remove_checklist_item"):
            assert client.get(address(name, version.items.get().pk)).status_code == 302
