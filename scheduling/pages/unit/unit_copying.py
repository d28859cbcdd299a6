"""A second unit: what is copied from another, and whose lists show it first."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from crmo_clinic.nhsuk.wording import quantity
from patients.access import Permission, requires
from patients.acting import said_in
from scheduling.models import Unit
from scheduling.pages.unit import second_unit
from scheduling.pages.unit.copying_forms import CopyForm, StaffForm


@requires(Permission.SET_UP_UNIT)
def copy_unit(request: HttpRequest, pk: int) -> HttpResponse:
    """Copy what another unit has set up into this one, as far as it has none of it. `pk` is the unit's."""
    unit, template = get_object_or_404(Unit, pk=pk), "scheduling/unit/copy_unit.html"
    possible = second_unit.can_be_copied(unit)
    if not possible or not Unit.objects.exclude(pk=pk).exists():
        messages.info(request, "There is nothing that can be copied into this unit.")
        return redirect(unit)
    form = CopyForm(request.POST or None, unit=unit, possible=possible)
    context = {"form": form, "unit": unit}
    if request.method != "POST" or not form.is_valid():
        return render(request, template, context)
    other, what = form.cleaned_data["other"], form.cleaned_data["what"]
    with said_in(form) as attempt:
        second_unit.set_up_like(unit=unit, other=other, what=what, by=request.user)
    if not attempt.done:
        return render(request, template, context, status=attempt.status)
    messages.success(request, f"{quantity(len(what), 'thing has', 'things have')} been copied from {other}.")
    return redirect(unit)


@requires(Permission.MANAGE_USERS)
def set_staff(request: HttpRequest, pk: int) -> HttpResponse:
    """Who belongs to a unit. `pk` is the unit's."""
    unit = get_object_or_404(Unit, pk=pk)
    form = StaffForm(request.POST if request.method == "POST" else None, initial={"staff": unit.staff.all()})
    if request.method != "POST" or not form.is_valid():
        return render(request, "scheduling/unit/set_staff.html", {"form": form, "unit": unit})
    second_unit.set_staff(unit=unit, staff=list(form.cleaned_data["staff"]), by=request.user)
    messages.success(request, "The staff of this unit have been saved. It counts from their next sign-in on.")
    return redirect(unit)
