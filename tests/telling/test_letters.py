"""How a mail is written: the approved text, in the reader's language and type; and when none leaves."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from patients import changes
from patients.models import Contact
from scheduling.booking import bookings
from scheduling.errors import NotReadyToWrite
from scheduling.models import CancelReason, FamilyLink, Message, MessageKind, Moment, Task
from scheduling.states import MessageStatus
from scheduling.telling import queue, whom_to_write
from scheduling.telling.delivery import Delivered, deliver_due
from scheduling.telling.family_links import link_for, page_address
from scheduling.telling.letters import PAGE, Reader, write_letter
from tests import builders
from tests.builders.texts import approved, written
from tests.fakes.post import Post
from tests.reading import calendar, words_of

EMAILS = Path(settings.BASE_DIR) / "templates" / "emails"


@pytest.fixture
def course(db):
    patient = builders.patient()
    builders.contact(patient, "Mia Lark", email="mia@example.com")
    return builders.course(patient, builders.unit())


@pytest.fixture
def monday():
    return builders.next_monday(2)


@pytest.fixture
def book(course, monday, coordinator):
    return lambda: bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)


def cancel(course, by):
    reason = CancelReason.FAMILY_REQUEST
    return bookings.cancel(course=course, reason=reason, back_to_waiting=True, by=by).messages


# The text


def test_each_day_carries_its_text_and_the_message_names_it(course, book, lead):
    approved(written(course.unit, lead, "Bring a **book**."), lead)
    first, second = book().messages

    assert first.advice_version == "Before day 1, later course, version 2"
    assert second.advice_version == "Before day 2, later course, version 1"
    assert "Bring a book." in words_of(first)
    assert "<strong>book</strong>" in words_of(first)
    assert "Before day 2: advice for a later course." in words_of(second)


def test_a_cancellation_carries_no_advice_and_no_page(course, book, coordinator):
    booked = book().course
    for message in cancel(booked, coordinator):
        assert message.advice_version == ""
        assert "Paracetamol" not in words_of(message)
        assert "/family/" not in words_of(message)


def test_the_entry_ends_with_a_sentence_where_the_text_is_long(course, book, lead):
    approved(written(course.unit, lead, "Ring us before you come. " * 100), lead)
    notes = calendar(book().messages[0])["DESCRIPTION"].replace("\\n", "\n").replace("\\,", ",")

    assert 1400 < len(notes) <= 1500
    assert re.search(r"before you come\.\nThere is more in the mail\.\n", notes)
    assert "Questions, or you cannot come: ring 0113 496 0123" in notes
    assert "0113 496 0124" in notes


def test_an_entry_with_only_the_link_still_says_how_long_and_whom_to_ring(course, book):
    course.unit.entry_detail, course.unit.advice_page = "link", "https://trust.example/prepare"
    course.unit.save()
    notes = calendar(book().messages[0])["DESCRIPTION"]
    assert "https://trust.example/prepare" in notes
    assert "It takes 4 hours." in notes
    assert "0113 496 0124" in notes
    assert "Paracetamol" not in notes


# The page


def test_each_contact_is_given_their_own_page_and_no_entry_has_it(course, book):
    builders.contact(course.patient, "Pa Lark", email="pa@example.com")
    messages = book().messages
    for message in messages:
        own = page_address(link_for(course, message.contact))
        assert words_of(message).count(own) == 3  # The text, and in the HTML the link and its words.
        assert set(re.findall(r"http\S*?/family/[\w-]+/", words_of(message))) == {own}
        assert "/family/" not in str(calendar(message))
        assert PAGE not in words_of(message)
    assert FamilyLink.objects.count() == 2


def test_a_contact_whose_page_was_revoked_is_not_given_it(course, book):
    link_for(course, course.patient.contacts.get())
    FamilyLink.objects.update(revoked_at=timezone.now())
    for message in book().messages:
        assert "/family/" not in words_of(message)
        assert "Your page" not in words_of(message)


# The reader


@pytest.fixture
def of_a_trust_with_languages(settings, tmp_path):
    """Polish and Urdu, of which Django knows the days and the numbers; translated by the Trust itself."""
    from django.utils.translation.trans_real import get_languages

    settings.LANGUAGES = [("en", "English"), ("pl", "Polish"), ("ur", "Urdu")]
    settings.TRANSLATIONS_DIR = str(tmp_path)
    for code in ("pl", "ur"):
        (tmp_path / code / "LC_MESSAGES").mkdir(parents=True)
        (tmp_path / code / "LC_MESSAGES" / "django.mo").touch()
    get_languages.cache_clear()
    yield
    get_languages.cache_clear()


def test_a_contact_reads_the_mail_in_their_language(course, book, lead, of_a_trust_with_languages):
    approved(written(course.unit, lead, "Weź książkę.", version=1, language="pl"), lead)
    Contact.objects.update(language="pl")
    builders.contact(course.patient, "Pa Lark", email="pa@example.com")
    polish, english = [m for m in book().messages if m.session.number == 1]

    assert polish.advice_version == "Before day 1, later course, version 1 (pl)"
    assert '<html lang="pl" dir="ltr">' in words_of(polish)
    assert '<div lang="pl" dir="ltr">' in words_of(polish)
    assert "poniedziałek" in words_of(polish).lower()
    assert "Weź książkę." in words_of(polish)
    assert "Weź" in calendar(polish)["DESCRIPTION"]
    assert english.advice_version == "Before day 1, later course, version 1"
    assert "Weź" not in words_of(english)


def test_english_advice_inside_a_mail_from_right_to_left_runs_its_own_way(
    course, book, of_a_trust_with_languages
):
    Contact.objects.update(language="ur")
    message = book().messages[0]
    assert '<html lang="ur" dir="rtl">' in words_of(message)
    assert '<div lang="en" dir="ltr">' in words_of(message)


def test_large_print_is_18_points_or_more(course, book):
    builders.contact(course.patient, "Pa Lark", email="pa@example.com")
    Contact.objects.filter(email="pa@example.com").update(large_print=True)
    usual, large = [m for m in book().messages if m.session.number == 1]
    assert "font-size:18px" in words_of(usual)
    assert "font-size:24px" in words_of(large)  # 24 px are 18 points.
    smaller = [
        float(size) for size in re.findall(r"font-size:([\d.]+)em", words_of(large)) if float(size) < 1
    ]
    assert smaller == []


def test_readers_who_are_alike_share_one_letter(course, book, monkeypatch):
    for name, fields in (
        ("Pa Lark", {}),
        ("Gran Lark", {"large_print": True}),
        ("Pat Lark", {"language": "pl"}),
    ):
        builders.contact(course.patient, name, **fields)
    written_to = []

    def counted(session, kind, reader, **more):
        written_to.append((session.number, reader))
        return write_letter(session, kind, reader, **more)

    monkeypatch.setattr(queue, "write_letter", counted)
    assert len(book().messages) == 8
    assert len(written_to) == len(set(written_to)) == 6


def test_the_plain_text_says_all_that_the_html_says(course, book):
    letter = write_letter(
        book().course.live_sessions[0],
        MessageKind.INVITE,
        Reader(has_page=True),
        today=timezone.localdate(),
        changed=True,
        was=timezone.now(),
    )
    body = letter.html.partition("<body")[2].partition(">")[2]
    pieces = [" ".join(piece.split()) for piece in re.split(r"<[^>]+>", unescape(body))]
    text = " ".join(letter.text.split())
    assert [piece for piece in pieces if piece and piece not in text] == []


@pytest.mark.parametrize("template", sorted(EMAILS.iterdir()), ids=lambda path: path.name)
def test_no_words_of_a_mail_stand_outside_the_translations(template):
    text = re.sub(r"<!DOCTYPE.*?</head>", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}|<[^>]*>", "", text, flags=re.DOTALL)
    assert re.findall(r"[A-Za-z]{2,}", text) == []


# When none leaves


def test_nothing_is_booked_for_a_family_to_be_told_with_a_text_that_is_not_approved(course, book):
    course.unit.advice_texts.filter(moment=Moment.BEFORE_DAY_2).update(
        review_on=timezone.localdate() - timedelta(1)
    )
    with pytest.raises(NotReadyToWrite, match="no approved text “Before day 2, later course”"):
        book()
    assert not Message.objects.exists()

    course.patient.contacts.update(may_receive_invites=False)
    assert book().messages == []


def test_a_course_is_cancelled_without_any_text(course, book, coordinator):
    booked = book().course
    course.unit.advice_texts.update(review_on=timezone.localdate() - timedelta(1))
    assert len(cancel(booked, coordinator)) == 2
    Message.objects.filter(kind=MessageKind.INVITE).update(
        status=MessageStatus.SENT, attempts=1, sent_at=timezone.now()
    )
    assert Delivered(sent=2) == deliver_due(transport=Post())


def test_an_address_may_change_while_no_text_is_approved(course, book, coordinator):
    book()
    assert Delivered(sent=2) == deliver_due(transport=Post())
    course.unit.advice_texts.update(review_on=timezone.localdate() - timedelta(1))
    contact = course.patient.contacts.get()
    contact.email = "new@example.com"
    changes.save(contact, by=coordinator)

    later = Message.objects.order_by("pk")[2:]
    assert [(m.kind, m.to_address) for m in later] == [
        *[("cancellation", "mia@example.com")] * 2,
        ("page", "new@example.com"),
    ]
    assert whom_to_write.to_invite(course, now=timezone.now()).untold == [contact]


def test_a_mail_waits_while_the_approval_of_its_text_is_over(course, book):
    message = book().messages[0]
    text = course.unit.advice_texts.get(moment=Moment.BEFORE_DAY_1, audience="later")
    until = text.review_on
    course.unit.advice_texts.update(review_on=timezone.localdate() - timedelta(1))

    post = Post()
    assert Delivered() == deliver_due(transport=post)
    message.refresh_from_db()
    assert (message.status, message.attempts, post.mails) == (MessageStatus.QUEUED, 0, [])
    assert "no approval in date for the text “Before day 1, later course, version 1”" in message.problem

    course.unit.advice_texts.update(review_on=until)
    assert Delivered(sent=2) == deliver_due(now=timezone.now() + timedelta(minutes=6), transport=post)


def test_a_mail_goes_once_its_text_is_approved_again_as_it_was(course, book, lead):
    book()
    old = course.unit.advice_texts.get(moment=Moment.BEFORE_DAY_1, audience="later")
    course.unit.advice_texts.filter(pk=old.pk).update(review_on=timezone.localdate() - timedelta(1))
    assert Delivered(sent=1) == deliver_due(transport=Post())
    approved(written(course.unit, lead, old.body), lead)
    assert Delivered(sent=1) == deliver_due(now=timezone.now() + timedelta(minutes=6), transport=Post())


def test_a_mail_whose_expired_text_was_replaced_is_not_sent_but_made_a_task(course, book, lead):
    message = book().messages[0]
    course.unit.advice_texts.filter(moment=Moment.BEFORE_DAY_1).update(
        review_on=timezone.localdate() - timedelta(1)
    )
    approved(written(course.unit, lead, "Bring a game."), lead)

    assert Delivered(sent=1, failed=1) == deliver_due(transport=Post())
    message.refresh_from_db()
    assert message.status == MessageStatus.FAILED
    assert "the unit has approved a newer text since" in message.problem
    assert Task.objects.open().filter(kind="mail_failed").count() == 1
    assert whom_to_write.to_invite(course, now=timezone.now()).untold == [message.contact]


def test_a_mail_with_a_translation_whose_english_was_changed_is_not_sent_but_made_a_task(
    course, book, lead, of_a_trust_with_languages
):
    Contact.objects.update(language="pl")
    approved(written(course.unit, lead, "Weź książkę.", version=1, language="pl"), lead)
    message = book().messages[0]
    assert message.advice_version == "Before day 1, later course, version 1 (pl)"
    approved(written(course.unit, lead, "Ring us first after contact with chickenpox."), lead)

    assert Delivered(sent=1, failed=1) == deliver_due(transport=Post())
    message.refresh_from_db()
    assert "the unit has approved a newer text since" in message.problem
    assert Task.objects.open().filter(kind="mail_failed").count() == 1


def test_a_text_replaced_in_date_does_not_hold_back_what_was_written_before(course, book, lead):
    book()
    approved(written(course.unit, lead, "Bring a game."), lead)
    assert Delivered(sent=2) == deliver_due(transport=Post())
