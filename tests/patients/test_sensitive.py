"""A sensitive record asks for a reason before it opens; the lead sees who opened it, and why."""

import pytest
from django.test import Client
from django.urls import reverse

from patients import audit
from patients.models import AccessEvent, AuditEvent, Contact
from patients.searches import OWN_UNITS
from patients.sensitive import OTHER, TREATING
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def child(coordinator):
    return builders.patient("Ada Lark", sensitive=True)


@pytest.fixture
def page(client, nurse):
    client.force_login(nurse)
    return client


def ask_of(child) -> str:
    return reverse("patients:give_reason", args=[child.pk])


def test_every_page_about_the_child_asks_first(page, child, coordinator):
    course = builders.course(child)
    for address in (
        child.get_absolute_url(),
        reverse("scheduling:show_history", args=[child.pk]),
        reverse("scheduling:show_course", args=[course.pk]),
    ):
        answer = page.get(address)
        assert answer.url == f"{ask_of(child)}?next={address.replace('/', '%2F')}"
    assert not AccessEvent.objects.filter(
        page__in=["patients:show_patient", "scheduling:show_course"]
    ).exists()


def test_with_a_reason_it_opens_for_as_long_as_one_is_signed_in(page, child, nurse, lead):
    asked = page.get(child.get_absolute_url()).url
    shown = page.get(asked)
    assert "This record is sensitive" in shown.content.decode()
    opened = page.post(asked, {"reason": TREATING})
    assert opened.url == child.get_absolute_url()
    assert page.get(opened.url).status_code == 200
    assert page.get(reverse("scheduling:show_history", args=[child.pk])).status_code == 200
    event = AuditEvent.objects.get(action="patient.opened_with_reason")
    assert (event.actor_id, event.patient_id, event.changes["reason"]) == (nurse.pk, child.pk, TREATING)

    other = Client()
    other.force_login(nurse)
    assert other.get(child.get_absolute_url()).status_code == 302, "asked again at the next sign-in"

    seen_by_lead = Client()
    seen_by_lead.force_login(lead)
    search = reverse("patients:search_log")
    log = seen_by_lead.get(search, {"what": "writes", "page": "patient.opened_with_reason"}).content.decode()
    assert "Nia Nurse" in log
    assert TREATING in log


@pytest.mark.parametrize(
    ("typed", "said"),
    [({"reason": ""}, "Select why you open this record"), ({"reason": OTHER}, "Enter the reason")],
)
def test_without_a_reason_it_stays_shut(page, child, typed, said):
    assert said in page.post(ask_of(child), typed).content.decode()
    assert page.get(child.get_absolute_url()).status_code == 302


def test_one_s_own_words_are_a_reason_and_lead_nowhere_else(page, child):
    answer = page.post(
        f"{ask_of(child)}?next=https://elsewhere.example/", {"reason": OTHER, "words": "Court"}
    )
    assert answer.url == child.get_absolute_url()
    assert AuditEvent.objects.get().changes["reason"] == "Court"


def test_what_was_typed_is_not_lost_when_the_reason_is_asked_first(page, child):
    typed = {"name": "Mia Lark", "relationship": "mother", "email": "mia@example.com", "language": "en"}
    typed["parental_responsibility"] = "yes"
    asked = page.post(reverse("patients:add_contact", args=[child.pk]), typed).url
    back = page.post(asked, {"reason": TREATING}).url
    assert 'value="mia@example.com"' in page.get(back).content.decode()
    assert not Contact.objects.exists()


def test_a_child_who_is_not_sensitive_asks_nothing(page, nurse, django_assert_num_queries):
    other = builders.patient("Ben Wren")
    assert page.get(other.get_absolute_url()).status_code == 200


def test_giving_a_reason_is_not_treating(page, child, nurse, lead):
    page.post(ask_of(child), {"reason": TREATING})
    page.get(child.get_absolute_url())
    seen_by_lead = Client()
    seen_by_lead.force_login(lead)
    asked = {"what": "looks", "child": child.pk, "not_treating": "yes"}
    people = seen_by_lead.get(reverse("patients:search_log"), asked).context["people"]
    assert nurse.name in {each["actor_name"] for each in people}


@pytest.fixture
def of_two_units(coordinator):
    """A child with a course in each of two units, and one who has none yet."""
    here, there = builders.unit(name="Day unit"), builders.unit(name="Other unit")
    ours, theirs = builders.patient("Ada Lark"), builders.patient("Ben Lark")
    builders.course(ours, here)
    builders.course(theirs, there)
    return here, ours, theirs, builders.patient("Cleo Lark")


def search(client, text="lark"):
    return client.post(reverse("patients:find_patients"), {"text": text}).url


def test_a_search_shows_the_children_of_ones_units_first_and_a_wider_one_is_logged_as_such(
    client, nurse, of_two_units
):
    here, ours, theirs, new = of_two_units
    nurse.units.add(here)
    client.force_login(nurse)
    address = search(client)
    found = client.get(address)
    assert list(found.context["page"]) == [ours, new]
    assert "2 children found in your units" in " ".join(found.content.decode().split())
    wider = client.get(f"{address}&units=all")
    assert list(wider.context["page"]) == [ours, theirs, new]
    pages = AccessEvent.objects.filter(actor_id=nurse.pk).order_by("pk").values_list("page", flat=True)
    assert list(pages) == ["patients:find_patients", "patients:find_everywhere"]


def test_a_number_of_a_child_of_another_unit_opens_it_and_is_logged_as_a_wider_search(
    client, nurse, of_two_units
):
    here, ours, theirs, _ = of_two_units
    nurse.units.add(here)
    client.force_login(nurse)
    for child in (ours, theirs):
        assert search(client, child.hospital_number) == child.get_absolute_url()
    wider = AccessEvent.objects.filter(page="patients:find_everywhere")
    assert [each.patient_id for each in wider] == [theirs.pk]


def test_who_belongs_to_no_unit_searches_all_and_nothing_is_asked(client, nurse, of_two_units):
    client.force_login(nurse)
    found = client.get(search(client))
    assert len(found.context["page"]) == 3
    assert "all units" not in found.content.decode()
    assert OWN_UNITS not in client.session
    assert audit.last(nurse) is None
