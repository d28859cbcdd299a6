"""The letter for school or an employer: both days, and nothing about why."""

import pytest
from django.urls import reverse

from patients.models import Patient, Relationship
from scheduling.booking import bookings
from scheduling.states import SessionStatus
from tests import builders
from tests.reading import text_of

pytestmark = pytest.mark.django_db
SAYS_WHY = ("infusion", "drip", "pamidronate", "crmo", "bone", "day case", "treatment")


@pytest.fixture
def course(coordinator):
    child = builders.patient("Ada Lark")
    builders.contact(child, "Mia Lark")
    course = builders.course(child, builders.unit())
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
    return course


def letter(client, course, **asked) -> str:
    page = client.get(reverse("scheduling:attendance_letter", args=[course.pk]), asked).content.decode()
    return page.partition("<article")[2].partition("</article>")[0]


def test_the_school_reads_both_days_and_not_why(client, nurse, course):
    client.force_login(nurse)
    text = letter(client, course)
    assert "Ada Lark, born 13 June 2015, has a hospital visit on 2 days" in text
    assert text.count("<li>") == 2
    assert [word for word in SAYS_WHY if word in text.lower()] == []


def test_the_employer_reads_nothing_about_the_child(client, nurse, course):
    client.force_login(nurse)
    text = letter(client, course, **{"for": course.patient.contacts.get().pk})
    assert "Please allow Mia Lark to be absent on 2 days to come to this hospital with a child:" in text
    assert "Ada" not in text
    assert "2015" not in text
    assert [word for word in SAYS_WHY if word in text.lower()] == []


@pytest.mark.parametrize("relationship", Relationship)
def test_only_the_child_is_said_to_have_come(client, nurse, course, relationship):
    course.sessions.update(status=SessionStatus.FULFILLED)
    contact = course.patient.contacts.get()
    contact.relationship = relationship
    contact.save()
    client.force_login(nurse)
    is_child = relationship == Relationship.YOUNG_PERSON
    text = letter(client, course, **{"for": contact.pk})
    assert text.count("(attended)") == (2 if is_child else 0)
    assert ("Mia Lark has a hospital visit on 2 days:" in text) == is_child
    assert "in their care" not in text
    assert letter(client, course).count("(attended)") == 2


def test_a_contact_of_another_child_is_nobodys_employee_here(client, nurse, course):
    other = builders.contact(builders.patient("Somebody Else"), "Other Parent")
    client.force_login(nurse)
    assert "Other Parent" not in letter(client, course, **{"for": other.pk})


def test_of_a_restricted_child_there_is_no_letter_and_the_reason_is_said(client, nurse, course):
    Patient.objects.update(restricted=True, restricted_because="Court order: ring the social worker")
    client.force_login(nurse)
    page = client.get(reverse("scheduling:attendance_letter", args=[course.pk]), follow=True)
    assert page.redirect_chain[-1][0] == course.get_absolute_url()
    said = text_of(page)
    assert "No letter: messages about this child are restricted" in said
    assert "has a hospital visit" not in said
