"""When a unit's families are reminded, and whether they are asked how it went."""

import re
from typing import Any

from crispy_forms.layout import Column, Fieldset, Row

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.typed import read_number
from crmo_clinic.nhsuk.wording import listed
from patients.forms import ModelForm
from scheduling.models import Unit
from scheduling.telling.clock_times import is_between

MOST_DAYS_BEFORE = 60
MOST_REMINDERS = 5
YES_OR_NO = [("True", "Yes"), ("False", "No")]
EVENING = [("True", "Yes, at the time below"), ("False", "No")]


class DaysField(forms.CharField):
    """Numbers of days in one box, with commas, spaces or “and” between; cleans to a list, largest first."""

    widget = forms.TextInput(width=10, autocomplete="off")

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(days) for days in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[int]:
        words = re.split(r"[\s,;]+|\band\b", super().clean(value))
        numbers = {word: read_number(word) for word in words if word}
        wrong = [w for w, number in numbers.items() if number is None or not 1 <= number <= MOST_DAYS_BEFORE]
        if wrong:
            raise forms.ValidationError(
                f"Days before a visit must be whole numbers from 1 to {MOST_DAYS_BEFORE}, like 7, 1"
            )
        if len(set(numbers.values())) > MOST_REMINDERS:
            raise forms.ValidationError(f"Enter at most {MOST_REMINDERS} numbers of days")
        return sorted({number for number in numbers.values() if number}, reverse=True)


class RemindersForm(ModelForm):
    """What is sent to families automatically, and the quiet hours."""

    submit_label = "Save reminders"
    names_in_errors = {
        "quiet_from": "start of the quiet hours",
        "quiet_until": "end of the quiet hours",
        "between": "whether a message goes out between two days",
        "evening_at": "time of the message between two days",
        "asks_how_it_went": "whether to ask how it went",
    }

    reminder_days = DaysField(
        label="How many days before a visit?",
        required=False,
        help_text="For example, 7, 1 for a week before and the day before. Leave it empty for no reminders",
    )
    quiet_from = forms.TimeField(label="From", help_text="For example, 8pm")
    quiet_until = forms.TimeField(label="Until", help_text="For example, 8am")
    between = forms.TypedChoiceField(
        label="Send a message in the evening between two days?",
        choices=EVENING,
        coerce=lambda answer: answer == "True",
        widget=forms.Radios(),
    )
    evening_at = forms.TimeField(
        label="Time of that message",
        required=False,
        help_text="If yes: a time after midday, for example, 6pm",
    )
    asks_how_it_went = forms.TypedChoiceField(
        label="Ask the family how it went, three days after the last day?",
        choices=YES_OR_NO,
        coerce=lambda answer: answer == "True",
        widget=forms.Radios(inline=True),
    )

    class Meta:
        model = Unit
        fields = ("reminder_days", "quiet_from", "quiet_until", "evening_at", "asks_how_it_went")

    def get_initial_for_field(self, field: Any, field_name: str) -> Any:
        if field_name == "between":
            return str(self.instance.evening_at is not None)
        value = super().get_initial_for_field(field, field_name)
        return str(value) if field_name == "asks_how_it_went" else value

    def saved_value(self, field: Any, name: str) -> Any:
        return (
            self.get_initial_for_field(field, name) if name == "between" else super().saved_value(field, name)
        )

    def layout(self) -> forms.Layout:
        return forms.Layout(
            "reminder_days",
            Fieldset("Quiet hours", Row(Column("quiet_from"), Column("quiet_until"))),
            *("between", "evening_at", "asks_how_it_went"),
        )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        begins, ends = typed.get("quiet_from"), typed.get("quiet_until")
        if begins and begins == ends:
            self.add_error("quiet_until", "Quiet hours must not end at the time at which they begin")
        self._clean_evening(typed)
        return typed

    def _clean_evening(self, typed: dict[str, Any]) -> None:
        evening = typed.get("evening_at")
        if not typed.get("between", True):
            typed["evening_at"] = None
        elif "evening_at" in typed and not evening:
            self.add_error("evening_at", "Enter the time of the message between two days")
        elif evening and evening.hour < 12:
            self.add_error("evening_at", "Time of the message between two days must be after midday")
        elif evening and is_between(evening, typed.get("quiet_from"), typed.get("quiet_until")):
            self.add_error(
                "evening_at", "Time of the message between two days must not be in the quiet hours"
            )


def days_before_in_words(days: list[int]) -> str:
    """`7 days and 1 day before a visit`, or `None`."""
    words = [f"{number} {'day' if number == 1 else 'days'}" for number in days]
    return f"{listed(words)} before a visit" if words else "None"
