"""Setting up a unit: its details, chairs and week, and the booked courses that no longer fit."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from patients import audit
from patients.access import Permission, may, requires
from patients.acting import Attempt, said_in
from scheduling.models import Chair, Unit
from scheduling.pages.unit.unit_checks import check_or_refused_page, courses_seen
from scheduling.pages.unit.unit_forms import ChairForm, OpeningHoursForm, UnitForm
from scheduling.pages.unit.unit_page import UnitPage
from scheduling.unit import setup
from scheduling.unit.misfits import count_misfits, load_weeks


@requires(Permission.VIEW)
def list_units(request: HttpRequest) -> HttpResponse:
    """All units. Most Trusts have one, and then this redirects to its page."""
    found = list(Unit.objects.all())
    if len(found) == 1:
        return redirect(found[0])
    return render(request, "scheduling/unit/list_units.html", {"units": found})


@requires(Permission.SET_UP_UNIT)
def add_unit(request: HttpRequest) -> HttpResponse:
    form = UnitForm(request.POST or None)
    return _unit_page(request, form, "scheduling/unit/add_unit.html", "The unit has been added.")


@requires(Permission.VIEW)
def show_unit(request: HttpRequest, pk: int) -> HttpResponse:
    unit, now = get_object_or_404(Unit, pk=pk), timezone.now()
    may_change = may(request.user, Permission.SET_UP_UNIT)
    context = {
        "unit": unit,
        "page": UnitPage(unit, today=timezone.localdate(now), may_change=may_change),
        "misfits": count_misfits(unit, now),
    }
    return render(request, "scheduling/unit/show_unit.html", context)


@requires(Permission.SET_UP_UNIT)
def change_unit(request: HttpRequest, pk: int) -> HttpResponse:
    unit = get_object_or_404(Unit, pk=pk)
    form = UnitForm(request.POST or None, instance=unit)
    return _unit_page(request, form, "scheduling/unit/change_unit.html", "The details have been saved.")


@requires(Permission.VIEW)
def preview_weeks(request: HttpRequest, pk: int) -> HttpResponse:
    """The next eight weeks, with the booked courses that no longer fit."""
    unit = get_object_or_404(Unit, pk=pk)
    weeks = load_weeks(unit, timezone.now())
    misfits = [misfit for _, days in weeks for day in days for misfit in day.misfits]
    courses = {misfit.course for misfit in misfits}
    audit.looked_at(
        "scheduling:preview_weeks", by=request.user, patients={course.patient_id for course in courses}
    )
    context = {"unit": unit, "weeks": weeks, "misfits": len(courses)}
    return render(request, "scheduling/unit/preview_weeks.html", context)


@requires(Permission.SET_UP_UNIT)
def set_opening_hours(request: HttpRequest, pk: int) -> HttpResponse:
    """All seven weekdays at once."""
    unit = get_object_or_404(Unit, pk=pk)
    form = OpeningHoursForm(request.POST or None, unit=unit)
    if request.method == "POST" and form.is_valid():
        setup.set_opening_hours(unit=unit, hours=form.hours(), by=request.user)
        messages.success(request, "The opening hours have been saved.")
        return redirect(unit)
    return render(request, "scheduling/unit/set_opening_hours.html", {"form": form, "unit": unit})


@requires(Permission.SET_UP_UNIT)
def add_chair(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's."""
    unit = get_object_or_404(Unit, pk=pk)
    form = ChairForm(request.POST or None, instance=Chair(unit=unit))
    return _chair_page(request, form, "scheduling/unit/add_chair.html", "{} has been added.")


@requires(Permission.SET_UP_UNIT)
def change_chair(request: HttpRequest, pk: int) -> HttpResponse:
    chair = get_object_or_404(Chair.objects.select_related("unit"), pk=pk)
    form = ChairForm(request.POST or None, instance=chair)
    return _chair_page(request, form, "scheduling/unit/change_chair.html", "{} has been saved.")


def _unit_page(request: HttpRequest, form: UnitForm, template: str, done: str) -> HttpResponse:
    context = {"form": form, "unit": form.instance}
    if request.method != "POST" or not form.is_valid():
        return render(request, template, context)
    unit = form.save(commit=False)
    with said_in(form) as attempt:
        setup.save_unit(unit=unit, by=request.user)
    if not attempt.done:
        return render(request, template, context, status=attempt.status)
    messages.success(request, done)
    return redirect(unit)


def _chair_page(request: HttpRequest, form: ChairForm, template: str, done: str) -> HttpResponse:
    chair = form.instance
    context: dict[str, Any] = {"form": form, "unit": chair.unit, "chair": chair}
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return render(request, template, context)
    with Attempt() as attempt:
        setup.save_chair(chair=form.save(commit=False), seen=courses_seen(request), by=request.user)
    if attempt.refusal:
        check = "scheduling/unit/check_chair.html"
        return check_or_refused_page(request, template, check, context, attempt.refusal)
    messages.success(request, done.format(chair))
    return redirect(chair.unit)
