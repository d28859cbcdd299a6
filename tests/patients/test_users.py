"""The lead adds and changes members of staff; they choose their own password."""

import io
import sys
from smtplib import SMTPServerDisconnected

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from patients.access import Role
from patients.forms import UserForm
from patients.models import AuditEvent, User


@pytest.fixture
def page(client, lead):
    client.force_login(lead)
    return client


def fields(**changes):
    return {"name": "Nia Newt", "email": "Nia@Hospital.example", "roles": ["nurse"], **changes}


def test_a_user_is_added_and_gets_a_mail_to_choose_a_password(page, lead, client):
    page.post(reverse("patients:add_user"), fields())
    nia = User.objects.get(email="nia@hospital.example")
    assert nia.roles == [Role.NURSE]
    assert not nia.has_usable_password()
    assert mail.outbox[0].to == ["nia@hospital.example"]
    link = next(word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word)
    client.logout()
    form = client.get(link, follow=True).request["PATH_INFO"]
    client.post(form, {"password1": "a-new-long-password", "password2": "a-new-long-password"})
    client.post(reverse("account_login"), {"login": nia.email, "password": "a-new-long-password"})
    assert client.get("/").status_code == 200
    assert set(AuditEvent.objects.values_list("action", flat=True)) == {
        "user.added",
        "user.roles_changed",
        "user.password_reset",
        "user.signed_in",
    }
    assert AuditEvent.objects.get(action="user.password_reset").actor_id == nia.pk


def test_the_mail_with_the_link_says_who_writes_and_why(page, settings):
    settings.TRUST_NAME = "St Wren's Hospital"
    page.post(reverse("patients:add_user"), fields())
    (sent,) = mail.outbox
    assert sent.subject == "Choose your password for Infusion day case"
    for said in ("Hello Nia Newt", "Infusion day case at St Wren's Hospital", "A colleague", "for 3 days"):
        assert said in sent.body
    assert "testserver" not in sent.body.replace("http://testserver/accounts/password/reset/key/", "")


def test_a_changed_password_is_logged_without_the_password(client, nurse):
    client.force_login(nurse)
    new = "quite another long phrase"
    typed = {"oldpassword": "a-long-test-password", "password1": new, "password2": new}
    assert client.post(reverse("account_change_password"), typed).status_code == 302
    event = AuditEvent.objects.get()
    assert (event.action, event.actor_id, event.record_id) == ("user.password_changed", nurse.pk, nurse.pk)
    assert event.changes == {}


def test_an_address_that_was_changed_no_longer_gets_the_link(page, nurse, client):
    old, new = nurse.email, "new@hospital.example"
    EmailAddress.objects.create(user=nurse, email=old, primary=True, verified=True)
    asked = page.post(reverse("patients:change_user", args=[nurse.pk]), fields(email=new, is_active="on"))
    assert User.objects.get(pk=nurse.pk).email == old, "the password is asked for first"
    page.post(asked.url, {"password": "a-long-test-password"})
    assert sorted(to for message in mail.outbox for to in message.to) == [new, old]
    mail.outbox.clear()
    client.logout()
    for address in (old, new):
        client.post(reverse("account_reset_password"), {"email": address})
    assert [message.to for message in mail.outbox] == [[new]]


def test_who_has_no_account_gets_no_mail(client, db):
    client.post(reverse("account_reset_password"), {"email": "nobody@hospital.example"})
    assert mail.outbox == []


def test_the_log_holds_no_password(page):
    page.post(reverse("patients:add_user"), fields())
    assert "password" not in AuditEvent.objects.get(action="user.added").changes


def test_a_change_of_roles_is_logged_and_counts_at_once(page, nurse, client):
    page.post(
        reverse("patients:change_user", args=[nurse.pk]),
        fields(email=nurse.email, roles=["read-only"], is_active="on"),
    )
    assert AuditEvent.objects.get(action="user.roles_changed").changes == {
        "roles": [["nurse"], ["read-only"]]
    }
    client.force_login(nurse)
    assert client.get(reverse("patients:add_patient")).status_code == 403


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"roles": []}, "Select at least one role"),
        ({"email": "LEE.LEAD@hospital.example"}, "Another user has this email address"),
        ({"name": ""}, "Enter the full name"),
        ({"email": "nia@localhost"}, "Email address must be an address that mail can reach"),
    ],
)
def test_wrong_input_is_said_in_words(page, change, message):
    assert message in page.post(reverse("patients:add_user"), fields(**change)).content.decode()
    assert User.objects.count() == 1


def test_the_lead_cannot_lock_themself_out(page, lead):
    for change in ({"roles": ["nurse"], "is_active": "on"}, {"roles": ["lead"]}):
        response = page.post(
            reverse("patients:change_user", args=[lead.pk]), fields(email=lead.email, **change)
        )
        assert "You cannot lock yourself out" in response.content.decode()
    lead.refresh_from_db()
    assert lead.is_active


def test_a_user_added_twice_at_once_is_refused_in_words_and_gets_one_mail(page, monkeypatch):
    check = UserForm.full_clean

    def check_before_a_colleague_saves(form):
        check(form)
        User.objects.create_user("nia@hospital.example", "Nia Newt")

    monkeypatch.setattr(UserForm, "full_clean", check_before_a_colleague_saves)
    response = page.post(reverse("patients:add_user"), fields())
    assert response.status_code == 409
    assert "Somebody else saved a user like this just now." in response.content.decode()
    assert User.objects.filter(email="nia@hospital.example").count() == 1
    assert mail.outbox == []


@pytest.mark.parametrize(
    "trouble", [ConnectionRefusedError(), TimeoutError(), SMTPServerDisconnected("gone")]
)
def test_a_user_stays_when_the_mail_server_is_down(page, monkeypatch, trouble):
    def fail(message, **kwargs):
        raise trouble

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    response = page.post(reverse("patients:add_user"), fields(), follow=True)
    said = "The mail with the link could not be sent. They can ask for it on the sign-in page."
    assert said in response.content.decode()
    assert User.objects.get(email="nia@hospital.example").roles == [Role.NURSE]


def test_the_first_user_is_added_with_a_password_from_a_pipe(db, monkeypatch, client):
    monkeypatch.setattr(sys, "stdin", io.StringIO("a-long-test-password\n"))
    call_command("add_user", "Lee@Hospital.example", "Lee Lead", "--role", "lead", stdout=io.StringIO())
    lee = User.objects.get()
    assert (lee.email, lee.roles) == ("lee@hospital.example", [Role.LEAD])
    client.post(reverse("account_login"), {"login": lee.email, "password": "a-long-test-password"})
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("typed", ["", "short\n"])
def test_a_weak_password_from_a_pipe_is_refused(db, monkeypatch, typed):
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    with pytest.raises(CommandError, match="too short"):
        call_command("add_user", "lee@hospital.example", "Lee Lead", "--role", "lead")
    assert not User.objects.exists()


def test_nothing_but_roles_gives_a_user_rights():
    """No switch that Django's own pages would read and ours would not."""
    names = {field.name for field in User._meta.get_fields()}
    assert not names & {"is_superuser", "is_staff", "user_permissions"}


def test_a_forgotten_password_page_looks_the_same_while_the_mail_server_is_down(
    client, nurse, settings, caplog
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answers = [
        client.post(reverse("account_reset_password"), {"email": email}).url
        for email in (nurse.email, "nobody@hospital.example")
    ]
    assert answers == [reverse("account_reset_password_done")] * 2
    assert "could not be sent" in caplog.text


def test_who_may_no_longer_sign_in_is_out_with_the_next_page(client, nurse):
    client.force_login(nurse)
    assert client.get("/").status_code == 200
    User.objects.filter(pk=nurse.pk).update(is_active=False)
    assert client.get("/").url.startswith("/accounts/login/")


def test_a_new_password_ends_the_sign_ins_elsewhere(client, nurse):
    nurse.set_password("an-older-test-password")
    nurse.save()
    client.force_login(nurse)
    elsewhere = Client()
    elsewhere.force_login(nurse)
    typed = {"oldpassword": "an-older-test-password"} | dict.fromkeys(
        ("password1", "password2"), "vole-quartz-umbrella"
    )
    client.post(reverse("account_change_password"), typed)
    assert client.get("/").status_code == 200
    assert elsewhere.get("/").url.startswith("/accounts/login/")
