"""Sending the outbox, against real SMTP servers on loopback that misbehave as told."""

from datetime import datetime, timedelta
from email import message_from_bytes
from itertools import product
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.db.models import JSONField
from django.forms.models import model_to_dict

from patients.models import AuditEvent, Contact, Patient
from scheduling.errors import ChangedMeanwhile, MoveNotAllowed
from scheduling.models import CALENDAR_KINDS, AdviceText, Course, Message, MessageKind, Session, Task, Unit
from scheduling.states import MESSAGE_MOVES, MessageStatus, SessionStatus
from scheduling.telling import delivery, outcomes, resend
from scheduling.telling.delivery import TRIED_FOR, Delivered, deliver_due
from scheduling.telling.due_mails import CLAIM_MINUTES
from scheduling.telling.transport import SMTP_BACKEND, FileTransport, TransportError
from scheduling.watch import pulse
from tests import builders
from tests.builders.messages import MINUTE, NOW, a_message, a_session, fresh
from tests.fakes.post import Post
from tests.fakes.smtp import DROP_AFTER, DROP_MIDWAY, STALL, MailServer, never_greets, nobody_listens

LATER = NOW + timedelta(minutes=CLAIM_MINUTES + 1)

QUEUED, SENDING, SENT, RETURNED, FAILED, WITHHELD = MessageStatus


# Rows


def events(message: Message) -> list[str]:
    rows = AuditEvent.objects.filter(record="message", record_id=message.pk)
    return list(rows.order_by("pk").values_list("action", flat=True))


# Transports


@pytest.fixture
def smtp(settings):
    """Point the settings at a server: `smtp(server.port)`."""

    def use(port: int, *, timeout: float = 5, user: str = "", password: str = "") -> None:
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, timeout
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = user, password

    return use


def fault(sentence="The line broke.", *, permanent=False):
    def happen():
        raise TransportError(sentence, permanent)

    return happen


# What a server may do


def test_a_mail_arrives_byte_for_byte(db, smtp):
    message = a_message()
    with MailServer() as server:
        smtp(server.port)
        assert Delivered(sent=1) == deliver_due(now=NOW)

    assert [message.mime] == server.mails
    assert [(message.from_address, [message.to_address])] == server.envelopes
    sent = fresh(message)
    assert (
        sent.status,
        sent.sent_at,
        sent.problem,
        sent.claimed_at,
        sent.attempts,
    ) == (SENT, NOW, "", None, 1)


def test_what_was_sent_is_never_sent_again(db, smtp):
    a_message()
    with MailServer() as server:
        smtp(server.port)
        deliver_due(now=NOW)
        assert [Delivered(), Delivered()] == [
            deliver_due(now=LATER),
            deliver_due(now=NOW + timedelta(days=2)),
        ]

    assert len(server.mails) == 1


def test_an_address_with_other_letters_is_written_as_dns_has_it(db, smtp):
    message = a_message(to_address="pat@müller.example")
    with MailServer() as server:
        smtp(server.port)
        deliver_due(now=NOW)

    assert fresh(message).status == SENT
    assert server.envelopes[0][1] == ["pat@xn--mller-kva.example"]


def test_an_address_that_mail_cannot_carry_has_failed(db, smtp):
    message = a_message(to_address="päť@family.example")
    with MailServer() as server:
        smtp(server.port)
        deliver_due(now=NOW)

    failed = fresh(message)
    assert (failed.status, failed.problem) == (FAILED, "The address is not one that mail can be sent to.")


def test_a_refused_address_has_failed_and_says_so(db, smtp):
    refused, other = a_message(), a_message()
    with MailServer(recipient=["550 5.1.1 No such user"]) as server:
        smtp(server.port)
        assert Delivered(sent=1, failed=1) == deliver_due(now=NOW)
        assert Delivered() == deliver_due(now=NOW + timedelta(days=1))

    failed = fresh(refused)
    assert failed.status == FAILED
    assert (
        failed.problem
        == "The mail server refused this address (its answer was 550). Check it with the family."
    )
    assert [other.mime] == server.mails
    assert server.connections == 1


def test_an_address_that_is_busy_is_tried_again_later_each_time(db, smtp):
    message = a_message()
    with MailServer(recipient=["451 4.3.0 Try later", "421 4.3.2 Closing", "452 4.2.2 Full"]) as server:
        smtp(server.port)
        at = NOW
        for minutes in (1, 2, 4):
            assert Delivered(retried=1) == deliver_due(now=at)
            waiting = fresh(message)
            assert (QUEUED, at + minutes * MINUTE) == (waiting.status, waiting.next_attempt_at)
            assert "could not take mail for this address" in waiting.problem
            assert Delivered() == deliver_due(now=at + minutes * MINUTE - timedelta(seconds=1))
            at += minutes * MINUTE
        assert Delivered(sent=1) == deliver_due(now=at)

    assert [message.mime] == server.mails
    assert fresh(message).problem == ""


@pytest.mark.parametrize("answer", ["452 4.3.1 No space", "421 Closing"])
def test_a_mail_not_taken_now_is_tried_again_and_the_next_one_has_a_fresh_connection(db, smtp, answer):
    message, other = a_message(), a_message()
    with MailServer(data=[answer]) as server:
        smtp(server.port)
        assert deliver_due(now=NOW) == Delivered(sent=1, retried=1)
        assert server.connections == 2
        assert (
            fresh(message).problem == f"The mail server did not take the mail (its answer was {answer[:3]})."
        )
        assert deliver_due(now=NOW + MINUTE) == Delivered(sent=1)

    assert server.mails == [other.mime, message.mime]


def test_a_refused_mail_has_failed_at_once(db, smtp):
    """The same bytes would be refused for a day, and nobody would ring before the visit."""
    message, other = a_message(), a_message()
    with MailServer(data=["554 5.7.1 Looks like spam"]) as server:
        smtp(server.port)
        assert deliver_due(now=NOW) == Delivered(sent=1, failed=1)
        assert deliver_due(now=NOW + timedelta(days=1)) == Delivered()

    assert fresh(message).problem == "The mail server did not take the mail (its answer was 554)."
    assert server.mails == [other.mime]
    assert server.connections == 2
    assert Task.objects.open().get().message == message


def test_a_line_dropped_midway_loses_nothing(db, smtp):
    message, other = a_message(), a_message()
    with MailServer(data=[DROP_MIDWAY]) as server:
        smtp(server.port)
        assert Delivered(sent=1, retried=1) == deliver_due(now=NOW)
        assert fresh(message).status == QUEUED
        assert Delivered(sent=1) == deliver_due(now=NOW + MINUTE)
        assert Delivered() == deliver_due(now=NOW + timedelta(days=1))

    assert [other.mime, message.mime] == server.mails


def test_a_line_dropped_before_the_answer_sends_the_same_mail_again(db, smtp):
    """Nobody can know that it arrived; the same Message-ID makes it harmless."""
    message = a_message()
    with MailServer(data=[DROP_AFTER]) as server:
        smtp(server.port)
        assert Delivered(retried=1) == deliver_due(now=NOW)
        assert Delivered(sent=1) == deliver_due(now=NOW + MINUTE)
        assert Delivered() == deliver_due(now=NOW + timedelta(days=1))

    assert [message.message_id] * 2 == server.message_ids


def test_a_server_that_stalls_is_not_waited_for(db, smtp):
    message = a_message()
    with MailServer(data=[STALL]) as server:
        smtp(server.port, timeout=0.3)
        assert Delivered(retried=1) == deliver_due(now=NOW)
        assert "stopped answering" in fresh(message).problem
        assert Delivered(sent=1) == deliver_due(now=NOW + MINUTE)

    assert fresh(message).status == SENT


def test_a_server_that_is_down_is_tried_again(db, smtp):
    message = a_message()
    with nobody_listens() as port:
        smtp(port)
        assert Delivered(retried=1) == deliver_due(now=NOW)
        assert fresh(message).problem == "The mail server could not be reached."
    with MailServer(port=port) as server:
        assert Delivered(sent=1) == deliver_due(now=NOW + MINUTE)

    assert [message.mime] == server.mails


def test_a_server_that_is_silent_is_waited_for_once_in_a_run(db, smtp):
    for _ in range(3):
        a_message()
    with never_greets() as listening:
        smtp(listening.getsockname()[1], timeout=0.3)
        assert Delivered(retried=3) == deliver_due(now=NOW)
        listening.setblocking(False)
        listening.accept()[0].close()
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_a_refused_sign_in_is_no_fault_of_the_mail(db, smtp):
    message = a_message()
    with MailServer(refuse_sign_in=True) as server:
        smtp(server.port, user="daycase", password="wrong")
        assert Delivered(retried=1) == deliver_due(now=NOW)

    waiting = fresh(message)
    assert (
        waiting.status,
        waiting.problem,
    ) == (QUEUED, "The mail server refused our sign-in (its answer was 535).")


def test_a_server_without_encryption_gets_no_mail_that_was_to_be_encrypted(db, smtp, settings):
    message = a_message()
    settings.EMAIL_USE_TLS = True
    with MailServer() as server:
        smtp(server.port)
        assert Delivered(retried=1) == deliver_due(now=NOW)

    assert server.mails == []
    assert "does not offer" in fresh(message).problem


def test_one_connection_serves_a_run_and_another_takes_over_where_it_ends(db, smtp):
    for _ in range(5):
        a_message()
    with MailServer(data=["250 OK", "250 OK", "421 Enough"]) as server:
        smtp(server.port)
        assert Delivered(sent=4, retried=1) == deliver_due(now=NOW)

    assert server.connections == 2


def test_a_connection_that_ended_between_two_mails_costs_no_attempt(db, smtp):
    for _ in range(3):
        a_message()
    with MailServer(mails_a_connection=1) as server:
        smtp(server.port)
        assert Delivered(sent=3) == deliver_due(now=NOW)

    assert server.connections == 3


# Giving up


def test_a_mail_is_tried_every_quarter_of_an_hour_until_its_visit_is_over(db):
    session = a_session(starts_at=NOW + timedelta(hours=3))
    message, post, at = a_message(session), Post(happen=fault()), NOW
    while at < session.ends_at:
        assert Delivered(retried=1) == deliver_due(now=at, transport=post)
        wait = fresh(message).next_attempt_at - at
        assert MINUTE <= wait <= 15 * MINUTE
        at += wait
    assert len(post.mails) > 4 * 8
    assert Delivered(withheld=1) == deliver_due(now=at, transport=post)
    assert events(message) == ["message.put_off", "message.withheld"]
    assert Task.objects.open().get().message == message


def test_a_mail_about_no_visit_is_tried_for_a_week(db):
    message = a_message(created_at=NOW)
    Message.objects.update(kind=MessageKind.PAGE, session=None)
    Course.objects.update(status="waiting")
    deliver_due(now=NOW + TRIED_FOR, transport=Post(happen=fault()))
    assert fresh(message).status == QUEUED
    deliver_due(now=NOW + TRIED_FOR + MINUTE, transport=Post(happen=fault()))
    failed = fresh(message)
    assert (failed.status, failed.problem) == (
        FAILED,
        "The line broke. It was tried for 7 days and is not tried again.",
    )


def test_a_mail_that_ends_every_worker_lets_others_go_first(db):
    message = a_message(status=SENDING, claimed_at=NOW, attempts=3)
    other, post = a_message(), Post()

    assert Delivered(sent=1, retried=1) == deliver_due(now=LATER, transport=post)
    assert post.sent == [other.mime]
    assert fresh(message).next_attempt_at == LATER + 4 * MINUTE


@pytest.mark.parametrize(("seconds", "taken"), [(39, False), (41, True)])
def test_what_a_killed_worker_had_in_hand_is_taken_once_its_heart_has_stopped(db, seconds, taken):
    claimed_at = NOW - 5 * MINUTE
    message = a_message(status=SENDING, claimed_at=claimed_at, claimed_by="the killed one", attempts=1)
    with time_machine.travel(NOW - timedelta(seconds=seconds), tick=False):
        pulse.beat("the killed one", NOW)
    with time_machine.travel(NOW, tick=False):
        pulse.beat("another", NOW)
    assert bool(deliver_due(now=NOW, transport=Post())) == taken
    assert (fresh(message).status == SENT) == taken


def test_a_worker_claims_in_its_own_name(db, monkeypatch):
    message, seen = a_message(), []
    monkeypatch.setattr(pulse._Process, "name", "us")
    deliver_due(now=NOW, transport=Post(happen=lambda: seen.append(fresh(message).claimed_by)))
    assert seen == ["us"]


# Workers that die, and workers at the same time


def test_a_worker_that_died_after_sending_leaves_a_claim_that_is_taken_back_once(db, smtp, monkeypatch):
    message = a_message()
    with MailServer() as server:
        smtp(server.port)
        with monkeypatch.context() as patch:
            patch.setattr(delivery, "move", died)
            with pytest.raises(SystemExit):
                deliver_due(now=NOW)
        assert fresh(message).status == SENDING
        assert Delivered() == deliver_due(now=NOW + CLAIM_MINUTES * MINUTE)
        assert Delivered(sent=1) == deliver_due(now=LATER)
        assert Delivered() == deliver_due(now=LATER + timedelta(days=1))

    assert [message.message_id] * 2 == server.message_ids
    assert events(message) == ["message.put_off", "message.sent"]


def died(*args, **kwargs):
    raise SystemExit


def test_a_mark_that_fails_does_not_stop_the_run_and_leaves_the_claim(db, monkeypatch):
    message, other, post = a_message(), a_message(), Post()
    record = outcomes.audit.record

    def fails_once(action, *, on, **rest):
        if on.pk == message.pk and fresh(other).status == QUEUED:
            raise RuntimeError
        record(action, on=on, **rest)

    monkeypatch.setattr(outcomes.audit, "record", fails_once)
    assert Delivered(sent=1) == deliver_due(now=NOW, transport=post)
    assert (fresh(message).status, fresh(other).status) == (SENDING, SENT)
    assert Delivered(sent=1) == deliver_due(now=LATER, transport=post)
    assert [message.mime, other.mime, message.mime] == post.sent


def test_a_worker_given_up_for_dead_does_not_overwrite_the_next_ones_mark(db):
    message = a_message()
    refuses = Post(happen=fault("No such address.", permanent=True))
    slow = Post(happen=lambda: deliver_due(now=LATER, transport=refuses))

    assert Delivered() == deliver_due(now=NOW, transport=slow)
    marked = fresh(message)
    assert (marked.status, marked.problem, marked.sent_at) == (FAILED, "No such address.", None)
    assert events(message) == ["message.put_off", "message.failed"]


def test_a_worker_given_up_for_dead_does_not_end_the_next_ones_claim(db):
    message = a_message()
    slow = Post()

    def the_next_one_is_sending():
        Message.objects.filter(pk=message.pk).update(claimed_at=LATER)

    slow.happen = the_next_one_is_sending
    assert Delivered() == deliver_due(now=NOW, transport=slow)
    assert (fresh(message).status, fresh(message).claimed_at) == (SENDING, LATER)


def test_a_mail_in_hand_is_nobody_elses(db):
    session = a_session()
    called_back(session)
    other = Post()
    first = Post(happen=lambda: deliver_due(now=NOW, transport=other))

    assert Delivered(sent=1, withheld=1) == deliver_due(now=NOW, transport=first)
    assert (len(first.sent), other.sent) == (1, [])


def test_a_round_with_nothing_to_send_asks_one_question_and_connects_to_nobody(
    db, smtp, django_assert_num_queries
):
    deliver_due(now=NOW, transport=Post())
    a_message(status=SENT, sent_at=NOW)
    with nobody_listens() as port, django_assert_num_queries(1):
        smtp(port)
        assert deliver_due(now=NOW) == Delivered()


def test_of_two_workers_that_read_the_same_message_one_gets_it(db, monkeypatch):
    """The other one has even finished with it, and put it off, before the first one claims."""
    message, first, other = a_message(), Post(), Post(happen=fault())
    why = delivery.why_withheld

    def meanwhile(*args):
        monkeypatch.setattr(delivery, "why_withheld", why)
        deliver_due(now=NOW, transport=other)
        return why(*args)

    monkeypatch.setattr(delivery, "why_withheld", meanwhile)
    assert Delivered() == deliver_due(now=NOW, transport=first)
    assert (first.sent, len(other.sent)) == ([], 1)
    assert (fresh(message).attempts, fresh(message).next_attempt_at) == (1, NOW + MINUTE)


def test_a_message_that_another_worker_has_withheld_meanwhile_does_not_leave(db, monkeypatch):
    message, first = a_message(), Post()
    why = delivery.why_withheld

    def meanwhile(*args):
        monkeypatch.setattr(delivery, "why_withheld", why)
        Patient.objects.update(restricted=True, restricted_because="Court order")
        deliver_due(now=NOW, transport=Post())
        return why(*args)

    monkeypatch.setattr(delivery, "why_withheld", meanwhile)
    assert deliver_due(now=NOW, transport=first) == Delivered()
    assert (fresh(message).status, first.sent) == (WITHHELD, [])


def test_nothing_is_locked_while_a_mail_is_under_way(db):
    a_message()
    depth = len(connection.savepoint_ids)
    seen = []

    deliver_due(now=NOW, transport=Post(happen=lambda: seen.append(len(connection.savepoint_ids))))
    assert [depth] == seen


def test_one_bad_record_does_not_stop_the_run(db, caplog):
    bad, good = a_message(to_address="bad@family.example"), a_message()
    post = Post()

    def trip():
        if post.sent[-1] == bad.mime:
            raise RuntimeError("bad@family.example is odd")

    post.happen = trip
    assert Delivered(sent=1, retried=1) == deliver_due(now=NOW, transport=post)
    assert (fresh(bad).status, fresh(bad).next_attempt_at) == (QUEUED, NOW + MINUTE)
    assert fresh(good).status == SENT
    assert f"Message {bad.pk}: unexpected RuntimeError in trip" in caplog.text


def test_a_record_that_cannot_even_be_read_does_not_stop_the_run(db, monkeypatch):
    bad, good = a_message(), a_message()
    Course.objects.filter(pk=bad.course_id).update(impossible_weekdays=["odd"])
    monkeypatch.setattr(
        JSONField, "from_db_value", lambda field, value, *rest: {"[]": [], "[7, 1]": [7, 1]}[value]
    )

    assert Delivered(sent=1) == deliver_due(now=NOW, transport=Post())
    monkeypatch.undo()
    assert (fresh(bad).status, fresh(good).status) == (QUEUED, SENT)


def test_the_log_names_no_address_and_no_word_of_a_mail(db, smtp, caplog):
    caplog.set_level("DEBUG")
    messages = [a_message() for _ in range(3)]
    with MailServer(recipient=["550 No such user pat", "451 Busy"]) as server:
        smtp(server.port)
        deliver_due(now=NOW)
    deliver_due(now=LATER, transport=Post(happen=lambda: 1 / 0))

    assert "ZeroDivisionError" in caplog.text
    for message in messages:
        assert message.to_address not in caplog.text
    assert "pat" not in caplog.text and "Hospital visit" not in caplog.text


def test_told_to_stop_it_leaves_the_rest_for_the_next_run(db):
    for _ in range(3):
        a_message()
    post = Post()

    assert Delivered(sent=1) == deliver_due(now=NOW, transport=post, stopping=lambda: len(post.sent) == 1)
    assert Delivered(sent=2) == deliver_due(now=NOW, transport=post)


# Order


def called_back(session: Session) -> tuple[Message, Message]:
    """A cancellation of an entry that stands, and the invite that calls it back: both wait to be sent."""
    a_message(session, status=SENT, sent_at=NOW - 2 * MINUTE, attempts=1)
    cancellation = a_message(session, kind=MessageKind.CANCELLATION, sequence=1)
    return cancellation, a_message(session, sequence=2)


def test_a_cancellation_whose_entry_was_called_back_before_it_left_is_withheld(db):
    cancellation, invite = called_back(a_session())
    post = Post()
    assert Delivered(sent=1, withheld=1) == deliver_due(now=NOW, transport=post)
    assert [invite.mime] == post.sent
    assert fresh(cancellation).problem == "Not sent: a later mail to this address has replaced it."


def test_mails_about_one_session_reach_one_address_in_order(db):
    """A cancellation is in the hands of a worker: the invite that calls the entry back waits for its end."""
    cancellation, invite = called_back(a_session())
    Message.objects.filter(pk=cancellation.pk).update(status="sending", claimed_at=NOW, attempts=1)
    post = Post()
    assert Delivered() == deliver_due(now=NOW + MINUTE, transport=post)
    Message.objects.filter(pk=cancellation.pk).update(status=SENT, claimed_at=None, sent_at=NOW)
    assert Delivered(sent=1) == deliver_due(now=NOW + MINUTE, transport=post)
    assert [invite.mime] == post.sent


def moved(session: Session) -> Message:
    """The invite to the session at its next revision."""
    Session.objects.filter(pk=session.pk).update(sequence=1)
    return a_message(session, sequence=1)


def cancelled(session: Session) -> Message:
    Session.objects.filter(pk=session.pk).update(sequence=1, status=SessionStatus.CANCELLED)
    return a_message(session, kind=MessageKind.CANCELLATION, sequence=1)


@pytest.mark.parametrize("change", [moved, cancelled])
def test_an_invite_that_waits_does_not_leave_once_a_later_mail_replaces_it(db, change):
    session = a_session()
    invite, post = a_message(session), Post()
    deliver_due(now=NOW, transport=Post(happen=fault()))
    later = change(session)

    # It was to be tried again in a minute; the later mail does not wait that long.
    assert Delivered(sent=1, withheld=1) == deliver_due(now=NOW, transport=post)
    assert (post.sent, fresh(invite).status) == ([later.mime], WITHHELD)


def test_a_copy_of_an_invite_is_replaced_by_the_cancellation_too_whatever_its_text_waits_for(db):
    session = a_session()
    a_message(session, status=SENT, sent_at=NOW - MINUTE, attempts=1)
    AdviceText.objects.update(review_on=NOW.date() - timedelta(days=1))
    copy, post = a_message(session), Post()
    assert Delivered() == deliver_due(now=NOW, transport=post)
    cancellation = cancelled(session)

    assert Delivered(sent=1, withheld=1) == deliver_due(now=NOW, transport=post)
    assert (post.sent, fresh(copy).status) == ([cancellation.mime], WITHHELD)


def test_of_a_visit_that_was_cancelled_before_its_invite_was_tried_nothing_is_said(db):
    session = a_session()
    a_message(session)
    cancelled(session)
    post = Post()

    assert Delivered(withheld=2) == deliver_due(now=NOW, transport=post)
    assert post.sent == []


def test_an_invite_without_a_later_mail_does_not_leave_for_a_visit_that_is_off(db):
    """A cancellation that was called off while the child was restricted queued nothing."""
    session = a_session()
    invite, post = a_message(session), Post()
    Session.objects.update(status=SessionStatus.CANCELLED, sequence=1)

    assert Delivered(withheld=1) == deliver_due(now=NOW, transport=post)
    assert fresh(invite).problem == "Not sent: the visit is no longer at the time that it tells."


def test_a_later_mail_that_was_withheld_untried_replaces_nothing(db):
    session = a_session()
    invite, post = a_message(session), Post()
    a_message(session, status=WITHHELD)

    assert Delivered(sent=1) == deliver_due(now=NOW, transport=post)
    assert fresh(invite).status == SENT


def test_an_invite_replaced_while_a_worker_reads_it_is_withheld_and_not_sent(db, monkeypatch):
    session = a_session()
    invite, first, other = a_message(session), Post(), Post()
    why, later = delivery.why_withheld, []

    def meanwhile(*args):
        monkeypatch.setattr(delivery, "why_withheld", why)
        found = why(*args)
        later.append(moved(session))
        deliver_due(now=NOW, transport=other)
        return found

    monkeypatch.setattr(delivery, "why_withheld", meanwhile)
    deliver_due(now=NOW, transport=first)
    assert (first.sent, other.sent) == ([], [later[0].mime])
    assert fresh(invite).status == WITHHELD


def test_an_invite_is_not_withheld_while_another_worker_has_it_in_hand(db):
    """The later mail waits, and so comes after it."""
    session = a_session()
    invite, other = a_message(session), Post()
    later = []

    def meanwhile():
        later.append(moved(session))
        assert Delivered() == deliver_due(now=NOW, transport=other)

    deliver_due(now=NOW, transport=Post(happen=lambda: None if later else meanwhile()))
    assert (fresh(invite).status, fresh(later[0]).status, other.sent) == (SENT, SENT, [])


def test_a_mail_waits_for_an_earlier_one_that_a_worker_has_in_hand(db):
    session = a_session()
    a_message(session, status=SENDING, claimed_at=NOW)
    a_message(session)

    assert Delivered() == deliver_due(now=NOW, transport=Post())


def test_other_sessions_and_other_addresses_do_not_wait(db):
    session = a_session()
    a_message(session, status=SENDING, claimed_at=NOW)
    other_address = a_message(session, to_address="other@family.example")
    other_session = a_message(to_address=session.course.patient.contacts.first().email)
    post = Post()

    assert Delivered(sent=2) == deliver_due(now=NOW, transport=post)
    assert [other_address.mime, other_session.mime] == post.sent


@pytest.mark.parametrize("ended", [FAILED, WITHHELD])
def test_a_mail_does_not_wait_for_one_that_will_not_go(db, ended):
    session = a_session()
    a_message(session, status=ended)
    a_message(session)

    assert Delivered(sent=1) == deliver_due(now=NOW, transport=Post())


# What must not leave


@pytest.mark.parametrize("kind", CALENDAR_KINDS)
def test_nothing_leaves_for_a_restricted_child(db, kind):
    message, post = a_message(kind=kind), Post()
    Patient.objects.update(restricted=True, restricted_because="Court order")

    assert Delivered(withheld=1) == deliver_due(now=NOW, transport=post)
    withheld = fresh(message)
    assert (
        withheld.status,
        withheld.problem,
        post.sent,
    ) == (WITHHELD, "Not sent: messages about this child are restricted.", [])
    assert events(message) == ["message.withheld"]


def test_an_invite_does_not_leave_once_permission_is_withdrawn(db):
    invite = a_message()
    Contact.objects.update(may_receive_invites=False)
    post = Post()

    assert Delivered(withheld=1) == deliver_due(now=NOW, transport=post)
    assert post.sent == []
    assert (
        fresh(invite).status,
        fresh(invite).problem,
    ) == (WITHHELD, "Not sent: no permission to receive invites is recorded.")


def test_a_cancellation_leaves_without_permission_where_the_invite_did(db):
    session = a_session()
    a_message(session)
    post = Post()
    deliver_due(now=NOW, transport=post)
    cancellation = a_message(session, kind=MessageKind.CANCELLATION)
    Contact.objects.update(may_receive_invites=False)

    assert Delivered(sent=1) == deliver_due(now=NOW, transport=post)
    assert post.sent[-1] == cancellation.mime


def test_a_cancellation_is_not_the_first_to_tell_of_a_visit(db):
    session = a_session()
    a_message(session)
    a_message(session, kind=MessageKind.CANCELLATION)
    Contact.objects.update(may_receive_invites=False)
    post = Post()

    assert Delivered(withheld=2) == deliver_due(now=NOW, transport=post)
    assert post.sent == []


def test_a_claim_taken_back_is_withheld_by_moves_that_the_table_allows(db):
    message = a_message(status=SENDING, claimed_at=NOW, attempts=1)
    Patient.objects.update(restricted=True, restricted_because="Court order")

    assert Delivered(withheld=1) == deliver_due(now=LATER, transport=Post())
    rows = AuditEvent.objects.filter(record="message", record_id=message.pk).order_by("pk")
    moves = [tuple(MessageStatus(status) for status in row.changes["status"]) for row in rows]
    assert moves == [(SENDING, QUEUED), (QUEUED, WITHHELD)]
    assert all(after in MESSAGE_MOVES[before] for before, after in moves)


# Moves from one status to another

MOVES = {
    (QUEUED, SENDING),
    (QUEUED, WITHHELD),
    (QUEUED, FAILED),
    (SENDING, SENT),
    (SENDING, QUEUED),
    (SENDING, FAILED),
    (SENT, RETURNED),
    (FAILED, QUEUED),
    (WITHHELD, QUEUED),
}


def times_of(status: MessageStatus) -> dict[str, datetime | None]:
    return {
        "sent_at": NOW if status in (SENT, RETURNED) else None,
        "claimed_at": NOW if status == SENDING else None,
    }


def test_of_all_pairs_of_statuses_only_the_moves_of_the_table_are_made(db):
    message, made = a_message(), set()
    for before, after in product(MessageStatus, repeat=2):
        Message.objects.update(status=before, **times_of(before))
        row = fresh(message)
        try:
            row.move_to(after, **times_of(after))
        except MoveNotAllowed:
            assert (fresh(message).status, row.status) == (before, before)
        else:
            assert (fresh(message).status, row.status) == (after, after)
            made.add((before, after))
    assert made == MOVES


@pytest.mark.parametrize(
    "meanwhile",
    [{"status": WITHHELD, "claimed_at": None}, {"claimed_at": LATER}, {"attempts": 2}],
)
def test_a_move_is_not_made_on_a_message_that_another_worker_has_changed(db, meanwhile):
    message = a_message(status=SENDING, claimed_at=NOW, attempts=1)
    Message.objects.update(**meanwhile)
    changed = fresh(message)
    with pytest.raises(ChangedMeanwhile):
        message.move_to(SENT, sent_at=NOW, claimed_at=None)
    assert model_to_dict(fresh(message)) == model_to_dict(changed)


def test_every_move_of_the_table_happens_and_no_other(db, coordinator, monkeypatch):
    """A message is sent and comes back; one is put off, fails and is sent again; one is taken from a dead
    worker; one is withheld and sent again; and one carries a text that was replaced."""
    made, move_to = set(), Message.move_to

    def kept(message, status, **fields):
        before = MessageStatus(message.status)
        move_to(message, status, **fields)
        made.add((before, status))

    monkeypatch.setattr(Message, "move_to", kept)
    sent = a_message()
    deliver_due(now=NOW, transport=Post())
    fresh(sent).move_to(RETURNED)

    failed = a_message()
    deliver_due(now=NOW, transport=Post(happen=fault()))
    deliver_due(now=NOW + MINUTE, transport=Post(happen=fault(permanent=True)))
    with time_machine.travel(NOW, tick=False):
        resend.send_again(message=fresh(failed), by=coordinator)
    a_message(status=SENDING, claimed_at=NOW - timedelta(days=1), attempts=1)
    deliver_due(now=NOW, transport=Post())
    refused = a_message()
    deliver_due(now=NOW, transport=Post(happen=fault(permanent=True)))
    assert fresh(refused).status == FAILED

    withheld = a_message()
    Patient.objects.update(restricted=True, restricted_because="Court order")
    deliver_due(now=NOW, transport=Post())
    Patient.objects.update(restricted=False, restricted_because="")
    with time_machine.travel(NOW, tick=False):
        resend.send_again(message=fresh(withheld), by=coordinator)

    replaced = a_message()
    AdviceText.objects.update(review_on=NOW.date() - timedelta(days=1))
    unit = replaced.course.unit
    builders.approve_texts(unit, version=2, body="Bring a book.", approved_at=NOW)
    deliver_due(now=NOW, transport=Post())
    assert fresh(replaced).problem.startswith("Not sent: its advice is not in force any more")
    assert made == MOVES


def test_a_cancellation_goes_to_the_address_that_was_invited(db, smtp):
    session = a_session()
    invite = a_message(session)
    with MailServer() as server:
        smtp(server.port)
        deliver_due(now=NOW)
        cancellation = a_message(session, kind=MessageKind.CANCELLATION)
        Contact.objects.update(email="new@family.example")
        deliver_due(now=NOW)

    assert [[invite.to_address], [cancellation.to_address]] == [to for _, to in server.envelopes]


def test_an_invite_does_not_leave_for_an_address_corrected_since(db):
    message, post = a_message(), Post()
    Contact.objects.update(email="right@family.example")

    assert Delivered(withheld=1) == deliver_due(now=NOW, transport=post)
    assert post.sent == []
    assert fresh(message).problem == "Not sent: the contact’s address has been changed since it was written."


def test_small_and_capital_letters_make_no_other_address(db):
    message, post = a_message(), Post()
    Contact.objects.update(email=message.to_address.upper())

    assert Delivered(sent=1) == deliver_due(now=NOW, transport=post)


@pytest.mark.parametrize("kind", CALENDAR_KINDS)
def test_nothing_leaves_about_a_visit_that_is_over(db, kind):
    session = a_session(starts_at=NOW - timedelta(hours=5))
    a_message(session, status=SENT, sent_at=NOW - timedelta(days=1), attempts=1)
    message, post = a_message(session, kind=kind), Post()

    assert Delivered(withheld=1) == deliver_due(now=NOW, transport=post)
    assert (fresh(message).problem, post.sent) == ("Not sent: the visit was over before it could be.", [])


def test_a_unit_without_its_texts_sends_nothing_and_says_why(db):
    session = a_session(unit=builders.unit(out_of_hours=" "))
    message, post = a_message(session), Post()

    assert Delivered() == deliver_due(now=NOW, transport=post)
    waiting = fresh(message)
    assert (waiting.status, waiting.attempts, post.sent) == (QUEUED, 0, [])
    assert waiting.next_attempt_at > NOW
    assert "the unit has no out-of-hours text" in waiting.problem

    assert Delivered() == deliver_due(now=waiting.next_attempt_at, transport=post)
    assert events(message) == ["message.put_off"]

    Unit.objects.update(out_of_hours="Ring the ward.")
    assert Delivered(sent=1) == deliver_due(now=fresh(message).next_attempt_at, transport=post)


# The log of what was done


@pytest.mark.parametrize(
    ("happen", "action"),
    [
        (lambda: None, "message.sent"),
        (fault(), "message.put_off"),
        (fault(permanent=True), "message.failed"),
    ],
)
def test_every_outcome_is_recorded_by_the_worker(db, happen, action):
    message = a_message()
    deliver_due(now=NOW, transport=Post(happen=happen))

    event = AuditEvent.objects.get(record="message", record_id=message.pk)
    assert (action, "worker", message.course.patient_id) == (event.action, event.actor_name, event.patient_id)
    assert ["sending", fresh(message).status] == event.changes["status"]
    assert message.to_address not in str(event.changes)


def test_no_mark_without_its_record(db, monkeypatch):
    message = a_message()
    monkeypatch.setattr(outcomes.audit, "record", lambda *args, **kwargs: 1 / 0)

    assert Delivered() == deliver_due(now=NOW, transport=Post())
    assert fresh(message).status == SENDING


# Files


def test_without_a_server_each_mail_is_a_file_of_its_bytes(db, settings, tmp_path):
    settings.MAIL_DIR = tmp_path / "mail"
    messages = [a_message() for _ in range(3)]

    assert Delivered(sent=3) == deliver_due(now=NOW)
    files = sorted(settings.MAIL_DIR.iterdir())
    assert [message.mime for message in messages] == [file.read_bytes() for file in files]
    assert all(file.suffix == ".eml" and not file.name.startswith(".") for file in files)
    assert not any("pat" in file.name or "@" in file.name for file in files)
    assert messages[0].message_id == message_from_bytes(files[0].read_bytes())["Message-ID"]


def test_a_folder_that_cannot_be_written_is_tried_again(db, settings, tmp_path):
    message = a_message()
    settings.MAIL_DIR = tmp_path / "mail"
    settings.MAIL_DIR.write_text("in the way")

    assert Delivered(retried=1) == deliver_due(now=NOW)
    assert fresh(message).problem == "The mail could not be written to the mail folder."


def test_a_file_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    def disk_full(self, target):
        assert list(tmp_path.glob("*.eml")) == []
        raise OSError

    monkeypatch.setattr(Path, "replace", disk_full)
    with pytest.raises(TransportError):
        FileTransport(tmp_path).send("from", "to", b"mail")
    assert list(tmp_path.iterdir()) == []
