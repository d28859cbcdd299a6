"""The nurses of some days, and of weekdays. Who would no longer fit is shown before it is saved."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date, quantity
from patients.access import Permission, requires
from patients.acting import Attempt
from patients.stale import is_stale, last_act, nothing_done
from scheduling.acts import Act
from scheduling.errors import VisitsNotSeen
from scheduling.models import Staffing, Unit
from scheduling.pages.parameters import day_in, number_in
from scheduling.pages.unit.day_rights import let_change_days
from scheduling.pages.unit.shift_forms import StaffingForm, WeeklyNursesForm
from scheduling.pages.unit.shift_rows import rows_of_day, rows_of_weekday
from scheduling.pages.unit.unit_checks import (
    check_or_refused_page,
    courses_seen,
    show,
    tell_removed,
    to_who_is_hit,
)
from scheduling.pages.unit.unit_day_forms import RemoveForm
from scheduling.unit import setup, week_changes
from scheduling.unit.unfit import Unfit, short_of_nurses


@requires(Permission.CHANGE_DAYS)
def set_staffing(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's; `?day=2027-03-24` fills in what that day has, `&nurses=3` another number.

    `&fewer=1` fills in one nurse fewer: somebody is away. If a day has its own nurses already, they are
    replaced.
    """
    unit = let_change_days(request.user, get_object_or_404(Unit, pk=pk))
    template = "scheduling/unit/set_staffing.html"
    day = day_in(request, "day")
    before = unit.staffing.filter(day=day).first() if day else None
    initial, shifts = {"day": day, "note": before.note if before else ""}, []
    if day and "nurses" in request.GET:
        shifts = [{"nurses": number_in(request, "nurses", default=0, most=50)}]
    elif day:
        shifts = rows_of_day(unit, day, fewer=number_in(request, "fewer", default=0, most=50))
    form = StaffingForm(request.POST or None, unit=unit, shifts=shifts, initial=initial)
    context: dict[str, Any] = {"form": form, "unit": unit, "before": before}
    if request.method != "POST" or form.wants_more or not form.is_valid() or "change" in request.POST:
        return render(request, template, context)
    typed = form.staffing()
    context["typed_nurses"] = Staffing(
        day=typed["day"], nurses=typed["nurses"], shifts=typed["shifts"], note=typed["note"]
    )
    context["last_day"] = typed["last_day"]
    with Attempt() as attempt:
        days = setup.set_staffing(unit=unit, **typed, seen=courses_seen(request), by=request.user)
    if attempt.refusal:
        check = "scheduling/unit/check_staffing.html"
        return check_or_refused_page(request, template, check, context, attempt.refusal)
    which = (
        long_date(days[0]) if len(days) == 1 else f"{quantity(len(days), 'day')} from {long_date(days[0])}"
    )
    words = context["typed_nurses"].nurses_in_words
    messages.success(request, f"The nurses of {which} have been saved: {words}.")
    return to_who_is_hit(request, unit)


@requires(Permission.CHANGE_DAYS)
def remove_staffing(request: HttpRequest, pk: int) -> HttpResponse:
    """Go back to the nurses of the usual week. The visits for which they are too few are shown first."""
    staffing = Staffing.objects.select_related("unit").filter(pk=pk).first()
    if staffing is None:
        return tell_removed(request, Staffing, pk)
    let_change_days(request.user, staffing.unit)
    context: dict[str, Any] = {"unit": staffing.unit, "staffing": staffing}
    if request.method == "POST" and is_stale(request.POST.get("seen"), staffing.version):
        context["unfit"] = _with_usual_nurses(staffing)
        act = last_act([staffing], {Act.STAFFING_CHANGED: "{who} changed the nurses of this day"})
        refusal = nothing_done(act or "Somebody else changed this")
        return _remove_staffing_page(request, context | {"refusal": refusal})
    if request.method == "POST":
        with Attempt() as attempt:
            setup.remove_staffing(staffing=staffing, seen=courses_seen(request), by=request.user)
        if isinstance(attempt.refusal, VisitsNotSeen):
            found = {"unfit": attempt.refusal.unfit, "refusal": attempt.refusal}
            return _remove_staffing_page(request, context | found)
        if attempt.refusal:
            messages.warning(request, str(attempt.refusal))
            return redirect(staffing.unit)
        messages.success(request, f"The usual nurses are back on {long_date(staffing.day)}.")
        return to_who_is_hit(request, staffing.unit)
    return _remove_staffing_page(request, context | {"unfit": _with_usual_nurses(staffing)})


def _remove_staffing_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    unfit = context["unfit"]
    seen = show(request, unfit.misfits, unfit.others)
    initial = {"confirmed": seen, "seen": context["staffing"].version}
    context["form"] = RemoveForm(submit_label="Remove these nurses", initial=initial)
    status = 409 if "refusal" in context else 200
    return render(request, "scheduling/unit/remove_staffing.html", context, status=status)


def _with_usual_nurses(staffing: Staffing) -> Unfit:
    return short_of_nurses(staffing.unit, {staffing.day: None}, timezone.now())


@requires(Permission.SET_UP_UNIT)
def set_weekly_nurses(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's; `?weekday=0` fills in what Mondays have."""
    unit, template = get_object_or_404(Unit, pk=pk), "scheduling/unit/set_weekly_nurses.html"
    initial, shifts = {}, []
    if "weekday" in request.GET:
        weekday = number_in(request, "weekday", default=0, most=6)
        initial = {"weekdays": [weekday]}
        shifts = rows_of_weekday(unit, weekday, timezone.localdate())
    form = WeeklyNursesForm(request.POST or None, unit=unit, shifts=shifts, initial=initial)
    context: dict[str, Any] = {"form": form, "unit": unit}
    if request.method != "POST" or form.wants_more or not form.is_valid() or "change" in request.POST:
        return render(request, template, context)
    context["since"] = form.cleaned_data["since"]
    with Attempt() as attempt:
        week_changes.set_weekly_nurses(
            unit=unit,
            weekdays=form.cleaned_data["weekdays"],
            nurses=form.most_nurses(),
            shifts=form.shifts_typed(),
            since=form.cleaned_data["since"],
            seen=courses_seen(request),
            by=request.user,
        )
    if attempt.refusal:
        check = "scheduling/unit/check_week.html"
        return check_or_refused_page(request, template, check, context, attempt.refusal, "weekdays")
    messages.success(request, "The nurses of the week have been saved.")
    return to_who_is_hit(request, unit)
