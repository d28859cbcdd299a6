"""Text messages, against a stand-in of GOV.UK Notify that checks the key and misbehaves as told."""

import logging
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.conf import settings as configured
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from scheduling.models import Answer, Channel, Message, Reply, Source, Task
from scheduling.states import MessageStatus
from scheduling.telling.delivery import deliver_due
from scheduling.telling.queue_reminders import queue_notices
from scheduling.telling.reminder_table import REMINDERS, SAID_NO
from scheduling.telling.returned_texts import Returned, mark_returned_texts
from scheduling.telling.text_messages import MOST_CHARACTERS
from tests import builders
from tests.builders.texts import set_texts
from tests.fakes.notify import A_PAGE, DROP, KEY, NO_JSON, STALL, TAKE_AND_DROP, TEMPLATE, notify_server
from tests.fakes.post import Post
from tests.telling.hours import SUMMER, booked, live_through, local

NUMBER = "+447700900111"
NINE = local(SUMMER - timedelta(7), 9)
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def notify(settings):
    with notify_server() as server:
        settings.NOTIFY_API_KEY, settings.NOTIFY_TEMPLATE_ID = KEY, TEMPLATE
        settings.NOTIFY_URL, settings.EMAIL_TIMEOUT = server.address, 0.2
        yield server


@pytest.fixture
def course(db, coordinator):
    """Due to be reminded of at NINE; its contact may receive texts."""
    unit = builders.unit(chairs=2)
    set_texts(unit)
    made = booked(unit, SUMMER, coordinator, at=local(SUMMER - timedelta(30), 12))
    made.patient.contacts.update(may_receive_texts=True)
    return made


def test_pages_group_the_number_that_a_text_went_to(notify, course, client, coordinator):
    deliver()
    course.patient.contacts.update(phone="+447700900222")
    client.force_login(coordinator)
    for address in (course.get_absolute_url(), reverse("scheduling:show_message", args=[the_text().pk])):
        page = client.get(address).content.decode()
        assert "07700 900111" in page
        assert NUMBER not in page
        assert "+447700900222" not in page.replace("tel:+447700900222", "")


def deliver(at=NINE):
    with time_machine.travel(at, tick=False):
        queue_notices()
        return deliver_due(transport=Post())


def the_text() -> Message:
    return Message.objects.get(channel=Channel.TEXT)


def test_a_reminder_goes_as_a_text_too_in_neutral_words(notify, course):
    assert deliver().sent == 2
    (taken,) = notify.taken
    text = (
        "Reminder: hospital visit Tue 15 Jun, 9am and Wed 16 Jun, 9am. "
        "If you cannot come, ring 0113 496 0123."
    )
    assert (taken["phone_number"], taken["personalisation"]) == (NUMBER, {"message": text})
    message = the_text()
    assert taken["reference"] == message.message_id
    assert (message.status, message.to_address, bytes(message.mime).decode()) == ("sent", NUMBER, text)
    assert len(text) <= MOST_CHARACTERS
    assert "http" not in text
    # After a day of rounds, none again.
    for hours in range(30):
        deliver(NINE + timedelta(hours=hours))
    assert len(notify.taken) == 1


@pytest.mark.parametrize(
    "fields",
    [{"may_receive_texts": False}, {"phone": "+441134960123"}, {"may_receive_invites": False}],
)
def test_no_text_without_permission_or_a_mobile(notify, course, fields):
    course.patient.contacts.update(**fields)
    deliver()
    assert notify.requests == []


def test_whoever_said_no_reads_in_the_text_that_the_visit_is_still_booked(notify, course):
    session, contact = course.live_sessions[0], course.patient.contacts.first()
    said = {"contact": contact, "source": Source.PAGE, "answer": Answer.DECLINED}
    said |= {"stamp": NINE - timedelta(days=1), "received_at": NINE - timedelta(days=1)}
    Reply.objects.create(session=session, sequence=session.sequence, **said)
    deliver()
    (taken,) = notify.taken
    assert taken["personalisation"]["message"] == (
        "You said No: hospital visit Tue 15 Jun, 9am and Wed 16 Jun, 9am. It is still booked. "
        "If we have not rung, ring 0113 496 0123."
    )


@pytest.mark.parametrize("words", [str(REMINDERS[0].text_message), str(SAID_NO["text_message"])])
def test_three_days_at_half_past_and_an_extension_fit_into_a_text(words):
    days = "Tue 15 Jun, 9:30am, Wed 16 Jun, 9:30am and Thu 17 Jun, 9:30am"
    assert len(words % {"days": days, "phone": "0113 496 0123 ext 12"}) <= 160


def test_only_reminders_go_as_texts(notify, course, nurse):
    live_through(course, nurse, SUMMER)
    assert {m.kind for m in Message.objects.filter(channel=Channel.TEXT)} == {"reminder"}
    assert len(notify.taken) == 2


@pytest.mark.parametrize(
    ("mood", "problem"),
    [
        (403, "GOV.UK Notify refused our key (its answer was 403)."),
        (429, "GOV.UK Notify takes no more texts for now (its answer was 429)."),
        (500, "GOV.UK Notify did not take the text (its answer was 500)."),
        (DROP, "GOV.UK Notify could not be reached."),
        (STALL, "GOV.UK Notify could not be reached."),
        (NO_JSON, "GOV.UK Notify did not take the text (its answer was 200)."),
    ],
)
def test_a_fault_that_may_pass_is_tried_again_and_the_text_arrives_once(notify, course, mood, problem):
    notify.moods = [mood]
    assert deliver().retried == 1
    assert (the_text().status, the_text().problem) == (MessageStatus.QUEUED, problem)
    assert not Task.objects.exists()
    assert deliver(NINE + A_MINUTE).sent == 1
    assert len(notify.taken) == 1


def test_a_text_taken_before_the_answer_was_lost_is_not_sent_again(notify, course):
    notify.moods = [TAKE_AND_DROP]
    assert deliver().retried == 1
    assert deliver(NINE + A_MINUTE).sent == 1
    assert len(notify.taken) == 1
    assert notify.requests == ["POST /v2/notifications/sms", "GET /v2/notifications"]


def test_a_number_that_notify_refuses_is_a_task_and_is_not_tried_again(notify, course):
    notify.moods = [400]
    assert deliver().failed == 1
    (task,) = Task.objects.open()
    assert task.says == (
        "The text message about Tuesday 15 June 2027 did not arrive. Check the mobile number with the family."
    )
    assert not deliver(NINE + timedelta(hours=2))
    assert len(notify.requests) == 1


def test_a_key_that_is_not_notifys_is_refused_and_an_unreadable_one_harms_no_mail(notify, course, settings):
    settings.NOTIFY_API_KEY = KEY[:-4] + "beef"
    deliver()
    assert the_text().problem == "GOV.UK Notify refused our key (its answer was 403)."
    settings.NOTIFY_API_KEY = "short"
    deliver(NINE + A_MINUTE)
    assert the_text().problem == "NOTIFY_API_KEY is not a key of GOV.UK Notify."


def test_after_one_fault_of_the_way_it_is_not_asked_for_the_other_texts_of_the_run(notify, course):
    for name in ("Finn Lark", "Nan Lark"):
        contact = builders.contact(course.patient, name, may_receive_texts=True)
        first = Message.objects.filter(kind="invite", session__number=1).first()
        first.pk, first.contact, first.to_address = None, contact, contact.email
        first.message_id = f"<{name[0]}@daycase.example>"
        first.save(force_insert=True)
    notify.moods = [STALL]
    assert deliver().retried == 3
    assert len(notify.requests) == 1


def test_no_log_line_has_the_number(notify, course, caplog):
    notify.moods = [400, 500, DROP, STALL]
    # As the settings have it: whoever turns the root up to DEBUG still reads no number.
    for name, logger in configured.LOGGING["loggers"].items():
        logging.getLogger(name).setLevel(logger["level"])
    with caplog.at_level(logging.DEBUG):
        for minutes in range(0, 240, 30):
            Message.objects.filter(channel=Channel.TEXT).exclude(status="sent").update(
                status="queued", next_attempt_at=NINE
            )
            deliver(NINE + minutes * A_MINUTE)
    assert notify.taken
    assert "00900111" not in caplog.text.replace(" ", "")
    assert "7700900111" not in caplog.text.replace(" ", "")


def test_the_environments_proxies_are_not_followed(notify, course, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    deliver()
    assert len(notify.taken) == 1


def test_a_text_waits_for_its_permission_and_number_to_stand(notify, course):
    with time_machine.travel(NINE, tick=False):
        queue_notices()
        course.patient.contacts.update(phone="+447700900222")
        deliver_due(transport=Post())
    assert the_text().problem == "Not sent: the contact’s number has been changed since it was written."
    assert notify.requests == []


# What became of them


@pytest.mark.parametrize("state", ["permanent-failure", "temporary-failure", "technical-failure"])
def test_a_text_that_did_not_arrive_comes_back_as_a_task(notify, course, state):
    deliver()
    notify.state(the_text().message_id, state)
    assert mark_returned_texts() == Returned(1)
    assert the_text().status == MessageStatus.RETURNED
    assert the_text().sent_at is not None
    (task,) = Task.objects.open()
    assert task.contacts_to_ring == list(course.patient.contacts.all())
    assert mark_returned_texts() == Returned(0)
    assert Task.objects.count() == 1


def test_a_mail_that_arrives_does_not_make_a_wrong_number_good(notify, course):
    deliver()
    notify.state(the_text().message_id, "permanent-failure")
    mark_returned_texts()
    notify.moods = [500]
    deliver(NINE + timedelta(days=6))
    assert Task.objects.get().is_open
    assert Message.objects.filter(channel=Channel.EMAIL, status="sent", kind="reminder").count() == 2


def test_of_many_that_did_not_arrive_the_last_page_is_read_too(notify, course):
    deliver()
    (ours,) = notify.taken
    ours["status"] = "permanent-failure"
    notify.taken += [ours | {"id": f"{n}", "reference": f"other-{n}"} for n in range(A_PAGE + 10)]
    assert mark_returned_texts() == Returned(1)


@pytest.mark.parametrize("mood", [403, 429, 500, DROP, STALL, NO_JSON])
def test_asking_what_became_of_them_never_breaks_down(notify, course, mood):
    notify.moods = [mood]
    said = mark_returned_texts()
    assert said.texts == 0
    assert said.problem.startswith("GOV.UK Notify")
    assert said


def test_a_round_in_which_no_text_came_back_says_nothing():
    assert not Returned()
    assert Returned(texts=1)
    assert str(Returned(texts=2)) == "Text messages: 2 did not arrive."


# Without a key


def test_without_a_key_nothing_of_it_is_there(course, lead, client, settings):
    assert settings.NOTIFY_API_KEY == ""
    deliver()
    assert not Message.objects.filter(channel=Channel.TEXT).exists()
    assert mark_returned_texts() is None
    screen = StringIO()
    call_command("worker", once=True, stdout=screen)
    client.force_login(lead)
    unit = course.unit
    for name in ("set_reminders", "show_unit"):
        page = client.get(reverse(f"scheduling:{name}", args=[unit.pk])).content.decode()
        assert "text message" not in page.lower()
    assert "text message" not in screen.getvalue().lower()


def test_a_key_taken_away_holds_back_what_was_queued(notify, course, settings):
    with time_machine.travel(NINE, tick=False):
        queue_notices()
        settings.NOTIFY_API_KEY = ""
        deliver_due(transport=Post())
    assert the_text().problem == "Not sent: text messages have been switched off."


def test_a_text_can_be_read_and_downloaded(notify, course, coordinator, client):
    deliver()
    course.patient.contacts.update(phone="+447700900222")
    client.force_login(coordinator)
    text = the_text()
    page = client.get(text.get_absolute_url()).content.decode()
    assert "The text message" in page
    assert "If you cannot come, ring" in page
    download = client.get(reverse("scheduling:download_message", args=[text.pk]))
    assert download["Content-Type"].startswith("text/plain")
    assert download.content == bytes(text.mime)
    assert timezone.localtime(text.sent_at).hour == 9
