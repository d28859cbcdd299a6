"""Which messages are due, in which order, and how several workers share them."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from patients import audit
from patients.models import AuditEvent, Patient
from scheduling.models import Course, Message, Unit, WorkerBeat
from scheduling.telling import due_mails
from scheduling.telling.delivery import deliver_due
from scheduling.telling.due_mails import in_turn
from scheduling.watch import pulse
from tests.builders import units
from tests.builders.messages import NOW, a_message, a_session, fresh
from tests.fakes.post import Post


def some_messages(number: int) -> list[Message]:
    """As many mails about as many visits, the last written about the soonest."""
    unit = units.unit(chairs=0)
    days = [NOW + timedelta(days=7 + number - n) for n in range(number)]
    return [a_message(a_session(unit=unit, starts_at=day)) for day in days]


def keys_in_turn() -> list[int]:
    return [key for key, _ in in_turn(NOW)]


def test_a_backlog_leaves_in_the_order_of_the_visits(db):
    written = some_messages(3)
    post = Post()
    assert deliver_due(now=NOW, transport=post).sent == 3
    assert [address for address, _ in post.mails] == [mail.to_address for mail in written[::-1]]


def test_two_workers_begin_with_shares_of_their_own_and_then_help_each_other(db, monkeypatch):
    monkeypatch.setattr(due_mails, "IN_A_LOT", 1)
    keys = {message.pk for message in some_messages(6)}
    mine = {}
    for name in ("a", "b"):
        WorkerBeat.objects.create(name=name, started_at=NOW, beat_at=NOW)
    for name in ("a", "b"):
        monkeypatch.setattr(pulse, "own_name", lambda name=name: name)
        mine[name] = keys_in_turn()
    half = len(keys) // 2
    assert set(mine["a"][:half]).isdisjoint(mine["b"][:half])
    assert set(mine["a"]) == set(mine["b"]) == keys
    # From the end, so that they do not meet before all is done.
    assert mine["a"][half:] == mine["b"][:half][::-1]


def test_a_worker_that_comes_in_the_middle_of_a_backlog_gets_a_share_of_what_is_left(db, monkeypatch):
    """Else both would go through the same messages in the same order, and claim each other's."""
    monkeypatch.setattr(due_mails, "IN_A_LOT", 1)
    course_of = {message.pk: message.course_id for message in some_messages(7)}
    monkeypatch.setattr(pulse, "own_name", lambda: "a")
    turn = in_turn(NOW)
    keys = [next(turn)[0], next(turn)[0]]
    WorkerBeat.objects.bulk_create(WorkerBeat(name=name, started_at=NOW, beat_at=NOW) for name in "ab")
    keys += [key for key, _ in turn]
    left = [course_of[key] % 2 for key in keys[2:]]
    assert sorted(keys) == sorted(course_of)
    assert left == sorted(left)


def test_a_worker_whose_colleague_is_gone_takes_all_in_order(db, monkeypatch):
    written = some_messages(4)
    WorkerBeat.objects.create(name="a", started_at=NOW, beat_at=NOW)
    WorkerBeat.objects.create(name="gone", started_at=NOW, beat_at=NOW - timedelta(minutes=5))
    monkeypatch.setattr(pulse, "own_name", lambda: "a")
    assert keys_in_turn() == [mail.pk for mail in written[::-1]]


def test_what_is_due_is_looked_up_once_however_much_it_is(db, django_assert_num_queries):
    some_messages(5)
    assert Course.objects.count() == 5
    with django_assert_num_queries(1):
        turn = in_turn(NOW)
        [next(turn) for _ in range(5)]


def test_mails_about_a_visit_stay_in_order_also_with_whoever_helps_from_the_end(db, monkeypatch):
    monkeypatch.setattr(due_mails, "IN_A_LOT", 1)
    visits = [a_session(starts_at=NOW + timedelta(days=7 + n)) for n in range(3)]
    pairs = [[a_message(visit).pk, a_message(visit, to_address="pip@family.example").pk] for visit in visits]
    # All are another's.
    monkeypatch.setattr(due_mails, "_share", lambda now: (2, 1))
    assert keys_in_turn() == [key for pair in pairs[::-1] for key in pair]


def by_the_way(act) -> Post:
    """A post during whose first mail something happens."""
    post = Post()
    post.happen = lambda: act() if len(post.sent) == 1 else None
    return post


def test_what_happens_to_a_child_while_its_lot_is_sent_counts(db, coordinator):
    """Read with the first, it is judged by how things are."""
    first, second, third = some_messages(3)[::-1]

    def restrict():
        child = second.course.patient
        child.restricted, child.restricted_because = True, "Court order"
        audit.save(child, by=coordinator)

    post = by_the_way(restrict)
    assert (deliver_due(now=NOW, transport=post).withheld, fresh(second).status) == (1, "withheld")
    assert post.sent == [first.mime, third.mime]


def test_an_act_with_a_key_from_before_that_is_committed_while_the_lot_is_sent_counts(db):
    """Keys are given before rows are committed, so the newest key says nothing of what comes late."""
    first, second, third = some_messages(3)[::-1]
    child = second.course.patient
    late = {"at": timezone.now(), "action": "patient.changed", "record": "patient", "actor_name": "Cora"}
    AuditEvent(pk=9000, record_id=0, **late).save(force_insert=True)

    def restrict():
        Patient.objects.filter(pk=child.pk).update(restricted=True, restricted_because="Court order")
        AuditEvent(pk=8000, record_id=child.pk, patient_id=child.pk, **late).save(force_insert=True)

    post = by_the_way(restrict)
    assert (deliver_due(now=NOW, transport=post).withheld, fresh(second).status) == (1, "withheld")
    assert post.sent == [first.mime, third.mime]


def test_a_mail_is_not_withheld_by_what_is_no_longer_so(db, coordinator):
    first, second, third = some_messages(3)[::-1]
    child = second.course.patient
    Patient.objects.filter(pk=child.pk).update(restricted=True, restricted_because="Court order")

    def lift():
        now_open = Patient.objects.get(pk=child.pk)
        now_open.restricted, now_open.restricted_because = False, ""
        audit.save(now_open, by=coordinator)

    post = by_the_way(lift)
    assert deliver_due(now=NOW, transport=post).withheld == 0
    assert post.sent == [first.mime, second.mime, third.mime]


def test_what_was_read_too_long_ago_is_read_anew(db, monkeypatch):
    """Of what is no child's, such as the unit's texts, nothing is asked with the claim."""
    monkeypatch.setattr(due_mails, "FRESH_SECONDS", 0)
    first, second = some_messages(2)[::-1]
    post = by_the_way(lambda: Unit.objects.update(mailbox=""))
    assert deliver_due(now=NOW, transport=post).sent == 1
    assert (post.sent, "mailbox" in fresh(second).problem) == ([first.mime], True)


def test_a_mail_more_costs_five_statements_and_a_transaction(db):
    """Its calendar, its claim; then together the mark, its row in the log, and the tasks that it settles."""
    costs = []
    for number in (2, 12):
        some_messages(number)
        with CaptureQueriesContext(connection) as asked:
            assert deliver_due(now=NOW, transport=Post()).sent == number
        costs.append(len(asked))
    assert (costs[1] - costs[0]) / 10 == 7
