"""Days on which a unit differs from its week; what that does to booked visits is shown before it is saved."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date

from crmo_clinic.nhsuk.wording import long_date, quantity
from patients import audit
from patients.access import Permission, requires
from scheduling.actions import units
from scheduling.errors import Refused
from scheduling.forms.unit_days import ClosureForm, RemoveForm, StaffingForm, TakeChairForm, days_in_words
from scheduling.misfits import short_of_nurses
from scheduling.models import Booking, Closure, Course, Session, Staffing, Unit
from scheduling.views.unit_page import day_and_times


@requires(Permission.SET_UP_UNIT)
def add_closure(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's. Visits booked on these days are shown first, and have to be moved afterwards."""
    unit = get_object_or_404(Unit, pk=pk)
    form = ClosureForm(request.POST or None, instance=Closure(unit=unit))
    context: dict[str, Any] = {"form": form, "unit": unit}
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return render(request, "scheduling/units/add_closure.html", context)
    closure = form.save(commit=False)
    days = days_in_words(closure.first_day, closure.last_day)
    visits = list(Session.objects.visits(closure.first_day, closure.last_day).filter(course__unit=unit))
    if unseen := _unseen(request, [visit.pk for visit in visits]):
        _log_look(request, [visit.course for visit in visits])
        context |= unseen | {"closure": closure, "days": days, "visits": visits}
        return render(request, "scheduling/units/check_closure.html", context)
    audit.save(closure, by=request.user)
    to_move = f" {quantity(len(visits), 'visit has', 'visits have')} to be moved." if visits else ""
    messages.success(request, f"The closure has been saved: {days}.{to_move}")
    return redirect(unit)


@requires(Permission.SET_UP_UNIT)
def remove_closure(request: HttpRequest, pk: int) -> HttpResponse:
    closure = get_object_or_404(Closure.objects.select_related("unit"), pk=pk)
    days = days_in_words(closure.first_day, closure.last_day)
    if request.method == "POST":
        audit.delete(closure, by=request.user)
        messages.success(request, f"The closure has been removed: {days}.")
        return redirect(closure.unit)
    form = RemoveForm(submit_label="Remove this closure")
    context = {"form": form, "unit": closure.unit, "closure": closure, "days": days}
    return render(request, "scheduling/units/remove_closure.html", context)


@requires(Permission.SET_UP_UNIT)
def set_staffing(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's; `?day=2027-03-24` fills in what that day has. A day set before is set anew."""
    unit = get_object_or_404(Unit, pk=pk)
    before = _staffing_on(unit, request.GET.get("day", ""))
    initial = {"day": before.day, "nurses": before.nurses, "note": before.note} if before else {}
    form = StaffingForm(request.POST or None, unit=unit, initial=initial)
    context: dict[str, Any] = {"form": form, "unit": unit, "before": before}
    if request.method != "POST" or not form.is_valid() or "change" in request.POST:
        return render(request, "scheduling/units/set_staffing.html", context)
    staffing = form.staffing()
    misfits = short_of_nurses(unit, staffing.day, staffing.nurses, timezone.now())
    if unseen := _unseen(request, [misfit.course.pk for misfit in misfits]):
        _log_look(request, [misfit.course for misfit in misfits])
        context |= unseen | {"staffing": staffing, "misfits": misfits}
        return render(request, "scheduling/units/check_staffing.html", context)
    audit.save(staffing, by=request.user)
    words = quantity(staffing.nurses, "nurse")
    messages.success(request, f"The nurses of {long_date(staffing.day)} have been saved: {words}.")
    return redirect(unit)


@requires(Permission.SET_UP_UNIT)
def remove_staffing(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to the weekly number; the visits for which that is too few are shown."""
    staffing = get_object_or_404(Staffing.objects.select_related("unit"), pk=pk)
    if request.method == "POST":
        audit.delete(staffing, by=request.user)
        messages.success(request, f"The usual number of nurses is back on {long_date(staffing.day)}.")
        return redirect(staffing.unit)
    misfits = short_of_nurses(staffing.unit, staffing.day, None, timezone.now())
    _log_look(request, [misfit.course for misfit in misfits])
    form = RemoveForm(submit_label="Remove this number")
    context = {"form": form, "unit": staffing.unit, "staffing": staffing, "misfits": misfits}
    return render(request, "scheduling/units/remove_staffing.html", context)


@requires(Permission.SET_UP_UNIT)
def take_chair(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's."""
    unit = get_object_or_404(Unit, pk=pk)
    form, status = TakeChairForm(request.POST or None, unit=unit), 200
    if request.method == "POST" and form.is_valid():
        booking = form.booking()
        try:
            units.take_chair(booking=booking, by=request.user)
        except Refused as refusal:
            form.add_error("starts", str(refusal))
            status = 409
        else:
            day, times = day_and_times(booking)
            messages.success(request, f"{booking.chair} is taken on {day}, {times}.")
            return redirect(unit)
    return render(request, "scheduling/units/take_chair.html", {"form": form, "unit": unit}, status=status)


@requires(Permission.SET_UP_UNIT)
def release_chair(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the booking's. A visit's chair is freed by moving or cancelling the course, never here."""
    bookings = Booking.objects.filter(session=None).select_related("chair__unit")
    booking = get_object_or_404(bookings, pk=pk)
    chair, (day, times) = booking.chair, day_and_times(booking)
    if request.method == "POST":
        audit.delete(booking, by=request.user)
        messages.success(request, f"{chair} is free again on {day}, {times}.")
        return redirect(chair.unit)
    form = RemoveForm(submit_label="Release the chair")
    context = {"form": form, "unit": chair.unit, "booking": booking, "day": day, "times": times}
    return render(request, "scheduling/units/release_chair.html", context)


def _unseen(request: HttpRequest, ids: list[int]) -> dict[str, Any]:
    """What a check page sends back, or nothing if there is nothing to see or all of it has been seen.

    Who is booked while the page is being read is shown before the save as well.
    """
    seen = ",".join(map(str, ids))
    if not ids or request.POST.get("confirmed") == seen:
        return {}
    ours = ("csrfmiddlewaretoken", "confirmed", "change")
    return {"seen": seen, "typed": [pair for pair in request.POST.items() if pair[0] not in ours]}


def _log_look(request: HttpRequest, courses: list[Course]) -> None:
    children = {course.patient_id for course in courses}
    audit.looked_at(request.resolver_match.view_name, by=request.user, patients=children)


def _staffing_on(unit: Unit, day: str) -> Staffing | None:
    """What is set for a day in an address; None for any other text."""
    try:
        return unit.staffing.filter(day=parse_date(day)).first()
    except ValueError:
        return None
