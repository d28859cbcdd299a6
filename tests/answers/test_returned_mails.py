"""Mails of ours that came back: whose they are, what only a person may judge, and what marks nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from patients.models import Contact
from scheduling.booking import bookings
from scheduling.models import IncomingMail, MailOutcome, Message, Task, TaskKind
from scheduling.states import MessageStatus
from tests import builders
from tests.builders.answers import invited_course, take
from tests.builders.messages import all_sent
from tests.ical import answers, bounces
from tests.ical.answers import UNIT

pytestmark = pytest.mark.django_db

MIA = "mia.lark@family.example"
STRANGE = "<some.other@place.example>"


@pytest.fixture
def course(coordinator):
    return invited_course(coordinator)


def last_to_mia() -> Message:
    return Message.objects.filter(contact__name="Mia Lark").last()


def returned() -> list[Message]:
    return list(Message.objects.filter(status=MessageStatus.RETURNED))


def is_to_read(mail: IncomingMail) -> bool:
    open_ones = Task.objects.open().filter(kind=TaskKind.MAIL_TO_READ, mail=mail)
    return mail.outcome == MailOutcome.TO_READ and open_ones.count() == 1


@pytest.mark.parametrize("kind", bounces.FAILED)
def test_a_mail_that_came_back_is_known_by_its_message_id_wherever_it_stands(course, kind):
    message = last_to_mia()
    mail = take(bounces.FAILED[kind](message.message_id, "nobody@else.example"))
    assert (mail.outcome, mail.course, mail.contact) == (MailOutcome.BOUNCE, course, message.contact)
    assert returned() == [message]
    assert Task.objects.open().get().kind == TaskKind.MAIL_FAILED


@pytest.mark.parametrize("kind", bounces.NAME_THE_ADDRESS)
def test_or_else_by_the_address_it_was_for_if_that_was_written_to_lately(course, kind):
    mail = take(bounces.FAILED[kind](STRANGE, MIA.upper()))
    assert mail.outcome == MailOutcome.BOUNCE
    assert returned() == [last_to_mia()]


def test_a_second_one_of_the_same_address_marks_the_mail_before(course):
    for number in (1, 2):
        take(bounces.FAILED["exim"](f"<{number}.other@place.example>", MIA))
    assert len(returned()) == 2
    assert take(bounces.FAILED["exim"]("<3.other@place.example>", MIA)).outcome == MailOutcome.BOUNCE


def test_a_mail_to_an_address_written_to_long_ago_is_for_a_person(course):
    Message.objects.update(sent_at=timezone.now() - timedelta(days=15))
    assert is_to_read(take(bounces.FAILED["exim"](STRANGE, MIA)))
    assert returned() == []


def test_an_address_that_only_stands_somewhere_in_it_says_whose_it_may_be_and_marks_nothing(course):
    mail = take(bounces.FAILED["qmail"](STRANGE, MIA))
    assert is_to_read(mail)
    assert (mail.course, mail.contact) == (course, Contact.objects.get(name="Mia Lark"))
    assert returned() == []


@pytest.mark.parametrize("kind", bounces.FAILED)
def test_one_that_names_nothing_of_ours_is_for_a_person(course, kind):
    assert is_to_read(take(bounces.FAILED[kind](STRANGE, "nobody@else.example")))


@pytest.mark.parametrize("kind", bounces.UNPLAIN)
def test_one_that_is_not_understood_is_for_a_person_beside_its_course(course, kind):
    mail = take(bounces.UNPLAIN[kind](last_to_mia().message_id, MIA))
    assert is_to_read(mail)
    assert mail.course == course
    assert returned() == []


@pytest.mark.parametrize("kind", bounces.LATE)
def test_a_mail_that_is_still_tried_is_left_alone(course, kind):
    assert take(bounces.LATE[kind](last_to_mia().message_id, MIA)).outcome == MailOutcome.IGNORED
    assert returned() == []


def test_a_report_that_says_it_arrived_needs_nobody(course):
    mail = take(answers.report(last_to_mia().message_id, action="delivered", status="2.1.5"))
    assert mail.outcome == MailOutcome.IGNORED


@pytest.mark.parametrize("sender", [MIA, "eve@evil.example"])
@pytest.mark.parametrize("action", ["failed", "delivered", "delayed"])
def test_a_report_of_an_ordinary_sender_marks_nothing_and_is_for_a_person(course, sender, action):
    raw = bounces.from_a_person(answers.report(last_to_mia().message_id, action=action, to=MIA), sender)
    mail = take(raw)
    assert is_to_read(mail)
    assert mail.course == course
    assert returned() == []


def test_words_of_a_family_whose_address_sounds_like_a_server_are_for_a_person(course):
    Message.objects.update(to_address="postmaster@family.example")
    more = f"In-Reply-To: {last_to_mia().message_id}\n"
    given = answers.GIVEN.but(sender="postmaster@family.example")
    mail = take(answers.words("Your mail was returned to sender, as it was not delivered.", given, more))
    assert is_to_read(mail)
    assert returned() == []


def test_two_children_with_one_address_are_told_apart_by_the_message_id(course, coordinator):
    first = last_to_mia()
    other = builders.course(builders.patient("Ben"))
    builders.contact(other.patient, "Mia Lark", email=MIA)
    bookings.book(course=other, visits=builders.visits(other, builders.next_monday(3)), by=coordinator)
    all_sent()
    assert take(answers.report(first.message_id, to=MIA)).course == course
    assert returned() == [first]


def test_our_own_address_in_it_is_nobody_that_we_wrote_to(course):
    mail = take(bounces.FAILED["qmail"](STRANGE, UNIT))
    assert (is_to_read(mail), mail.course) == (True, None)
