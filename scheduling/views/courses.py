"""The waiting list; agreeing, showing, changing and cancelling a course."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from patients import audit
from patients.access import Permission, requires
from patients.models import AuditEvent
from scheduling.actions import bookings, courses
from scheduling.errors import Refused
from scheduling.forms.course import CancelForm, CourseForm
from scheduling.models import CancelReason, Course, Unit
from scheduling.outbox.queue import addresses_told
from scheduling.states import CourseStatus
from scheduling.views.done import remember_done
from scheduling.views.records import open_course

COURSES_A_PAGE = 25
OPEN = (CourseStatus.WAITING, CourseStatus.BOOKED)


@requires(Permission.VIEW)
def list_waiting(request: HttpRequest) -> HttpResponse:
    """Courses agreed and not yet booked, most urgent first."""
    page = Paginator(Course.objects.waiting(), COURSES_A_PAGE).get_page(request.GET.get("page"))
    audit.looked_at("scheduling:list_waiting", by=request.user, patients=[c.patient_id for c in page])
    return render(request, "scheduling/list_waiting.html", {"page": page, "today": timezone.localdate()})


@requires(Permission.AGREE_COURSES)
def agree_course(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the child's."""
    patient = audit.open_patient(request, pk)
    if waiting := Course.objects.waiting().filter(patient=patient).first():
        messages.info(request, "This child already has a course on the waiting list. This is it.")
        return redirect(waiting)
    if not Unit.objects.exists():
        messages.info(request, "Set up the day case unit first. The unit lead can do that under Unit.")
        return redirect(patient)
    form = CourseForm(request.POST or None, instance=Course(patient=patient), initial={"days": 2})
    if request.method == "POST" and form.is_valid():
        course = courses.save_agreed(
            course=form.save(commit=False),
            impossible_dates=form.cleaned_data["impossible_dates"],
            by=request.user,
        )
        messages.success(request, "The course is on the waiting list.")
        return redirect(course)
    return render(request, "scheduling/agree_course.html", {"form": form, "patient": patient})


@requires(Permission.AGREE_COURSES)
def change_course(request: HttpRequest, pk: int) -> HttpResponse:
    course = open_course(request, pk)
    if course.status not in OPEN:
        return redirect(course)
    form = CourseForm(request.POST or None, instance=course)
    if request.method == "POST" and form.is_valid():
        courses.save_agreed(
            course=form.save(commit=False),
            impossible_dates=form.cleaned_data["impossible_dates"],
            by=request.user,
        )
        messages.success(request, "The course has been saved.")
        return redirect(course)
    context = {"form": form, "course": course, "patient": course.patient}
    return render(request, "scheduling/change_course.html", context)


@requires(Permission.VIEW)
def show_course(request: HttpRequest, pk: int) -> HttpResponse:
    course = open_course(request, pk)
    context = {
        "course": course,
        "patient": course.patient,
        "told": course.messages.select_related("contact", "session__course").order_by("-created_at", "-pk"),
        "events": AuditEvent.objects.filter(record="course", record_id=course.pk),
        "is_open": course.status in OPEN,
    }
    return render(request, "scheduling/show_course.html", context)


@requires(Permission.BOOK_COURSES)
def cancel_course(request: HttpRequest, pk: int) -> HttpResponse:
    """Why, and what then; check; confirm."""
    course = open_course(request, pk)
    if course.status not in OPEN:
        return redirect(course)
    form = CancelForm(request.POST or None, course=course)
    context = {"form": form, "course": course, "patient": course.patient}
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return render(request, "scheduling/cancel_course.html", context)
    reason = CancelReason(form.cleaned_data["reason"])
    if "confirmed" not in request.POST:
        then = dict(form.fields["then"].choices)[form.cleaned_data["then"]] if "then" in form.fields else ""
        context |= {"reason": reason.label, "then": then, "told": addresses_told(course)}
        return render(request, "scheduling/check_cancel.html", context)
    try:
        done = bookings.cancel(
            course=course,
            reason=reason,
            back_to_waiting=form.back_to_waiting,
            by=request.user,
        )
    except Refused as refusal:
        for sentence in refusal.reasons:
            form.add_error(None, sentence)
        return render(request, "scheduling/cancel_course.html", context, status=409)
    return remember_done(request, done, "back" if form.back_to_waiting else "cancelled")
