"""The waiting list, and the contact log of its courses."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.pages import page_of
from patients import audit
from patients.access import Permission, requires
from patients.acting import said_in
from scheduling.booking import contact_log
from scheduling.models import ContactOutcome, Course
from scheduling.pages.booking.waiting_forms import AttemptForm, WaitingFilterForm
from scheduling.pages.own_units import starts_with_own_units
from scheduling.pages.records import look_at_course
from scheduling.states import CourseStatus

COURSES_A_PAGE = 25


@require_safe
@requires(Permission.VIEW)
@starts_with_own_units
def list_waiting(request: HttpRequest) -> HttpResponse:
    """Courses that are agreed and not booked yet, including held ones, the most urgent first."""
    filters, everything = WaitingFilterForm(request.GET), Course.objects.to_book()
    courses = filters.narrow(everything.most_urgent_first(), timezone.now())
    related = ("impossible_dates", "contact_attempts", "sessions")
    page = page_of(request, courses.prefetch_related(*related), COURSES_A_PAGE)
    audit.looked_at("scheduling:list_waiting", by=request.user, patients=[c.patient_id for c in page])
    context = {
        "page": page,
        "filters": filters,
        "chosen": list(filters.chosen()),
        "everything": everything.count(),
        "now": timezone.now(),
    }
    return render(request, "scheduling/booking/list_waiting.html", context)


@requires(Permission.BOOK_COURSES)
def note_attempt(request: HttpRequest, pk: int) -> HttpResponse:
    """Whom to ring, and how it went. `?list=priority%3D0` leads back to the waiting list with that filter."""
    course = look_at_course(request, pk)
    is_to_book = course.status in (CourseStatus.WAITING, CourseStatus.HELD)
    if not is_to_book and request.method != "POST":
        return redirect(course)
    back = _list_address(request) or course.get_absolute_url()
    form = AttemptForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            contact_log.note_attempt(
                course=course,
                outcome=ContactOutcome(form.cleaned_data["outcome"]),
                note=form.cleaned_data["note"],
                by=request.user,
                seen=_seen(request),
            )
        status = attempt.status
        if attempt.done:
            messages.success(
                request, f"The attempt to reach the family of {course.patient.identified} has been noted."
            )
            return redirect(back)
    context = {
        "form": form,
        "course": course,
        "patient": course.patient,
        "attempts": list(course.contact_attempts.all()),
        "back": back,
        "to_list": "list" in request.GET,
    }
    return render(request, "scheduling/booking/note_attempt.html", context, status=status)


def _list_address(request: HttpRequest) -> str:
    """The waiting list that the user came from, with its filters; empty if they came from elsewhere."""
    if "list" not in request.GET:
        return ""
    query = request.GET["list"]
    return reverse("scheduling:list_waiting") + (f"?{query}" if query else "")


def _seen(request: HttpRequest) -> int | None:
    """The key of the last attempt that the page showed; None if the page did not say."""
    text = request.POST.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
