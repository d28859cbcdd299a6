"""The short list of whom a unit's families may ask beside the unit itself."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from patients.access import Permission, requires
from scheduling.models import Unit
from scheduling.pages.unit.contacts_form import ContactsForm
from scheduling.unit import setup


@requires(Permission.SET_UP_UNIT)
def set_contacts(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the unit's."""
    unit = get_object_or_404(Unit, pk=pk)
    form = ContactsForm(request.POST or None, instance=unit)
    if request.method == "POST" and form.is_valid():
        setup.save_unit(unit=form.save(commit=False), by=request.user)
        messages.success(request, "Whom families may ask has been saved.")
        return redirect(unit)
    return render(request, "scheduling/unit/set_contacts.html", {"form": form, "unit": unit})
