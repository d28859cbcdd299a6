"""Notes of chasing: about what is left on a checklist, and about a review that is due."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.checklist.first_draft import default_items
from scheduling.checklist.unticked import find_to_chase
from scheduling.models import ChaseNote
from tests import builders
from tests.reading import text_of


def test_a_try_is_noted_with_who_when_and_what_comes_next(client, nurse, db):
    unit = builders.unit(name="Day Unit")
    item = builders.checklist(unit).items.get()
    course = builders.begun_course(unit, timezone.localdate() + timedelta(days=3))
    client.force_login(nurse)
    chase = f"{reverse('scheduling:chase_item', args=[course.pk])}?item={item.key}"
    listed = client.get(reverse("scheduling:list_readiness"))
    assert f"readiness/chase/?item={item.key}" in listed.content.decode()
    assert "Select what came of it" in text_of(client.post(chase, {"note": "the GP"}))
    past = timezone.localdate() - timedelta(days=1)
    wrong = {
        "outcome": "asked",
        "next_on_day": past.day,
        "next_on_month": past.month,
        "next_on_year": past.year,
    }
    assert "The next try must be today or later" in text_of(client.post(chase, wrong))
    soon = timezone.localdate() + timedelta(days=1)
    right = {"outcome": "asked", "note": "the GP", "next_on_day": soon.day, "next_on_month": soon.month}
    said = text_of(client.post(chase, right | {"next_on_year": soon.year}, follow=True))
    assert "The note has been saved." in said
    assert "Asked, no answer yet: the GP. Next on" in said
    assert "(Nia Nurse," in said
    assert "Earlier tries Asked, no answer yet: the GP" in text_of(client.get(chase))
    assert AuditEvent.objects.filter(action="chasenote.added", patient_id=course.patient_id).count() == 1


def test_a_review_that_is_due_is_chased_too(client, nurse, reader, db):
    child = builders.patient()
    builders.course(child, builders.unit(), status="completed")
    client.force_login(nurse)
    address = reverse("scheduling:chase_review", args=[child.pk])
    said = text_of(client.post(address, {"outcome": "promised", "note": "clinic in May"}, follow=True))
    assert "It was promised: clinic in May" in said
    assert ChaseNote.objects.get().course is None
    client.force_login(reader)
    assert client.post(address, {"outcome": "asked"}).status_code == 403


def test_what_runs_out_first_is_first(db):
    unit = builders.unit()
    version = builders.checklist(unit)
    for position, (key, days) in enumerate([("late", 9), ("soon", 1)], start=1):
        version.items.create(key=key, label=key, position=position, valid_days=days)
    course = builders.begun_course(unit, timezone.localdate() + timedelta(days=12))
    for key in ("late", "soon"):
        builders.check(course, key, timezone.localdate())
    [found] = find_to_chase(unit, timezone.now())
    assert [each.item.key for each in found.musts][:2] == ["soon", "late"]


def test_the_usual_checklist_says_how_long_things_count():
    days = {item.key: item.valid_days for item in default_items()}
    assert {days[key] for key in ("kidney", "bone", "vitamin-d", "pth")} == {91}
    assert days["phone"] < days["measured"] < days["kidney"] < days["dental"]
    assert days["consent"] is None
