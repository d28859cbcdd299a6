"""The lead reads who looked and who wrote, of a child and by a person."""

import re

import pytest
from django.urls import reverse

from patients import audit
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def child(nurse):
    child = builders.patient("Ada Lark")
    child.needs = "Hoist"
    audit.save(child, by=nurse)
    audit.looked_at("scheduling:show_course", by=nurse, patients=[child])
    audit.looked_at("scheduling:show_course", by=nurse, patients=[builders.patient("Somebody Else")])
    return child


def _as_read(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", page).split())


def read(client, name, pk, **asked) -> str:
    return client.get(reverse(f"patients:{name}", args=[pk]), asked).content.decode()


def test_who_looked_at_a_child_is_listed_and_this_look_too(client, lead, nurse, child):
    client.force_login(lead)
    first = read(client, "show_log_of_child", child.pk)
    assert first.count(nurse.name) == 1
    assert "Course" in first
    assert "Log of the child" in read(client, "show_log_of_child", child.pk)


def test_what_was_written_shows_the_value_before_and_after(client, lead, child):
    client.force_login(lead)
    page = read(client, "show_log_of_child", child.pk, what="writes")
    assert "What the child needs on the day: nothing →changed to Hoist" in _as_read(page)


def test_what_one_person_looked_at_names_the_children_and_is_a_look_itself(client, lead, nurse, child):
    client.force_login(lead)
    page = read(client, "show_log_of_user", nurse.pk)
    assert f"Ada Lark, {child.hospital_number}" in page
    assert "Somebody Else" in page
    assert "Log of a user" in read(client, "show_log_of_child", child.pk)


@pytest.mark.parametrize("role", ["coordinator", "nurse", "reader"])
def test_nobody_but_the_lead_reads_it(client, request, role, child):
    client.force_login(request.getfixturevalue(role))
    assert client.get(reverse("patients:show_log_of_child", args=[child.pk])).status_code == 403
