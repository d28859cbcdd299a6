"""The family is told once all are who are to be told: the board, Today, the course and the tasks agree."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.models import Contact, Patient
from scheduling.booking import bookings
from scheduling.models import CancelReason, Course, Session, Task, Way
from scheduling.telling import by_person
from scheduling.telling.day_told import Family
from scheduling.telling.delivery import deliver_due
from scheduling.telling.knowledge import load_told
from scheduling.telling.to_ring import families_to_ring
from tests import builders
from tests.fakes.post import Post
from tests.reading import folded, text_of

pytestmark = pytest.mark.django_db

NO_MAIL = {"email": "", "may_receive_invites": False, "phone": "+447700900222"}


@pytest.fixture
def course():
    patient = builders.patient()
    builders.contact(patient, "Mia Lark", email="mia@example.com")
    return builders.course(patient, builders.unit())


@pytest.fixture
def book(course, coordinator):
    def booked():
        visits = builders.visits(course, builders.next_monday(2))
        made = bookings.book(course=course, visits=visits, by=coordinator).course
        deliver_due(transport=Post())
        return made

    return booked


def known(course):
    sessions = list(Session.objects.filter(course=course).select_related("course__patient"))
    return load_told(sessions)[sessions[0].pk]


def rung():
    return [contact.name for family in families_to_ring(timezone.now()) for contact, _ in family.contacts]


def tasks():
    return [task.says for task in Task.objects.open().filter(kind="nobody_told")]


def test_a_parent_with_a_phone_and_no_email_is_to_be_told_and_everybody_says_so(
    course, book, coordinator, client
):
    dan = builders.contact(course.patient, "Dan Lark", relationship="father", **NO_MAIL)
    booked = book()
    assert known(booked).family == Family.PART
    assert (known(booked).mark, known(booked).in_words) == ("partly", "family told in part")
    assert list(known(booked).sentences()) == ["Not told of this day: Dan Lark"]
    assert rung() == ["Dan Lark"]
    [says] = tasks()
    assert says.startswith("1 contact who is to be told gets no mail about ")
    client.force_login(coordinator)
    response = client.get(booked.get_absolute_url())
    page = folded(response)
    assert "No mail tells Dan Lark (father), 07700 900222 : ring or write" in text_of(response)
    assert "Dan Lark (father): not told: no email address is recorded" in page
    assert "The family is told in part" in page
    day = booked.live_sessions[0].day.isoformat()
    assert "family told in part" in folded(client.get(reverse("scheduling:show_board"), {"day": day}))

    by_person.note_told(course=booked, contact=dan, way=Way.PHONE, by=coordinator)
    assert known(booked).family == Family.TOLD
    assert (rung(), tasks(), list(known(booked).sentences())) == ([], [], [])
    assert "No mail tells" not in folded(client.get(booked.get_absolute_url()))


def test_the_task_stays_for_them_when_the_mails_to_others_have_left(course, book):
    builders.contact(course.patient, "Dan Lark", **NO_MAIL)
    book()
    assert len(tasks()) == 1


def test_of_a_move_they_are_to_be_told_again(course, book, coordinator):
    dan = builders.contact(course.patient, "Dan Lark", **NO_MAIL)
    booked = book()
    by_person.note_told(course=booked, contact=dan, way=Way.PHONE, by=coordinator)
    visits = builders.visits(booked, builders.next_monday(3))
    reason = CancelReason.FAMILY_REQUEST
    bookings.move(course=booked, visits=visits, reason=reason, by=coordinator)
    deliver_due(transport=Post())
    assert known(booked).family == Family.PART
    assert rung() == ["Dan Lark"]
    [says] = tasks()
    assert says.startswith("1 contact who was told by phone")


@pytest.mark.parametrize(
    ("fields", "family"),
    [
        ({"parental_responsibility": "yes"}, Family.PART),
        ({"parental_responsibility": "delegated"}, Family.PART),
        ({"parental_responsibility": "no"}, Family.TOLD),
        ({"parental_responsibility": "unknown"}, Family.TOLD),
        # With an address and no permission the record says not.
        ({"parental_responsibility": "yes", "email": "dan@example.com"}, Family.TOLD),
        ({"parental_responsibility": "no", "may_receive_invites": True}, Family.PART),
    ],
)
def test_who_counts(course, book, fields, family):
    builders.contact(course.patient, "Dan Lark", **NO_MAIL | fields)
    booked = book()
    assert known(booked).family == family
    assert bool(rung()) == (family == Family.PART)
    assert bool(tasks()) == (family == Family.PART)


def test_from_16_on_the_young_person_says_who_is_told(course, book):
    Patient.objects.update(birth_date=timezone.localdate() - timedelta(days=17 * 366))
    Contact.objects.update(permission_on=timezone.localdate())
    builders.contact(course.patient, "Dan Lark", **NO_MAIL)
    assert known(book()).family == Family.TOLD
    assert (rung(), tasks()) == ([], [])


def test_of_a_restricted_child_nobody_is_to_be_rung(course, book):
    builders.contact(course.patient, "Dan Lark", **NO_MAIL)
    booked = book()
    Patient.objects.update(restricted=True, restricted_because="court order")
    assert rung() == []
    assert known(Course.objects.get(pk=booked.pk)).to_ring == []


def test_of_a_visit_that_has_begun_nobody_is_to_be_rung(course, book, time_machine):
    builders.contact(course.patient, "Dan Lark", **NO_MAIL)
    booked = book()
    assert [contact.name for contact in known(booked).to_ring] == ["Dan Lark"]
    time_machine.move_to(booked.live_sessions[0].starts_at)
    assert known(booked).to_ring == []


def test_whoever_s_mail_came_back_before_the_booking_is_to_be_told_too(course, book):
    came_back = timezone.now() - timedelta(days=9)
    builders.contact(course.patient, "Dan Lark", returned_at=came_back)
    assert known(book()).family == Family.PART
    assert rung() == ["Dan Lark"]
    assert len(tasks()) == 1
