"""Which other record is meant, and of which record each field counts."""

from typing import Any

from crmo_clinic.nhsuk import forms, nhs_number
from crmo_clinic.nhsuk.wording import plain_date
from patients.models import Patient
from scheduling.merging.merge import FIELDS

OURS, THEIRS = "ours", "theirs"


class OtherRecordForm(forms.Form):
    """The number of the other record."""

    submit_label = "Compare the two records"
    number = forms.CharField(
        label="Hospital number or NHS number of the other record",
        max_length=40,
        widget=forms.TextInput(width=20, spellcheck=False, autocomplete="off"),
    )

    def clean_number(self) -> str:
        """The number; the child is in `other`."""
        number: str = self.cleaned_data["number"]
        other = Patient.objects.with_number(number)
        if other is None:
            raise forms.ValidationError("No child has this number")
        self.other = other
        return number


class MergeForm(forms.Form):
    """Of which record each field counts that differs; the mark of what was looked at."""

    submit_label = "Make them one record"
    submit_variant = "warning"
    seen = forms.CharField(widget=forms.HiddenInput(), required=False)

    def __init__(self, *args: Any, kept: Patient, gone: Patient, seen: str, **kwargs: Any) -> None:
        super().__init__(*args, initial={"seen": seen}, **kwargs)
        self.kept, self.gone = kept, gone
        # What is recorded in both, and is the same.
        self.same = [
            (_label(name), in_words(kept, name))
            for name in FIELDS
            if getattr(kept, name) == getattr(gone, name) not in ("", None, False)
        ]
        for name in FIELDS:
            ours, theirs = getattr(kept, name), getattr(gone, name)
            if ours == theirs or (name == "restricted_because" and not kept.restricted):
                continue
            self.fields[name] = forms.ChoiceField(
                label=_label(name),
                choices=[(OURS, _choice(kept, name)), (THEIRS, _choice(gone, name))],
                # What is empty, or off, loses nothing to what is not.
                initial=THEIRS if not ours else OURS,
                widget=forms.Radios(inline=True),
            )

    @property
    def from_gone(self) -> list[str]:
        """The fields of which the value of the other record counts."""
        return [name for name in FIELDS if self.cleaned_data.get(name) == THEIRS]


def _label(name: str) -> str:
    label = str(Patient._meta.get_field(name).verbose_name)
    return f"{label[0].upper()}{label[1:]}"


def _choice(patient: Patient, name: str) -> str:
    """The value, and whose it is."""
    value = in_words(patient, name)
    return value if name == "hospital_number" else f"{value} ({patient.hospital_number})"


def in_words(patient: Patient, name: str) -> str:
    """A field of a child as people read it."""
    value = getattr(patient, name)
    if name == "birth_date":
        return plain_date(value)
    if name == "nhs_number":
        return nhs_number.display(value) if value else "none"
    if name == "sex":
        return patient.get_sex_display() or "not recorded"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "nothing recorded"
