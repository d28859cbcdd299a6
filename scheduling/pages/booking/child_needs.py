"""What a child's visits need, whether or not a course is agreed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from crmo_clinic.nhsuk import forms
from patients import audit
from patients.access import Permission, requires
from patients.acting import said_in
from patients.models import Patient
from scheduling.models import Need
from scheduling.pages.booking.slot_fields import NeedsField
from scheduling.unit import needs


class ChildNeedsForm(forms.WatchedForm, forms.Form):
    """All that the child needs, of the lists of all units."""

    submit_label = "Save needs"

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        on_lists = Need.objects.filter(in_use=True).select_related("unit").order_by("unit__name", "name")
        self.base_fields = {
            "needs": NeedsField(
                label="What the visits need",
                queryset=on_lists,
                required=False,
                widget=forms.Checkboxes(small=True),
                help_text="Select all that apply",
            )
        }
        kept = patient.visit_needs.filter(in_use=True)
        super().__init__(*args, initial={"needs": list(kept.values_list("pk", flat=True))}, **kwargs)
        self.watch()


@requires(Permission.EDIT_PATIENTS)
def change_needs(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the child's. Visits that are booked stay; a task says where one no longer fits."""
    patient = audit.look_at_patient(request, pk)
    form = ChildNeedsForm(request.POST or None, patient=patient)
    status = 200
    if request.method == "POST" and form.is_valid():
        kept = patient.visit_needs.filter(in_use=False)
        with said_in(form) as attempt:
            needs.set_needs(patient=patient, needs=[*kept, *form.cleaned_data["needs"]], by=request.user)
        if attempt.done:
            messages.success(request, "What the child’s visits need has been saved.")
            return redirect(patient)
        status = attempt.status
    context = {"form": form, "patient": patient}
    return render(request, "scheduling/booking/change_needs.html", context, status=status)
