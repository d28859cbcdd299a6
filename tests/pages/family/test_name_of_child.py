"""How a contact wants the child to be called: only if chosen, only for itself, taken back at will."""

import pytest

from patients.models import AuditEvent, Contact, Patient
from scheduling.booking import bookings
from scheduling.doctor.messages import broken_messages
from scheduling.models import CancelReason, Course, Message
from scheduling.telling.family_links import feed_token, link_for
from scheduling.telling.notices import write_page_notice
from tests import builders
from tests.family_pages import path
from tests.reading import calendar, mail_of, text_of, words_of


@pytest.fixture
def course(db):
    return builders.course(builders.patient("Ada Lark"), builders.unit(name="Day Unit"))


@pytest.fixture
def mother(course):
    return link_for(course, builders.contact(course.patient, "Mia Lark"))


@pytest.fixture
def father(course):
    return link_for(course, builders.contact(course.patient, "Ned Finch", relationship="father"))


def choose(client, link, name):
    return client.post(path(link, "name_child"), {"calls_child": name}, follow=True)


def book(course, by, weeks=2):
    course = Course.objects.get(pk=course.pk)
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(weeks)), by=by)


def invites(link):
    return list(Message.objects.filter(contact=link.contact, kind="invite").order_by("pk"))


def test_every_mail_greets_its_reader_and_names_no_child(course, mother, father, coordinator):
    book(course, coordinator)
    for link, name in ((mother, "Mia Lark"), (father, "Ned Finch")):
        for message in invites(link):
            for kind in ("plain", "html"):
                body = mail_of(message).get_body([kind]).get_content()
                assert body.count(f"Dear {name},") == 1
                assert "{greeting}" not in body
                assert "Ada" not in body
            assert calendar(message)["SUMMARY"].startswith("Hospital visit")
    notice = write_page_notice(course, mother.contact, now=course.agreed_at)
    assert mail_of(notice).get_body(["plain"]).get_content().startswith("Dear Mia Lark,\r\n")


def test_a_child_of_one_name_may_be_called_so_by_whoever_chose_it_and_for_nobody_else(
    client, course, mother, father, coordinator
):
    Patient.objects.update(name="Ada")
    choose(client, mother, "Ada")
    book(course, coordinator)
    choose(client, mother, "")
    assert calendar(invites(mother)[0])["SUMMARY"].startswith("Ada: Hospital visit")
    assert list(broken_messages()) == []
    theirs = invites(father)[0]
    Message.objects.filter(pk=theirs.pk).update(subject="Ada: Hospital visit")
    told = f"Message {theirs.pk}: its subject names the child, the drug or the disease."
    assert list(broken_messages()) == [told]


def test_a_chosen_name_is_in_what_goes_to_that_contact_alone(client, course, mother, father, coordinator):
    assert "We use it from the next mail on." in text_of(choose(client, mother, "Addie"))
    book(course, coordinator)
    for message in invites(mother):
        assert calendar(message)["SUMMARY"].startswith("Addie: Hospital visit\\, day")
        assert "this is about Addie." in words_of(message)
        assert "Addie" not in message.subject
    for message in invites(father):
        assert "Addie" not in bytes(message.mime).decode()
        assert "Addie" not in words_of(message)
        assert calendar(message)["SUMMARY"].startswith("Hospital visit")
    assert "Your hospital visits: Addie" in text_of(client.get(path(mother)))
    assert "Hello, Addie!" in text_of(client.get(path(mother, "show_pictures")))
    assert "Addie" not in text_of(client.get(path(father)))
    assert "<title>Your hospital visits - " in client.get(path(mother)).content.decode()
    feed = client.get(f"/family/feed/{feed_token(mother)}.ics").content.decode()
    assert "SUMMARY:Addie: Hospital visit" in feed
    assert list(broken_messages()) == []


def test_it_is_taken_back_at_will_and_the_log_says_who(client, course, mother, coordinator):
    choose(client, mother, "Addie")
    book(course, coordinator)
    choose(client, mother, "")
    assert "Addie" not in text_of(client.get(path(mother)))
    assert "Addie" not in client.get(f"/family/feed/{feed_token(mother)}.ics").content.decode()
    bookings.move(
        course=Course.objects.get(pk=course.pk),
        visits=builders.visits(course, builders.next_monday(3)),
        reason=CancelReason.FAMILY_REQUEST,
        by=coordinator,
    )
    moved = invites(mother)[-1]
    assert "Addie" not in calendar(moved)["SUMMARY"] + words_of(moved)
    changes = AuditEvent.objects.filter(action="contact.changed").order_by("pk")
    assert [event.changes["calls_child"] for event in changes] == [["", "Addie"], ["Addie", ""]]
    assert {event.actor_name for event in changes} == {"Mia Lark, on the family’s page"}


def test_whoever_may_be_told_no_more_reads_no_name(client, course, mother, coordinator):
    choose(client, mother, "Addie")
    book(course, coordinator)
    Contact.objects.filter(pk=mother.contact_id).update(may_receive_invites=False)
    bookings.cancel(
        course=Course.objects.get(pk=course.pk),
        reason=CancelReason.FAMILY_REQUEST,
        back_to_waiting=False,
        by=coordinator,
    )
    cancellations = Message.objects.filter(kind="cancellation")
    assert cancellations.count() == 2
    for message in cancellations:
        assert "Addie" not in calendar(message)["SUMMARY"] + words_of(message)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Ada Lark", "Leave out the surname and any number"),
        ("K100001", "Leave out the surname and any number"),
        ("CRMO kid", "Enter a name, and nothing about the illness"),
        ("A" * 26, "Use 25 letters or fewer"),
    ],
)
def test_what_would_tell_others_too_much_is_refused(client, mother, name, says):
    page = choose(client, mother, name)
    assert says in text_of(page)
    assert name in page.content.decode()
    assert Contact.objects.get().calls_child == ""
