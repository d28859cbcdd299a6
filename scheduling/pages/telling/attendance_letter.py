"""A letter for school or an employer: on which days, from when to when, and nothing about why."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from patients.access import Permission, requires
from patients.models import Contact, Relationship
from scheduling.models import Course
from scheduling.pages.records import look_at_course
from scheduling.states import SessionStatus

CAME = (SessionStatus.ARRIVED, SessionStatus.STARTED, SessionStatus.FULFILLED, SessionStatus.NOT_GIVEN)


@requires(Permission.VIEW)
def attendance_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """For the school; with a contact's key in `?for=`, for the employer of that contact."""
    course = look_at_course(request, pk)
    contacts = list(course.patient.contacts.all())
    employee = _employee(contacts, request.GET.get("for", ""))
    context = {
        "course": course,
        "patient": course.patient,
        "unit": course.unit,
        "contacts": contacts,
        "employee": employee,
        # It is not recorded who comes with a child, so the letter says nothing about anybody else.
        "is_who_comes": employee is None or employee.relationship == Relationship.YOUNG_PERSON,
        "days": [(session, session.status in CAME) for session in _days(course)],
        "today": timezone.localdate(),
    }
    return render(request, "scheduling/telling/attendance_letter.html", context)


def _days(course: Course) -> list:
    return [s for s in course.sessions.all() if s.status == SessionStatus.BOOKED or s.status in CAME]


def _employee(contacts: list[Contact], key: str) -> Contact | None:
    return next((contact for contact in contacts if str(contact.pk) == key), None)
