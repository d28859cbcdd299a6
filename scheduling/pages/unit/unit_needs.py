"""A unit's list of needs, and when somebody of each role is on."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from patients.access import Permission, requires
from patients.acting import said_in, said_on_the_page
from scheduling.models import Need, RoleShift, Unit
from scheduling.pages.unit.need_forms import NeedForm, RoleShiftForm, shifts_to_show
from scheduling.pages.unit.unit_checks import tell_removed
from scheduling.pages.unit.unit_day_forms import RemoveForm
from scheduling.unit import needs


@require_safe
@requires(Permission.VIEW)
def list_needs(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's."""
    unit = get_object_or_404(Unit, pk=pk)
    context = {"unit": unit, "needs": unit.needs.all(), "shifts": shifts_to_show(unit)}
    return render(request, "scheduling/unit/list_needs.html", context)


@requires(Permission.SET_UP_UNIT)
def add_need(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's."""
    need = Need(unit=get_object_or_404(Unit, pk=pk))
    return _need_page(request, NeedForm(request.POST or None, instance=need), "scheduling/unit/add_need.html")


@requires(Permission.SET_UP_UNIT)
def change_need(request: HttpRequest, pk: int) -> HttpResponse:
    need = get_object_or_404(Need.objects.select_related("unit"), pk=pk)
    form = NeedForm(request.POST or None, instance=need)
    return _need_page(request, form, "scheduling/unit/change_need.html")


@requires(Permission.SET_UP_UNIT)
def add_role_shift(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's. Without a need that asks for a role there is nobody to say it of."""
    unit = get_object_or_404(Unit, pk=pk)
    if not unit.roles:
        return redirect("scheduling:list_needs", unit.pk)
    role = unit.roles[0] if len(unit.roles) == 1 else ""
    form = RoleShiftForm(request.POST or None, instance=RoleShift(unit=unit, role=role))
    context = {"form": form, "unit": unit}
    if request.method == "POST" and form.is_valid():
        shift = form.save(commit=False)
        with said_in(form) as attempt:
            needs.add_role_shift(shift=shift, by=request.user)
        if attempt.done:
            messages.success(request, f"The shift has been saved: {shift}.")
            return redirect("scheduling:list_needs", unit.pk)
    return render(request, "scheduling/unit/add_role_shift.html", context)


@requires(Permission.SET_UP_UNIT)
def remove_role_shift(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the shift's."""
    shift = RoleShift.objects.filter(pk=pk).select_related("unit").first()
    if shift is None:
        return tell_removed(request, RoleShift, pk)
    if request.method == "POST":
        with said_on_the_page(request):
            needs.remove_role_shift(shift=shift, by=request.user)
            messages.success(request, f"The shift has been removed: {shift}.")
        return redirect("scheduling:list_needs", shift.unit_id)
    context = {"form": RemoveForm(submit_label="Remove the shift"), "unit": shift.unit, "shift": shift}
    return render(request, "scheduling/unit/remove_role_shift.html", context)


def _need_page(request: HttpRequest, form: NeedForm, template: str) -> HttpResponse:
    need, status = form.instance, 200
    if request.method == "POST" and form.is_valid():
        need = form.save(commit=False)
        with said_in(form) as attempt:
            needs.save_need(need=need, by=request.user)
        if attempt.done:
            messages.success(request, f"“{need}” has been saved.")
            return redirect("scheduling:list_needs", need.unit_id)
        status = attempt.status
    return render(request, template, {"form": form, "unit": need.unit, "need": need}, status=status)
