"""An address is corrected: who reads the old mailbox has no key to the family's page any more."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from patients import changes
from patients.models import AuditEvent, Contact
from scheduling.booking import bookings
from scheduling.models import CheckIn, FamilyLink, FamilyRequest, Message, Reply
from scheduling.telling import link_changes
from scheduling.telling.ask_for_days import ask_for_days
from scheduling.telling.delivery import deliver_due
from scheduling.telling.family_links import feed_token, link_for, page_address, page_token
from tests import builders
from tests.fakes.post import Post
from tests.reading import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    cache.clear()
    with time_machine.travel(datetime(2027, 3, 1, 10, tzinfo=ZoneInfo("Europe/London")), tick=False) as found:
        yield found


@pytest.fixture
def waiting():
    course = builders.course(builders.patient(), builders.unit())
    builders.contact(course.patient, "Mia Lark", email="mia@wrong.example.com")
    return course


@pytest.fixture
def booked(waiting, coordinator):
    visits = builders.visits(waiting, date(2027, 3, 8))
    course = bookings.book(course=waiting, visits=visits, by=coordinator).course
    deliver_due(transport=Post())
    return course


def mia():
    return Contact.objects.get(name="Mia Lark")


def save(by, **fields):
    contact = mia()
    for name, value in fields.items():
        setattr(contact, name, value)
    return changes.save(contact, by=by)


def correct(by, email="mia@right.example.com"):
    return save(by, email=email)


POSTS = {
    "answer_days": {"day_1": "DECLINED", "day_2": "DECLINED", "confirmed": "yes"},
    "ask_change": {"says": "Another day"},
    "say_unwell": {"says": "A cough"},
    "give_dates": {"says": "Never on a Friday"},
    "check_in": {"pain": "3"},
}


@pytest.mark.parametrize("name", POSTS)
def test_nobody_can_answer_from_the_old_mailbox(booked, coordinator, client, name):
    booked.sessions.filter(number=1).update(status="fulfilled")
    token = page_token(link_for(booked, mia()))
    correct(coordinator)
    answer = client.post(reverse(f"family:{name}", args=[token]), POSTS[name])
    assert answer.status_code == 404
    assert [model.objects.count() for model in (Reply, FamilyRequest, CheckIn)] == [0, 0, 0]


def test_the_old_page_and_feed_are_dead_and_the_new_ones_open(booked, coordinator, client):
    old = link_for(booked, mia())
    tokens = page_token(old), feed_token(old)
    correct(coordinator)
    new = link_for(booked, mia())
    for pages, status in ((tokens, 404), ((page_token(new), feed_token(new)), 200)):
        found = [
            client.get(reverse(f"family:{name}", args=[token])).status_code
            for name, token in zip(("show_page", "show_feed"), pages, strict=True)
        ]
        assert found == [status] * 2


def test_the_mails_to_the_corrected_address_carry_the_new_one_and_it_is_in_the_log(booked, coordinator):
    old = page_address(link_for(booked, mia()))
    correct(coordinator)
    mails = Message.objects.filter(to_address="mia@right.example.com")
    new = page_address(link_for(booked, mia()))
    assert [(old in words_of(mail), new in words_of(mail)) for mail in mails] == [(False, True)] * 2
    assert {mail.kind for mail in mails} == {"invite"}, "which carry it, so no other mail tells it"
    event = AuditEvent.objects.get(action="course.page_renewed")
    assert (event.actor_id, event.record_id) == (coordinator.pk, booked.pk)


def test_whoever_was_asked_for_days_at_the_old_address_is_told_the_new_page(waiting, coordinator):
    ask_for_days(course=waiting, by=coordinator)
    deliver_due(transport=Post())
    old = page_address(link_for(waiting, mia()))
    said = correct(coordinator)
    mail = Message.objects.get(to_address="mia@right.example.com")
    assert "Your own page has a new address" in words_of(mail)
    assert page_address(link_for(waiting, mia())) in words_of(mail)
    assert old not in words_of(mail)
    assert said == ["On their way: 1 mail with the new address of their page to the new address."]


def test_what_waits_for_the_old_mailbox_never_carries_the_new_one(waiting, coordinator):
    ask_for_days(course=waiting, by=coordinator)
    correct(coordinator)
    new = page_address(link_for(waiting, mia()))
    assert not any(new in words_of(m) for m in Message.objects.filter(to_address="mia@wrong.example.com"))
    link_changes.renew_link(link=link_for(waiting, mia()), by=coordinator)
    new = page_address(link_for(waiting, mia()))
    assert not any(new in words_of(m) for m in Message.objects.filter(to_address="mia@wrong.example.com"))


def test_back_to_the_first_address_what_still_waits_for_it_has_the_page_that_opens(waiting, coordinator):
    ask_for_days(course=waiting, by=coordinator)
    correct(coordinator)
    correct(coordinator, "mia@wrong.example.com")
    post = Post()
    deliver_due(transport=post)
    new = page_address(link_for(waiting, mia()))
    sent = Message.objects.filter(status="sent")
    assert sent
    assert all(new in words_of(mail) for mail in sent)


def test_every_course_that_the_child_had_gets_another_page(booked, coordinator):
    past = builders.course(booked.patient, booked.unit, status="completed")
    before = {link_for(course, mia()).page_hash for course in (booked, past)}
    correct(coordinator)
    assert not before & set(FamilyLink.objects.values_list("page_hash", flat=True))


def test_a_page_that_was_closed_stays_closed(booked, coordinator, client):
    link = link_changes.revoke_link(link=link_for(booked, mia()), by=coordinator)
    correct(coordinator)
    link.refresh_from_db()
    assert link.revoked_at is not None
    assert "has a new address" not in "".join(words_of(m) for m in Message.objects.all())


def test_without_any_address_the_old_page_is_dead_too(booked, coordinator, client):
    token = page_token(link_for(booked, mia()))
    save(coordinator, email="", phone="+447700900111")
    assert client.get(reverse("family:show_page", args=[token])).status_code == 404


def test_of_a_restricted_child_the_old_page_stays_dead_after_the_restriction(booked, coordinator, client):
    token, patient = page_token(link_for(booked, mia())), booked.patient
    patient.restricted, patient.restricted_because = True, "court order"
    changes.save(patient, by=coordinator)
    correct(coordinator)
    patient.restricted, patient.restricted_because = False, ""
    changes.save(patient, by=coordinator)
    assert client.get(reverse("family:show_page", args=[token])).status_code == 404


@pytest.mark.parametrize("fields", [{"phone": "+447700900999"}, {"email": "MIA@wrong.example.com"}])
def test_what_is_no_other_mailbox_leaves_the_page_as_it_is(booked, coordinator, fields):
    before = link_for(booked, mia()).page_hash
    save(coordinator, **fields)
    assert link_for(booked, mia()).page_hash == before


def test_the_other_parent_keeps_theirs(booked, coordinator):
    dan = builders.contact(booked.patient, "Dan Lark")
    before = link_for(booked, dan).page_hash
    correct(coordinator)
    assert link_for(booked, dan).page_hash == before
