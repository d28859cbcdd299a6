"""Pause a course that waits, change its pause, end it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients.access import Permission, requires
from patients.acting import said_in, said_on_the_page
from scheduling.booking import pauses
from scheduling.models import Course, PauseReason
from scheduling.pages.booking.list_place import place_in
from scheduling.pages.booking.waiting_forms import PauseForm
from scheduling.pages.records import look_at_course
from scheduling.states import CourseStatus


@requires(Permission.BOOK_COURSES)
def pause_course(request: HttpRequest, pk: int) -> HttpResponse:
    """Until when a course is not to be booked, and why. `?list=` leads back to that place in the list."""
    course = look_at_course(request, pk)
    if course.status not in (CourseStatus.WAITING, CourseStatus.HELD) and request.method != "POST":
        return redirect(course)
    today = timezone.localdate()
    stands = {"until": course.paused_until, "reason": course.pause_reason, "note": course.pause_note}
    form = PauseForm(request.POST or None, initial=stands if course.is_paused(today) else {})
    status = 200
    if request.method == "POST" and form.is_valid():
        with said_in(form) as attempt:
            pauses.pause(
                course=course,
                until=form.cleaned_data["until"],
                reason=PauseReason(form.cleaned_data["reason"]),
                note=form.cleaned_data["note"],
                by=request.user,
                seen=request.POST.get("seen"),
            )
        status = attempt.status
        if attempt.done:
            until = long_date(form.cleaned_data["until"])
            messages.success(request, f"The course of {course.patient.identified} is paused until {until}.")
            return redirect(_back(request, course))
    context = {
        "form": form,
        "course": course,
        "patient": course.patient,
        "is_paused": course.is_paused(today),
        "back": _back(request, course),
        "list": place_in(request),
    }
    return render(request, "scheduling/booking/pause_course.html", context, status=status)


@requires(Permission.BOOK_COURSES)
def end_pause(request: HttpRequest, pk: int) -> HttpResponse:
    """End the pause of a course now."""
    course = look_at_course(request, pk)
    if request.method == "POST":
        with said_on_the_page(request) as attempt:
            pauses.end_pause(course=course, by=request.user)
        if attempt.done:
            messages.success(request, f"The course of {course.patient.identified} is not paused any more.")
    return redirect(_back(request, course))


def _back(request: HttpRequest, course: Course) -> str:
    place = place_in(request)
    return place.address(course) if place else course.get_absolute_url()
