"""Days that differ from the unit's usual week. Affected visits are shown before it is saved."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date, quantity
from patients.access import Permission, requires
from patients.acting import Attempt, said_in, said_on_the_page
from patients.stale import is_stale, last_act, nothing_done
from scheduling.acts import Act
from scheduling.errors import VisitsNotSeen
from scheduling.models import Booking, Closure, Staffing, Unit
from scheduling.pages.parameters import day_in, number_in
from scheduling.pages.unit.unit_checks import check_or_refused_page, courses_seen, show, tell_removed
from scheduling.pages.unit.unit_day_forms import ClosureForm, RemoveForm, StaffingForm, TakeChairForm
from scheduling.pages.unit.unit_page import day_and_times
from scheduling.unit import setup
from scheduling.unit.misfits import short_of_nurses


@requires(Permission.SET_UP_UNIT)
def add_closure(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's. Visits booked on these days are shown first, and have to be moved afterwards."""
    unit, template = get_object_or_404(Unit, pk=pk), "scheduling/unit/add_closure.html"
    form = ClosureForm(request.POST or None, instance=Closure(unit=unit))
    context: dict[str, Any] = {"form": form, "unit": unit}
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return render(request, template, context)
    context["closure"] = closure = form.save(commit=False)
    with Attempt() as attempt:
        visits = setup.close_days(closure=closure, seen=courses_seen(request), by=request.user)
    if attempt.refusal:
        check = "scheduling/unit/check_closure.html"
        return check_or_refused_page(request, template, check, context, attempt.refusal, "first_day")
    to_move = f" {quantity(len(visits), 'visit has', 'visits have')} to be moved." if visits else ""
    messages.success(request, f"The closure has been saved: {closure.days_in_words}.{to_move}")
    return redirect(unit)


@requires(Permission.SET_UP_UNIT)
def remove_closure(request: HttpRequest, pk: int) -> HttpResponse:
    closure = Closure.objects.select_related("unit").filter(pk=pk).first()
    if closure is None:
        return tell_removed(request, Closure, pk)
    if request.method == "POST":
        with said_on_the_page(request):
            setup.remove_closure(closure=closure, by=request.user)
            messages.success(request, f"The closure has been removed: {closure.days_in_words}.")
        return redirect(closure.unit)
    form = RemoveForm(submit_label="Remove this closure")
    context = {"form": form, "unit": closure.unit, "closure": closure}
    return render(request, "scheduling/unit/remove_closure.html", context)


@requires(Permission.SET_UP_UNIT)
def set_staffing(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's; `?day=2027-03-24` fills in what that day has, `&nurses=3` another number.

    If the day has a number already, it is replaced.
    """
    unit, template = get_object_or_404(Unit, pk=pk), "scheduling/unit/set_staffing.html"
    day = day_in(request, "day")
    before = unit.staffing.filter(day=day).first() if day else None
    initial = {"day": before.day, "nurses": before.nurses, "note": before.note} if before else {}
    if day and "nurses" in request.GET:
        initial |= {"day": day, "nurses": number_in(request, "nurses", default=0, most=50)}
    form = StaffingForm(request.POST or None, unit=unit, initial=initial)
    context: dict[str, Any] = {"form": form, "unit": unit, "before": before}
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return render(request, template, context)
    context["staffing"] = typed = form.cleaned_data
    with Attempt() as attempt:
        setup.set_staffing(unit=unit, **typed, seen=courses_seen(request), by=request.user)
    if attempt.refusal:
        check = "scheduling/unit/check_staffing.html"
        return check_or_refused_page(request, template, check, context, attempt.refusal)
    words = quantity(typed["nurses"], "nurse")
    messages.success(request, f"The nurses of {long_date(typed['day'])} have been saved: {words}.")
    return redirect(unit)


@requires(Permission.SET_UP_UNIT)
def remove_staffing(request: HttpRequest, pk: int) -> HttpResponse:
    """Go back to the weekly number of nurses. The visits for which that is too few are shown first."""
    staffing = Staffing.objects.select_related("unit").filter(pk=pk).first()
    if staffing is None:
        return tell_removed(request, Staffing, pk)
    context: dict[str, Any] = {"unit": staffing.unit, "staffing": staffing}
    if request.method == "POST" and is_stale(request.POST.get("seen"), staffing.version):
        context["affected"] = short_of_nurses(staffing.unit, staffing.day, None, timezone.now())
        act = last_act([staffing], {Act.STAFFING_CHANGED: "{who} changed the nurses of this day"})
        refusal = nothing_done(act or "Somebody else changed this")
        return _remove_staffing_page(request, context | {"refusal": refusal})
    if request.method == "POST":
        with Attempt() as attempt:
            setup.remove_staffing(staffing=staffing, seen=courses_seen(request), by=request.user)
        if isinstance(attempt.refusal, VisitsNotSeen):
            affected = attempt.refusal.affected
            return _remove_staffing_page(
                request, context | {"affected": affected, "refusal": attempt.refusal}
            )
        if attempt.refusal:
            messages.warning(request, str(attempt.refusal))
        else:
            messages.success(request, f"The usual number of nurses is back on {long_date(staffing.day)}.")
        return redirect(staffing.unit)
    affected = short_of_nurses(staffing.unit, staffing.day, None, timezone.now())
    return _remove_staffing_page(request, context | {"affected": affected})


def _remove_staffing_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    initial = {"confirmed": show(request, context["affected"]), "seen": context["staffing"].version}
    context["form"] = RemoveForm(submit_label="Remove this number", initial=initial)
    status = 409 if "refusal" in context else 200
    return render(request, "scheduling/unit/remove_staffing.html", context, status=status)


@requires(Permission.SET_UP_UNIT)
def take_chair(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's."""
    unit, template = get_object_or_404(Unit, pk=pk), "scheduling/unit/take_chair.html"
    form = TakeChairForm(request.POST or None, unit=unit)
    context = {"form": form, "unit": unit}
    if request.method != "POST" or not form.is_valid():
        return render(request, template, context)
    booking = form.booking()
    with said_in(form, "starts") as attempt:
        setup.take_chair(booking=booking, by=request.user)
    if not attempt.done:
        return render(request, template, context, status=attempt.status)
    day, times = day_and_times(booking)
    messages.success(request, f"{booking.chair} is taken on {day}, {times}.")
    return redirect(unit)


@requires(Permission.SET_UP_UNIT)
def release_chair(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the booking's. A visit's chair is freed by moving or cancelling its course, never here."""
    booking = Booking.objects.filter(session=None, infusion=None, pk=pk).select_related("chair__unit").first()
    if booking is None:
        return tell_removed(request, Booking, pk)
    chair, (day, times) = booking.chair, day_and_times(booking)
    if request.method == "POST":
        with said_on_the_page(request):
            setup.release_chair(booking=booking, by=request.user)
            messages.success(request, f"{chair} is free again on {day}, {times}.")
        return redirect(chair.unit)
    form = RemoveForm(submit_label="Release the chair")
    context = {"form": form, "unit": chair.unit, "booking": booking, "day": day, "times": times}
    return render(request, "scheduling/unit/release_chair.html", context)
