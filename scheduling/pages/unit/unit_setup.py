"""Setting up a unit: its details, chairs and week, and the booked courses that no longer fit."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.wording import long_date
from patients import audit
from patients.access import Permission, may, requires
from patients.acting import Attempt, said_in
from scheduling.errors import VisitsNotSeen
from scheduling.models import Chair, OpeningHours, Unit
from scheduling.pages.parameters import day_in
from scheduling.pages.unit.day_rights import may_change_days
from scheduling.pages.unit.hours_form import OpeningHoursForm
from scheduling.pages.unit.unit_checks import check_or_refused_page, courses_seen, tell_removed, to_who_is_hit
from scheduling.pages.unit.unit_day_forms import RemoveForm
from scheduling.pages.unit.unit_forms import ChairForm, UnitForm
from scheduling.pages.unit.unit_page import UnitPage
from scheduling.unit import setup, week_changes
from scheduling.unit.coming_weeks import count_misfits, load_coming_weeks
from scheduling.unit.other_misfits import all_other_misfits
from scheduling.unit.weeks import load_weeks, week_on


@require_safe
@requires(Permission.VIEW)
def list_units(request: HttpRequest) -> HttpResponse:
    """All units. Most Trusts have one, and then this redirects to its page."""
    found = list(Unit.objects.all())
    if len(found) == 1:
        return redirect(found[0])
    return render(request, "scheduling/unit/list_units.html", {"units": found})


@requires(Permission.SET_UP_UNIT)
def add_unit(request: HttpRequest) -> HttpResponse:
    """A unit that is not the first goes on to what can be copied from another."""
    form, is_first = UnitForm(request.POST or None), not Unit.objects.exists()
    after = "" if is_first else "scheduling:copy_unit"
    return _unit_page(request, form, "scheduling/unit/add_unit.html", "The unit has been added.", after)


@require_safe
@requires(Permission.VIEW)
def show_unit(request: HttpRequest, pk: int) -> HttpResponse:
    unit, now = get_object_or_404(Unit, pk=pk), timezone.now()
    page = UnitPage(
        unit,
        today=timezone.localdate(now),
        may_change=may(request.user, Permission.SET_UP_UNIT),
        may_change_days=may_change_days(request.user, unit),
    )
    context = {
        "unit": unit,
        "page": page,
        "misfits": count_misfits(unit, now),
        "others": len(all_other_misfits(unit, now)),
    }
    return render(request, "scheduling/unit/show_unit.html", context)


@requires(Permission.SET_UP_UNIT)
def change_unit(request: HttpRequest, pk: int) -> HttpResponse:
    unit = get_object_or_404(Unit, pk=pk)
    form = UnitForm(request.POST or None, instance=unit)
    return _unit_page(request, form, "scheduling/unit/change_unit.html", "The details have been saved.")


@require_safe
@requires(Permission.VIEW)
def preview_weeks(request: HttpRequest, pk: int) -> HttpResponse:
    """The next eight weeks, with the booked courses that no longer fit; other infusions whenever they are."""
    unit, now = get_object_or_404(Unit, pk=pk), timezone.now()
    weeks = load_coming_weeks(unit, now)
    misfits = [misfit for _, days in weeks for day in days for misfit in day.misfits]
    courses = {misfit.course for misfit in misfits}
    audit.looked_at(
        "scheduling:preview_weeks", by=request.user, patients={course.patient_id for course in courses}
    )
    context = {"unit": unit, "weeks": weeks, "misfits": len(courses), "others": all_other_misfits(unit, now)}
    return render(request, "scheduling/unit/preview_weeks.html", context)


@requires(Permission.SET_UP_UNIT)
def set_opening_hours(request: HttpRequest, pk: int) -> HttpResponse:
    """All seven weekdays at once; `?from=2027-01-04` changes the version of that date.

    The courses that would no longer fit are shown first.
    """
    unit, template = get_object_or_404(Unit, pk=pk), "scheduling/unit/set_opening_hours.html"
    weeks, today, asked = load_weeks(unit), timezone.localdate(), day_in(request, "from")
    later = next((week for week in weeks if asked and week.since == asked), None)
    week = later or week_on(weeks, today)
    form = OpeningHoursForm(request.POST or None, unit=unit, week=week, asks_since=later is None)
    context: dict[str, Any] = {"form": form, "unit": unit, "later": later}
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return render(request, template, context)
    context["since"] = since = later.since if later else form.cleaned_data["since"]
    with Attempt() as attempt:
        week_changes.set_opening_hours(
            unit=unit, hours=form.hours(), since=since, seen=courses_seen(request), by=request.user
        )
    if attempt.refusal:
        check = "scheduling/unit/check_week.html"
        return check_or_refused_page(request, template, check, context, attempt.refusal)
    fits = "" if courses_seen(request) else " Every course that fitted before still fits."
    messages.success(request, f"The opening hours have been saved.{fits}")
    return to_who_is_hit(request, unit)


@requires(Permission.SET_UP_UNIT)
def remove_week(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is that of any weekday of the version. It is removed as a whole; the one before goes on."""
    row = OpeningHours.objects.select_related("unit").filter(pk=pk).exclude(since=None).first()
    if row is None:
        return tell_removed(request, OpeningHours, pk)
    context: dict[str, Any] = {"unit": row.unit, "since": row.since}
    if request.method == "POST":
        with Attempt() as attempt:
            week_changes.remove_week(
                unit=row.unit, since=row.since, seen=courses_seen(request), by=request.user
            )
        if isinstance(attempt.refusal, VisitsNotSeen):
            check = "scheduling/unit/check_week.html"
            return check_or_refused_page(request, check, check, context, attempt.refusal)
        if attempt.refusal:
            messages.warning(request, str(attempt.refusal))
            return redirect(row.unit)
        messages.success(request, f"The hours from {long_date(row.since)} have been removed.")
        return to_who_is_hit(request, row.unit)
    form = RemoveForm(submit_label="Remove these hours")
    return render(request, "scheduling/unit/remove_week.html", context | {"form": form})


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


def _unit_page(
    request: HttpRequest, form: UnitForm, template: str, done: str, after: str = ""
) -> HttpResponse:
    """after: the page that comes next; the unit's own if empty."""
    context = {"form": form, "unit": form.instance}
    if request.method != "POST" or not form.is_valid():
        return render(request, template, context)
    unit = form.save(commit=False)
    with said_in(form) as attempt:
        setup.save_unit(unit=unit, by=request.user)
    if not attempt.done:
        return render(request, template, context, status=attempt.status)
    messages.success(request, done)
    return redirect(after, unit.pk) if after else redirect(unit)


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
    return to_who_is_hit(request, chair.unit)
