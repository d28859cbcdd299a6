"""Files of messages: taken when they are whole, put away with their answers, and forgotten in time."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import Patient
from scheduling.adt import folder, keeping, receiving
from scheduling.adt.acknowledging import NOT_STORED, answer
from scheduling.adt.framing import header_of
from scheduling.adt.keeping import forget_old
from scheduling.models import AdtMessage, AdtState, Task
from tests import builders
from tests.builders.hl7 import a31, adt

pytestmark = pytest.mark.django_db


@pytest.fixture
def inbox(settings, tmp_path):
    settings.ADT_DIR = str(tmp_path)
    builders.unit()

    def put(name, *messages, seconds_ago=60):
        path = tmp_path / name
        path.write_bytes(b"\r\n".join(messages))
        at = folder.time() - seconds_ago
        os.utime(path, (at, at))
        return path

    put.folder = tmp_path
    return put


def lying(inbox) -> set[str]:
    return {str(path.relative_to(inbox.folder)) for path in inbox.folder.rglob("*") if path.is_file()}


def test_a_batch_is_taken_with_an_answer_for_each_message(inbox):
    child = builders.patient("Ada Lark")
    batch = [b"FHS|^~\\&|PAS", b"BHS|^~\\&|PAS", a31(child, name="Wren^Ada", number="1")]
    inbox(
        "adt.hl7",
        *batch,
        adt("A28", "PID|||X1^^^RXX^MR||Otter^Ola||20140101", number="2"),
        b"BTS|2",
        b"FTS|1",
    )
    assert str(folder.take_files()) == "Hospital’s records: 1 file taken, 0 failed."
    child.refresh_from_db()
    assert child.name == "Ada Wren"
    # The file is about a child who is not here.
    assert lying(inbox) == {"done/adt.hl7.ack"}
    answers = (inbox.folder / "done" / "adt.hl7.ack").read_bytes().decode().split("\r")
    assert [line for line in answers if line.startswith("MSA")] == ["MSA|AA|1", "MSA|AA|2"]
    before = list(AdtMessage.objects.values())
    inbox("adt.hl7", *batch)
    assert folder.take_files().done == 1
    assert lying(inbox) == {"done/adt.hl7.ack", "done/adt-2.hl7.ack"}
    assert list(AdtMessage.objects.values()) == before


def test_a_file_that_is_still_written_and_one_of_another_name_are_left(inbox):
    inbox("half.hl7", b"MSH|^~", seconds_ago=1)
    inbox("adt.hl7.part", b"MSH|^~")
    assert not folder.take_files()
    assert lying(inbox) == {"half.hl7", "adt.hl7.part"}


def test_what_cannot_be_read_lies_apart_and_is_one_task(inbox):
    child = builders.patient("Ada Lark")
    inbox("a.hl7", b"no message", a31(child, name="Wren^Ada"))
    inbox("b.hl7", b"nor this")
    inbox("empty.hl7")
    assert str(folder.take_files()) == "Hospital’s records: 0 files taken, 3 failed."
    child.refresh_from_db()
    assert child.name == "Ada Wren"
    answers = {"failed/a.hl7.ack", "failed/b.hl7.ack", "failed/empty.hl7.ack"}
    assert lying(inbox) == answers | {"unread/empty.hl7"}
    unread = AdtMessage.objects.filter(state=AdtState.UNREADABLE).order_by("pk")
    assert [bytes(each.raw) for each in unread] == [b"no message", b"nor this", b""]
    assert (unread[2].came_from, unread[2].says) == ("empty.hl7", "There is no message in the file.")
    assert Task.objects.get().says.startswith("Messages of the hospital’s records cannot be read.")


def test_a_file_stays_until_all_of_it_is_stored(inbox, monkeypatch):
    inbox("a.hl7", a31(builders.patient()))
    with monkeypatch.context() as away:
        away.setattr(folder, "receive", lambda raw, name: answer(header_of(raw), NOT_STORED))
        assert not folder.take_files()
    assert lying(inbox) == {"a.hl7"}
    assert folder.take_files().done == 1


def test_a_file_that_grew_while_it_was_taken_stays(inbox, monkeypatch):
    child = builders.patient("Ada Lark")
    path = inbox("a.hl7", a31(child))

    def receive(raw, name):
        with path.open("ab") as more:
            more.write(b"\r" + a31(child, name="Wren^Ada"))
        return receiving.receive(raw, name)

    with monkeypatch.context() as growing:
        growing.setattr(folder, "receive", receive)
        assert not folder.take_files()
    os.utime(path, (1, 1))
    assert folder.take_files().done == 1
    child.refresh_from_db()
    assert child.name == "Ada Wren"


@pytest.mark.parametrize("error", [PermissionError, OverflowError])
def test_one_file_that_cannot_be_taken_stops_no_other(inbox, monkeypatch, caplog, error):
    def fail(path, stopping):
        if path.name == "Ada Lark.hl7":
            raise error("Ada Lark")
        return take(path, stopping)

    take = folder._take
    monkeypatch.setattr(folder, "_take", fail)
    inbox("Ada Lark.hl7", b"x", seconds_ago=90)
    inbox(os.fsdecode(b"b\xff.hl7"), a31(builders.patient()))
    assert folder.take_files().done == 1
    assert AdtMessage.objects.get().came_from == "b?.hl7"
    assert error.__name__ in caplog.text and "Lark" not in caplog.text


def test_a_folder_that_is_gone_is_said(inbox, settings, caplog):
    settings.ADT_DIR += "/gone"
    assert not folder.take_files()
    assert "is not there" in caplog.text


def test_a_file_that_is_too_big_is_not_read_and_a_task_and_stays(inbox, monkeypatch):
    monkeypatch.setattr(folder, "BIGGEST_FILE", 10)
    inbox("a.hl7", a31(builders.patient()))
    inbox("b.hl7", a31(builders.patient()))
    assert folder.take_files().failed == 2
    assert {bytes(message.raw) for message in AdtMessage.objects.all()} == {b""}
    assert Task.objects.get().says.startswith("Messages of the hospital’s records cannot be read.")
    for path in inbox.folder.rglob("*.*"):
        os.utime(path, (1, 1))
    forget_old()
    assert lying(inbox) == {"unread/a.hl7", "unread/b.hl7"}


def test_a_big_batch_lets_the_worker_end_and_say_that_it_lives(inbox, monkeypatch):
    child = builders.patient("Ada Lark")
    inbox("a.hl7", *(a31(child, number=str(number)) for number in range(3)))
    beats = []
    monkeypatch.setattr(folder.pulse, "move_on", lambda: beats.append(1))
    assert not folder.take_files(stopping=lambda: len(beats) == 2)
    assert lying(inbox) == {"a.hl7"}
    assert AdtMessage.objects.count() == 2
    assert folder.take_files().done == 1
    assert (AdtMessage.objects.count(), len(beats)) == (3, 5)


def test_words_go_after_some_weeks_and_whoever_is_not_here_whole(inbox, settings):
    child = builders.patient("Ada Lark")
    for raw in (
        a31(child, name="Wren^Ada"),
        a31(child, born="20100101"),
        adt("A28", "PID|||X1^^^RXX^MR||Otter^Ola||20140101"),
        b"no message",
    ):
        receiving.receive(raw, "test")
    changed, asked, _, unread = AdtMessage.objects.order_by("pk")
    Task.objects.filter(adt=unread).update(done_at=timezone.now(), done_by="Nia", done_note="Told them")
    assert not forget_old()
    AdtMessage.objects.update(received_at=timezone.now() - timedelta(days=settings.KEEP_ADT_DAYS + 1))
    inbox("old.hl7", b"x").rename((inbox.folder / "done").mkdir() or inbox.folder / "done" / "old.hl7")
    os.utime(inbox.folder / "done" / "old.hl7", (1, 1))
    said = str(forget_old())
    assert said == "Hospital’s records: the words of 2 messages deleted, 1 whole."
    # One that is asked about keeps its words until somebody has answered.
    assert [bytes(each.raw) != b"" for each in AdtMessage.objects.order_by("pk")] == [False, True, False]
    assert AdtMessage.objects.filter(pk__in=[changed.pk, asked.pk]).count() == 2
    assert lying(inbox) == set()


def test_the_worker_takes_files_and_what_was_left(inbox):
    from scheduling.management.commands.worker import JOBS, SELDOM

    assert {folder.take_files, keeping.forget_old} <= set(JOBS)
    assert keeping.forget_old in SELDOM
    assert Patient.objects.count() == 0
