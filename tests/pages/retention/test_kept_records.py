"""The lead sees how long records are kept, holds one, and erases one after typing its number and password."""

import pytest
from django.urls import reverse
from django.utils import timezone

from crmo_clinic.nhsuk.wording import birthday
from patients import legal_hold
from patients.models import AccessEvent, AuditEvent, Patient
from tests import builders
from tests.reading import words_of_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def child():
    return builders.patient("Ada Lark", hospital_number="K104482")


@pytest.fixture
def page(client, lead):
    client.post("/accounts/login/", {"login": lead.email, "password": "a-long-test-password"})
    return client


def at(name, child) -> str:
    return reverse(f"scheduling:{name}", args=[child.pk])


ASKED = {"because": "asked", "reason": "DPO, 3 May", "number": "k 104482"}


def test_the_page_says_how_long_and_names_who_is_due_and_who_is_held(page, lead, settings):
    today = timezone.localdate()
    over = builders.patient("Olive Old", birth_date=birthday(today, -25))
    held = builders.patient("Hal Held", birth_date=birthday(today, -30))
    legal_hold.place(patient=held, because="Claim 12", by=lead)
    said = words_of_page(page.get(reverse("scheduling:show_retention")))
    assert "Until the 25th birthday; until the 26th if the child was 17 when last seen" in said
    assert "1 record whose time is over" in said and f"Olive Old, {over.hospital_number}" in said
    assert "Nothing is erased by itself" in said
    assert f"Hal Held, {held.hospital_number} : Claim 12 (Lee Lead" in said
    assert set(AccessEvent.objects.filter(page="scheduling:show_retention").get().seen) == {over.pk, held.pk}
    settings.ERASE_OLD_RECORDS = True
    assert "Each day up to 20 of them are erased" in words_of_page(
        page.get(reverse("scheduling:show_retention"))
    )


def test_a_hold_is_placed_with_a_reason_and_lifted_with_one(page, child):
    empty = page.post(at("keep_patient", child), {"because": ""})
    assert "Enter why this record must not be erased" in words_of_page(empty)
    page.post(at("keep_patient", child), {"because": "Claim 12"})
    assert legal_hold.hold_on(child).placed_by == "Lee Lead"
    shown = words_of_page(page.get(at("keep_patient", child)))
    assert "On legal hold: it is not erased" in shown and "Claim 12" in shown
    assert "Erase this record" not in shown
    refused = words_of_page(confirmed(page, page.post(at("erase_patient", child), ASKED)))
    assert "This record is on legal hold (Claim 12). Lift the hold first" in refused
    page.post(at("keep_patient", child), {"because": "Settled"})
    assert legal_hold.hold_on(child) is None
    assert "Lifted by Lee Lead" in words_of_page(page.get(at("keep_patient", child)))
    acts = AuditEvent.objects.filter(record="legalhold").order_by("pk").values_list("action", flat=True)
    assert list(acts) == ["legalhold.added", "legalhold.changed"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"number": "K104483"}, "This is not the hospital number of the child on this page"),
        ({"number": ""}, "Enter the hospital number of this child"),
        ({"reason": ""}, "Enter who decided it, and on what grounds"),
        ({"reason": "Ada Lark asked"}, "leave the child’s name out of it"),
        ({"because": ""}, "Select why this record is erased"),
    ],
)
def test_what_is_typed_wrong_is_said_and_nothing_is_erased(page, child, typed, said):
    answer = page.post(at("erase_patient", child), ASKED | typed)
    assert said in words_of_page(answer)
    assert Patient.objects.filter(pk=child.pk).exists()


def confirmed(page, asked):
    """What comes once the password was typed again; what was sent is kept for it."""
    assert asked.url.startswith(reverse("account_reauthenticate"))
    return page.post(asked.url, {"password": "a-long-test-password"}, follow=True)


def test_the_record_is_erased_once_the_password_was_typed_again(page, child, lead):
    asked = page.post(at("erase_patient", child), ASKED)
    assert Patient.objects.filter(pk=child.pk).exists()
    key = child.pk
    said = words_of_page(confirmed(page, asked))
    assert "The record has been erased." in said
    assert f"Child number {key}" in said and "details are still in the log" in said
    assert not Patient.objects.filter(pk=key).exists()
    assert page.get(at("erase_patient", child)).status_code == 404
    event = AuditEvent.objects.get(action="patient.erased")
    assert (event.actor_id, event.changes["reason"]) == (lead.pk, "DPO, 3 May")
    assert "Child: record erased" in words_of_page(page.get("/log/?what=writes&page=patient.erased"))


def test_nobody_but_the_lead_finds_the_way_there(client, nurse, child):
    client.force_login(nurse)
    assert "How long this record is kept" not in words_of_page(client.get(child.get_absolute_url()))
    assert client.post(at("erase_patient", child), ASKED).status_code == 403
    assert Patient.objects.filter(pk=child.pk).exists()
