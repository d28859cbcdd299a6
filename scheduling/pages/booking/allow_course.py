"""Let a booked course stay where it no longer fits, with a name and a reason."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from patients.access import Permission, requires
from patients.acting import said_in
from scheduling.booking import overrides
from scheduling.pages.booking.allowance_form import AllowanceForm
from scheduling.pages.records import look_at_course
from scheduling.states import CourseStatus
from scheduling.unit.misfits import misfits_of


@requires(Permission.OVERRIDE_RULES)
def allow_course(request: HttpRequest, pk: int) -> HttpResponse:
    """Only if everything against it is a rule that a person may break; otherwise back to the course."""
    course = look_at_course(request, pk)
    against = misfits_of(course, timezone.now()) if course.status == CourseStatus.BOOKED else ()
    if request.method != "POST" and (not against or not all(each.may_be_allowed for each in against)):
        return redirect(course)
    form = AllowanceForm(request.POST) if request.method == "POST" else None
    if form and form.is_valid():
        with said_in(form) as attempt:
            overrides.allow(
                course=course, allowance=form.allowance(), by=request.user, seen=request.POST.get("seen")
            )
        if attempt.done:
            messages.success(request, "The course stays where it is.")
            return redirect(course)
    form = form or AllowanceForm.about(against, course.live_sessions[0].day)
    context = {"course": course, "patient": course.patient, "form": form, "against": against}
    return render(
        request,
        "scheduling/booking/allow_course.html",
        context,
        status=409 if form.non_field_errors() else 200,
    )
