"""What a clinician decided, and which plans the list of reviews shows."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from crmo_clinic.nhsuk import forms
from scheduling.history.when_due import Due, DueState, Plan
from scheduling.models import UNTIL, Decision, NextStep, Unit
from scheduling.pages.booking.course_forms import is_too_far_to_review
from scheduling.pages.history.review_forms import RecordedForm

LABELS = {
    NextStep.REPEAT: "Repeat course",
    NextStep.REVIEW: "Review again on a date",
    NextStep.OPEN: "Open on symptoms, until a date",
    NextStep.STOP: "Stop",
}
HINTS = {
    NextStep.REPEAT: "The form to agree a course opens next, filled in from the last course",
    NextStep.OPEN: "The family asks for a review if symptoms come back",
    NextStep.STOP: "The child leaves the list of reviews",
}


class DecisionForm(RecordedForm):
    """What happens next for a child, as the clinician decided."""

    submit_label = "Save decision"
    past_dates = ("decided_on",)
    names_in_errors = {
        "step": "what was decided",
        "until": "date of the review, or until which it is open",
        "decided_by": "the clinician who decided",
        "reason": "why this was decided",
    }

    step = forms.ChoiceField(
        label="What was decided?", choices=list(LABELS.items()), widget=forms.Radios(hints=HINTS)
    )
    until = forms.DateField(
        label="Review on, or open until",
        required=False,
        help_text="Only for these two. For example, 27 3 2027",
    )
    decided_by = forms.CharField(
        label="Clinician who decided", max_length=150, widget=forms.TextInput(width=30, spellcheck=False)
    )
    decided_on = forms.DateField(label="Date of the decision", help_text="For example, 27 3 2026")
    reason = forms.CharField(label="Why?", max_length=500, widget=forms.Textarea(rows=3))

    class Meta:
        model = Decision
        fields = ("step", "until", "decided_by", "decided_on", "reason", "mistake")

    def __init__(self, *args: Any, instance: Decision, **kwargs: Any) -> None:
        initial = {"decided_on": timezone.localdate()} if instance.pk is None else {}
        super().__init__(*args, instance=instance, initial=initial, **kwargs)
        if "mistake" in self.fields:
            self.fields["mistake"].help_text = "It stays here with your reason, and counts no more"

    def clean_step(self) -> str:
        step = self.cleaned_data["step"]
        if self.instance.course_id and step != NextStep.REPEAT:
            raise forms.ValidationError(
                "A course was agreed from this decision, so it stays “Repeat course”. "
                "If it was a mistake, say so below and record another"
            )
        return step

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        until = cleaned.get("until")
        if cleaned.get("step") not in UNTIL:
            cleaned["until"] = None
        elif not until:
            if "until" not in self.errors:
                self.add_error("until", "Enter the date of the review, or until which it is open")
        elif until < timezone.localdate() and until != self.instance.until:
            self.add_error("until", "The date must be today or in the future")
        elif is_too_far_to_review(until):
            self.add_error("until", "The date must be within the next 3 years. Check the year")
        return cleaned


class PlansFilterForm(forms.Form):
    """Which plans are shown, as the address says. Invalid values are ignored."""

    method = "get"
    submit_label = "Apply filters"
    submit_variant = "secondary"
    mark_optional = False

    state = forms.MultipleChoiceField(
        label="Only plans that are",
        choices=DueState.choices,
        required=False,
        widget=forms.Checkboxes(small=True),
    )
    unit = forms.TypedMultipleChoiceField(
        label="Day case unit", coerce=int, required=False, widget=forms.Checkboxes(small=True)
    )

    def __init__(self, address: QueryDict) -> None:
        units = list(Unit.objects.values_list("pk", "name"))
        known = QueryDict(mutable=True)
        for name, choices in (("state", DueState.choices), ("unit", units)):
            known.setlist(name, [str(value) for value, _ in choices if str(value) in address.getlist(name)])
        super().__init__(known)
        self.fields["unit"].choices = units
        if len(units) < 2:
            del self.fields["unit"]
        self.is_valid()

    def narrow(self, plans: Sequence[Plan], today: date) -> list[Plan]:
        """The plans that pass the filters."""
        states, units = self.cleaned_data["state"], self.cleaned_data.get("unit")
        return [
            plan
            for plan in plans
            if (not states or plan.state(today) in states) and (not units or plan.course.unit_id in units)
        ]

    def narrow_due(self, found: Sequence[Due], today: date) -> list[Due]:
        """The same of what is due, before it is known which stand on the page."""
        states, units = self.cleaned_data["state"], self.cleaned_data.get("unit")
        return [
            due
            for due in found
            if (not states or due.state(today) in states) and (not units or due.unit_id in units)
        ]

    def chosen(self) -> Iterator[tuple[str, str]]:
        """Each chosen filter in words, and the address of the list without it."""
        for name, field in self.fields.items():
            for value, label in field.choices:
                values = self.data.getlist(name)
                if str(value) in values:
                    rest = self.data.copy()
                    rest.setlist(name, [other for other in values if other != str(value)])
                    yield str(label), f"?{rest.urlencode()}"
