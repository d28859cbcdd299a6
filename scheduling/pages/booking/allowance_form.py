"""The reason for which a course may break a rule, beside the rules that whoever gives it was shown."""

from collections.abc import Iterable
from datetime import date

from crmo_clinic.nhsuk import forms
from scheduling.rules import Objection
from scheduling.unit.allowances import Allowance, keys_of


class AllowanceForm(forms.Form):
    """broken: the rules shown, each with its day."""

    submit_label = "Let it stay where it is"
    names_in_errors = {"allowed_because": "why the rule may be broken"}

    allowed_because = forms.CharField(
        label="Why may it be so all the same?",
        max_length=300,
        help_text="Your name and this reason stand wherever the visit is shown",
        widget=forms.Textarea(rows=2),
    )
    broken = forms.CharField(widget=forms.HiddenInput())

    @classmethod
    def about(cls, found: Iterable[Objection], first_day: date) -> "AllowanceForm":
        """A form that is not filled in yet, about these objections."""
        return cls(initial={"broken": " ".join(sorted("@".join(key) for key in keys_of(found, first_day)))})

    def allowance(self) -> Allowance:
        keys = (key.partition("@") for key in self.cleaned_data["broken"].split())
        return Allowance(
            frozenset((rule, day) for rule, _, day in keys), self.cleaned_data["allowed_because"]
        )
