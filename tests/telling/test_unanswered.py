"""Families that know of visits and have not answered: who is on the list, and what one press does."""

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.audit import WORKER
from scheduling.answers.replies import record_answer
from scheduling.booking import bookings
from scheduling.models import Answer, Message, Source
from scheduling.telling.delivery import deliver_due
from scheduling.telling.unanswered import unanswered
from tests import builders
from tests.fakes.post import Post
from tests.reading import text_of


@pytest.fixture
def unit(db):
    return builders.unit(name="Day Unit")


def booked(unit, by, name, weeks, **contact):
    course = builders.course(builders.patient(name), unit)
    builders.contact(course.patient, **contact)
    monday = builders.next_monday(weeks)
    return bookings.book(course=course, visits=builders.visits(course, monday), by=by).course


def say(course, answer=Answer.ACCEPTED, numbers=(1, 2)):
    for session in course.sessions.filter(number__in=numbers):
        record_answer(
            session=session, contact=course.patient.contacts.first(), answer=answer, source=Source.PAGE,
            sequence=session.sequence, stamp=timezone.now(), by=WORKER,
        )  # fmt: skip


def names(now=None):
    return [family.course.patient.name for family in unanswered(now or timezone.now())]


@pytest.fixture
def two(unit, coordinator):
    """Wren's family is booked in three weeks, Ada's in two; both have got their mails."""
    made = booked(unit, coordinator, "Wren Finch", 3), booked(unit, coordinator, "Ada Lark", 2)
    deliver_due(transport=Post())
    return made


def test_the_soonest_visit_is_first_and_an_answer_takes_a_day_off(two):
    wren, ada = two
    assert names() == ["Ada Lark", "Wren Finch"]
    say(ada, numbers=(1,))
    assert [[s.number for s in family.sessions] for family in unanswered(timezone.now())] == [[2], [1, 2]]
    say(ada, Answer.DECLINED, numbers=(2,))
    assert names() == ["Wren Finch"]
    assert wren.status == "booked"


def test_whoever_was_not_told_or_is_restricted_has_nothing_to_answer(unit, coordinator, two):
    _, ada = two
    booked(unit, coordinator, "Ola Crake", 4, may_receive_invites=False)
    ada.patient.restricted, ada.patient.restricted_because = True, "court order"
    ada.patient.save()
    assert names() == ["Wren Finch"]


def test_five_queries_for_any_number_of_families(two, django_assert_num_queries):
    with django_assert_num_queries(5):
        assert len(names()) == 2


def test_one_press_notes_a_try_mails_again_or_opens_the_letter(client, coordinator, two):
    _, ada = two
    client.force_login(coordinator)
    page = client.get(reverse("scheduling:list_unanswered"))
    assert text_of(page).index("Ada Lark") < text_of(page).index("Wren Finch")
    assert "Nobody has tried since the course was agreed." in text_of(page)
    assert f"{reverse('scheduling:print_letter', args=[ada.pk])}?contact=" in page.content.decode()
    note = reverse("scheduling:note_unanswered", args=[ada.pk])
    said = text_of(client.post(note, {"outcome": "no_answer"}, follow=True))
    assert "Noted: no answer." in said
    assert "Last try: no answer, Cora Coordinator" in said
    again = reverse("scheduling:mail_unanswered", args=[ada.pk])
    assert "The invites go again to Mia Lark." in text_of(client.post(again, follow=True))
    mails = Message.objects.filter(course=ada, kind="invite").order_by("pk")
    assert [mail.sequence for mail in mails] == [0, 0, 0, 0]
    assert [mail.status for mail in mails] == ["sent", "sent", "queued", "queued"]
    say(ada)
    assert "No invite of these days can be sent again." in text_of(client.post(again, follow=True))


def test_who_may_only_look_presses_nothing(client, reader, two):
    client.force_login(reader)
    assert "Mail the invites again" not in text_of(client.get(reverse("scheduling:list_unanswered")))
    assert client.post(reverse("scheduling:mail_unanswered", args=[two[0].pk])).status_code == 403
