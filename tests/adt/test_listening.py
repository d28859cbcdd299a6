"""A sender talks to the listener over TCP: many messages, halves of one, and what is too big or too slow."""

import asyncio
import json
import os
import re
import signal
import subprocess
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.core.management import CommandError, call_command

from scheduling.adt import applying, listening
from scheduling.adt.acknowledging import answer
from scheduling.adt.framing import header_of
from scheduling.adt.listening import Listener
from scheduling.adt.receiving import receive
from tests import builders, clock
from tests.builders.hl7 import a31, a40, adt, msa
from tests.clerk import Clerk
from tests.fakes.mllp import Sender
from tests.processes import ROOT, database_of_its_own, environment, python, sql

HEAD = b"MSH|^~\\&|PAS|RXX|DAYCASE|RXX|20270608090000||ADT^A31|%d|P|2.4\r"


@contextmanager
def listening_in_a_thread(**settings):
    """A listener whose messages go into a list; the list and its port."""
    taken, ready, port = [], Event(), []

    def take(raw, came_from):
        taken.append(raw)
        return answer(header_of(raw))

    listener = Listener(**({"take": take} | settings))
    loop, ended = asyncio.new_event_loop(), asyncio.Event()

    def is_ready(at):
        port.append(at)
        ready.set()

    def run():
        loop.run_until_complete(listener.listen("127.0.0.1", 0, ended=ended, ready=is_ready))
        loop.close()

    thread = Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield taken, port[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(20)
        assert not thread.is_alive()


def test_many_messages_on_one_connection_in_pieces_and_at_once():
    with listening_in_a_thread() as (taken, port), Sender(port) as sender:
        assert msa(sender.send(HEAD % 1))[1:] == ["AA", "1"]
        for piece in (b"\x0bMSH|^", b"~\\&|", (HEAD % 2)[9:], b"\x1c", b"\x0d"):
            sender.put(piece)
        assert msa(sender.answer())[1:] == ["AA", "2"]
        sender.put(b"".join(b"\x0b" + HEAD % number + b"\x1c\x0d" for number in (3, 4)))
        assert [msa(sender.answer())[2] for _ in range(2)] == ["3", "4"]
        # Half a message broke off, and its sender begins anew.
        sender.put(b"noise\x0bMSH|^~\\&|PAS|half")
        assert msa(sender.send(HEAD % 5))[2] == "5"
        # Several in one block are answered one by one, and what is no message too.
        sender.put(b"\x0b" + HEAD % 6 + HEAD % 7 + b"\x1c\x0d\x0bhello\x1c\x0d\x0b\x1c\x0d")
        assert [msa(sender.answer())[1:] for _ in range(4)] == [
            ["AA", "6"],
            ["AA", "7"],
            ["AA", ""],
            ["AA", ""],
        ]
    assert [header_of(raw)[10] for raw in taken] == ["1", "2", "3", "4", "5", "6", "7", "", ""]


def test_what_is_too_big_is_refused_and_the_connection_closed(monkeypatch):
    monkeypatch.setattr(listening, "BIGGEST_MESSAGE", 1000)
    with listening_in_a_thread() as (taken, port), Sender(port) as sender:
        sender.put(b"\x0b" + HEAD % 1 + b"x" * 3000)
        assert msa(sender.answer())[1:] == ["AR", "1"]
        with pytest.raises(ConnectionError):
            sender.answer()
    assert taken == []


def test_half_a_message_that_does_not_go_on_is_closed_without_an_answer():
    with listening_in_a_thread(seconds_in_a_message=0.2) as (taken, port), Sender(port) as sender:
        sender.put(b"\x0bMSH|")
        with pytest.raises(ConnectionError):
            sender.answer()
    assert taken == []


def test_stray_signs_between_messages_begin_none():
    with listening_in_a_thread(seconds_in_a_message=0.3) as (taken, port), Sender(port) as sender:
        sender.put(b"\r\n")
        Event().wait(0.6)
        assert msa(sender.send(HEAD % 1))[1:] == ["AA", "1"]
    assert len(taken) == 1


def test_the_sign_of_a_start_within_a_text_cuts_no_message():
    with listening_in_a_thread() as (taken, port), Sender(port) as sender:
        assert msa(sender.send(HEAD % 1 + b"PID|1||7\x0bNew Lane"))[1:] == ["AA", "1"]
    assert taken == [HEAD % 1 + b"PID|1||7\x0bNew Lane"]


def test_no_more_than_so_many_connections_at_once():
    with (
        listening_in_a_thread(most_connections=1) as (taken, port),
        Sender(port) as first,
        Sender(port) as second,
    ):
        assert msa(first.send(HEAD % 1))[1] == "AA"
        with pytest.raises(ConnectionError):
            second.send(HEAD % 2)
        assert msa(first.send(HEAD % 3))[1] == "AA"
    assert len(taken) == 2


def test_told_to_end_it_answers_the_message_in_hand():
    begun, go_on = Event(), Event()

    def slow(raw, came_from):
        begun.set()
        assert go_on.wait(20)
        return answer(header_of(raw))

    with listening_in_a_thread(take=slow) as (_, port):
        sender = Sender(port)
        sender.put(b"\x0b" + HEAD % 1 + b"\x1c\x0d")
        assert begun.wait(20)
        Thread(target=lambda: (Event().wait(0.2), go_on.set()), daemon=True).start()
    assert msa(sender.answer())[1:] == ["AA", "1"]


def test_it_does_not_listen_where_nobody_would_see_what_comes_in(settings):
    settings.ADT_PORT = 0
    with pytest.raises(CommandError, match="Set ADT_PORT"):
        call_command("listen_adt", port=2575)


def stream() -> list[str]:
    """A child with a course, and what the hospital sends about it."""
    unit = builders.unit()
    child = builders.patient("Ada Lark")
    other = builders.patient("Bea Lark")
    builders.course(child, unit)
    lane = "7 New Lane^^Leeds^^LS2 9ZZ^^H"
    messages = [
        a31(child, name="Wren^Ada", address=lane, number="1"),
        a31(child, born="20100101", number="2"),
        a40(child, f"{other.hospital_number}^^^RXX^MR"),
        a40(child, "OLD77^^^RXX^MR"),
        adt("A28", "PID|||X1^^^RXX^MR||Otter^Ola||20140101", number="5"),
    ]
    return [raw.decode() for raw in messages]


def die_before_applying(raw: str) -> None:
    """Store a message, and be killed before it is applied."""
    applying.apply = lambda key: os.kill(os.getpid(), signal.SIGKILL)
    receive(raw.encode(), "test")


@contextmanager
def listening_process(database: str):
    process = subprocess.Popen(
        clock.python("manage.py", "listen_adt", "--port", "0"),
        cwd=ROOT,
        env=environment(database, ADT_PORT="2575"),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stdout.readline()
        yield process, int(re.search(r"port (\d+) of 127\.0\.0\.1", said)[1])
    finally:
        process.kill()
        process.communicate()


@pytest.mark.processes
def test_a_stream_that_is_sent_again_after_a_kill_changes_nothing_the_second_time(tmp_path):
    with database_of_its_own(tmp_path) as database, Clerk(database) as clerk:
        messages = [text.encode() for text in clerk.ask(stream)]
        with listening_process(database) as (process, port), Sender(port) as sender:
            first = [msa(sender.send(raw))[1] for raw in messages]
            process.kill()
        before = [sql(database, f"SELECT * FROM {table} ORDER BY id") for table in TABLES]
        with listening_process(database) as (process, port), Sender(port) as sender:
            assert [msa(sender.send(raw))[1] for raw in messages] == first == ["AA"] * 5
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        assert [sql(database, f"SELECT * FROM {table} ORDER BY id") for table in TABLES] == before
        states = sql(database, "SELECT state FROM scheduling_adtmessage ORDER BY id")
        assert [state for (state,) in states] == ["changed", "question", "question", "changed", "not_ours"]
        assert ("Ada Wren", "7 New Lane, Leeds, LS2 9ZZ") in sql(
            database, "SELECT name, address FROM patients_patient"
        )


@pytest.mark.processes
def test_what_was_stored_by_a_process_that_is_killed_is_applied_by_the_worker(tmp_path):
    with database_of_its_own(tmp_path) as database:
        with Clerk(database) as clerk:
            message = clerk.ask(stream)[0]
            with pytest.raises(json.JSONDecodeError):
                clerk.ask(die_before_applying, raw=message)
        assert sql(database, "SELECT state FROM scheduling_adtmessage") == [("received",)]
        out = python(database, "manage.py", "worker", "--once", ADT_PORT="2575")
        assert "Hospital’s records: 1 waiting message applied." in out
        assert sql(database, "SELECT state FROM scheduling_adtmessage") == [("changed",)]


TABLES = ("scheduling_adtmessage", "scheduling_task", "patients_patient", "patients_auditevent")
