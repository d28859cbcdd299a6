"""Reading a mailbox on a real IMAP server: what is taken, whoever opened it, and what a fault leaves."""

import logging
import os
import signal
import socket
import subprocess
from datetime import UTC, datetime
from threading import Thread

import pytest
from django.db import OperationalError

from crmo_clinic.production import unsafe
from scheduling.answers import incoming_mail, reading
from scheduling.answers import mailbox as mailboxes
from scheduling.answers.mailbox import MailboxAway, open_mailbox
from scheduling.answers.reading import Reader, Taken
from scheduling.management.commands import worker
from scheduling.models import IncomingMail, MailboxProgress, MailOutcome, Task, TaskKind
from tests import builders, clock
from tests.clerk import Clerk
from tests.fakes.imap import imap_server
from tests.ical import answers
from tests.ical.answers import GIVEN, MTA
from tests.processes import ROOT, database_of_its_own, environment, python, sql

imap = pytest.mark.imap


def mail(number: int, text: str = "Hello") -> bytes:
    return answers.words(text, GIVEN.but(message_id=f"<m.{number}@family.example>"))


@pytest.fixture
def server():
    with imap_server() as running:
        yield running


@pytest.fixture
def reader(db, settings, server) -> Reader:
    """As in a worker that has just started, with one unit."""
    builders.unit()
    settings.IMAP_URLS, settings.AUTHSERV_ID = [server.url], MTA
    return Reader()


def read(reader: Reader, *, again: bool = True, stopping=lambda: False) -> Taken:
    if again:
        reader._next.clear()
    return reader(stopping=stopping)


@imap
def test_mails_are_taken_oldest_first_and_left_as_they_are(reader, server):
    server.put(*(mail(n) for n in range(12)))
    assert str(read(reader)) == "Inbox: 12 taken, 0 left for later."
    assert list(IncomingMail.objects.order_by("pk").values_list("message_id", flat=True)) == [
        f"<m.{n}@family.example>" for n in range(12)
    ]
    assert bytes(IncomingMail.objects.first().mime) == mail(11)
    assert server.unseen() == 12
    assert not read(reader)


@imap
def test_a_mail_that_a_colleague_opened_first_is_taken_too(reader, server):
    assert not read(reader)
    server.put(mail(1), mail(2))
    server.open_all()
    server.put(mail(3))
    assert read(reader) == Taken(3, 0)
    assert server.unseen() == 1
    assert not read(reader)


@imap
def test_no_flag_of_any_mail_is_changed(reader, server):
    server.put(mail(1), mail(2))
    with server.client() as client:
        client.store("1", "+FLAGS", r"(\Flagged \Answered)")
        before = server.flags()
    assert read(reader) == Taken(2, 0)
    assert server.flags() == before


@imap
def test_of_a_mailbox_that_was_never_read_what_somebody_has_opened_is_left_alone(reader, server):
    server.put(mail(1), mail(2))
    server.open_all()
    server.put(mail(3))
    assert read(reader) == Taken(1, 0)
    assert IncomingMail.objects.get().message_id == "<m.3@family.example>"
    assert not read(reader)


@imap
def test_each_mail_came_when_it_came_into_the_mailbox(reader, server):
    server.put(mail(1), at=datetime(2025, 3, 1, 10, 15, tzinfo=UTC))
    read(reader)
    assert IncomingMail.objects.get().received_at == datetime(2025, 3, 1, 10, 15, tzinfo=UTC)


@imap
def test_two_mails_of_one_message_id_and_other_words_are_both_taken(reader, server):
    server.put(mail(1, "She is ill."), mail(1, "She is well again."), mail(1, "She is ill."))
    read(reader)
    assert IncomingMail.objects.count() == 2


@imap
def test_a_mailbox_that_is_numbered_anew_is_gone_through_again_and_nothing_is_taken_twice(reader, server):
    server.put(mail(0), at=datetime(2025, 3, 1, 10, 15, tzinfo=UTC))
    server.open_all()
    server.put(mail(1), mail(2))
    assert read(reader) == Taken(2, 0)
    # The server lives by the real clock.
    MailboxProgress.objects.update(since=datetime(2025, 6, 1, tzinfo=UTC))
    server.put(mail(3))
    with server.client() as client:
        client.store("2", "+FLAGS", r"(\Deleted)")
        client.expunge()
    # So the new mail has a number up to which all had been read before.
    server.number_anew()
    read(reader)
    assert not read(reader)
    found = sorted(IncomingMail.objects.values_list("message_id", flat=True))
    assert found == [f"<m.{n}@family.example>" for n in (1, 2, 3)]


@imap
def test_a_mail_that_is_gone_keeps_nothing_waiting(reader, server, monkeypatch):
    assert not read(reader)
    server.put(mail(1), mail(2))
    numbers = mailboxes.Mailbox.numbers
    monkeypatch.setattr(mailboxes.Mailbox, "numbers", lambda box, *, after=0: [*numbers(box, after=after), 9])
    assert read(reader) == Taken(2, 0)
    assert MailboxProgress.objects.get().last_uid == 9


@imap
def test_no_password_is_kept(reader, server):
    read(reader)
    assert "s3cret" not in MailboxProgress.objects.get().mailbox


@imap
def test_a_mailbox_is_asked_once_a_minute(reader, server, monkeypatch):
    assert not read(reader)
    server.put(mail(1))
    assert not read(reader, again=False)
    now = reading.monotonic()
    monkeypatch.setattr(reading, "monotonic", lambda: now + 61)
    assert read(reader, again=False).taken == 1


@imap
def test_a_bad_mail_among_good_ones_is_tried_again_and_named_once(reader, server, monkeypatch, caplog):
    take = incoming_mail.take

    def fails_at_one(*, raw, received_at):
        if b"m.2@" in raw:
            raise ValueError("She has a fever")
        return take(raw=raw, received_at=received_at)

    monkeypatch.setattr(incoming_mail, "take", fails_at_one)
    server.put(*(mail(n, "She has a fever") for n in range(4)))
    assert read(reader) == Taken(3, 1)
    assert read(reader) == Taken(0, 1)
    server.put(mail(9))
    assert read(reader) == Taken(1, 1)
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == [
        "Mail 3 was not taken and is tried again: ValueError."
    ]
    # Whatever the app cannot do, nobody's words wait unread.
    [asked] = Task.objects.open().filter(mail=None)
    assert asked.kind == TaskKind.MAIL_TO_READ
    assert "could not be stored by the app (its number there is 3). Open the mailbox" in asked.says
    monkeypatch.setattr(incoming_mail, "take", take)
    assert read(reader) == Taken(1, 0)
    asked.refresh_from_db()
    assert asked.done_note == "It was stored after all."


@imap
def test_hostile_mails_are_kept_for_a_person(reader, server):
    hostile = [b"Subject: x\r\n\r\n" + b"\xff\xfe" * 50, answers.words("x" * 1_200_000), mail(1)]
    server.put(*hostile)
    assert read(reader) == Taken(3, 0)
    assert set(IncomingMail.objects.values_list("outcome", flat=True)) == {MailOutcome.TO_READ}
    assert max(len(kept.mime) for kept in IncomingMail.objects.all()) == 1_000_001


@imap
def test_what_is_undone_with_its_transaction_is_taken_the_next_time(reader, server, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(incoming_mail.audit, "record", lambda *_, **__: 1 / 0)
        server.put(mail(1))
        assert read(reader) == Taken(0, 1)
        assert not IncomingMail.objects.exists()
    server.open_all()
    assert read(reader) == Taken(1, 0)


@imap
def test_a_database_that_is_away_is_no_fault_of_the_mails(reader, server, monkeypatch):
    def away(*, raw, received_at):
        raise OperationalError

    server.put(mail(1), mail(2))
    with monkeypatch.context() as broken:
        broken.setattr(incoming_mail, "take", away)
        with pytest.raises(OperationalError):
            read(reader)
    assert read(reader) == Taken(2, 0)


@imap
def test_told_to_stop_it_leaves_the_rest_for_the_next_time(reader, server):
    server.put(*(mail(n) for n in range(3)))
    assert read(reader, stopping=lambda: IncomingMail.objects.exists()).taken == 1
    assert read(reader).taken == 2


@imap
def test_a_round_has_an_end(reader, server, monkeypatch):
    server.put(*(mail(n) for n in range(3)))
    monkeypatch.setattr(reading, "MAILS_A_ROUND", 2)
    assert read(reader).taken == 2
    monkeypatch.setattr(reading, "SECONDS_A_ROUND", -1)
    assert read(reader).taken == 0
    monkeypatch.setattr(reading, "SECONDS_A_ROUND", 30)
    assert read(reader).taken == 1


@imap
def test_a_server_that_is_away_is_named_once_and_read_when_it_is_back(reader, server, caplog):
    server.put(mail(1))
    server.stop()
    for _ in range(3):
        assert not read(reader)
    server.start()
    assert read(reader).taken == 1
    assert [record.getMessage() for record in caplog.records] == [
        "Mailbox 1 cannot be read: ConnectionRefusedError.",
        "Mailbox 1 is read again.",
    ]


@imap
def test_a_wrong_password_is_named_and_not_shown(reader, server, settings, caplog):
    settings.IMAP_URLS = [server.url.replace("s3cret", "wr0ng"), server.url]
    server.put(mail(1))
    assert read(reader).taken == 1
    assert caplog.messages == ["Mailbox 1 cannot be read: error."]


@imap
def test_a_server_killed_in_the_midst_loses_nothing(reader, server, monkeypatch):
    take = incoming_mail.take

    def then_the_server_dies(*, raw, received_at):
        taken = take(raw=raw, received_at=received_at)
        if b"m.1@" in raw:
            server.stop()
        return taken

    server.put(*(mail(n) for n in range(4)))
    monkeypatch.setattr(incoming_mail, "take", then_the_server_dies)
    read(reader)
    assert IncomingMail.objects.count() == 2
    server.start()
    monkeypatch.setattr(incoming_mail, "take", take)
    assert read(reader) == Taken(2, 0)
    assert IncomingMail.objects.count() == 4


@imap
def test_what_others_marked_for_removal_is_left_to_them(reader, server):
    server.put(mail(1))
    with server.client() as client:
        client.store("1", "+FLAGS", r"(\Deleted)")
    read(reader)
    with server.client() as client:
        assert client.search(None, "ALL")[1] == [b"1"]


@imap
@pytest.mark.processes
@pytest.mark.parametrize("at", ["before", "after"])
def test_a_worker_killed_in_the_midst_loses_nothing_and_takes_nothing_twice(server, tmp_path, at):
    """Killed at the third mail of five, before or after what it asked for is written, and not yet kept."""
    with database_of_its_own(tmp_path) as database:
        with Clerk(database) as clerk:
            clerk.ask(builders.unit)
        server.put(*(mail(n) for n in range(5)))
        more = {"IMAP_URLS": server.url, "AUTHSERV_ID": MTA, "MAIL_DIR": str(tmp_path)}
        command = clock.python("-m", "tests.fakes.killed_worker", at, "m.2@")
        killed = subprocess.run(command, cwd=ROOT, env=environment(database, **more), capture_output=True)
        assert killed.returncode == -signal.SIGKILL
        assert sql(database, "SELECT count(*) FROM scheduling_incomingmail") == [(2,)]
        server.open_all()
        python(database, "manage.py", "worker", "--once", **more)

        assert sql(database, "SELECT count(*) FROM scheduling_incomingmail") == [(5,)]
        assert sql(database, "SELECT count(*) FROM scheduling_task") == [(5,)]


@imap
@pytest.mark.processes
def test_two_workers_at_once_take_each_mail_once(server, tmp_path):
    with database_of_its_own(tmp_path) as database:
        with Clerk(database) as clerk:
            clerk.ask(builders.unit)
        server.put(*(mail(n) for n in range(25)))
        more = {"IMAP_URLS": server.url, "AUTHSERV_ID": MTA, "MAIL_DIR": str(tmp_path)}
        command = clock.python("manage.py", "worker", "--once")
        both = [
            subprocess.Popen(
                command, cwd=ROOT, env=environment(database, **more), stdout=-1, stderr=-1, text=True
            )
            for _ in range(2)
        ]
        ends = [(*each.communicate(timeout=120), each.returncode) for each in both]

        assert [(error, code) for _, error, code in ends] == [("", 0)] * 2
        assert sql(database, "SELECT count(*) FROM scheduling_incomingmail") == [(25,)]
        assert sql(database, "SELECT count(*) FROM scheduling_task") == [(25,)]


# Servers that are none, without Dovecot


@pytest.fixture
def rude_server():
    """Takes a connection, says something that is no IMAP, and hangs up; or says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def rude():
            while True:
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                with line:
                    line.sendall(b"HTTP/1.1 400 Bad \xff\r\n")

        Thread(target=rude, daemon=True).start()
        yield listening.getsockname()[1]


def test_what_is_no_imap_server_is_a_mailbox_away(rude_server):
    with pytest.raises(MailboxAway), open_mailbox(f"imap://a:b@127.0.0.1:{rude_server}/"):
        pass
    with pytest.raises(MailboxAway), open_mailbox(f"imaps://a:b@127.0.0.1:{rude_server}/"):
        pass


def test_a_server_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(mailboxes, "SECONDS_TO_ANSWER", 0.2)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(MailboxAway),
        open_mailbox(f"imap://a:b@127.0.0.1:{silent.getsockname()[1]}/"),
    ):
        pass


@pytest.mark.parametrize(
    "url", ["imap://a:b@mail.trust.example/", "http://x", "nonsense", "imap://a:b@127.0.0.1:x/"]
)
def test_a_password_never_travels_in_the_clear(url):
    with pytest.raises(MailboxAway), open_mailbox(url):
        pass


def test_without_a_mailbox_nothing_is_read(db, settings):
    settings.IMAP_URLS = []
    assert not Reader()(stopping=lambda: False)
    assert reading.read_mailboxes in worker.JOBS


def test_without_a_unit_no_mailbox_is_read(db, settings, monkeypatch):
    settings.IMAP_URLS = ["imaps://a:b@mail.trust.example/"]
    monkeypatch.setattr(reading, "open_mailbox", lambda url: 1 / 0)
    assert not Reader()(stopping=lambda: False)


def test_production_refuses_a_mailbox_without_tls():
    from django.conf import settings as live

    names = [name for name in dir(live) if name.isupper()]
    now = {name: getattr(live, name) for name in names}
    for urls, refused in (
        (["imaps://a:b@mail.trust.example/INBOX"], False),
        (["imap://a:b@localhost/"], False),
        (["imaps://a:b@mail.trust.example/", "imap://a:b@mail.trust.example/"], True),
    ):
        said = [sentence for sentence in unsafe({**now, "IMAP_URLS": urls}) if "IMAP_URLS" in sentence]
        assert bool(said) is refused
        assert "a:b" not in "".join(said)


def test_ci_has_an_imap_server():
    from tests.fakes.imap import dovecot_path

    assert dovecot_path() or not os.environ.get("CI")
