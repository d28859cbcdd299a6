"""Accessibility, privacy and security: pages open to all, about nobody, and plain about what is missing."""

import re
from datetime import timedelta
from email.utils import parseaddr

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from crmo_clinic.environment import Environment
from tests.addresses import PUBLIC, addresses

SECURITY = "/.well-known/security.txt"
PAGES = {"/accessibility/": "Accessibility statement", "/privacy/": "Privacy notice"}


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_each_is_open_to_everybody_and_sets_no_cookie(client):
    assert {name for name, _ in addresses() if name.startswith(PUBLIC)} == {
        "public:show_accessibility",
        "public:show_privacy",
        "public:show_security_contact",
    }
    for path, title in PAGES.items():
        response = client.get(path)
        assert response.status_code == 200, path
        assert f'<h1 class="nhsuk-heading-l">{title}</h1>' in response.content.decode()
        assert not response.cookies, path
        # Families open it too, and no page of theirs tells what a visit is for.
        assert "infusion" not in response.content.decode().lower(), path
        assert client.post(path).status_code == 405, path


def test_they_name_the_trust_and_say_what_it_has_still_to_fill_in(client, settings):
    settings.TRUST_NAME = "Marigold Children’s Trust"
    empty = {path: text_of(client.get(path)) for path in PAGES}
    for path, text in empty.items():
        assert text.count("Not filled in yet. Marigold Children’s Trust has still to say") == 2, path
    settings.ACCESSIBILITY_CONTACT = "access@marigold.test or 0191 498 0000"
    settings.ACCESSIBILITY_CHECKED = "on 3 May 2027 with two people who use screen readers"
    settings.PRIVACY_CONTACT = "dpo@marigold.test"
    settings.PRIVACY_NOTICE_URL = "https://marigold.test/privacy/"
    for path, said in (
        ("/accessibility/", ("access@marigold.test", "0191 498 0000", "on 3 May 2027 with two people")),
        ("/privacy/", ("dpo@marigold.test", "Read the Trust’s full privacy notice")),
    ):
        filled = text_of(client.get(path))
        assert "Not filled in yet" not in filled, path
        assert [each for each in said if each not in filled] == [], path


def test_text_messages_are_spoken_of_only_where_they_are_sent(client, settings):
    assert "GOV.UK Notify" not in text_of(client.get("/privacy/"))
    settings.NOTIFY_API_KEY = "a-key"
    assert "GOV.UK Notify" in text_of(client.get("/privacy/"))


@pytest.mark.django_db
def test_staff_and_families_find_them_at_the_foot_of_their_pages(client, coordinator):
    pages = [client.get("/accounts/login/"), client.get("/family/words/")]
    client.force_login(coordinator)
    pages.append(client.get("/"))
    for page in pages:
        foot = page.content.decode().split("<footer")[1]
        assert [path for path in PAGES if f'href="{path}"' not in foot] == [], page.request["PATH_INFO"]


def test_a_weakness_can_be_told_to_whom_the_setting_names(client, settings):
    settings.SECURITY_CONTACT = "mailto:security@marigold.test"
    settings.PUBLIC_URL = "https://daycase.marigold.test"
    response = client.get(SECURITY)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in response.content.decode().split("\r\n") if line)
    assert fields["Contact"] == "mailto:security@marigold.test"
    assert fields["Canonical"] == f"https://daycase.marigold.test{SECURITY}"
    ahead = parse_datetime(fields["Expires"]) - timezone.now()
    assert timedelta(days=30) < ahead < timedelta(days=365)
    assert not response.cookies


def test_without_that_setting_there_is_no_such_file(client):
    assert client.get(SECURITY).status_code == 404


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ""),
        (" security@trust.test ", "mailto:security@trust.test"),
        ("mailto:security@trust.test", "mailto:security@trust.test"),
        ("https://trust.test/report", "https://trust.test/report"),
    ],
)
def test_a_contact_is_read_as_an_address_that_a_program_can_use(monkeypatch, written, read):
    monkeypatch.setenv("SECURITY_CONTACT", written)
    assert Environment().contact("SECURITY_CONTACT") == read
    assert not read.startswith("mailto:") or parseaddr(read.removeprefix("mailto:"))[1]


@pytest.mark.parametrize(
    "written", ["ring the switchboard", "http://trust.test", "a@trust.test\nContact: b@c.test"]
)
def test_what_is_no_contact_is_refused(monkeypatch, written):
    monkeypatch.setenv("SECURITY_CONTACT", written)
    with pytest.raises(ImproperlyConfigured, match="SECURITY_CONTACT is neither an email address nor"):
        Environment().contact("SECURITY_CONTACT")


@pytest.mark.parametrize(
    "written", ["trust.test/privacy", "javascript:alert(1)", "https:///x", "https://a b.test/"]
)
def test_an_address_of_the_trusts_notice_is_a_whole_one(monkeypatch, written):
    monkeypatch.setenv("PRIVACY_NOTICE_URL", written)
    with pytest.raises(ImproperlyConfigured, match="PRIVACY_NOTICE_URL is not an https:// address"):
        Environment().web_address("PRIVACY_NOTICE_URL")
