"""A family's own words reach a person, whatever marks a mailing list or a forwarding server puts on them."""

import pytest

from scheduling.models import IncomingMail, MailOutcome, Message, Task, TaskKind
from tests.builders.answers import invited_course, take, to
from tests.ical import answers
from tests.ical.answers import UNIT

pytestmark = pytest.mark.django_db

WORDS = "We cannot come on Monday, she has a fever."
FORWARDED = [
    "Precedence: bulk",
    "Precedence: list",
    "Precedence: junk",
    "List-Id: <family.groups.example>",
    "List-Unsubscribe: <mailto:leave@groups.example>",
    "Auto-Submitted: auto-forwarded",
    "Auto-Submitted: auto-generated",
    "Auto-Submitted: auto-notified",
    "X-Forwarded-For: mia@old.example mia@family.example",
    "X-MS-Exchange-Inbox-Rules-Loop: mia@family.example",
    "X-Loop: family@groups.example",
]


@pytest.fixture
def course(coordinator):
    return invited_course(coordinator)


def is_for_a_person(mail: IncomingMail) -> bool:
    open_ones = Task.objects.open().filter(kind=TaskKind.MAIL_TO_READ, mail=mail)
    return mail.outcome == MailOutcome.TO_READ and open_ones.count() == 1


def in_thread(course, more: str, sender: str = "mia.lark@family.example") -> bytes:
    """Words that answer a mail of ours, with one more header."""
    ours = Message.objects.filter(contact__name="Mia Lark").first().message_id
    return answers.words(WORDS, to(course, sender=sender), f"In-Reply-To: {ours}\n{more}\n")


@pytest.mark.parametrize("mark", FORWARDED)
def test_words_that_answer_our_mail_are_for_a_person_whatever_mark_they_carry(course, mark):
    mail = take(in_thread(course, mark))
    assert is_for_a_person(mail)
    assert mail.course == course


@pytest.mark.parametrize("mark", FORWARDED)
def test_so_are_words_from_an_address_that_we_wrote_to(course, mark):
    assert is_for_a_person(take(answers.words(WORDS, to(course), f"{mark}\n")))


def test_so_is_an_answer_to_our_mail_from_another_address(course):
    mail = take(in_thread(course, "List-Id: <family.groups.example>", "gran@elsewhere.example"))
    assert is_for_a_person(mail)
    assert mail.course == course


def test_our_mail_is_found_among_very_many_that_a_mail_refers_to(course):
    ours = Message.objects.filter(contact__name="Mia Lark").first().message_id
    others = " ".join(f"<{number}@elsewhere.example>" for number in range(60))
    more = f"In-Reply-To: <last@elsewhere.example>\nReferences: {others}\n {ours}\nPrecedence: bulk\n"
    mail = take(answers.words(WORDS, to(course, sender="gran@elsewhere.example"), more))
    assert is_for_a_person(mail)


@pytest.mark.parametrize(
    "mark",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: AUTO-REPLIED (vacation)",
        "X-Autoreply: yes",
        "Precedence: auto_reply",
        "Auto-Submitted: auto-generated\nSubject: Automatic reply: Hospital visit",
    ],
)
def test_an_absence_note_needs_nobody(course, mark):
    raw = in_thread(course, mark)
    if "Subject" in mark:
        raw = raw.replace(b"Subject: Accepted: Hospital visit, day 1 of 2\r\n", b"")
    assert take(raw).outcome == MailOutcome.IGNORED


@pytest.mark.parametrize("mark", ["List-Id: <news.example>", "Precedence: bulk"])
def test_a_newsletter_of_a_stranger_needs_nobody(course, mark):
    mail = take(answers.words("Ten new toys", to(course, sender="news@shop.example"), f"{mark}\n"))
    assert mail.outcome == MailOutcome.IGNORED


def test_our_own_mail_that_comes_round_needs_nobody(course):
    assert take(answers.words("Copy", to(course, sender=UNIT))).outcome == MailOutcome.IGNORED


@pytest.mark.parametrize("header", ["Reply-To", "X-Original-From", "X-Original-Sender"])
def test_words_that_a_group_sends_on_in_our_own_name_are_for_a_person(course, header):
    raw = answers.words(WORDS, to(course, sender=UNIT), f"{header}: Mia Lark <mia.lark@family.example>\n")
    assert is_for_a_person(take(raw))
