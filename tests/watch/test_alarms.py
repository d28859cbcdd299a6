"""Somebody notices: a dead worker, a mail server that takes nothing, a database that is behind."""

import json
import logging
from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from crmo_clinic import probes
from crmo_clinic.logs import JsonLines
from patients.models import AuditEvent
from scheduling.booking import bookings
from scheduling.models import Message, Outage, Task, TaskKind, WorkerBeat
from scheduling.states import MessageStatus
from scheduling.telling.delivery import deliver_due
from scheduling.telling.stuck import ask_about_stuck
from scheduling.telling.transport import TransportError
from scheduling.watch import alarms, pulse
from tests import builders
from tests.fakes.post import Post

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
FRIDAY = datetime(2027, 3, 5, 17, 10, tzinfo=LONDON)
DOWN = TransportError("The mail server could not be reached.", permanent=False, of_server=True)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def page(client, nurse):
    """A staff page, as it is once the half minute of the last look is over."""

    def get(name="patients:list_shortcuts"):
        client.force_login(nurse)
        alarms.keep((), seconds=-1)
        return client.get(reverse(name)).content.decode()

    return get


@pytest.fixture
def booked(time_machine, coordinator):
    """Three families, each with a course on Tuesday and Wednesday, booked on Friday afternoon: six mails."""
    time_machine.move_to(FRIDAY, tick=False)
    unit = builders.unit(chairs=3, nurses=9)
    for number in range(3):
        child = builders.patient(f"Ada Lark {number}")
        builders.contact(child, "Mia Lark", email=f"mia{number}@example.com")
        course = builders.course(child, unit)
        visits = builders.visits(course, FRIDAY.date() + timedelta(days=4), chair=unit.chairs.all()[number])
        bookings.book(course=course, visits=visits, by=coordinator)
    return time_machine


def worker(clock, until, post, step=120 * MINUTE):
    while (now := timezone.now()) < until:
        clock.move_to(min(now + step, until), tick=False)
        pulse.beat("the worker", FRIDAY)
        deliver_due(transport=post)
        ask_about_stuck()


def test_a_mail_server_that_is_down_a_weekend_is_one_alarm_and_loses_no_mail(booked, page):
    down = Post(fault=DOWN)
    worker(booked, FRIDAY.replace(day=8, hour=10), down)
    mails = Message.objects.all()
    assert set(mails.values_list("status", flat=True)) == {MessageStatus.QUEUED}
    assert Task.objects.filter(kind=TaskKind.MAIL_FAILED).count() == 0
    text = page()
    assert (
        "The mail server has refused mails since 7:10pm on Friday 5 March 2027; 6 mails wait; "
        "first visit affected tomorrow at 9am." in text
    )
    assert text.count("Alarm</strong>") == 1
    assert AuditEvent.objects.filter(action="message.put_off").count() == 6, (
        "once for each mail, not each try"
    )

    post = Post()
    worker(booked, timezone.now() + 60 * MINUTE, post)
    assert len(post.mails) == 6
    assert set(mails.values_list("status", flat=True)) == {MessageStatus.SENT}
    assert "Alarm</strong>" not in page()


def test_a_server_that_refuses_one_address_is_no_outage(booked):
    busy = TransportError("The mail server could not take mail for this address.", permanent=False)
    worker(booked, FRIDAY + 120 * MINUTE, Post(fault=busy))
    assert not Outage.objects.exists()
    worker(booked, FRIDAY + timedelta(days=2), Post(fault=busy))
    assert Task.objects.filter(kind=TaskKind.MAIL_FAILED).count() == 3, "after a day a person rings"


def test_an_outage_ends_with_the_first_mail_taken_and_asks_nothing_when_no_mail_is_tried(
    booked, django_assert_num_queries
):
    deliver_due(transport=Post(fault=DOWN))
    assert Outage.objects.get().since == timezone.now()
    with django_assert_num_queries(2):
        deliver_due(transport=Post(fault=DOWN))
    booked.move_to(FRIDAY + MINUTE, tick=False)
    deliver_due(transport=Post("mia3@example.com"))
    assert not Outage.objects.exists()


@pytest.mark.parametrize(("minutes", "says"), [(4, False), (6, True)])
def test_every_staff_page_says_when_no_worker_has_run_for_five_minutes(page, time_machine, minutes, says):
    time_machine.move_to(FRIDAY, tick=False)
    pulse.beat("the worker", FRIDAY)
    time_machine.move_to(FRIDAY + minutes * MINUTE, tick=False)
    assert ("No worker has run since 5:10pm: no mail leaves" in page()) == says
    assert ("No worker has run since" in page("home")) == says


def test_that_none_was_ever_started_is_an_alarm_in_production_only(page, settings):
    assert "No worker" not in page()
    settings.PRODUCTION = True
    assert "No worker has been started: no mail leaves" in page()


def test_alarms_are_looked_up_once_in_half_a_minute_and_not_for_outsiders(
    page, client, outsider, monkeypatch
):
    looks = []
    monkeypatch.setattr(alarms, "find_alarms", lambda now: looks.append(now) or ())
    page()
    client.get(reverse("patients:list_shortcuts"))
    assert len(looks) == 1
    client.force_login(outsider)
    alarms.keep((), seconds=-1)
    client.get(reverse("account_change_password"))
    assert len(looks) == 1


def test_a_beat_is_one_row_a_worker_and_old_ones_are_forgotten(time_machine):
    for name, minutes in (("killed", 0), ("ours", 24 * 60), ("ours", 24 * 60 + 1), ("other", 25 * 60)):
        time_machine.move_to(FRIDAY + minutes * MINUTE, tick=False)
        pulse.beat(name, FRIDAY)
    assert sorted(WorkerBeat.objects.values_list("name", flat=True)) == ["other", "ours"]


# Probes


@pytest.fixture
def probe(client, monkeypatch):
    monkeypatch.setattr(probes._Migrated, "done", False)

    def get(address, **extra):
        return client.get(address, headers={"host": "10.0.0.7:8000"}, **extra)

    return get


def test_alive_is_said_without_a_database_and_to_whoever_asks_by_whatever_name(
    probe, django_assert_num_queries
):
    with django_assert_num_queries(0):
        assert probe("/health/live").content == b"live\n"


def test_ready_says_each_thing_that_is_not_well(probe, time_machine):
    time_machine.move_to(FRIDAY, tick=False)
    pulse.beat("the worker", FRIDAY)
    ready = probe("/health/ready")
    assert (ready.status_code, set(ready.json().values())) == (200, {"ok"})
    time_machine.move_to(FRIDAY + 6 * MINUTE, tick=False)
    Outage.objects.create(since=FRIDAY, problem="The mail server could not be reached.")
    ready = probe("/health/ready")
    assert ready.status_code == 503
    assert ready.json() == {
        "database": "ok",
        "migrations": "ok",
        "worker": "silent since 2027-03-05T17:10:00+00:00",
        "mail": "refused since 2027-03-05T17:10:00+00:00",
    }
    assert probe("/health/ready?only=web").status_code == 200, "a balancer must not take the site away"


def test_ready_sees_a_mail_that_nobody_sends(probe, booked):
    booked.move_to(FRIDAY + 20 * MINUTE, tick=False)
    pulse.beat("the worker", FRIDAY)
    assert probe("/health/ready").json()["mail"] == "due for 1200 seconds"


def test_not_ready_with_migrations_to_run_or_without_a_database(probe, monkeypatch):
    monkeypatch.setattr(probes.MigrationExecutor, "migration_plan", lambda *args: ["one"])
    assert (probe("/health/ready?only=web").status_code, probe("/health/ready").json()["migrations"]) == (
        503,
        "to be run",
    )
    monkeypatch.setattr(probes, "_is_behind", lambda: (_ for _ in ()).throw(OperationalError("host secret")))
    gone = probe("/health/ready")
    assert gone.status_code == 503
    assert gone.json() == {"database": "does not answer (OperationalError)"}


def test_metrics_are_for_this_machine_or_a_token(probe, settings):
    assert probe("/metrics").status_code == 200
    assert probe("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 404
    assert probe("/metrics", HTTP_X_FORWARDED_FOR="10.1.2.3").status_code == 404, "through a proxy here"
    settings.METRICS_TOKEN = "t" * 40
    assert probe("/metrics").status_code == 404
    right = probe("/metrics", REMOTE_ADDR="10.1.2.3", HTTP_AUTHORIZATION=f"Bearer {'t' * 40}")
    assert right.status_code == 200


def test_metrics_say_how_it_goes(probe, booked, client, nurse):
    pulse.beat("the worker", FRIDAY)
    client.force_login(nurse)
    client.get(reverse("patients:list_shortcuts"))
    lines = probe("/metrics").content.decode().splitlines()
    assert "crmo_workers_running 1.0" in lines
    assert "crmo_mails_waiting 0.0" in lines or "crmo_mails_waiting 6.0" in lines
    assert "crmo_database_up 1.0" in lines
    assert any(
        line.startswith('crmo_http_requests_total{method="GET",route="patients:list_shortcuts",status="200"}')
        for line in lines
    )


# Logs


@pytest.fixture
def logged():
    """What is logged as JSON, line by line."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("crmo_clinic.requests")
    before = logger.level
    logger.setLevel(logging.INFO)
    logging.getLogger().addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger().removeHandler(handler)
    logger.setLevel(before)


def test_each_request_is_a_line_with_its_id_its_user_and_how_long_it_took(client, nurse, logged):
    child = builders.patient("Ada Lark")
    client.force_login(nurse)
    answer = client.get(f"/children/{child.pk}/", headers={"X-Request-ID": "from-the-proxy-1"})
    [line] = [line for line in logged() if line["logger"] == "crmo_clinic.requests"]
    assert answer.headers["X-Request-ID"] == line["request_id"] == "from-the-proxy-1"
    assert (line["user_id"], line["method"], line["status"]) == (nurse.pk, "GET", 200)
    assert line["route"] == "patients:show_patient"
    assert isinstance(line["duration_ms"], int)
    assert "Ada" not in json.dumps(line)


def test_an_id_that_is_none_is_replaced(client, logged):
    answer = client.get("/accounts/login/", headers={"X-Request-ID": 'x"} forged'})
    assert len(answer.headers["X-Request-ID"]) == 32


def test_an_error_is_logged_with_its_kind_and_place_and_not_its_words(logged):
    try:
        raise ValueError("Key (nhs_number)=(9990000018) already exists")
    except ValueError:
        logging.getLogger("django.request").exception("Internal Server Error: /family/%s/", "k3-Y_zQ" * 6)
    [line] = logged()
    assert (line["error"], line["message"]) == ("ValueError", "Internal Server Error: /family/…/")
    assert "test_alarms.py" in line["at"][0]
    assert "9990000018" not in json.dumps(line)
