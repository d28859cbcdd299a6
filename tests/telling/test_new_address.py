"""A renewed address of a family's page reaches the family: in a mail of its own, and in all that is sent."""

from datetime import date, datetime
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from patients.models import Contact
from scheduling.booking import bookings
from scheduling.ical.imip import _quoted_printable
from scheduling.models import Course, FamilyLink, Message, Task
from scheduling.states import MessageStatus
from scheduling.telling import link_changes, resend
from scheduling.telling.ask_for_days import ask_for_days
from scheduling.telling.delivery import deliver_due
from scheduling.telling.family_links import link_for, page_address, page_token, readdressed
from tests import builders
from tests.fakes.post import Post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime(2027, 3, 1, 10, tzinfo=ZoneInfo("Europe/London")), tick=False) as found:
        yield found


@pytest.fixture
def waiting():
    course = builders.course(builders.patient(), builders.unit())
    builders.contact(course.patient, "Mia Lark", email="mia@example.com")
    return course


@pytest.fixture
def booked(waiting, coordinator):
    visits = builders.visits(waiting, date(2027, 3, 8))
    return bookings.book(course=waiting, visits=visits, by=coordinator).course


def words(mime):
    mail = message_from_bytes(bytes(mime), policy=policy.default)
    return "\n".join(mail.get_body([kind]).get_content() for kind in ("plain", "html"))


def link_of(course):
    return FamilyLink.objects.get(course=course, contact=course.patient.contacts.get())


def renew(course, by):
    link = link_for(course, course.patient.contacts.get())
    old = page_address(link)
    return old, link_changes.renew_link(link=link, by=by)


def delivered():
    post = Post()
    deliver_due(transport=post)
    return [words(mime) for mime in post.sent]


@pytest.mark.parametrize("status", ["waiting", "booked"])
def test_a_mail_tells_it(status, request, coordinator):
    course = request.getfixturevalue(status)
    delivered()
    old, why = renew(course, coordinator)
    [said] = delivered()
    new = page_address(link_of(course))
    assert why == ""
    assert new != old
    assert new in said
    assert old not in said
    assert "Your own page has a new address" in said
    assert "which days" not in said.lower()
    told = Message.objects.last()
    assert (told.kind, told.subject) == ("page", "Hospital visit: your page has a new address")
    assert told.status == MessageStatus.SENT


def test_what_was_queued_before_carries_the_new_one(booked, coordinator):
    old, _ = renew(booked, coordinator)
    said = delivered()
    assert len(said) == 3
    assert all(page_address(link_of(booked)) in each for each in said)
    assert not any(old in each for each in said)


def test_what_asks_for_the_days_too(waiting, coordinator):
    ask_for_days(course=waiting, by=coordinator)
    old, _ = renew(waiting, coordinator)
    said = delivered()
    assert ["Which days can you not do?" in each for each in said] == [True, False]
    assert not any(old in each for each in said)


def test_another_contact_keeps_theirs(booked, coordinator):
    other = builders.contact(booked.patient, "Dan Lark")
    bookings.invite_untold(course=booked, by=coordinator)
    link_changes.renew_link(link=link_for(booked, Contact.objects.get(name="Mia Lark")), by=coordinator)
    address = page_address(link_for(booked, other))
    assert sum(address in words(m.mime) for m in Message.objects.filter(contact=other)) == 2


def test_of_two_new_addresses_only_the_last_is_mailed(waiting, coordinator):
    renew(waiting, coordinator)
    renew(waiting, coordinator)
    [said] = delivered()
    assert page_address(link_of(waiting)) in said
    first = Message.objects.order_by("pk").first()
    assert (first.status, first.problem) == ("withheld", "Not sent: the address in it opens no page by now.")


def test_a_page_closed_since_is_not_mailed(waiting, coordinator):
    renew(waiting, coordinator)
    link_changes.revoke_link(link=link_of(waiting), by=coordinator)
    assert delivered() == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda course: Contact.objects.update(may_receive_invites=False), "no permission to receive"),
        (lambda course: Contact.objects.update(email=""), "no email address is recorded"),
        (lambda course: Contact.objects.update(email="no address"), "it cannot be written"),
        (lambda course: type(course.unit).objects.update(mailbox=""), "has no mailbox"),
        (lambda course: Course.objects.update(status="cancelled"), "nothing is planned"),
    ],
)
def test_where_no_mail_may_go_it_is_renewed_and_said_why(client, waiting, coordinator, change, why):
    link = link_for(waiting, waiting.patient.contacts.get())
    change(waiting)
    client.force_login(coordinator)
    answer = client.post(reverse("scheduling:renew_link", args=[link.pk]), follow=True)
    assert "No mail tells it: " in answer.content.decode()
    assert why in answer.content.decode()
    assert link_of(waiting).page_hash != link.page_hash
    assert not Message.objects.exists()


def test_staff_read_that_it_is_on_its_way(client, waiting, coordinator):
    link = link_for(waiting, waiting.patient.contacts.get())
    client.force_login(coordinator)
    answer = client.post(reverse("scheduling:renew_link", args=[link.pk]), follow=True)
    assert "A mail with the new one is on its way." in answer.content.decode()


@pytest.mark.parametrize("status", ["sent", "failed"])
def test_a_mail_sent_again_carries_the_new_one(booked, coordinator, status):
    delivered()
    old, _ = renew(booked, coordinator)
    delivered()
    message = Message.objects.filter(kind="invite").first()
    if status == "failed":
        Message.objects.filter(pk=message.pk).update(status=status, sent_at=None)
    assert old in words(message.mime)
    resend.send_again(message=message, by=coordinator)
    [said] = delivered()
    assert page_address(link_of(booked)) in said
    assert old not in said


def test_the_calendar_entry_stays_as_it_was(booked, coordinator):
    def entries():
        return [
            part.get_payload()
            for message in Message.objects.filter(kind="invite").order_by("pk")
            for part in message_from_bytes(bytes(message.mime)).walk()
            if part.get_content_type() in ("text/calendar", "application/ics")
        ]

    before = entries()
    renew(booked, coordinator)
    assert entries() == before
    assert len(before) == 4


@pytest.mark.parametrize("shift", range(0, 76, 5))
def test_wherever_the_lines_are_broken(waiting, shift):
    link = link_for(waiting, waiting.patient.contacts.get())
    other = "x-Y_" * 10 + "abc"
    text = "é" + "." * shift + " https://daycase.example/family/{}/how-it-went/?pain=3 and \n/family/words/\n"
    mime = _quoted_printable(text.format(other)).replace("\n", "\r\n").encode()
    swapped = readdressed(mime, link)
    assert swapped == _quoted_printable(text.format(page_token(link))).replace("\n", "\r\n").encode()
    assert [len(line) for line in swapped.splitlines()] == [len(line) for line in mime.splitlines()]


def test_one_that_did_not_arrive_says_so(waiting, coordinator):
    renew(waiting, coordinator)

    class Refuses:
        def send(self, *mail):
            from scheduling.telling.transport import TransportError

            raise TransportError("No such address.", permanent=True)

    deliver_due(transport=Refuses())
    says = Task.objects.open().get().says
    assert says == (
        "The mail with the new address of the family’s page could not be sent. Check the address with them."
    )


def test_it_leaves_though_the_course_was_booked_meanwhile(waiting, coordinator):
    renew(waiting, coordinator)
    bookings.book(course=waiting, visits=builders.visits(waiting, date(2027, 3, 8)), by=coordinator)
    assert ["has a new address" in said for said in delivered()] == [True, False, False]
