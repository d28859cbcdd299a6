"""The second step of signing in: set up by its user, asked for by role, removed after asking again."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from patients.models import AuditEvent

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-test-password"


@pytest.fixture(autouse=True)
def no_tries() -> None:
    cache.clear()


def code_now(secret: str) -> str:
    """What an authenticator app would show."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def sign_in(client, user, to: str = ""):
    return client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD, "next": to})


def set_up_app(client) -> str:
    """Set up an authenticator app as a person would. Returns its secret."""
    page = client.get(reverse("mfa_activate_totp"), follow=True)
    if "Enter your password again" in page.content.decode():
        asked = page.request["PATH_INFO"] + "?" + page.request["QUERY_STRING"]
        page = client.post(asked, {"password": PASSWORD}, follow=True)
    secret = re.search(r"<code[^>]*>(\w+)</code>", page.content.decode())[1]
    done = client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)}, follow=True)
    assert "Your recovery codes" in done.content.decode()
    return secret


@pytest.fixture
def needed(settings) -> None:
    settings.SECOND_STEP_ROLES = ["lead", "nurse"]


def test_a_role_that_needs_a_second_step_gets_no_further_without_it(client, nurse, needed):
    sign_in(client, nurse)
    for page in ("/", "/waiting/", reverse("patients:find_patients")):
        assert client.get(page).url == reverse("mfa_index")
    set_up_app(client)
    assert client.get("/waiting/").status_code == 200


def test_a_role_that_needs_none_is_asked_nothing(client, reader, needed, django_assert_num_queries):
    sign_in(client, reader)
    assert client.get("/").status_code == 200
    assert not Authenticator.objects.exists()


def test_where_no_role_needs_it_no_page_costs_more(client, nurse, settings, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    sign_in(client, nurse)
    for roles in ([], ["nurse"]):
        settings.SECOND_STEP_ROLES = roles
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(reverse("patients:list_shortcuts"))
        assert any("mfa_authenticator" in each["sql"] for each in asked) == bool(roles)


def test_signing_in_asks_for_the_code_and_takes_a_recovery_code_once(client, nurse):
    sign_in(client, nurse)
    secret = set_up_app(client)
    spare = client.get(reverse("mfa_download_recovery_codes")).content.decode().split()[0]
    for code, opens in (("000000", False), (code_now(secret), True), (spare, True), (spare, False)):
        other = Client()
        assert sign_in(other, nurse, "/waiting/").url.startswith(reverse("mfa_authenticate"))
        assert other.get("/").status_code == 302, "the password alone opens nothing"
        cache.clear()
        answer = other.post(reverse("mfa_authenticate"), {"code": code})
        assert (answer.status_code == 302) == opens, code
        if opens:
            assert answer.url == "/waiting/"
            assert other.get("/waiting/").status_code == 200
        else:
            assert "This code is not right" in answer.content.decode()
    kept = AuditEvent.objects.filter(action__in=["user.signed_in", "user.sign_in_failed"])
    assert [each.changes.get("how") or each.changes["why"] for each in kept.order_by("pk")] == [
        "with a password",
        "wrong code",
        "with a password and with a second step",
        "with a password and with a second step",
        "wrong code",
    ]


def test_its_secrets_are_not_readable_in_the_database(client, nurse):
    sign_in(client, nurse)
    secret = set_up_app(client)
    stored = str([each.data for each in Authenticator.objects.all()])
    assert secret not in stored


def test_closing_it_asks_for_the_password_again_and_is_told_and_logged(client, nurse):
    sign_in(client, nurse)
    set_up_app(client)
    client.logout()
    sign_in(client, nurse)
    secret = Authenticator.objects.get(type="totp").wrap()
    from allauth.mfa.utils import decrypt

    client.post(reverse("mfa_authenticate"), {"code": code_now(decrypt(secret.instance.data["secret"]))})
    mail.outbox.clear()
    asked = client.post(reverse("mfa_deactivate_totp"))
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert Authenticator.objects.filter(type="totp").exists()
    client.post(asked.url, {"password": PASSWORD})
    assert not Authenticator.objects.exists()
    assert "no longer a second step" in mail.outbox[0].body
    removed = AuditEvent.objects.filter(action="user.second_step_removed")
    assert {each.changes["what"] for each in removed} == {"authenticator app", "recovery codes"}


def test_who_needs_a_second_step_cannot_close_the_last(client, nurse, needed):
    sign_in(client, nurse)
    set_up_app(client)
    answer = client.post(reverse("mfa_deactivate_totp"))
    assert "Your role needs a second step" in answer.content.decode()
    assert Authenticator.objects.filter(type="totp").exists()


def test_the_lead_removes_it_for_who_has_lost_the_phone(client, lead, nurse):
    other = Client()
    sign_in(other, nurse)
    set_up_app(other)
    mail.outbox.clear()
    sign_in(client, lead)
    assert "Lost phone" in client.get(reverse("patients:change_user", args=[nurse.pk])).content.decode()
    remove = reverse("patients:remove_second_step", args=[nurse.pk])
    asked = client.post(remove)
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert Authenticator.objects.exists()
    client.post(asked.url, {"password": PASSWORD})
    assert not Authenticator.objects.exists()
    assert mail.outbox[0].to == [nurse.email]
    last = AuditEvent.objects.filter(action="user.second_step_removed").latest("pk")
    assert (last.actor_id, last.record_id) == (lead.pk, nurse.pk)


@pytest.mark.parametrize("role", ["lead", "nurse"])
def test_making_a_lead_asks_for_the_password_again(client, lead, role):
    from patients.models import User

    sign_in(client, lead)
    typed = {"name": "Nia Newt", "email": "nia@hospital.example", "roles": [role]}
    answer = client.post(reverse("patients:add_user"), typed)
    if role == "nurse":
        assert answer.url == reverse("patients:list_users")
        return
    assert answer.url.startswith(reverse("account_reauthenticate"))
    assert not User.objects.filter(name="Nia Newt").exists()
    wrong = client.post(answer.url, {"password": "wrong"})
    assert wrong.status_code == 200
    assert not User.objects.filter(name="Nia Newt").exists()
    client.post(answer.url, {"password": PASSWORD})
    assert User.objects.get(name="Nia Newt").roles == ["lead"]


def test_a_page_that_was_refused_is_logged(client, reader):
    client.force_login(reader)
    assert client.get(reverse("patients:add_patient"), REMOTE_ADDR="203.0.113.9").status_code == 403
    event = AuditEvent.objects.get()
    assert (event.action, event.actor_id) == ("user.page_refused", reader.pk)
    assert event.changes == {
        "from": "203.0.113.9",
        "page": "patients:add_patient",
        "why": "Your role does not let you add and change children and contacts.",
    }
