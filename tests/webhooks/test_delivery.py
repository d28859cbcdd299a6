"""Delivering: signed as a consumer verifies it, once in each round, in order, for days, and then no more."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from patients.chain import chain_new_rows
from patients.models import AuditEvent
from scheduling.acts import Act
from scheduling.models import (
    EventType,
    Task,
    TaskKind,
    UndoableAct,
    WebhookEndpoint,
    WebhookEvent,
    WebhookProgress,
)
from scheduling.states import SessionStatus, WebhookStatus
from scheduling.visit import presses
from scheduling.watch import pulse
from scheduling.webhooks import delivery, endpoints, noting, rounds, sending, signing
from scheduling.webhooks.delivery import CLAIM, WAITS, Delivered, deliver_due
from scheduling.webhooks.sending import Answer
from tests import builders
from tests.builders.webhooks import a_system, noted
from tests.fakes.webhooks import STALL, TAKE_AND_DROP, listening

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def at_home(settings):
    settings.DEBUG, settings.WEBHOOK_HOSTS = True, ["127.0.0.1"]


@pytest.fixture
def booked(coordinator):
    """Make a course booked, each in a week of its own: `booked()`."""
    unit, made = builders.unit(chairs=3, nurses=9), []

    def book():
        made.append(
            builders.book(unit, builders.next_monday(2 + len(made)), coordinator, name=f"Bo Finch{len(made)}")
        )
        return made[-1]

    return book


class System:
    """A system without a network: what it was sent, and what it answers."""

    def __init__(self, *answers):
        self.sent, self.answers = [], list(answers)

    def __call__(self, address, body, headers):
        self.sent.append((headers["webhook-id"], body, headers["webhook-timestamp"]))
        return self.answers.pop(0) if self.answers else Answer(204)

    @property
    def ids(self):
        return [key for key, *_ in self.sent]


def acts(act):
    return AuditEvent.objects.filter(action=act).count()


def test_a_consumer_verifies_what_it_gets_and_takes_it_once(at_home, booked):
    with listening() as listener:
        system, secret = a_system(listener.address)
        listener.secrets = [secret]
        course = booked()
        (event,) = noted()
        assert deliver_due() == Delivered(taken=1)
        assert not deliver_due()
    (key, told) = listener.taken.popitem()
    assert key == event.webhook_id
    assert told == json.loads(bytes(event.payload))
    assert listener.requests[0][1] == bytes(event.payload)
    event.refresh_from_db()
    assert (event.status, event.answered, event.attempts, event.claimed_at) == ("taken", 204, 1, None)
    taken = AuditEvent.objects.get(action=Act.WEBHOOKEVENT_TAKEN)
    assert (taken.patient_id, taken.changes) == (course.patient_id, {"to": system.name, "what": "Booked"})


def test_the_same_bytes_go_again_under_the_same_number_after_the_waits_of_the_specification(booked):
    a_system()
    booked()
    noted()
    now, tells = timezone.now(), System(*[Answer(500, "It answered 500.")] * 9)
    for number, wait in enumerate(WAITS, start=1):
        assert deliver_due(now=now, post=tells) == Delivered(retried=1)
        event = WebhookEvent.objects.get()
        assert (event.attempts, event.problem, event.answered) == (number, "It answered 500.", 500)
        assert wait <= event.next_attempt_at - now <= wait * 1.1
        assert not deliver_due(now=event.next_attempt_at - timedelta(seconds=1), post=tells)
        now = event.next_attempt_at
    assert deliver_due(now=now, post=tells) == Delivered(taken=1)
    assert len({(key, body) for key, body, _ in tells.sent}) == 1
    assert len({stamp for *_, stamp in tells.sent}) == 10


def test_what_is_never_taken_is_given_up_with_one_task_until_something_is_taken_again(booked):
    system, _ = a_system()
    booked(), booked()
    noted()
    now, tells = timezone.now(), System(*[Answer(problem="It could not be reached, or broke off.")] * 20)
    began = now
    while WebhookEvent.objects.filter(status=WebhookStatus.QUEUED).exists():
        deliver_due(now=now, post=tells)
        now += timedelta(hours=1)
    assert len(tells.sent) == 20
    assert 3 * DAY < now - began < 6 * DAY
    assert set(WebhookEvent.objects.values_list("status", "attempts")) == {("failed", 10)}
    task = Task.objects.get(kind=TaskKind.HOOK_FAILED)
    assert task.is_open
    assert system.name in task.says
    assert acts(Act.WEBHOOKEVENT_GIVEN_UP) == 2
    endpoints.send_test(endpoint=system, by=delivery.WORKER)
    assert deliver_due(now=now, post=tells) == Delivered(taken=1)
    task.refresh_from_db()
    assert not task.is_open
    assert WebhookProgress.objects.values_list("failures", "rests_until", "task").get() == (0, None, None)


def test_a_system_that_does_not_take_something_is_left_alone_for_a_while(booked):
    a_system()
    booked(), booked()
    noted()
    now, tells = timezone.now(), System(Answer(503, "It answered 503.", timedelta(hours=2)))
    assert deliver_due(now=now, post=tells) == Delivered(retried=1)
    assert not deliver_due(now=now + timedelta(minutes=119), post=tells)
    assert deliver_due(now=now + timedelta(hours=2), post=tells) == Delivered(taken=2)


def test_one_that_hangs_keeps_no_other_waiting_for_longer_than_one_try(at_home, booked, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 0.2)
    with listening() as hangs, listening() as well:
        hangs.moods = [STALL] * 9
        a_system(hangs.address, name="A that hangs")
        _, secret = a_system(well.address, name="B")
        well.secrets = [secret]
        for _ in range(3):
            booked()
        noted()
        assert deliver_due() == Delivered(taken=3, retried=1)
    assert (len(hangs.requests), len(well.taken)) == (1, 3)


def test_a_slow_system_has_its_share_of_a_round_and_no_more(booked, monkeypatch):
    seconds = [0.0]
    monkeypatch.setattr(delivery, "monotonic", lambda: seconds[0])
    slow, _ = a_system(name="A slow one", address="https://slow.trust.example")
    a_system(name="B")
    for _ in range(4):
        booked()
    noted()
    order = []

    def post(address, *_):
        order.append("slow" if "slow" in address else "b")
        seconds[0] += 9 if "slow" in address else 0
        return Answer(204)

    assert deliver_due(post=post) == Delivered(taken=7)
    assert order == ["slow"] * 3 + ["b"] * 4
    assert slow.outbox.get(status=WebhookStatus.QUEUED).attempts == 0


def test_what_is_about_one_course_arrives_in_its_order_and_others_need_not_wait(nurse):
    a_system()
    unit = builders.unit(chairs=3, nurses=9)
    first, second = builders.visit_today(unit, "Bo Finch"), builders.visit_today(unit, "Cy Heron")
    for visit in (first, second):
        presses.press(session=visit, status=SessionStatus.ARRIVED, by=nurse)
    for status in (SessionStatus.STARTED, SessionStatus.FULFILLED):
        presses.press(session=first, status=status, by=nurse)
    arrived, other, finished = noted()
    now, tells = timezone.now(), System(Answer(500, "It answered 500."))
    deliver_due(now=now, post=tells)
    now += timedelta(seconds=6)
    WebhookEvent.objects.filter(pk=arrived.pk).update(next_attempt_at=now + DAY)
    assert deliver_due(now=now, post=tells) == Delivered(taken=1)
    assert tells.ids == [arrived.webhook_id, other.webhook_id]
    assert deliver_due(now=now + DAY, post=tells) == Delivered(taken=2)
    assert tells.ids[2:] == [arrived.webhook_id, finished.webhook_id]


def test_nothing_of_an_act_leaves_while_it_can_be_undone(booked):
    a_system()
    course = booked()
    noted()
    now = timezone.now()
    facts = {"kind": "book", "left": "", "last_event": 0, "last_message": 0, "rows": {}}
    UndoableAct.objects.create(course=course, until=now + timedelta(minutes=2), **facts)
    tells = System()
    assert not deliver_due(now=now, post=tells)
    assert deliver_due(now=now + timedelta(minutes=2), post=tells) == Delivered(taken=1)


def test_who_is_gone_is_switched_off_and_somebody_is_asked_about_it(booked):
    system, _ = a_system()
    booked(), booked()
    noted()
    tells = System(Answer(410, "It answered 410."))
    assert deliver_due(post=tells) == Delivered(failed=1)
    system.refresh_from_db()
    assert (system.is_on, len(tells.sent)) == (False, 1)
    assert set(WebhookEvent.objects.values_list("status", flat=True)) == {"failed"}
    assert "gone" in Task.objects.get(kind=TaskKind.HOOK_FAILED).says
    assert AuditEvent.objects.get(action=Act.WEBHOOKENDPOINT_SWITCHED_OFF).actor_name == "worker"
    booked()
    assert len(noted()) == 2
    assert not deliver_due(now=timezone.now() + DAY, post=tells)


def test_whoever_deals_with_a_system_locks_its_row_first_and_keeps_nobody_from_noting(booked):
    """Noting has the progress and needs the key of the system: else each would wait for the other."""
    a_system()
    booked()
    noted()
    with CaptureQueriesContext(connection) as queries:
        deliver_due(post=System(Answer(410, "It answered 410.")))
    asked = [query["sql"] for query in queries if query["sql"].startswith(("SELECT", "UPDATE"))]
    claimed = next(n for n, sql in enumerate(asked) if sql.startswith("UPDATE"))
    after = asked[claimed + 1 :]
    system = next(n for n, sql in enumerate(after) if 'FROM "scheduling_webhookendpoint"' in sql)
    event = next(n for n, sql in enumerate(after) if sql.startswith('UPDATE "scheduling_webhookevent"'))
    assert system < event
    if connection.vendor == "postgresql":
        assert after[system].endswith("FOR NO KEY UPDATE")


def test_what_is_in_hand_when_its_system_is_switched_off_does_not_leave_weeks_later(booked, lead):
    system, _ = a_system()
    booked()
    (event,) = noted()

    def meanwhile(*_):
        endpoints.switch_off(endpoint=system, because="switched off by hand", by=lead)
        return Answer(500, "It answered 500.")

    assert deliver_due(post=meanwhile) == Delivered(failed=1)
    event.refresh_from_db()
    assert (event.status, event.problem, event.answered) == ("failed", endpoints.SWITCHED_OFF, 500)
    # Nor what was noted in that moment, or was in the hand of a worker that was killed.
    for waits in (
        {"status": WebhookStatus.QUEUED},
        {"status": WebhookStatus.SENDING, "claimed_at": timezone.now() - CLAIM},
    ):
        WebhookEvent.objects.update(done_at=None, **waits)
        endpoints.switch_on(endpoint=system, by=lead)
        assert not deliver_due(now=timezone.now() + DAY, post=System())
        event.refresh_from_db()
        assert event.can_be_replayed
        endpoints.switch_off(endpoint=system, because="switched off by hand", by=lead)


def test_of_two_workers_one_sends(booked):
    """The other begins while the first waits for the answer."""
    a_system()
    booked(), booked()
    noted()
    tells = System()

    def while_the_other_looks(*request):
        if not tells.sent:
            tells(*request)
            assert deliver_due(post=tells) == Delivered(taken=1)
            return Answer(204)
        return tells(*request)

    assert deliver_due(post=while_the_other_looks) == Delivered(taken=1)
    assert len(tells.ids) == len(set(tells.ids)) == 2


def test_the_claim_of_a_worker_that_is_gone_is_taken_again_under_the_same_number(booked, monkeypatch):
    a_system()
    booked()
    (event,) = noted()
    now = timezone.now()

    def killed(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver_due(now=now, post=killed)
    tells = System()
    assert not deliver_due(now=now + CLAIM, post=tells)
    assert deliver_due(now=now + CLAIM + timedelta(seconds=1), post=tells) == Delivered(taken=1)
    assert tells.ids == [event.webhook_id]
    # With a heartbeat it is known sooner.
    booked()
    noted()
    now = timezone.now()
    monkeypatch.setattr(pulse, "own_name", lambda: "host:1:abcd")
    with pytest.raises(KeyboardInterrupt):
        deliver_due(now=now, post=killed)
    assert deliver_due(now=now + timedelta(seconds=41), post=tells) == Delivered(taken=1)


def test_an_answer_that_is_lost_costs_a_second_delivery_that_does_nothing(at_home, booked):
    with listening() as listener:
        listener.secrets = [a_system(listener.address)[1]]
        listener.moods = [TAKE_AND_DROP]
        booked()
        noted()
        now = timezone.now()
        assert deliver_due() == Delivered(retried=1)
        assert deliver_due(now=now + timedelta(seconds=10)) == Delivered(taken=1)
    assert (len(listener.requests), len(listener.taken), listener.refused) == (2, 1, 0)


def test_with_another_secret_both_sign_for_a_day(at_home, booked, time_machine):
    with listening() as listener:
        system, former = a_system(listener.address)
        listener.secrets = [former]
        later = endpoints.renew_secret(endpoint=system, by=delivery.WORKER)
        booked(), booked()
        noted()
        assert deliver_due() == Delivered(taken=2)
        listener.secrets = [later]
        booked()
        noted()
        assert deliver_due() == Delivered(taken=1)
        now = timezone.now()
        time_machine.move_to(now + DAY + timedelta(seconds=1), tick=False)
        listener.secrets = [former]
        booked()
        noted()
        assert deliver_due() == Delivered(retried=1)
        assert listener.refused == 1
    rounds.forget_old(timezone.now())
    system.refresh_from_db()
    assert (system.former_sealed, system.former_until) == ("", None)


def test_secrets_that_can_no_longer_be_read_are_said_to_be_so(booked, settings):
    a_system()
    booked()
    noted()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-" * 9, []
    assert deliver_due(post=System()) == Delivered(retried=1)
    assert WebhookEvent.objects.get().problem == delivery.UNREADABLE
    with pytest.raises(signing.SecretLost):
        signing.headers(WebhookEndpoint.objects.get(), "evt_1", b"{}", timezone.now())


def test_while_no_system_is_told_a_round_asks_once_in_half_a_minute(
    booked, django_assert_num_queries, monkeypatch
):
    booked()
    seconds = [100.0]
    monkeypatch.setattr(rounds, "monotonic", lambda: seconds[0])
    with django_assert_num_queries(1):
        assert rounds.tell_systems() is None
    with django_assert_num_queries(0):
        for _ in range(5):
            assert rounds.tell_systems() is None
    a_system()
    chain_new_rows(stopping=bool)
    WebhookProgress.objects.update(read_to=noting.head_of_log())
    seconds[0] += rounds.ASKED_AGAIN_SECONDS
    with django_assert_num_queries(9):
        assert rounds.tell_systems() == Delivered()


def test_what_just_happened_is_told_in_the_next_round_whatever_the_other_jobs_wait_for(booked, monkeypatch):
    monkeypatch.setattr(rounds, "deliver_due", lambda **_: Delivered())
    a_system()
    booked()
    rounds.tell_systems()
    assert WebhookEvent.objects.get().type == EventType.BOOKED


def test_what_is_over_is_forgotten_after_a_month(booked):
    system, _ = a_system()
    booked()
    noted()
    deliver_due(post=System())
    waits = endpoints.send_test(endpoint=system, by=delivery.WORKER)
    rounds.forget_old(timezone.now() + timedelta(days=29))
    assert WebhookEvent.objects.count() == 2
    rounds.forget_old(timezone.now() + timedelta(days=31))
    assert [event.type for event in WebhookEvent.objects.all()] == [EventType.TEST]
    assert waits.waits


def test_an_event_that_breaks_the_sending_stops_neither_the_next_system_nor_the_worker(booked, caplog):
    a_system(name="A", address="https://a.trust.example")
    a_system(name="B")
    booked()
    noted()

    def post(address, *_):
        if "//a." in address:
            raise ValueError("Bo Finch")
        return Answer(204)

    assert deliver_due(post=post) == Delivered(taken=1, retried=1)
    assert "unexpected ValueError" in caplog.text
    assert "Bo Finch" not in caplog.text
