"""Ticking an item for another date, overriding a missing item, and writing an item of the checklist."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk import forms
from patients.forms import ModelForm
from patients.models import Sex
from scheduling.checklist.ticks import Override
from scheduling.models import ChecklistItem, Level, TickedBy
from scheduling.models.readiness import MOST_DAYS_VALID, OLDEST


class CheckForm(forms.Form):
    """On which day an item was done, with a note. seen: the key of the newest row that the page showed."""

    submit_label = "Save"
    names_in_errors = {"done_on": "date on which it was done"}

    done_on = forms.DateField(label="Done on", help_text="For example, 27 3 2027")
    note = forms.CharField(label="Note", required=False, max_length=300, widget=forms.Textarea(rows=2))

    def __init__(self, *args: Any, born: date, seen: int, private: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.born = born
        self.fields["seen"] = forms.SeenField(required=False, initial=str(seen))
        readers = "Nurses and the unit lead only" if private else "Everybody who may look at children"
        self.fields["note"].help_text = f"{readers} can read it"

    def clean_done_on(self) -> date:
        done_on = self.cleaned_data["done_on"]
        if done_on > timezone.localdate():
            raise forms.ValidationError("Date on which it was done must be today or in the past")
        if done_on < self.born:
            raise forms.ValidationError("Date on which it was done must be after the child was born")
        return done_on


class OverrideForm(forms.Form):
    """Who decided that the drip starts all the same, and why. missing: the items that the page named."""

    submit_label = "Record that the drip started"
    names_in_errors = {"approved_by": "the person who decided", "reason": "why the drip starts all the same"}

    approved_by = forms.CharField(
        label="Who decided that the drip starts all the same?",
        max_length=150,
        help_text="The name of one person",
        widget=forms.TextInput(width=30, spellcheck=False),
    )
    reason = forms.CharField(label="Why?", max_length=300, widget=forms.Textarea(rows=3))

    def __init__(self, *args: Any, missing: Collection[str], **kwargs: Any) -> None:
        """missing: keys of the items that the page names."""
        super().__init__(*args, **kwargs)
        self.fields["missing"] = forms.SeenField(required=False, initial=",".join(sorted(missing)))

    def override(self) -> Override:
        cleaned = self.cleaned_data
        seen = frozenset(cleaned["missing"].split(","))
        return Override(cleaned["approved_by"], cleaned["reason"], seen)


def _age(label: str, help_text: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=OLDEST,
        help_text=help_text,
        widget=forms.TextInput(width=3, inputmode="numeric", suffix="years"),
    )


class ChecklistItemForm(ModelForm):
    """One item of a draft checklist."""

    submit_label = "Save item"
    names_in_errors = {
        "label": "what has to be done",
        "level": "how much it weighs",
        "ticked_by": "who may tick it",
        "valid_days": "days for which it counts",
        "min_age": "lower age",
        "max_age": "upper age",
    }

    label = forms.CharField(label="What has to be done", max_length=120)
    help = forms.CharField(
        label="Help", max_length=300, required=False, help_text="Shown in small letters below it"
    )
    level = forms.ChoiceField(
        label="How much does it weigh?",
        choices=Level.choices,
        widget=forms.Radios(
            hints={
                Level.MUST: "Without it a drip starts only if somebody answers for it by name, with a reason",
                Level.SHOULD: "Shown as left to do, and asked for nowhere",
            }
        ),
    )
    ticked_by = forms.ChoiceField(label="Who may tick it?", choices=TickedBy.choices, widget=forms.Radios())
    private = forms.BooleanField(
        label="Private: only nurses and the unit lead read its note", required=False, widget=forms.Checkbox()
    )
    valid_days = forms.IntegerField(
        label="For how many days does it count?",
        required=False,
        min_value=0,
        max_value=MOST_DAYS_VALID,
        help_text="From the day it was done. 0 counts on that day alone; empty has no end",
        widget=forms.TextInput(width=5, inputmode="numeric", suffix="days"),
    )
    first_course_only = forms.BooleanField(
        label="Only before a first course", required=False, widget=forms.Checkbox()
    )
    min_age = _age("From which age?", "On the first day of the course. Empty: from birth")
    max_age = _age("Up to which age?", "That age included. Empty: no end")
    sex = forms.ChoiceField(
        label="For which children?",
        choices=[
            ("", "All"),
            *((each.value, f"Sex at registration: {each.label.lower()}") for each in Sex.asked()),
        ],
        required=False,
        help_text="A child whose sex is not recorded is asked for all",
        widget=forms.Select(),
    )

    class Meta:
        model = ChecklistItem
        fields = (
            "label",
            "help",
            "level",
            "ticked_by",
            "private",
            "valid_days",
            "first_course_only",
            "min_age",
            "max_age",
            "sex",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        low, high = cleaned.get("min_age"), cleaned.get("max_age")
        if low is not None and high is not None and low > high:
            self.add_error("max_age", "Upper age must be the lower age or more")
        if cleaned.get("private") and cleaned.get("ticked_by") == TickedBy.ANYBODY:
            self.add_error("ticked_by", "A private item has to be for a nurse or the unit lead to tick")
        return cleaned
