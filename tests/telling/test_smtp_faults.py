"""What else a mail server may say or leave unsaid: no mail is lost, and a sentence says why."""

import logging
import smtplib
import ssl

import pytest
from django.core.mail.backends.smtp import EmailBackend

from scheduling.states import MessageStatus
from scheduling.telling.delivery import Delivered, deliver_due
from scheduling.telling.transport import SMTP_BACKEND, SmtpTransport
from tests.builders.messages import MINUTE, NOW, a_message, fresh
from tests.fakes.smtp import MailServer, says

HELLO, WELCOME = b"220 mail.example\r\n", b"250 mail.example\r\n"
OK, GO_ON = b"250 OK\r\n", b"354 Go on\r\n"
STOPPED = "The mail server stopped answering before it said that it had taken the mail."
FAULTS = {
    "hangs up before it greets": ([], "The mail server could not be reached."),
    "greets with a refusal": ([b"554 No service\r\n"], "is not ready to take mail (its answer was 554)"),
    "is too busy to greet": ([b"421 Too busy\r\n"], "is not ready to take mail (its answer was 421)"),
    "greets with anything": ([b"hello\r\n"], "is not ready to take mail"),
    "hangs up when greeted": ([HELLO], STOPPED),
    "knows no greeting": (
        [HELLO, b"502 What\r\n", b"502 What\r\n"],
        "did not take the mail (its answer was 502)",
    ),
    "hangs up at the sender": ([HELLO, WELCOME], STOPPED),
    "refuses the sender": ([HELLO, WELCOME, b"553 Not you\r\n"], "the unit’s mailbox as the sender"),
    "hangs up at the recipient": ([HELLO, WELCOME, OK], STOPPED),
    "answers without end": ([HELLO, WELCOME, OK, b"550 " + b"x" * 9_000 + b"\r\n"], "did not take the mail"),
    "hangs up before the mail": ([HELLO, WELCOME, OK, OK], STOPPED),
    "hangs up after the mail": ([HELLO, WELCOME, OK, OK, GO_ON], STOPPED),
    "answers with anything after the mail": (
        [HELLO, WELCOME, OK, OK, GO_ON, b"thanks\r\n"],
        "did not take the mail",
    ),
}


@pytest.fixture(autouse=True)
def smtp(settings):
    """Settings for a server on this machine, without its port."""
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = SMTP_BACKEND, "127.0.0.1", 5
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    return settings


@pytest.mark.parametrize("lines, sentence", FAULTS.values(), ids=FAULTS)
def test_a_server_that_breaks_the_rules_delays_a_mail_and_loses_none(db, smtp, caplog, lines, sentence):
    caplog.set_level(logging.DEBUG)
    message = a_message()
    with says(*lines) as smtp.EMAIL_PORT:
        assert deliver_due(now=NOW) == Delivered(retried=1)
    waiting = fresh(message)
    assert (waiting.status, waiting.attempts) == (MessageStatus.QUEUED, 1)
    assert sentence in waiting.problem
    assert message.to_address not in waiting.problem + caplog.text

    with MailServer() as server:
        smtp.EMAIL_PORT = server.port
        assert deliver_due(now=NOW + MINUTE) == Delivered(sent=1)
    assert server.mails == [message.mime]


@pytest.mark.parametrize(
    "code, status",
    [
        (499, MessageStatus.QUEUED),
        (500, MessageStatus.FAILED),
        (599, MessageStatus.FAILED),
        (600, MessageStatus.QUEUED),
    ],
)
def test_only_a_5xx_reply_to_the_mail_itself_is_for_good(db, smtp, code, status):
    message = a_message()
    with says(HELLO, WELCOME, OK, OK, GO_ON, b"%d No\r\n" % code) as smtp.EMAIL_PORT:
        deliver_due(now=NOW)
    assert fresh(message).status == status


@pytest.mark.parametrize(
    "setting, lines",
    [
        ("EMAIL_USE_SSL", [HELLO]),
        ("EMAIL_USE_TLS", [HELLO, b"250-mail.example\r\n250 STARTTLS\r\n", b"220 Go on\r\n", b"not TLS\r\n"]),
    ],
)
def test_where_encryption_fails_no_mail_leaves_without_it(db, smtp, setting, lines):
    messages = [a_message(), a_message()]
    setattr(smtp, setting, True)
    with says(*lines) as smtp.EMAIL_PORT:
        assert deliver_due(now=NOW) == Delivered(retried=2)
    assert {fresh(message).problem for message in messages} == {
        "The mail server could not be reached securely."
    }


def test_a_server_has_to_prove_its_name():
    context = EmailBackend(use_tls=True).ssl_context
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_worker_interrupted_in_a_mail_does_not_go_on_in_its_middle(smtp, monkeypatch):
    with MailServer() as server:
        smtp.EMAIL_PORT, transport = server.port, SmtpTransport()
        with monkeypatch.context() as interrupted:
            interrupted.setattr(smtplib.SMTP, "data", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                transport.send("unit@hospital.example", "a@family.example", b"Subject: one\r\n\r\n")
        transport.send("unit@hospital.example", "a@family.example", b"Subject: two\r\n\r\n")
        transport.close()
    assert server.connections == 2
    assert server.mails == [b"Subject: two\r\n\r\n"]


def test_a_server_that_hangs_up_at_the_goodbye_has_taken_the_mail(db, smtp):
    message = a_message()
    with says(HELLO, WELCOME, OK, OK, GO_ON, OK) as smtp.EMAIL_PORT:
        assert deliver_due(now=NOW) == Delivered(sent=1)
    assert fresh(message).status == MessageStatus.SENT
