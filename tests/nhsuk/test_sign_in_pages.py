"""The sign-in pages: our look, our words, every error state, no way to sign up."""

import re

import pytest
from django.core import mail
from django.urls import reverse

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-test-password"


@pytest.fixture(autouse=True)
def sign_in_settings(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def text(response) -> str:
    return response.content.decode()


def title(response) -> str:
    return " ".join(re.search("<title>(.*?)</title>", text(response), re.DOTALL)[1].split())


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("account_login", "Sign in"),
        ("account_reset_password", "Get a new password"),
        ("account_reset_password_done", "Check your email"),
        ("account_reset_password_from_key_done", "Your password has been changed"),
        ("account_inactive", "Your account has been switched off"),
        ("account_signup", "Accounts are made by your unit lead"),
    ],
)
def test_a_page_before_sign_in_has_our_frame_and_no_way_to_sign_up(client, name, heading):
    response = client.get(reverse(name))

    assert response.status_code == 200
    assert title(response).startswith(f"{heading} - ")
    assert f'<h1 class="nhsuk-heading-l">{heading}</h1>' in text(response)
    assert f'href="{reverse("account_signup")}"' not in text(response)
    assert "placeholder" not in text(response)


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("account_logout", "Do you want to sign out?"),
        ("account_change_password", "Change your password"),
        ("account_reauthenticate", "Enter your password again"),
    ],
)
def test_a_page_after_sign_in_has_our_frame(client, nurse, name, heading):
    client.force_login(nurse)

    response = client.get(reverse(name), follow=True)

    assert f'<h1 class="nhsuk-heading-l">{heading}</h1>' in text(response)
    assert "Nia Nurse (nurse)" in text(response)


def test_signing_in_lets_password_managers_help(client):
    html = text(client.get(reverse("account_login")))

    assert 'autocomplete="username"' in html
    assert 'autocomplete="current-password"' in html
    assert '<form method="post" novalidate' in html
    assert not re.search(r"<input[^>]* required", html)


def test_an_empty_sign_in_asks_for_both_by_name(client):
    response = client.post(reverse("account_login"), {})

    assert title(response).startswith("Error: Sign in - ")
    for words, target in (("Enter your email address", "id_login"), ("Enter your password", "id_password")):
        assert f'<a href="#{target}">{words}</a>' in text(response)


def test_a_wrong_password_is_refused_without_saying_which_was_wrong(client, nurse):
    response = client.post(reverse("account_login"), {"login": nurse.email, "password": "wrong"})
    unknown = client.post(reverse("account_login"), {"login": "nobody@hospital.example", "password": "wrong"})

    assert "There is a problem" in text(response)
    assert '<a href="#id_login">' in text(response)
    assert response.context["form"].non_field_errors() == unknown.context["form"].non_field_errors()


def test_signing_in_and_out(client, nurse):
    response = client.post(reverse("account_login"), {"login": nurse.email.upper(), "password": PASSWORD})
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(nurse.pk)

    response = client.post(reverse("account_logout"), follow=True)

    assert "_auth_user_id" not in client.session
    assert "You have signed out." in text(response)


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(client, nurse):
    client.post(reverse("account_reset_password"), {"email": nurse.email})
    (message,) = mail.outbox
    address = re.search(r"https?://testserver(/\S+)", message.body)[1]

    response = client.get(address, follow=True)
    assert '<h1 class="nhsuk-heading-l">Choose a new password</h1>' in text(response)
    form_address = response.request["PATH_INFO"]
    response = client.post(form_address, {"password1": "short", "password2": ""})
    assert title(response).startswith("Error: Choose a new password - ")
    assert '<a href="#id_password2">Enter the new password again</a>' in text(response)
    new = {"password1": "quite another long phrase", "password2": "quite another long phrase"}
    response = client.post(form_address, new, follow=True)
    assert "Your password has been changed" in text(response)

    response = client.get(address, follow=True)
    assert '<h1 class="nhsuk-heading-l">This link no longer works</h1>' in text(response)


def test_an_unknown_address_is_answered_like_a_known_one(client, nurse):
    known = client.post(reverse("account_reset_password"), {"email": nurse.email}, follow=True)
    unknown = client.post(reverse("account_reset_password"), {"email": "x@hospital.example"}, follow=True)

    assert text(known) == text(unknown)


def test_every_page_carries_the_policy_without_unsafe_parts(client):
    policy = client.get(reverse("account_login")).headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_part_asked_for_after_the_sign_in_ended_loads_the_page_anew(client, db):
    response = client.get("/waiting/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Refresh"]) == (200, "true")
    assert client.get("/waiting/").status_code == 302
