"""Signing in to a mailbox that takes no passwords, as those of NHSmail do, on a real IMAP server."""

import subprocess
import sys

import pytest
from django.conf import settings as live

from crmo_clinic.production import unsafe
from scheduling.answers import access_token, mailbox
from scheduling.answers.reading import Reader, Taken
from tests import builders
from tests.fakes.imap import imap_server
from tests.fakes.token_server import CLIENT_ID, SECRET, TENANT, token_server
from tests.ical import answers
from tests.ical.answers import GIVEN
from tests.processes import ROOT

imap = pytest.mark.imap


@pytest.fixture
def tokens(tmp_path, monkeypatch):
    with token_server(tmp_path) as server:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.certificate))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        access_token.forget_token()
        yield server


@pytest.fixture
def server(tokens):
    with imap_server(tokens.tokeninfo) as running:
        yield running


@pytest.fixture
def reader(db, settings, tokens, server) -> Reader:
    builders.unit()
    settings.IMAP_URLS = [f"imap://daycase@127.0.0.1:{server.port}/INBOX"]
    settings.IMAP_OAUTH_AUTHORITY, settings.IMAP_OAUTH_TENANT = tokens.authority, TENANT
    settings.IMAP_OAUTH_CLIENT_ID, settings.IMAP_OAUTH_CLIENT_SECRET = CLIENT_ID, SECRET
    return Reader()


def mail(number: int) -> bytes:
    return answers.words("Hello", GIVEN.but(message_id=f"<m.{number}@family.example>"))


def read(reader: Reader) -> Taken:
    reader._next.clear()
    return reader(stopping=lambda: False)


@imap
def test_the_mailbox_is_read_with_one_token_for_as_long_as_it_holds(reader, server, tokens):
    server.put(mail(1))
    assert read(reader) == Taken(1, 0)
    server.put(mail(2))
    assert read(reader) == Taken(1, 0)
    assert tokens.asked == 1


@imap
def test_a_token_that_is_no_longer_taken_is_replaced_the_next_time(reader, server, tokens, caplog):
    server.put(mail(1))
    tokens.refused.add("token-1")
    assert not read(reader)
    assert read(reader) == Taken(1, 0)
    assert caplog.messages == ["Mailbox 1 cannot be read: error.", "Mailbox 1 is read again."]


@imap
def test_a_token_of_somebody_else_opens_nothing(reader, server, tokens):
    tokens.whose = "another"
    server.put(mail(1))
    assert not read(reader)


@imap
def test_a_wrong_secret_is_named_and_not_shown(reader, server, settings, caplog):
    settings.IMAP_OAUTH_CLIENT_SECRET = "wr0ng"
    server.put(mail(1))
    assert not read(reader)
    assert caplog.messages == ["Mailbox 1 cannot be read: NoToken."]


@imap
def test_a_mailbox_with_a_password_asks_for_no_token(reader, server, tokens, settings):
    settings.IMAP_URLS = [server.url]
    server.put(mail(1))
    assert read(reader) == Taken(1, 0)
    assert tokens.asked == 0


def test_without_the_setting_no_token_is_asked_for(settings, monkeypatch):
    settings.IMAP_OAUTH_CLIENT_ID = ""
    monkeypatch.setattr(mailbox, "access_token", lambda: 1 / 0)
    with (
        pytest.raises(mailbox.MailboxAway, match="ConnectionRefusedError"),
        mailbox.open_mailbox("imap://daycase@127.0.0.1:1/"),
    ):
        pass


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"IMAP_OAUTH_TENANT": ""}, ["IMAP_OAUTH_CLIENT_ID is set without"]),
        ({"IMAP_OAUTH_CLIENT_SECRET": ""}, ["IMAP_OAUTH_CLIENT_ID is set without"]),
        ({"IMAP_OAUTH_AUTHORITY": "http://login.example"}, ["IMAP_OAUTH_AUTHORITY has no TLS"]),
        ({"IMAP_OAUTH_CLIENT_ID": "", "IMAP_OAUTH_TENANT": ""}, []),
    ],
)
def test_production_refuses_half_a_sign_in_and_one_without_tls(changes, said):
    now = {name: getattr(live, name) for name in dir(live) if name.isupper()}
    whole = {
        "IMAP_OAUTH_TENANT": TENANT,
        "IMAP_OAUTH_CLIENT_ID": CLIENT_ID,
        "IMAP_OAUTH_CLIENT_SECRET": SECRET,
        "IMAP_OAUTH_AUTHORITY": "https://login.example",
    }
    found = [each for each in unsafe(now | whole | changes) if each.startswith("IMAP_OAUTH")]
    assert len(found) == len(said)
    assert all(sentence.startswith(start) for sentence, start in zip(found, said, strict=True))
    assert SECRET not in "".join(found)


@pytest.mark.processes
def test_without_the_setting_its_library_is_not_even_loaded():
    done = subprocess.run([sys.executable, "-m", "tests.fakes.loaded", "msal"], cwd=ROOT, capture_output=True)
    assert (done.returncode, done.stdout.strip()) == (0, b"no")
