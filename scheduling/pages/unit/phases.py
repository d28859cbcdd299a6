"""How a visit passes in a unit."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from patients.access import Permission, requires
from scheduling.models import Unit
from scheduling.pages.unit.phases_form import PhasesForm
from scheduling.unit import setup


@requires(Permission.SET_UP_UNIT)
def set_phases(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's. What is booked stays as it is."""
    unit = get_object_or_404(Unit, pk=pk)
    form = PhasesForm(request.POST or None, instance=unit)
    if request.method == "POST" and form.is_valid():
        setup.save_unit(unit=form.save(commit=False), by=request.user)
        messages.success(request, "The phases have been saved. Visits that are booked stay as they are.")
        return redirect(unit)
    return render(request, "scheduling/unit/set_phases.html", {"unit": unit, "form": form})
