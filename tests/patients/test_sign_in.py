"""Signing in: slowed down and never locked out, logged, and the same for who is known and who is not."""

import json
import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory
from django.urls import reverse

from patients import adapters
from patients.models import AuditEvent

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-test-password"


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """The waits that wrong passwords cause, in seconds; none is waited for."""
    cache.clear()
    made: list[float] = []
    monkeypatch.setattr(adapters, "wait", made.append)
    return made


def sign_in(client, email: str, password: str = PASSWORD, **extra):
    return client.post(reverse("account_login"), {"login": email, "password": password}, **extra)


def test_wrong_passwords_from_elsewhere_do_not_refuse_the_owner(client, nurse, waits):
    for host in range(12):
        sign_in(client, nurse.email, "wrong", REMOTE_ADDR=f"203.0.113.{host + 1}")
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert sign_in(client, nurse.email, REMOTE_ADDR="198.51.100.7").status_code == 302
    assert client.session["_auth_user_id"] == str(nurse.pk)


def test_a_wrong_password_is_refused_in_plain_words(client, nurse):
    said = sign_in(client, nurse.email, "no").content.decode()
    assert "The email address or the password is not right" in said
    client.force_login(nurse)
    typed = {"oldpassword": "wrong", "password1": PASSWORD, "password2": PASSWORD}
    said = client.post(reverse("account_change_password"), typed).content.decode()
    assert "The current password is not right" in said and "lease" not in said
    said = client.post(reverse("account_reauthenticate"), {"password": "wrong"}).content.decode()
    assert "The password is not right" in said


def test_whoever_tries_much_from_one_place_has_to_wait(client, nurse, settings):
    settings.SIGN_IN_RATE = "3/m/ip"
    for _ in range(3):
        sign_in(client, nurse.email, "wrong")
    refused = sign_in(client, nurse.email)
    assert "There were too many tries from where you are" in refused.content.decode()
    assert sign_in(client, nurse.email, REMOTE_ADDR="198.51.100.7").status_code == 302


def test_every_sign_in_failure_and_sign_out_is_logged_with_its_place(client, nurse):
    sign_in(client, nurse.email, "wrong", REMOTE_ADDR="203.0.113.9")
    sign_in(client, "nobody@hospital.example", "wrong", REMOTE_ADDR="203.0.113.9")
    sign_in(client, nurse.email, REMOTE_ADDR="198.51.100.7")
    client.post(reverse("account_logout"), REMOTE_ADDR="198.51.100.7")
    kept = [
        (each.action, each.actor_name, each.record_id, each.changes)
        for each in AuditEvent.objects.order_by("pk")
    ]
    assert kept == [
        (
            "user.sign_in_failed",
            "sign-in page",
            nurse.pk,
            {"from": "203.0.113.9", "why": "wrong password"},
        ),
        ("user.sign_in_failed", "sign-in page", None, {"from": "203.0.113.9", "why": "no such account"}),
        (
            "user.signed_in",
            "Nia Nurse",
            nurse.pk,
            {"from": "198.51.100.7", "how": "with a password"},
        ),
        (
            "user.signed_out",
            "Nia Nurse",
            nurse.pk,
            {"from": "198.51.100.7", "why": "the user signed out"},
        ),
    ]


def test_a_passkey_that_signs_nobody_in_is_logged(client, nurse):
    made_up = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {}}
    for credential in ("", "[]", "{}", json.dumps(made_up)):
        client.post(reverse("mfa_login_webauthn"), {"credential": credential}, REMOTE_ADDR="203.0.113.9")
    assert client.get("/").status_code == 302
    kept = AuditEvent.objects.filter(action="user.sign_in_failed")
    assert [each.changes for each in kept] == [{"from": "203.0.113.9", "why": "wrong passkey"}] * 4


def test_a_known_and_an_unknown_address_cost_the_same_hashing(client, nurse, monkeypatch):
    """The hash is what takes long: without one for strangers, the time would tell who has an account."""
    hashed, encode = [], MD5PasswordHasher.encode

    def counted(hasher, password, salt):
        hashed.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    costs = []
    for email in (nurse.email, "nobody@hospital.example"):
        hashed.clear()
        sign_in(client, email, "wrong")
        costs.append(len(hashed))
    assert costs[0] == costs[1] > 0


def test_the_mail_with_a_link_leaves_after_the_answer(nurse):
    """Else the time that the mail server takes would tell who has an account."""
    answered = {}
    for email in (nurse.email, "nobody@hospital.example"):
        request = RequestFactory().post(reverse("account_reset_password"), {"email": email})
        request.environ["HTTP_HOST"] = "testserver"
        application = WSGIHandler()
        again = application.request_class(request.environ)
        again._dont_enforce_csrf_checks = True
        response = application.get_response(again)
        assert (response.status_code, mail.outbox) == (302, [])
        answered[email] = response
    answered["nobody@hospital.example"].close()
    assert mail.outbox == []
    answered[nurse.email].close()
    assert [each.to for each in mail.outbox] == [[nurse.email]]


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Sh0rt!pass", "too short"),
        ("password123456", "stolen passwords"),
        ("qwertyuiop1234", "stolen passwords"),
        ("liverpoolfc1892", "stolen passwords"),
        ("nia-nurse-2027", "“nurse”, which others know"),
        ("Pamidronate-2027", "“pamidronate”, which others know"),
        ("Example Children's Hospital 7", "“children”, which others know"),
    ],
)
def test_a_password_that_could_be_guessed_is_refused_in_words(client, nurse, password, why):
    client.force_login(nurse)
    typed = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    page = client.post(reverse("account_change_password"), typed)
    assert page.status_code == 200
    assert why in re.sub("&#x27;", "'", page.content.decode())


@pytest.mark.parametrize(
    "password", ["quite another long phrase", "mango-teapot-Tuesday", "correcthorsebattery"]
)
def test_three_words_are_a_good_password(client, nurse, password):
    client.force_login(nurse)
    typed = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert client.post(reverse("account_change_password"), typed).status_code == 302
    (told,) = mail.outbox
    assert told.to == [nurse.email]
    assert "Your password was changed." in told.body


def test_a_mail_server_that_is_down_stops_no_new_password(client, nurse, settings, caplog):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    client.force_login(nurse)
    typed = {
        "oldpassword": PASSWORD,
        "password1": "mango-teapot-Tuesday",
        "password2": "mango-teapot-Tuesday",
    }
    assert client.post(reverse("account_change_password"), typed).status_code == 302
    nurse.refresh_from_db()
    assert nurse.check_password("mango-teapot-Tuesday")
    assert "could not be sent" in caplog.text


def test_who_has_no_password_is_led_to_where_one_is_chosen(client, nurse):
    nurse.set_unusable_password()
    nurse.save()
    client.force_login(nurse)
    led = client.get("/accounts/password/change/", follow=True)
    assert led.status_code == 200
    assert "You have no password here yet. Ask for a link to choose one." in led.content.decode()
