"""Loading what a page is about. The same call logs that the user looked at it."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from patients import audit
from scheduling.models import Course, FamilyLink, IncomingMail, Message, Session, Task
from scheduling.models.review import Recorded
from scheduling.unit.asks import load_needs

# The days of a course with their chairs, in one query.
WITH_CHAIRS = Session.objects.select_related("booking__chair")
# The other rows that the pages of tasks show.
WHAT_A_TASK_SHOWS = (
    "unit",
    "course__patient",
    "course__unit",
    "session",
    "message__contact",
    "mail",
    "request__contact",
    "check_in__contact",
    "owner",
)


def look_at_course(request: HttpRequest, pk: int) -> Course:
    """A course with its child, unit and sessions; 404 if unknown. The look is logged."""
    courses = Course.objects.select_related("patient", "unit").prefetch_related(
        Prefetch("sessions", WITH_CHAIRS)
    )
    course = get_object_or_404(courses, pk=pk)
    load_needs([course])
    audit.look_at_records(request, [course.patient])
    return course


def look_at_link(request: HttpRequest, pk: int) -> FamilyLink:
    """The link to a family's page with its course and child; 404 if unknown. The look is logged."""
    link = get_object_or_404(FamilyLink.objects.select_related("course__patient", "contact"), pk=pk)
    audit.look_at_records(request, [link.course.patient])
    return link


def look_at_message(request: HttpRequest, pk: int) -> Message:
    """A message with its course, child and contact; 404 if unknown. The look is logged."""
    messages = Message.objects.select_related("course__patient", "course__unit", "session__course", "contact")
    message = get_object_or_404(messages, pk=pk)
    audit.look_at_records(request, [message.course.patient])
    return message


def look_at_mail(request: HttpRequest, pk: int) -> IncomingMail:
    """A mail that came in, with the course and answer it belongs to; 404 if unknown. The look is logged."""
    related = ("course__patient", "course__unit", "contact", "reply__session", "reply__contact")
    mail = get_object_or_404(IncomingMail.objects.select_related(*related), pk=pk)
    children = [mail.course.patient] if mail.course else []
    audit.look_at_records(request, children)
    return mail


def look_at_recorded(request: HttpRequest, model: type[Recorded], pk: int) -> Any:
    """A review, decision or other record of a child, with the child; 404 if unknown. The look is logged."""
    row: Any = get_object_or_404(model._default_manager.select_related("patient"), pk=pk)
    audit.look_at_records(request, [row.patient])
    return row


def look_at_task(request: HttpRequest, pk: int) -> Task:
    """A task with what it is about; 404 if unknown. The look is logged."""
    found = Task.objects.select_related(*WHAT_A_TASK_SHOWS)
    task = get_object_or_404(found.prefetch_related("course__patient__contacts"), pk=pk)
    children = [task.course.patient] if task.course else []
    audit.look_at_records(request, children)
    return task


def look_at_visit(request: HttpRequest, pk: int) -> Session:
    """A visit with its child, unit, chair and the course's other days; 404 if unknown. The look is logged."""
    sessions = Session.objects.select_related("course__patient", "course__unit", "booking__chair")
    session = get_object_or_404(sessions.prefetch_related(Prefetch("course__sessions", WITH_CHAIRS)), pk=pk)
    load_needs([session.course])
    audit.look_at_records(request, [session.course.patient])
    return session
