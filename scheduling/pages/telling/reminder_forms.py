"""When a unit's families are reminded, and whether they are asked how it went."""

import re
from typing import Any

from crispy_forms.layout import Column, Fieldset, Row

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.typed import read_number
from crmo_clinic.nhsuk.wording import capitalised, clock, listed, quantity
from patients.forms import ModelForm
from scheduling.models import MOST_ALARM_MINUTES, Unit
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
                f"Days before day 1 must be whole numbers from 1 to {MOST_DAYS_BEFORE}, like 7, 1"
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
        "alarm_minutes": "number of minutes before the visit",
    }

    reminder_days = DaysField(
        label="How many days before day 1 of a course?",
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
    alarm_evening_at = forms.TimeField(
        label="The evening before, at",
        required=False,
        help_text="For example, 6pm. Leave it empty for no alarm in the evening",
    )
    alarm_minutes = forms.IntegerField(
        label="Before the visit, in time to leave",
        min_value=15,
        max_value=MOST_ALARM_MINUTES,
        required=False,
        help_text="For example, 90. Leave it empty for no alarm in the morning",
        widget=forms.TextInput(width=3, inputmode="numeric", suffix="minutes"),
    )
    asks_how_it_went = forms.TypedChoiceField(
        label="Ask the family how it went, three and five days after the last day?",
        choices=YES_OR_NO,
        coerce=lambda answer: answer == "True",
        widget=forms.Radios(inline=True),
    )

    class Meta:
        model = Unit
        fields = (
            *("reminder_days", "quiet_from", "quiet_until", "evening_at", "asks_how_it_went"),
            *("alarm_evening_at", "alarm_minutes"),
        )

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
            Fieldset("Alarms of the family’s calendar", "alarm_evening_at", "alarm_minutes"),
        )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        begins, ends = typed.get("quiet_from"), typed.get("quiet_until")
        if begins and begins == ends:
            self.add_error("quiet_until", "Quiet hours must not end at the time at which they begin")
        alarm = typed.get("alarm_evening_at")
        if alarm and alarm.hour < 12:
            self.add_error("alarm_evening_at", "Time of the alarm the evening before must be after midday")
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
    """`7 days and 1 day before day 1`."""
    words = [f"{number} {'day' if number == 1 else 'days'}" for number in days]
    return f"{listed(words)} before day 1" if words else "None"


def alarms_in_words(unit: Unit) -> str:
    """`The evening before at 6pm and 90 minutes before`."""
    evening = f"the evening before at {clock(unit.alarm_evening_at)}" if unit.alarm_evening_at else ""
    morning = f"{quantity(unit.alarm_minutes, 'minute')} before" if unit.alarm_minutes else ""
    return capitalised(listed(filter(None, [evening, morning]))) or "None"
