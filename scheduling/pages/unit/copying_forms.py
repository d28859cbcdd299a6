"""What another unit has set up, to be copied; and whose lists show a unit first."""

from typing import Any

from crmo_clinic.nhsuk import forms
from patients.models import User
from scheduling.models import Unit
from scheduling.pages.unit.second_unit import What


class CopyForm(forms.Form):
    """From which unit, and what. possible: what the unit has none of yet."""

    submit_label = "Copy"
    names_in_errors = {"other": "a unit", "what": "what to copy"}

    other = forms.ModelChoiceField(
        label="From which unit?", queryset=Unit.objects.none(), empty_label=None, widget=forms.Radios()
    )
    what = forms.TypedMultipleChoiceField(
        label="What should be copied?",
        choices=(),
        coerce=What,
        help_text="Select all that apply",
        widget=forms.Checkboxes(),
    )

    def __init__(self, *args: Any, unit: Unit, possible: list[What], **kwargs: Any) -> None:
        others = Unit.objects.exclude(pk=unit.pk)
        initial = {"other": others.first(), "what": list(possible)}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["other"].queryset = others
        self.fields["what"].choices = [(what.value, what.value) for what in possible]


class StaffForm(forms.Form):
    """The people who belong to a unit."""

    submit_label = "Save staff"
    mark_optional = False

    staff = forms.ModelMultipleChoiceField(
        label="Who belongs to this unit?",
        queryset=User.objects.filter(is_active=True),
        required=False,
        help_text="Select all that apply. Whoever belongs to no unit sees all units in every list",
        widget=forms.Checkboxes(),
    )
