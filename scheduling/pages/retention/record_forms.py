"""What the lead types to hold a child's record, and to erase it."""

from typing import Any

from crmo_clinic.nhsuk import forms
from patients.models import ErasedBecause, Patient, plain_hospital_number


class PlaceHoldForm(forms.Form):
    """Why the record must not be erased."""

    submit_label = "Put on legal hold"
    because = forms.CharField(
        label="Why must this record not be erased?",
        max_length=300,
        help_text="For example a claim, a complaint or an inquiry, with its reference",
        widget=forms.Textarea(rows=3),
        error_messages={"required": "Enter why this record must not be erased"},
    )


class LiftHoldForm(forms.Form):
    """Why the hold is over."""

    submit_label = "Lift the legal hold"
    because = forms.CharField(
        label="Why is the hold over?",
        max_length=300,
        help_text="Who said so, and when",
        widget=forms.Textarea(rows=3),
        error_messages={"required": "Enter why the hold is over"},
    )


class EraseForm(forms.Form):
    """Why the record is erased, and the child's hospital number, so that it is not the wrong one."""

    submit_label = "Erase this record for good"
    submit_variant = "warning"
    names_in_errors = {"because": "why it is erased", "number": "the hospital number"}

    because = forms.ChoiceField(
        label="Why is this record erased?",
        choices=ErasedBecause.choices,
        widget=forms.Radios(),
        error_messages={"required": "Select why this record is erased"},
    )
    reason = forms.CharField(
        label="Who decided it, and on what grounds?",
        max_length=300,
        help_text="It stays in the log, so do not name the child or the family",
        widget=forms.Textarea(rows=3),
        error_messages={"required": "Enter who decided it, and on what grounds"},
    )
    number = forms.CharField(
        label="Hospital number of this child",
        max_length=30,
        help_text="Type it as it stands at the top of this page",
        widget=forms.TextInput(width=10, spellcheck=False, autocomplete="off"),
        error_messages={"required": "Enter the hospital number of this child"},
    )

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._patient = patient

    def clean_number(self) -> str:
        number = plain_hospital_number(self.cleaned_data["number"])
        if number != plain_hospital_number(self._patient.hospital_number):
            raise forms.ValidationError(
                "This is not the hospital number of the child on this page. Check that it is the right child"
            )
        return number

    def clean_reason(self) -> str:
        reason = self.cleaned_data["reason"]
        if self._patient.name.casefold() in reason.casefold():
            raise forms.ValidationError("The reason stays in the log: leave the child’s name out of it")
        return reason
