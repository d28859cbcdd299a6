"""Which messages are due, in which order, and how several workers share them."""

from datetime import timedelta

from scheduling.models import Course, Message, WorkerBeat
from scheduling.telling.delivery import deliver_due
from scheduling.telling.due_mails import keys_in_turn
from scheduling.watch import pulse
from tests.builders import units
from tests.builders.messages import NOW, a_message, a_session
from tests.fakes.post import Post


def some_messages(number: int) -> list[Message]:
    """As many mails about as many visits, the last written about the soonest."""
    unit = units.unit(chairs=0)
    days = [NOW + timedelta(days=7 + number - n) for n in range(number)]
    return [a_message(a_session(unit=unit, starts_at=day)) for day in days]


def test_a_backlog_leaves_in_the_order_of_the_visits(db):
    written = some_messages(3)
    post = Post()
    assert deliver_due(now=NOW, transport=post).sent == 3
    assert [address for address, _ in post.mails] == [mail.to_address for mail in written[::-1]]


def test_two_workers_begin_with_shares_of_their_own_and_then_help_each_other(db, monkeypatch):
    keys = {message.pk for message in some_messages(6)}
    mine = {}
    for name in ("a", "b"):
        WorkerBeat.objects.create(name=name, started_at=NOW, beat_at=NOW)
    for name in ("a", "b"):
        monkeypatch.setattr(pulse, "own_name", lambda name=name: name)
        mine[name] = list(keys_in_turn(NOW))
    half = len(keys) // 2
    assert set(mine["a"][:half]).isdisjoint(mine["b"][:half])
    assert set(mine["a"]) == set(mine["b"]) == keys
    # From the end, so that they do not meet before all is done.
    assert mine["a"][half:] == mine["b"][:half][::-1]


def test_a_worker_whose_colleague_is_gone_takes_all_in_order(db, monkeypatch):
    written = some_messages(4)
    WorkerBeat.objects.create(name="a", started_at=NOW, beat_at=NOW)
    WorkerBeat.objects.create(name="gone", started_at=NOW, beat_at=NOW - timedelta(minutes=5))
    monkeypatch.setattr(pulse, "own_name", lambda: "a")
    assert list(keys_in_turn(NOW)) == [mail.pk for mail in written[::-1]]


def test_what_is_due_is_looked_up_once_however_much_it_is(db, django_assert_num_queries):
    some_messages(5)
    assert Course.objects.count() == 5
    with django_assert_num_queries(1):
        turn = keys_in_turn(NOW)
        [next(turn) for _ in range(5)]
