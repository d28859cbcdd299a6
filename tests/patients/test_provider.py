"""Signing in through the hospital's own provider: a real one, OpenID Connect, that runs here."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse
from oidc_provider_mock import User as Person
from oidc_provider_mock import run_server_in_thread

from patients.models import AuditEvent, User

# The provider runs in this process, and uses what its own libraries are about to drop.
pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def provider():
    """The address of a provider that knows these people by their `sub`."""
    people = [
        Person(sub="nia", claims={"email": "Nia.Nurse@hospital.example"}),
        Person(sub="uid-4711", claims={"preferred_username": "nia.nurse@hospital.example"}),
        Person(sub="stranger", claims={"email": "stranger@elsewhere.example"}),
    ]
    with run_server_in_thread(user_claims=people) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture(autouse=True)
def with_provider(provider, settings):
    settings.OIDC_URL, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = provider, "daycase", "secret"
    settings.OIDC_NAME = "NHS CIS2"
    settings.OIDC_CLAIM = "email"


def sign_in(client, sub: str, to: str = "/waiting/"):
    """Go to the provider as a browser does, sign in there, and come back. Returns the answer of our page."""
    there = client.post(f"{reverse('openid_connect_login', args=['trust'])}?next={to}")
    assert there.status_code == 302
    asked = parse_qs(urlsplit(there.url).query)
    assert asked["code_challenge_method"] == ["S256"]
    back = requests.post(there.url, data={"sub": sub}, allow_redirects=False, timeout=10)
    parts = urlsplit(back.headers["location"])
    assert parts.path == reverse("openid_connect_callback", args=["trust"])
    return client.get(f"{parts.path}?{parts.query}")


def test_whoever_has_an_account_here_signs_in_with_the_claim(client, nurse):
    assert "Sign in with NHS CIS2" in client.get(reverse("account_login")).content.decode()
    assert sign_in(client, "nia").url == "/waiting/"
    assert client.get("/waiting/").status_code == 200
    assert client.session["_auth_user_id"] == str(nurse.pk)
    event = AuditEvent.objects.get(action="user.signed_in")
    assert (event.actor_id, event.changes["how"]) == (nurse.pk, "through the hospital’s sign-in")


def test_another_claim_may_hold_the_address(client, nurse, settings):
    settings.OIDC_CLAIM = "preferred_username"
    sign_in(client, "uid-4711")
    assert client.session["_auth_user_id"] == str(nurse.pk)


def test_who_signed_in_once_is_known_by_more_than_the_address(client, nurse):
    sign_in(client, "nia")
    nurse.email = "nia.newt@hospital.example"
    nurse.save()
    client.logout()
    sign_in(client, "nia")
    assert client.session["_auth_user_id"] == str(nurse.pk)
    assert SocialAccount.objects.count() == 1


def test_a_stranger_gets_no_account_and_is_told_so(client, nurse):
    answer = sign_in(client, "stranger")
    assert answer.status_code == 403
    assert "You have no account here" in answer.content.decode()
    assert User.objects.count() == 1
    assert client.get("/").status_code == 302
    assert AuditEvent.objects.get().changes["why"] == "no such account"


def test_who_has_left_does_not_get_in(client, nurse):
    nurse.is_active = False
    nurse.save()
    sign_in(client, "nia")
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("has_it", [True, False])
def test_the_second_step_is_the_providers_if_it_asks_for_one(client, nurse, settings, has_it):
    settings.SECOND_STEP_ROLES, settings.OIDC_HAS_SECOND_STEP = ["nurse"], has_it
    sign_in(client, "nia")
    assert client.get("/waiting/").status_code == (200 if has_it else 302)


def test_a_forged_answer_signs_nobody_in(client, nurse):
    answer = client.get(reverse("openid_connect_callback", args=["trust"]), {"code": "x", "state": "y"})
    assert "You are not signed in" in answer.content.decode()
    assert client.get("/").status_code == 302


def test_without_a_provider_there_is_no_button_and_no_page(client, settings):
    settings.OIDC_URL = ""
    assert "Sign in with NHS" not in client.get(reverse("account_login")).content.decode()
    assert client.post(reverse("openid_connect_login", args=["trust"])).status_code == 404
