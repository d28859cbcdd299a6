"""The page “Other systems”: a lead lets one in with its rights, sees the secret once, and ends its access."""

import base64
import re

import pytest
from django.urls import reverse

from patients.access import Role
from patients.models import AuditEvent
from scheduling.models import OtherSystem, SystemToken
from tests import builders
from tests.builders.other_systems import other_system

pytestmark = pytest.mark.django_db

LIST = "/other-systems/"


@pytest.fixture
def unit(db):
    return builders.unit()


def typed(unit, **changes):
    return {"name": "Patient record", "reads": ["Patient", "Appointment"], "units": [unit.pk]} | changes


def ask_token(client, client_id, secret, **form):
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    form = {"grant_type": "client_credentials"} | form
    return client.post("/oauth/token", form, headers={"authorization": f"Basic {basic}"})


def let_in(client, lead, **form):
    """What comes once the password was typed again; what was sent is kept for it."""
    client.force_login(lead)
    asked = client.post("/other-systems/add/", form)
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not OtherSystem.objects.exists()
    return client.post(asked.url, {"password": "a-long-test-password"}, follow=True).content.decode()


def test_a_system_is_let_in_its_secret_is_shown_once_and_kept_as_a_hash(client, lead, unit):
    page = let_in(client, lead, **typed(unit))
    secret = re.search(r'id="secret" type="text" value="([^"]{43})"', page)[1]
    system = OtherSystem.objects.get()
    assert system.client_id in page
    assert secret not in str(OtherSystem.objects.values())
    assert (system.reads, list(system.units.all())) == (["Patient", "Appointment"], [unit])
    assert not system.reads_protected
    for later in (LIST, system.get_absolute_url()):
        assert secret not in client.get(later).content.decode()
    event = AuditEvent.objects.get(action="othersystem.added")
    assert (event.actor_name, event.record_id) == (lead.name, system.pk)
    assert event.changes == {
        "reads": ["Children", "Visits"],
        "units": [unit.name],
        "protected": "Not these",
    }
    token = ask_token(client, system.client_id, secret).json()
    assert token["scope"] == "system/Patient.rs system/Appointment.rs system/Location.rs"
    assert token["access_token"] not in str(SystemToken.objects.values())


def test_what_is_missing_or_taken_is_said_and_nothing_typed_is_lost(client, lead, unit):
    other_system(unit, by=lead)
    client.force_login(lead)
    page = client.post("/other-systems/add/", typed(unit, name="PATIENT record", reads=[])).content.decode()
    assert "Another system has this name, or had it. Choose another name" in page
    assert "Select what it may read" in page
    assert 'value="PATIENT record"' in page
    assert OtherSystem.objects.count() == 1


def test_whoever_is_ended_gets_no_token_and_its_token_opens_nothing(client, lead, unit):
    made = other_system(unit, by=lead)
    assert ask_token(client, made.system.client_id, made.secret).status_code == 200
    client.force_login(lead)
    end = reverse("scheduling:end_other_system", args=[made.system.pk])
    page = client.post(end, follow=True).content.decode()
    assert "Patient record reads nothing any more" in page
    assert "Systems whose access was ended" in page
    assert not SystemToken.objects.exists()
    again = ask_token(client, made.system.client_id, made.secret)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")
    assert AuditEvent.objects.get(action="othersystem.ended").actor_name == lead.name
    client.post(end)
    assert AuditEvent.objects.filter(action="othersystem.ended").count() == 1


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.NURSE, Role.READ_ONLY])
def test_only_a_lead_connects_systems(client, person, role):
    client.force_login(person(role))
    assert client.get(LIST).status_code == 403


def test_the_page_of_users_leads_there(client, lead, unit):
    client.force_login(lead)
    assert f'href="{LIST}"' in client.get("/users/").content.decode()
    page = client.get(LIST).content.decode()
    assert "No system may read from here" in page
