"""The page before a sensitive record: whoever opens it says why, once in each sign-in. The lead sees it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from crmo_clinic.nhsuk import forms
from patients import audit, sign_in_log
from patients.access import Permission, requires
from patients.acts import PatientAct
from patients.models import Patient

TREATING = "I look after this child now"
ASKED = "The family or a colleague asks me about this child"
CHECKING = "I check how something was done"
OTHER = "other"


class ReasonForm(forms.Form):
    """Why a sensitive record is opened."""

    submit_label = "Open the record"
    mark_optional = False
    names_in_errors = {"reason": "why you open this record", "words": "the reason"}

    reason = forms.ChoiceField(
        label="Why do you open this record?",
        choices=[(each, each) for each in (TREATING, ASKED, CHECKING)] + [(OTHER, "Another reason")],
        widget=forms.Radios(),
        error_messages={"required": "Select why you open this record"},
    )
    words = forms.CharField(
        label="The reason",
        max_length=200,
        required=False,
        help_text="Only if you selected another reason",
        widget=forms.TextInput(),
    )

    def clean(self) -> dict[str, str]:
        cleaned = super().clean()
        if cleaned.get("reason") == OTHER and not cleaned.get("words"):
            self.add_error("words", "Enter the reason")
        return cleaned

    def said(self) -> str:
        """The reason in words."""
        reason = self.cleaned_data["reason"]
        return self.cleaned_data["words"] if reason == OTHER else reason


@requires(Permission.VIEW)
def give_reason(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why, log it, and go on to the page of `?next=`."""
    patient = get_object_or_404(Patient, pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        changes = {"reason": form.said(), "from": sign_in_log.place(request)}
        audit.record(
            PatientAct.PATIENT_OPENED_WITH_REASON,
            by=request.user,
            on=patient,
            patient=patient,
            changes=changes,
        )
        opened = request.session.get(audit.OPENED, [])
        request.session[audit.OPENED] = [*opened, patient.pk]
        return redirect(_next(request, patient))
    audit.looked_at("patients:give_reason", by=request.user, patients=[patient])
    return render(request, "patients/give_reason.html", {"form": form, "patient": patient})


def _next(request: HttpRequest, patient: Patient) -> str:
    there = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(there, {request.get_host()}, require_https=request.is_secure())
    return there if is_ours else patient.get_absolute_url()
