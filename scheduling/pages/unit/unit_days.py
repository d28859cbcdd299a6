"""Closed days, and chairs taken by something else. Affected visits are shown before it is saved."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from crmo_clinic.nhsuk.wording import quantity
from patients.access import Permission, may, requires
from patients.acting import Attempt, said_in, said_on_the_page
from scheduling.booking.replanning.asking import Broken
from scheduling.models import Booking, Closure, Session, Unit
from scheduling.pages.plan.replan_pages import ask_for_days
from scheduling.pages.unit.day_rights import let_change_days
from scheduling.pages.unit.days_of_unit import day_and_times
from scheduling.pages.unit.unit_checks import (
    PROPOSES,
    check_or_refused_page,
    courses_seen,
    show,
    tell_removed,
    to_who_is_hit,
    typed_in,
)
from scheduling.pages.unit.unit_day_forms import ClosureForm, RemoveForm, TakeChairForm
from scheduling.unit import setup


@requires(Permission.CHANGE_DAYS)
def add_closure(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's. Visits booked on these days are shown first, and have to be moved afterwards."""
    unit = let_change_days(request.user, get_object_or_404(Unit, pk=pk))
    template = "scheduling/unit/add_closure.html"
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
    return to_who_is_hit(request, unit)


@requires(Permission.CHANGE_DAYS)
def remove_closure(request: HttpRequest, pk: int) -> HttpResponse:
    closure = Closure.objects.select_related("unit").filter(pk=pk).first()
    if closure is None:
        return tell_removed(request, Closure, pk)
    let_change_days(request.user, closure.unit)
    if request.method == "POST":
        with said_on_the_page(request):
            setup.remove_closure(closure=closure, by=request.user)
            messages.success(request, f"The closure has been removed: {closure.days_in_words}.")
        return redirect(closure.unit)
    form = RemoveForm(submit_label="Remove this closure")
    context = {"form": form, "unit": closure.unit, "closure": closure}
    return render(request, "scheduling/unit/remove_closure.html", context)


@requires(Permission.CHANGE_DAYS)
def take_chair(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's."""
    unit = let_change_days(request.user, get_object_or_404(Unit, pk=pk))
    template = "scheduling/unit/take_chair.html"
    form = TakeChairForm(request.POST or None, unit=unit)
    context = {"form": form, "unit": unit}
    if request.method != "POST" or not form.is_valid():
        return render(request, template, context)
    booking = form.booking()
    may_plan = may(request.user, Permission.PLAN_COURSES)
    if PROPOSES in request.POST and may_plan:
        return ask_for_days(request, unit, broken=Broken.of(booking))
    with said_in(form, "starts") as attempt:
        setup.take_chair(booking=booking, by=request.user)
    if not attempt.done:
        if may_plan:
            taken = booking.chair.bookings.between(booking.starts_at, booking.ends_at)
            visits = Session.objects.visits(booking.visit.day, booking.visit.day).filter(booking__in=taken)
            context |= {"visits": visits, "seen": show(request, visits), "typed": typed_in(request)}
        return render(request, template, context, status=attempt.status)
    day, times = day_and_times(booking)
    messages.success(request, f"{booking.chair} is taken on {day}, {times}.")
    return redirect(unit)


@requires(Permission.CHANGE_DAYS)
def release_chair(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the booking's. A visit's chair is freed by moving or cancelling its course, never here."""
    booking = Booking.objects.for_something_else().filter(pk=pk).select_related("chair__unit").first()
    if booking is None:
        return tell_removed(request, Booking, pk)
    let_change_days(request.user, booking.chair.unit)
    chair, (day, times) = booking.chair, day_and_times(booking)
    if request.method == "POST":
        with said_on_the_page(request):
            setup.release_chair(booking=booking, by=request.user)
            messages.success(request, f"{chair} is free again on {day}, {times}.")
        return redirect(chair.unit)
    form = RemoveForm(submit_label="Release the chair")
    context = {"form": form, "unit": chair.unit, "booking": booking, "day": day, "times": times}
    return render(request, "scheduling/unit/release_chair.html", context)
