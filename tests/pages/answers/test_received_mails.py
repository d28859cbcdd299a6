"""The page of a mail that came in: what it shows, to whom, and what people do there."""

import pytest
from django.urls import reverse

from patients.models import AccessEvent
from scheduling.models import IncomingMail, Reply, Task
from tests import builders
from tests.addresses import at
from tests.builders.answers import invited_course, later, take, to
from tests.ical import answers
from tests.ical.answers import MTA
from tests.reading import main_part

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script><img src=http://evil.example/x> We come & thank you"


@pytest.fixture
def course(coordinator):
    return invited_course(coordinator)


@pytest.fixture
def page(client, coordinator, settings):
    settings.AUTHSERV_ID = MTA
    client.force_login(coordinator)
    return client


def test_it_is_shown_as_text_and_the_look_is_logged(page, course):
    mail = take(answers.words(HOSTILE, to(course)))
    text = main_part(page.get(at("show_mail", mail)))
    assert "&lt;script&gt;alert(1)" in text
    assert "<script" not in text
    assert "<img" not in text
    assert "Our mail server says" in text
    looks = AccessEvent.objects.filter(page="scheduling:show_mail", patient_id=course.patient_id)
    assert looks.count() == 1


def test_of_a_sender_whom_nobody_checked_it_says_so(page, course):
    mail = take(answers.words("Hello", to(course, checked="")))
    assert "Anybody could have written this address" in main_part(page.get(at("show_mail", mail)))


def test_an_answer_that_does_not_count_by_itself_can_be_read(page, course):
    given = to(course, checked="", partstat="DECLINED", comment="<b>A cold</b>")
    text = main_part(page.get(at("show_mail", take(answers.nextcloud(given)))))
    assert "Cannot come, for" in text
    assert "mia.lark@family.example" in text
    assert "“&lt;b&gt;A cold&lt;/b&gt;”" in text


def test_the_bytes_can_be_had_as_a_file(page, course):
    raw = answers.gmail(to(course, checked=""))
    response = page.get(at("download_mail", take(raw)))
    assert response.content == raw
    assert response["Content-Disposition"].startswith("attachment")
    assert response["Content-Type"] == "message/rfc822"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_person_records_it_as_an_answer(page, course):
    mail = take(answers.words("Yes to both", to(course)))
    first, second = course.sessions.all()
    mia = course.patient.contacts.get(name="Mia Lark")
    wrong = page.post(at("answer_mail", mail), {"contact": mia.pk, "answer": "ACCEPTED"})
    assert "Select which days it is about" in wrong.content.decode()
    told = {"days": [first.pk, second.pk], "contact": mia.pk, "answer": "ACCEPTED"}
    assert page.post(at("answer_mail", mail), told).url == course.get_absolute_url()
    assert {reply.session for reply in Reply.objects.all()} == {first, second}
    again = page.post(at("answer_mail", mail), told)
    assert again.status_code == 409
    assert "recorded as an answer already" in again.content.decode()


def test_an_answer_to_days_that_moved_while_the_page_was_open_is_refused(page, coordinator, course):
    mail = take(answers.words("Yes to both", to(course)))
    shown = page.get(at("show_mail", mail))
    first, second = course.sessions.all()
    told = {
        "days": [first.pk, second.pk],
        "contact": course.patient.contacts.get(name="Mia Lark").pk,
        "answer": "ACCEPTED",
        "seen": shown.context["forms"]["answer"]["seen"].value(),
    }
    assert f'value="{course.version}"' in shown.content.decode()
    later(course, coordinator)
    refused = page.post(at("answer_mail", mail), told)
    assert refused.status_code == 409
    assert "moved this course" in refused.content.decode()
    assert not Reply.objects.exists()
    told["seen"] = refused.context["forms"]["answer"]["seen"].value()
    recorded = page.post(at("answer_mail", mail), told, follow=True).content.decode()
    assert "for the new one it does not count" in recorded


def test_no_answer_is_recorded_for_a_stranger(page, course):
    mail = take(answers.words("Yes", to(course)))
    stranger = builders.contact(builders.patient("Ben Wren"))
    told = {"days": [course.sessions.first().pk], "contact": stranger.pk, "answer": "ACCEPTED"}
    assert page.post(at("answer_mail", mail), told).status_code == 200
    assert not Reply.objects.exists()


def test_a_mail_of_nobody_is_put_to_a_child_first(page, course):
    mail = take(answers.words("Yes", to(course, sender="x@y.example")))
    listed = main_part(page.get(reverse("scheduling:list_tasks")))
    assert "Not known yet" in listed
    assert mail.get_absolute_url() in listed
    assert mail.get_absolute_url() in main_part(page.get(Task.objects.get().get_absolute_url()))
    shown = main_part(page.get(at("show_mail", mail)))
    assert "Which child is it about?" in shown
    assert "What is the answer?" not in shown
    page.post(at("place_mail", mail), {"course": course.pk})
    assert "What is the answer?" in main_part(page.get(at("show_mail", mail)))


def test_nothing_to_do_closes_the_task(page, course):
    mail = take(answers.words("Thank you", to(course)))
    page.post(at("settle_mail", mail))
    assert not Task.objects.open().exists()
    shown = main_part(page.get(at("show_mail", mail)))
    assert "<form" not in shown
    assert page.post(at("settle_mail", mail)).status_code == 302


def test_who_may_only_look_gets_no_forms(client, reader, course):
    mail = take(answers.words("Thank you", to(course)))
    client.force_login(reader)
    assert "<form" not in main_part(client.get(at("show_mail", mail)))
    assert client.post(at("settle_mail", mail)).status_code == 403


def test_a_mail_whose_words_are_gone_says_so(page, course):
    mail = take(answers.words("Thank you", to(course)))
    IncomingMail.objects.update(mime=b"")
    assert "Its words were deleted" in main_part(page.get(at("show_mail", mail)))
