"""Whom families may ask beside the unit: the list, and every place where it is read."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from scheduling.booking import bookings
from scheduling.models import Message, MessageKind, Unit, WhomToAsk
from scheduling.telling.family_links import feed_token, link_for
from scheduling.telling.letters import Reader, write_letter
from tests import builders
from tests.family_pages import path
from tests.reading import calendar, text_of, words_of

NURSES = WhomToAsk(
    name="Nurse specialists",
    phone="+441134960200",
    hours="Monday to Friday, 9am to 4pm",
    takes_messages=True,
    email="nurses@hospital.example",
    answered="within two working days",
)
WHOLE = (
    "Nurse specialists: 0113 496 0200 (Monday to Friday, 9am to 4pm). You can leave a message. "
    "Or write to nurses@hospital.example. We answer emails: within two working days."
)
SHORT = "Nurse specialists: 0113 496 0200 (Monday to Friday, 9am to 4pm)."


@pytest.fixture
def unit(db):
    return builders.unit(name="Day Unit", contacts=[NURSES.as_kept()])


@pytest.fixture
def booked(unit, coordinator):
    course = builders.course(builders.patient(), unit)
    contact = builders.contact(course.patient)
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
    return link_for(course, contact)


def typed(**changes):
    first = {"name_0": "Nurse specialists", "phone_0": "0113 496 0200", "hours_0": NURSES.hours}
    first |= {"takes_messages_0": "on", "email_0": NURSES.email, "answered_0": NURSES.answered}
    return first | changes


def test_a_list_of_at_most_three_is_saved_shown_and_logged(client, lead):
    unit = builders.unit(name="Day Unit")
    address = reverse("scheduling:set_contacts", args=[unit.pk])
    client.force_login(lead)
    assert "Only the unit, by the phone above." in text_of(client.get(unit.get_absolute_url()))
    assert (
        client.post(address, typed(name_2="School nurse", email_2="school@hospital.example")).status_code
        == 302
    )
    kept = Unit.objects.get(pk=unit.pk).whom_to_ask
    assert kept == [NURSES, WhomToAsk(name="School nurse", email="school@hospital.example")]
    said = text_of(client.get(unit.get_absolute_url()))
    assert "We answer emails: within two working days." in said
    assert "Write to school@hospital.example." in said
    log = text_of(client.get(reverse("patients:show_log_of_user", args=[lead.pk]), {"what": "writes"}))
    assert "Nurse specialists: 0113 496 0200, nurses@hospital.example" in log
    client.post(address, typed(name_0="", phone_0="", email_0=""))
    assert Unit.objects.get(pk=unit.pk).contacts == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"phone_0": "", "email_0": ""}, "Enter a phone number or an email address"),
        ({"name_0": ""}, "Enter who answers"),
        ({"name_0": "CRMO nurses"}, "and people share calendars. Leave out: crmo"),
        ({"email_0": "nurses"}, "Email address of the first contact must"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(client, unit, lead, wrong, says):
    client.force_login(lead)
    page = client.post(reverse("scheduling:set_contacts", args=[unit.pk]), typed(hours_0="Mondays", **wrong))
    assert says in text_of(page)
    assert "Mondays" in page.content.decode()
    assert Unit.objects.get(pk=unit.pk).whom_to_ask == [NURSES]


def test_every_mail_says_them_whole_and_its_entry_in_short(booked):
    for message in Message.objects.filter(kind="invite"):
        words = words_of(message).replace('<a href="tel:+441134960200" dir="ltr">', "").replace("</a>", "")
        assert words.count(WHOLE) == 2
        notes = calendar(message)["DESCRIPTION"].replace("\\", "")
        assert SHORT in notes
        assert "nurses@hospital.example" not in notes
    session = booked.course.live_sessions[0]
    letter = write_letter(
        session, MessageKind.CANCELLATION, Reader(), today=timezone.localdate(), withdrawn=True
    )
    assert WHOLE in " ".join(letter.text.split())


def test_pages_letters_and_the_feed_say_them(client, booked, coordinator):
    page = client.get(path(booked))
    for way in ("0113 496 0200", "nurses@hospital.example"):
        close = re.sub(r">\s+<", "><", page.content.decode())
        assert f'{way}</a><br class="app-screen">' in close, "when stands below the way"
    said = text_of(page)
    for words in ("Nurse specialists", "0113 496 0200", "You can leave a message", "within two working days"):
        assert words in said
    feed = client.get(reverse("family:show_feed", args=[feed_token(booked)])).content.decode()
    assert SHORT in feed.replace("\r\n ", "").replace("\\", "")
    client.force_login(coordinator)
    assert WHOLE in text_of(client.get(reverse("scheduling:print_letter", args=[booked.course_id])))


def test_a_unit_without_a_list_says_nothing_of_one(client, db):
    course = builders.course(builders.patient(), builders.unit())
    said = text_of(client.get(path(link_for(course, builders.contact(course.patient)))))
    assert "leave a message" not in said
