"""The form that lets another system read."""

from crmo_clinic.nhsuk import forms
from scheduling.fhir.systems import NAME_TAKEN
from scheduling.models import OtherSystem, Reads, Unit


class LetInForm(forms.Form):
    """What the system is called, what it may read, and of which units."""

    submit_label = "Let this system read"
    names_in_errors = {"name": "the name of the system", "reads": "what it may read", "units": "the units"}
    mark_optional = False

    name = forms.CharField(
        label="Name of the system",
        max_length=100,
        help_text="As people at the Trust call it. The log says by this name what it read",
        widget=forms.TextInput(width=20, spellcheck=False),
    )
    reads = forms.MultipleChoiceField(
        label="What may it read?",
        choices=[(each.value, f"{each.label} ({each.value})") for each in Reads],
        help_text="Select all that it needs, and no more",
        widget=forms.Checkboxes(),
    )
    units = forms.ModelMultipleChoiceField(
        label="Of which units?",
        queryset=Unit.objects.all(),
        help_text="It sees children with a course in one of these, and nobody else",
        widget=forms.Checkboxes(),
    )
    reads_protected = forms.BooleanField(
        label="Also children whose record is restricted or sensitive",
        required=False,
        help_text="Only if whoever uses the system may see them. It is not asked for a reason each time",
        widget=forms.Checkbox(),
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if OtherSystem.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(NAME_TAKEN)
        return name
