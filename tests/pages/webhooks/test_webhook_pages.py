"""Setting up the systems that are told, and what they were told: the pages of the unit lead."""

import re
import socket
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.audit import WORKER
from patients.models import AuditEvent
from scheduling.models import EventType, WebhookEndpoint, WebhookEvent
from scheduling.states import WebhookStatus
from scheduling.webhooks import endpoints, sending
from scheduling.webhooks.delivery import deliver_due
from scheduling.webhooks.sending import Answer
from tests import builders
from tests.addresses import at
from tests.builders.webhooks import a_system, noted
from tests.fakes.webhooks import listening
from tests.reading import words_of_page

ADD = reverse("scheduling:add_webhook")
EVENTS = reverse("scheduling:list_webhook_events")
TYPED = {
    "name": "Trust integration engine",
    "address": "https://engine.trust.example/in",
    "events": ["visit.booked", "visit.arrived"],
}


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """No name is looked up outside: `names["engine.trust.example"]` says where it leads."""
    known = {"engine.trust.example": "93.184.215.14"}

    def resolve(host, port, **_):
        if host not in known:
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (known[host], port))]

    monkeypatch.setattr(sending.socket, "getaddrinfo", resolve)
    return known


@pytest.fixture
def page(client, lead):
    client.force_login(lead)
    return client


def secret_on(response):
    return re.search(r">(whsec_[^<]+)<", response.content.decode())[1]


def test_a_system_is_added_and_its_secret_shown_once(page, lead):
    unit, other = builders.unit(name="Day unit"), builders.unit(name="Other unit")
    added = page.post(ADD, TYPED | {"units": [unit.pk]})
    system = WebhookEndpoint.objects.get()
    assert secret_on(added)
    assert "shown only now" in words_of_page(added)
    assert (system.name, system.address, system.events) == (
        TYPED["name"],
        TYPED["address"],
        ["visit.arrived", "visit.booked"],
    )
    assert list(system.units.all()) == [unit]
    shown = page.get(at("show_webhook", system))
    said = words_of_page(shown)
    assert "whsec_" not in shown.content.decode()
    for words in ("Switched on", TYPED["address"], "Arrived, Booked", "Day unit"):
        assert words in said
    assert other.name not in said
    assert AuditEvent.objects.get(action="webhookendpoint.added").actor_id == lead.pk


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"address": "http://engine.trust.example/in"}, "has no TLS"),
        ({"address": "engine.trust.example"}, "This is no web address"),
        ({"address": "https://ann:secret@engine.trust.example/"}, "password in it"),
        ({"address": "https://inner.trust.example/in"}, "names the host in WEBHOOK_HOSTS"),
        ({"address": ""}, "Enter the address that takes the events"),
        ({"events": []}, "Select what the system is told"),
        ({"name": "TRUST integration engine"}, "Another system has this name"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_typed_is_lost(page, names, typed, says):
    names["inner.trust.example"] = "10.0.0.5"
    a_system()
    wrong = TYPED | {"name": "Another engine"} | typed
    answer = page.post(ADD, wrong)
    assert says in words_of_page(answer)
    assert WebhookEndpoint.objects.count() == 1
    html = answer.content.decode()
    assert not wrong["name"] or f'value="{wrong["name"]}"' in html
    assert not wrong["address"] or f'value="{wrong["address"]}"' in html


def test_a_name_that_is_not_known_yet_and_one_within_that_a_setting_names_are_taken(page, names, settings):
    names["inner.trust.example"], settings.WEBHOOK_HOSTS = "10.0.0.5", ["inner.trust.example"]
    for number, host in enumerate(("inner.trust.example", "later.trust.example")):
        page.post(ADD, TYPED | {"name": f"Engine {number}", "address": f"https://{host}/in"})
    assert WebhookEndpoint.objects.count() == 2


def test_it_is_changed_unless_somebody_else_changed_it_meanwhile(page, lead):
    system, _ = a_system()
    path = at("change_webhook", system)
    seen = re.search(r'name="seen" value="([^"]+)"', page.get(path).content.decode())[1]
    typed = TYPED | {"name": "Engine", "seen": seen}
    endpoints.change(
        endpoint=system, name="Engine 2", address=system.address, events=system.events, units=[], by=lead
    )
    assert "Somebody else changed this" in words_of_page(page.post(path, typed))
    seen = re.search(r'name="seen" value="([^"]+)"', page.get(path).content.decode())[1]
    assert page.post(path, typed | {"seen": seen}).url == system.get_absolute_url()
    system.refresh_from_db()
    assert (system.name, system.events) == ("Engine", ["visit.arrived", "visit.booked"])


def test_a_new_secret_is_shown_once_and_both_sign(page):
    system, former = a_system()
    path = at("renew_webhook", system)
    assert "24 hours" in words_of_page(page.get(path))
    secret = secret_on(page.post(path))
    assert secret != former
    assert "earlier secret signs too" in words_of_page(page.get(at("show_webhook", system)))


def test_it_is_switched_off_and_on_and_removed(page):
    system, _ = a_system()
    switch = at("switch_webhook", system)
    said = words_of_page(page.post(switch, {"to_state": "off"}, follow=True))
    assert "told nothing more" in said
    assert "Switched off" in said
    assert "switched off by hand" in said
    assert "switched off, so nothing" in words_of_page(page.post(at("test_webhook", system), follow=True))
    assert "Switched on" in words_of_page(page.post(switch, {"to_state": "on"}, follow=True))
    assert "deleted" in words_of_page(page.get(at("remove_webhook", system)))
    said = words_of_page(page.post(at("remove_webhook", system), follow=True))
    assert "has been removed" in said
    assert "No system is told of anything." in said
    assert page.get(at("show_webhook", system)).status_code == 404


def test_a_test_is_sent_and_its_page_says_what_came_of_it(page, settings, monkeypatch):
    monkeypatch.undo()
    settings.DEBUG, settings.WEBHOOK_HOSTS = True, ["127.0.0.1"]
    with listening() as listener:
        system, secret = a_system(listener.address)
        listener.secrets = [secret]
        sent = page.post(at("test_webhook", system), follow=True)
        assert "Waiting to be sent" in words_of_page(sent)
        deliver_due()
        assert listener.types == ["webhook.test"]
    event = WebhookEvent.objects.get()
    said = words_of_page(page.get(at("show_webhook_event", event)))
    for words in ("Taken", "204", event.webhook_id, "&quot;type&quot;:&quot;webhook.test&quot;"):
        assert words in said


def test_the_list_says_what_each_system_was_told_without_a_childs_name_and_sends_again(page, coordinator):
    unit = builders.unit(chairs=3, nurses=9)
    quiet, _ = a_system(name="Quiet", address="https://quiet.trust.example", events=[])
    a_system()
    for week, name in ((2, "Bo Finch"), (3, "Cy Heron")):
        builders.book(unit, builders.next_monday(week), coordinator, name=name)
    noted()
    deliver_due(post=lambda *_: Answer(503, "It answered 503."))
    said = words_of_page(page.get(EVENTS))
    assert "Finch" not in said
    assert said.count("Waiting to be sent") == 3  # Two events, and the filter.
    assert "It answered 503." in said
    assert "Send again :" not in said
    assert "0 events" in words_of_page(page.get(f"{EVENTS}?system={quiet.pk}"))
    assert "2 events" in words_of_page(page.get(f"{EVENTS}?system=nobody&status=nothing"))
    assert "Not taking events" in words_of_page(page.get(reverse("scheduling:list_webhooks")))

    WebhookEvent.objects.update(status=WebhookStatus.FAILED)
    assert "2 events" in words_of_page(page.get(f"{EVENTS}?status=failed"))
    event = WebhookEvent.objects.first()
    done = page.post(at("replay_webhook_event", event), follow=True)
    assert "leaves again within a minute" in words_of_page(done)
    assert "so nothing was done" in words_of_page(page.post(at("replay_webhook_event", event), follow=True))
    assert deliver_due(post=lambda *_: Answer(204)).taken == 1


def test_all_since_a_time_are_sent_again(page):
    system, _ = a_system()
    for _ in range(2):
        endpoints.send_test(endpoint=system, by=WORKER)
    deliver_due(post=lambda *_: Answer(204))
    path, now = at("replay_webhook", system), timezone.localtime()
    day = {"day_day": now.day, "day_month": now.month, "day_year": now.year}
    for wrong, says in (
        ({"which": "all"}, "Enter the day"),
        (day | {"which": "all", "day_year": now.year + 1}, "must be today or in the past"),
        (day | {"which": "all", "day_year": now.year - 1}, "kept for 30 days"),
        (day | {"clock": "noonish", "which": "all"}, "time"),
    ):
        assert says in words_of_page(page.post(path, wrong)), wrong
    assert "nothing is sent" in words_of_page(page.post(path, day | {"which": "missed"}, follow=True))
    later = (now + timedelta(hours=1)).strftime("%H:%M")
    nothing = page.post(path, day | {"clock": later, "which": "all"}, follow=True)
    assert "nothing is sent" in words_of_page(nothing)
    assert "2 events leave again" in words_of_page(page.post(path, day | {"which": "all"}, follow=True))
    assert set(WebhookEvent.objects.values_list("status", "type")) == {("queued", EventType.TEST)}


def test_only_whoever_sets_up_units_is_led_there(client, lead, coordinator):
    unit = builders.unit()
    for person, leads in ((lead, True), (coordinator, False)):
        client.force_login(person)
        html = client.get(unit.get_absolute_url()).content.decode()
        assert (reverse("scheduling:list_webhooks") in html) == leads


def test_the_list_costs_the_same_however_much_was_told(page, django_assert_max_num_queries):
    system, _ = a_system()
    for _ in range(30):
        endpoints.send_test(endpoint=system, by=WORKER)
    for path in (EVENTS, reverse("scheduling:list_webhooks"), at("show_webhook", system)):
        page.get(path)
        with django_assert_max_num_queries(6):
            page.get(path)
