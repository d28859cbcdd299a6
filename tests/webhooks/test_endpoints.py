"""What people do with a system that is told: each act with its row in the log, and no secret anywhere."""

import json
from datetime import timedelta

import pytest
from django.forms.models import model_to_dict
from django.utils import timezone

from patients.models import AuditEvent
from patients.stale import Clash
from scheduling.acts import Act
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import EventType, Task, TaskKind, WebhookEndpoint, WebhookEvent
from scheduling.states import WebhookStatus
from scheduling.webhooks import endpoints
from scheduling.webhooks.delivery import Delivered, deliver_due
from scheduling.webhooks.sending import Answer
from tests import builders
from tests.builders.webhooks import a_system, noted

pytestmark = pytest.mark.django_db

WANTED = {"name": "Engine", "address": "https://engine.trust.example/in", "events": [EventType.MOVED]}


def take(*_):
    return Answer(204)


def log():
    rows = AuditEvent.objects.filter(record="webhookendpoint").order_by("pk")
    return list(rows.values_list("action", "actor_name", "changes"))


def test_each_act_is_logged_with_who_did_it(lead):
    unit = builders.unit(name="Day unit")
    system, _ = endpoints.add(**WANTED, units=[unit], by=lead)
    same = {**WANTED, "units": [unit]}
    assert not endpoints.change(endpoint=system, **same, by=lead)
    endpoints.change(endpoint=system, **same | {"events": [EventType.BOOKED], "units": []}, by=lead)
    endpoints.renew_secret(endpoint=system, by=lead)
    endpoints.send_test(endpoint=system, by=lead)
    endpoints.switch_off(endpoint=system, because="switched off by hand", by=lead)
    endpoints.switch_on(endpoint=system, by=lead)
    endpoints.remove(endpoint=system, by=lead)
    assert {who for _, who, _ in log()} == {"Lee Lead"}
    assert [(act, changes) for act, _, changes in log()[:-1]] == [
        (
            Act.WEBHOOKENDPOINT_ADDED,
            {
                "name": [None, "Engine"],
                "address": [None, WANTED["address"]],
                "events": [None, ["visit.moved"]],
                "units": [None, ["Day unit"]],
            },
        ),
        (
            Act.WEBHOOKENDPOINT_CHANGED,
            {"events": [["visit.moved"], ["visit.booked"]], "units": [["Day unit"], None]},
        ),
        (Act.WEBHOOKENDPOINT_SECRET_RENEWED, {}),
        (Act.WEBHOOKENDPOINT_TESTED, {}),
        (Act.WEBHOOKENDPOINT_SWITCHED_OFF, {"reason": "switched off by hand"}),
        (Act.WEBHOOKENDPOINT_SWITCHED_ON, {}),
    ]
    assert log()[-1][0] == Act.WEBHOOKENDPOINT_REMOVED


def test_no_secret_is_kept_as_it_is_or_logged(lead):
    system, secret = endpoints.add(**WANTED, units=[], by=lead)
    assert secret.startswith("whsec_")
    other = endpoints.renew_secret(endpoint=system, by=lead)
    system.refresh_from_db()
    row = json.dumps(model_to_dict(system), default=str)
    endpoints.remove(endpoint=system, by=lead)
    for text in (row, json.dumps(log())):
        assert secret not in text
        assert other not in text
    assert "sealed" not in json.dumps(log())


def test_two_systems_have_no_one_name(lead):
    endpoints.add(**WANTED, units=[], by=lead)
    other, _ = endpoints.add(**WANTED | {"name": "Other"}, units=[], by=lead)
    for act in (
        lambda: endpoints.add(**WANTED, units=[], by=lead),
        lambda: endpoints.change(endpoint=other, **WANTED, units=[], by=lead),
    ):
        with pytest.raises(Clash, match="Another system has this name"):
            act()


def test_what_waits_when_it_is_switched_off_can_be_replayed_once_it_is_on(lead, coordinator):
    system, _ = a_system()
    unit = builders.unit(chairs=3, nurses=9)
    builders.book(unit, builders.next_monday(2), coordinator, name="Bo Finch")
    (missed,) = noted()
    endpoints.switch_off(endpoint=system, because="switched off by hand", by=lead)
    builders.book(unit, builders.next_monday(3), coordinator, name="Cy Heron")
    with pytest.raises(ChangedMeanwhile):
        endpoints.switch_off(endpoint=system, because="switched off by hand", by=lead)
    for act in (
        lambda: endpoints.send_test(endpoint=system, by=lead),
        lambda: endpoints.replay(event=missed, by=lead),
        lambda: endpoints.replay_since(endpoint=system, since=missed.at, only_missed=True, by=lead),
    ):
        with pytest.raises(Refused, match="switched off"):
            act()
    endpoints.switch_on(endpoint=system, by=lead)
    with pytest.raises(ChangedMeanwhile):
        endpoints.switch_on(endpoint=system, by=lead)
    # What happened while it was off it is not told.
    assert [(event.pk, event.status, event.problem) for event in noted()] == [
        (missed.pk, WebhookStatus.FAILED, endpoints.SWITCHED_OFF)
    ]
    assert endpoints.replay_since(endpoint=system, since=missed.at, only_missed=True, by=lead) == 1
    assert deliver_due(post=take) == Delivered(taken=1)


def test_one_event_or_all_since_a_time_are_sent_again_as_they_were(lead, coordinator):
    system, _ = a_system()
    unit = builders.unit(chairs=3, nurses=9)
    for week in range(2, 6):
        builders.book(unit, builders.next_monday(week), coordinator, name=f"Bo Finch{week}")
    first, second, third, fourth = noted()
    hour = timedelta(hours=1)
    for number, event in enumerate((first, second, third, fourth)):
        WebhookEvent.objects.filter(pk=event.pk).update(at=timezone.now() - (4 - number) * hour)
    sent = []

    def post(address, body, headers):
        sent.append((headers["webhook-id"], body))
        return Answer(204)

    with pytest.raises(ChangedMeanwhile):
        endpoints.replay(event=first, by=lead)
    deliver_due(post=post)
    WebhookEvent.objects.filter(pk=third.pk).update(status=WebhookStatus.FAILED)
    WebhookEvent.objects.filter(pk=fourth.pk).update(status=WebhookStatus.WITHHELD)
    fourth.refresh_from_db()
    with pytest.raises(Refused, match="not to be sent"):
        endpoints.replay(event=fourth, by=lead)
    once, sent[:] = list(sent), []
    first.refresh_from_db()
    endpoints.replay(event=first, by=lead)
    assert deliver_due(post=post) == Delivered(taken=1)
    assert sent == once[:1]
    again = AuditEvent.objects.get(action=Act.WEBHOOKEVENT_REPLAYED)
    assert (again.actor_name, again.record_id) == ("Lee Lead", first.pk)

    sent.clear()
    since = timezone.now() - 3 * hour - timedelta(minutes=1)
    assert endpoints.replay_since(endpoint=system, since=since, only_missed=True, by=lead) == 1
    assert deliver_due(post=post) == Delivered(taken=1)
    assert sent == once[2:3]
    assert endpoints.replay_since(endpoint=system, since=since, only_missed=False, by=lead) == 2
    deliver_due(post=post)
    assert sent[1:] == once[1:3]
    assert [changes["events"] for act, _, changes in log() if act == Act.WEBHOOKENDPOINT_REPLAYED] == [1, 2]
    assert endpoints.replay_since(endpoint=system, since=timezone.now(), only_missed=False, by=lead) == 0


def test_a_test_goes_at_once_though_the_system_is_left_alone(lead):
    system, _ = a_system(events=[])
    endpoints.send_test(endpoint=system, by=lead)
    deliver_due(post=lambda *_: Answer(500, "It answered 500."))
    event = endpoints.send_test(endpoint=system, by=lead)
    assert json.loads(event.payload) == {
        "type": "webhook.test",
        "timestamp": json.loads(event.payload)["timestamp"],
        "data": {},
    }
    assert deliver_due(now=timezone.now(), post=take) == Delivered(taken=1)


def test_with_a_system_goes_its_outbox_and_its_task(lead):
    builders.unit()
    system, _ = a_system()
    endpoints.send_test(endpoint=system, by=lead)
    deliver_due(post=lambda *_: Answer(410, "It answered 410."))
    endpoints.remove(endpoint=system, by=lead)
    assert not WebhookEndpoint.objects.exists()
    assert not WebhookEvent.objects.exists()
    assert Task.objects.get(kind=TaskKind.HOOK_FAILED).done_by == "Lee Lead"
    with pytest.raises(Clash):
        endpoints.renew_secret(endpoint=system, by=lead)
