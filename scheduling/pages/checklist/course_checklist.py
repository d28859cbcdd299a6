"""A course's checklist with its ticks, and the list of courses with items left to do."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from patients.access import Permission, may, requires
from patients.acting import said_in, said_on_the_page
from scheduling.checklist import ticks as checks
from scheduling.checklist.readiness import ItemState, readiness_of
from scheduling.checklist.unticked import DAYS_AHEAD, find_to_chase
from scheduling.models import Course, TickedBy, Unit
from scheduling.pages.checklist.checklist_forms import CheckForm
from scheduling.pages.parameters import unit_in
from scheduling.pages.records import look_at_course
from scheduling.pages.visit.last_time import last_time_panel
from scheduling.states import CourseStatus


@require_safe
@requires(Permission.VIEW)
def show_readiness(request: HttpRequest, pk: int) -> HttpResponse:
    """The checklist. If htmx asks for a part of the page, `?at=` is the item that was pressed."""
    course = look_at_course(request, pk)
    context = {
        "course": course,
        "patient": course.patient,
        "readiness": readiness_of(course, timezone.now()),
        "sessions": course.live_sessions,
        "may_tick": may(request.user, Permission.RECORD_VISITS) and _is_open(course),
        **(last_time_panel(sessions[0]) if (sessions := course.live_sessions) else {}),
        "session": sessions[0] if sessions else None,
        "at": request.GET.get("at", "") if request.htmx else "",
    }
    return render(request, "scheduling/checklist/show_readiness.html", context)


@requires(Permission.RECORD_VISITS, only_forms=True)
def press_item(request: HttpRequest, pk: int) -> HttpResponse:
    """One press of a button: done today, or the tick taken back."""
    course, key = look_at_course(request, pk), request.POST.get("item", "")
    pressed = {"course": course, "key": key, "by": request.user, "seen": _number(request.POST.get("seen"))}
    with said_on_the_page(request):
        if "back" in request.POST:
            check = checks.take_back(**pressed)
            messages.success(request, f"Taken back: “{check.label}” is not done.")
        else:
            check = checks.tick(done_on=timezone.localdate(), **pressed)
            messages.success(request, f"Done today: “{check.label}”.")
    return _to_the_checklist(request, course, key)


@requires(Permission.RECORD_VISITS)
def check_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick the item of `?item=` as done on another date, or with a note."""
    course, key = look_at_course(request, pk), request.GET.get("item", "")
    readiness = readiness_of(course, timezone.now())
    found = readiness.of(key) if readiness else None
    if found is None or not _is_open(course) or not _may_tick(request, found):
        return redirect("scheduling:show_readiness", pk)
    check, seen = found.check, found.check.pk if found.check else 0
    reads_private = may(request.user, Permission.CHECK_AS_NURSE)
    note = check.note if check and (reads_private or not found.note_is_private) else ""
    form = CheckForm(
        request.POST or None,
        born=course.patient.birth_date,
        seen=seen,
        private=found.note_is_private and reads_private,
        initial={"done_on": found.done_on, "note": note} if check and check.is_done else None,
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        done_on, note = form.cleaned_data["done_on"], form.cleaned_data["note"]
        seen = _number(form.cleaned_data["seen"])
        with said_in(form) as attempt:
            checks.tick(course=course, key=key, done_on=done_on, note=note, by=request.user, seen=seen)
        status = attempt.status
        if attempt.done:
            messages.success(request, f"Done on {long_date(done_on)}: “{found.item.label}”.")
            return _to_the_checklist(request, course, key)
    context = {"form": form, "course": course, "patient": course.patient, "found": found}
    return render(request, "scheduling/checklist/check_item.html", context, status=status)


@require_safe
@requires(Permission.VIEW)
def list_readiness(request: HttpRequest) -> HttpResponse:
    """Courses with a visit in the next 14 days and items left. `?only=must`: items that must be done."""
    units = list(Unit.objects.all())
    unit, only_musts = unit_in(request, units), request.GET.get("only") == "must"
    found = find_to_chase(unit, timezone.now(), only_musts=only_musts) if unit else []
    children = {each.course.patient_id for each in found}
    audit.looked_at("scheduling:list_readiness", by=request.user, patients=children)
    context = {
        "found": found,
        "unit": unit,
        "units": units,
        "only_musts": only_musts,
        "days_ahead": DAYS_AHEAD,
        "has_checklist": unit and unit.checklists.filter(in_force_since__isnull=False).exists(),
    }
    return render(request, "scheduling/checklist/list_readiness.html", context)


def _is_open(course: Course) -> bool:
    return course.status != CourseStatus.CANCELLED


def _may_tick(request: HttpRequest, found: ItemState) -> bool:
    return found.item.ticked_by != TickedBy.NURSE or may(request.user, Permission.CHECK_AS_NURSE)


def _to_the_checklist(request: HttpRequest, course: Course, key: str) -> HttpResponse:
    """Back to the checklist. If htmx asked for a part of the page, the item gets the focus."""
    address = reverse("scheduling:show_readiness", args=[course.pk])
    if request.htmx:
        return redirect(f"{address}?{urlencode({'at': key})}")
    return redirect(address)


def _number(text: str | None) -> int | None:
    """The key of the newest row that the page showed; None if the page did not say."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
