"""The school terms of a unit's families."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity
from patients.access import Permission, requires
from patients.acting import said_on_the_page
from scheduling.models import SchoolTerm, Unit
from scheduling.pages.unit.school_forms import CalendarFileForm, TermForm, TermsForm
from scheduling.pages.unit.unit_checks import tell_removed
from scheduling.pages.unit.unit_day_forms import RemoveForm
from scheduling.unit.school import add_terms
from scheduling.unit.school import remove_term as take_out


@requires(Permission.SET_UP_UNIT)
def set_terms(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's. The terms to come, and a form to add one."""
    unit = get_object_or_404(Unit, pk=pk)
    form = TermForm(request.POST if request.method == "POST" else None, unit=unit)
    if request.method == "POST" and form.is_valid():
        add_terms(unit=unit, terms=[form.term], by=request.user)
        messages.success(request, f"The term has been added: {form.term.name}.")
        return redirect("scheduling:set_terms", pk)
    terms = unit.school_terms.filter(last_day__gte=timezone.localdate())
    return render(request, "scheduling/unit/set_terms.html", {"unit": unit, "form": form, "terms": terms})


@requires(Permission.SET_UP_UNIT)
def import_terms(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's. Choose a file; see its terms; save those that are ticked."""
    unit = get_object_or_404(Unit, pk=pk)
    context: dict[str, object] = {"unit": unit}
    if "terms" in request.POST or "offered" in request.POST:
        form = TermsForm.sent(request.POST)
        if form.is_valid():
            added = add_terms(unit=unit, terms=form.cleaned_data["terms"], by=request.user)
            messages.success(request, f"{quantity(added, 'term has', 'terms have')} been added.")
            return redirect("scheduling:set_terms", pk)
        form = CalendarFileForm()
        messages.warning(request, "Nothing was ticked, so nothing was added. Choose the file again.")
    else:
        form = CalendarFileForm(request.POST if request.method == "POST" else None, request.FILES or None)
        if request.method == "POST" and form.is_valid() and not form.terms:
            form.add_error("file", "There is no term to come in this file")
        elif request.method == "POST" and form.is_valid():
            context |= {"left_out": form.left_out, "lists": form.cleaned_data["lists"]}
            form, context["is_preview"] = TermsForm.offering(form.terms), True
    return render(request, "scheduling/unit/import_terms.html", context | {"form": form})


@requires(Permission.SET_UP_UNIT)
def remove_term(request: HttpRequest, pk: int) -> HttpResponse:
    term = SchoolTerm.objects.select_related("unit").filter(pk=pk).first()
    if term is None:
        return tell_removed(request, SchoolTerm, pk)
    if request.method == "POST":
        with said_on_the_page(request):
            take_out(term=term, by=request.user)
            messages.success(request, f"The term has been removed: {term}.")
        return redirect("scheduling:set_terms", term.unit_id)
    context = {"form": RemoveForm(submit_label="Remove this term"), "unit": term.unit, "term": term}
    return render(request, "scheduling/unit/remove_term.html", context)
