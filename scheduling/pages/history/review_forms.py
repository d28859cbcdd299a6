"""What is typed about a review: values, active sites, imaging, medicines. No single value is required."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from crispy_forms.layout import HTML, Div, Fieldset
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.safestring import SafeString

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import capitalised, plain_number
from patients.forms import ModelForm
from scheduling.history.body_map import boxes_of, pressable_map
from scheduling.history.lab_values import CRP, ESR, LabValue, Limits, lab_text
from scheduling.models import (
    ActiveSite,
    Imaging,
    ImagingKind,
    Medicine,
    MedicineKind,
    Review,
    ReviewSource,
    every_site,
    site_name,
)

SITES = [(f"{site}-{side}", site_name(site, side)) for site, side in every_site()]
DATE_HINT = "For example, 27 3 2026"


class LabValueField(forms.CharField):
    """A result as a laboratory writes it; cleans to a LabValue or None."""

    def __init__(self, *, limits: Limits, **kwargs: Any) -> None:
        self.limits = limits
        widget = forms.TextInput(width=5, spellcheck=False, autocomplete="off")
        super().__init__(required=False, widget=widget, **kwargs)

    def to_python(self, value: Any) -> LabValue | None:
        text = super().to_python(value)
        if not text:
            return None
        read = self.limits.read(text)
        if read is None:
            raise ValidationError(f"{capitalised(self.what)} must be {self.limits}")
        return read

    def run_validators(self, value: Any) -> None:
        """Nothing is left to check: reading the value has checked it."""


class ScoreField(forms.DecimalField):
    """A number within limits, shown without the trailing zeros that its column stores."""

    def __init__(self, *, highest: int, places: int, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            min_value=0,
            max_value=highest,
            decimal_places=places,
            widget=forms.TextInput(width=3, inputmode="decimal", autocomplete="off"),
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return plain_number(value) if isinstance(value, Decimal) else value


class RecordedForm(ModelForm):
    """What all records share: their dates are in the past, and a saved one can be marked as a mistake."""

    past_dates: Sequence[str] = ("on",)

    mistake = forms.CharField(
        label="If this was entered by mistake, say why",
        required=False,
        max_length=300,
        help_text="It stays here with your reason, and is left out of the history and its plots",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            del self.fields["mistake"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in self.past_dates:
            day, label = cleaned.get(name), capitalised(self.fields[name].what)
            if day and day > timezone.localdate():
                self.add_error(name, f"{label} must be today or in the past")
            elif day and day < self.instance.patient.birth_date:
                self.add_error(name, f"{label} must be on or after the child’s date of birth")
        return cleaned


class ReviewForm(RecordedForm):
    """One review. Only its date and who it is from are required, and one value, active site or note."""

    submit_label = "Save review"
    mark_optional = False
    past_dates = ("on", "mri_on")
    names_in_errors = {
        "on": "date of the review",
        "source": "who the values are from",
        "pain": "pain",
        "patient_global": "patient or parent global",
        "physician_global": "physician global",
        "chaq": "CHAQ total",
        "esr": "ESR",
        "crp": "CRP",
        "mri_lesions": "active lesions on MRI",
        "mri_on": "date of the MRI",
    }

    on = forms.DateField(label="Date of the review", help_text=DATE_HINT)
    source = forms.ChoiceField(
        label="Who are the values from?", choices=ReviewSource.choices, widget=forms.Radios(inline=True)
    )
    pain = ScoreField(label="Pain, 0 to 10", highest=10, places=1)
    patient_global = ScoreField(label="Patient or parent global, 0 to 10", highest=10, places=1)
    physician_global = ScoreField(label="Physician global, 0 to 10", highest=10, places=1)
    chaq = ScoreField(label="CHAQ total, 0 to 3", highest=3, places=3)
    school_days_missed = forms.IntegerField(
        label="School days missed",
        required=False,
        min_value=0,
        max_value=366,
        help_text="Since the review before",
        widget=forms.TextInput(width=3, inputmode="numeric", autocomplete="off"),
    )
    no_active_site = forms.BooleanField(label="Looked for, and none is active", required=False)
    active = forms.MultipleChoiceField(
        label="Sites that are active",
        choices=SITES,
        required=False,
        widget=forms.Checkboxes(small=True),
        help_text="Left and right are the child’s",
    )
    esr = LabValueField(label="ESR, mm/h", limits=ESR)
    crp = LabValueField(label="CRP, mg/L", limits=CRP, help_text="As reported, for example 12, <5 or >300")
    mri_lesions = forms.IntegerField(
        label="Active lesions on MRI",
        required=False,
        min_value=0,
        max_value=200,
        widget=forms.TextInput(width=3, inputmode="numeric", autocomplete="off"),
    )
    mri_on = forms.DateField(label="Date of the MRI", required=False)
    note = forms.CharField(label="Note", required=False, max_length=2000, widget=forms.Textarea(rows=3))

    class Meta:
        model = Review
        fields = (
            "on",
            "source",
            "pain",
            "patient_global",
            "physician_global",
            "chaq",
            "school_days_missed",
            "mri_lesions",
            "mri_on",
            "note",
            "mistake",
        )

    def __init__(self, *args: Any, instance: Review, **kwargs: Any) -> None:
        initial = {"on": timezone.localdate()} if instance.pk is None else _shown(instance)
        super().__init__(*args, instance=instance, initial=initial | kwargs.pop("initial", {}), **kwargs)

    def layout(self) -> forms.Layout:
        groups = [
            Fieldset("", "on", "source"),
            Fieldset(
                "How the child is", *("pain", "patient_global", "physician_global"), css_class="app-scores"
            ),
            Fieldset("Everyday life", "chaq", "school_days_missed", css_class="app-scores"),
            Fieldset(
                "Active sites",
                Div("no_active_site", "active", css_class="app-sites"),
                HTML('{% include "scheduling/history/_body_map.html" with map=form.body_map only %}'),
                css_class="app-sites-and-map",
            ),
            Fieldset("Blood results", "esr", "crp", css_class="app-scores"),
            Fieldset("MRI", "mri_lesions", "mri_on", css_class="app-scores"),
            Fieldset("", *(name for name in ("note", "mistake") if name in self.fields)),
        ]
        return forms.Layout(*groups)

    @property
    def body_map(self) -> SafeString:
        """The picture: a press on a site ticks its box."""
        return pressable_map(boxes_of(self["active"]))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("no_active_site") and cleaned.get("active"):
            self.add_error("active", "Untick the active sites, or untick that none is active")
        lesions, mri_on = cleaned.get("mri_lesions"), cleaned.get("mri_on")
        if lesions is not None and not mri_on and "mri_on" not in self.errors:
            self.add_error("mri_on", "Enter the date of the MRI")
        if mri_on and lesions is None and "mri_lesions" not in self.errors:
            self.add_error("mri_lesions", "Enter the active lesions on MRI, or leave its date out")
        if not self.errors and not self._says_something():
            self.add_error("pain", "Enter at least one value, an active site or a note")
        return cleaned

    def _says_something(self) -> bool:
        about = {"on", "source", "seen", "mistake"}
        said = [value for name, value in self.cleaned_data.items() if name not in about]
        # Zero is a value, although it equals False.
        return any(value is not False and value not in (None, "", []) for value in said)

    def save(self, commit: bool = False) -> Review:
        """The review with all its values, unsaved. Its active sites are in `sites`."""
        review: Review = super().save(commit=False)
        for name in ("esr", "crp"):
            value = self.cleaned_data[name]
            setattr(review, name, value and value.number)
            setattr(review, f"{name}_below", bool(value and value.below))
            setattr(review, f"{name}_above", bool(value and value.above))
        review.sites_examined = bool(self.cleaned_data["no_active_site"] or self.cleaned_data["active"])
        return review

    @property
    def sites(self) -> list[tuple[str, str]]:
        """The active sites that were ticked, as (site, side)."""
        return [tuple(code.split("-")) for code in self.cleaned_data["active"]]


def _shown(review: Review) -> dict[str, Any]:
    """Initial values of the fields that are not columns of the review's row."""
    sites = [site_code(row) for row in review.sites.all()]
    return {
        "esr": lab_text(review.esr, review.esr_below, review.esr_above),
        "crp": lab_text(review.crp, review.crp_below, review.crp_above),
        "active": sites,
        "no_active_site": review.sites_examined and not sites,
    }


def site_code(row: ActiveSite) -> str:
    """`clavicle-left`, as in SITES and on the body map."""
    return f"{row.site}-{row.side}"


class ImagingForm(RecordedForm):
    """One imaging examination."""

    submit_label = "Save result"
    names_in_errors = {"kind": "the kind of imaging"}

    kind = forms.ChoiceField(
        label="Kind of imaging", choices=ImagingKind.choices, widget=forms.Radios(inline=True)
    )
    on = forms.DateField(label="Date of the imaging", help_text=DATE_HINT)
    result = forms.CharField(
        label="Result",
        max_length=4000,
        help_text="In the reporter’s words",
        widget=forms.Textarea(rows=6),
    )

    class Meta:
        model = Imaging
        fields = ("kind", "on", "result", "mistake")


class MedicineForm(RecordedForm):
    """Another medicine that the child takes. Its dose belongs in the prescribing system."""

    submit_label = "Save medicine"
    past_dates = ("started_on",)
    names_in_errors = {"kind": "the kind of medicine", "name": "name of the medicine"}

    kind = forms.ChoiceField(label="Kind of medicine", choices=MedicineKind.choices, widget=forms.Radios())
    name = forms.CharField(
        label="Name of the medicine",
        max_length=100,
        help_text="The name only",
        widget=forms.TextInput(width=20, spellcheck=False, autocomplete="off"),
    )
    started_on = forms.DateField(label="From", required=False, help_text=DATE_HINT)
    stopped_on = forms.DateField(label="To", required=False, help_text="Leave empty if it is still taken")

    class Meta:
        model = Medicine
        fields = ("kind", "name", "started_on", "stopped_on", "mistake")

    def clean_stopped_on(self) -> date | None:
        started, stopped = self.cleaned_data.get("started_on"), self.cleaned_data["stopped_on"]
        if started and stopped and stopped < started:
            raise forms.ValidationError("To must be the same day as From or after it")
        return stopped
