"""When a family cannot come, as fields: asked of the family on its page, and filled in by staff for it.

Every word can be translated. Every error message is given in full, because the shared forms put theirs
together from English words.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, gettext_lazy

from crmo_clinic.nhsuk import forms
from scheduling.booking.child_limits import Limits
from scheduling.pages.booking.course_forms import FURTHEST_DAYS
from scheduling.pages.booking.date_ranges import DateRangesField

FROM_THE_LIST = gettext_lazy("Choose one of the answers")
NO_END = gettext_lazy("Day, month and year as numbers: 31 7 2027. Leave it empty if there is no end")


class DatesField(DateRangesField):
    """Dates written as numbers, which are the same in every language."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join(_shown(first, last) for first, last in value)
        return value


class UntilField(DatesField):
    """One date, today or later, within two years; None if it is left empty."""

    widget = forms.TextInput(width=10)
    default_error_messages = {
        "no_date": gettext_lazy("“%(line)s” must be a date, like 31 7 2027"),
        "one_date": gettext_lazy("Only write one date"),
        "past": gettext_lazy("Write a date from today on"),
        "far": gettext_lazy("Only write dates within the next 2 years"),
    }

    def prepare_value(self, value: Any) -> Any:
        return _numbers(value) if isinstance(value, date) else value

    def to_python(self, value: Any) -> Any:
        ranges = super().to_python(value)
        if not ranges:
            return None
        (first, last), *others = ranges
        if others or first != last:
            raise forms.ValidationError(self.error_messages["one_date"])
        today = timezone.localdate()
        if first < today:
            raise forms.ValidationError(self.error_messages["past"])
        if first > today + timedelta(days=FURTHEST_DAYS):
            raise forms.ValidationError(self.error_messages["far"])
        return first


class LimitsFields(forms.WatchedForm, forms.forms.Form):
    """What one contact cannot do. It shows what was said before, and of that only what has not ended."""

    submit_label = gettext_lazy("Save")
    field_order: Collection[str] = (
        "impossible_weekdays",
        "weekdays_until",
        "impossible_dates",
        "not_before",
        "not_before_until",
    )
    changed_meanwhile = gettext_lazy(
        "Something here was changed since you opened this page. Look at it, and save again."
    )

    impossible_weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Are there days of the week when you can never come?"),
        choices=WEEKDAYS.items(),
        coerce=int,
        required=False,
        widget=forms.Checkboxes(small=True),
        error_messages={"invalid_choice": FROM_THE_LIST},
    )
    weekdays_until = UntilField(
        label=gettext_lazy("Until when can you not come on these days of the week?"),
        required=False,
        help_text=NO_END,
    )
    impossible_dates = DatesField(
        label=gettext_lazy("Which dates can you not do?"),
        required=False,
        help_text=gettext_lazy(
            "Day, month and year as numbers, one date on a line: 24 3 2027. "
            "For several days, the first and the last: 1 4 2027 - 14 4 2027"
        ),
    )
    not_before = forms.TimeField(
        label=gettext_lazy("What is the earliest time you can be here?"),
        required=False,
        help_text=gettext_lazy("For example 9:30am. Leave it empty if any time is fine"),
        error_messages={"invalid": gettext_lazy("Write a time, like 9am, 9:30am or 14:15")},
    )
    not_before_until = UntilField(
        label=gettext_lazy("Until when can you not be here earlier?"), required=False, help_text=NO_END
    )

    def __init__(self, *args: Any, weekdays: Collection[int], own: Limits, **kwargs: Any) -> None:
        """weekdays: those that are asked about. What was said about others is kept."""
        today = timezone.localdate()
        days_hold = own.weekdays_until is None or own.weekdays_until >= today
        time_holds = own.not_before_until is None or own.not_before_until >= today
        said = own.weekdays if days_hold else frozenset()
        initial = {
            "impossible_weekdays": sorted(said),
            "weekdays_until": own.weekdays_until if days_hold else None,
            "impossible_dates": sorted(own.dates),
            "not_before": own.not_before if time_holds else None,
            "not_before_until": own.not_before_until if time_holds else None,
        } | kwargs.pop("initial", {})
        super().__init__(*args, initial=initial, **kwargs)
        choices = [(n, name) for n, name in WEEKDAYS.items() if n in weekdays]
        self.fields["impossible_weekdays"].choices = choices
        self._not_asked = said - set(weekdays)
        self._own = own
        self.watch()

    @property
    def said(self) -> Limits:
        cleaned = self.cleaned_data
        return Limits(
            dates=frozenset(cleaned["impossible_dates"]),
            weekdays=self._not_asked | set(cleaned["impossible_weekdays"]),
            weekdays_until=cleaned["weekdays_until"],
            not_before=cleaned["not_before"],
            not_before_until=cleaned["not_before_until"],
            short_notice=self._own.short_notice,
        )

    def clean_impossible_dates(self) -> list[tuple[date, date]]:
        ranges = self.cleaned_data["impossible_dates"]
        furthest = timezone.localdate() + timedelta(days=FURTHEST_DAYS)
        if any(last > furthest for _, last in ranges):
            raise forms.ValidationError(gettext("Only write dates within the next 2 years"))
        return ranges

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("weekdays_until") and not cleaned.get("impossible_weekdays", True):
            self.add_error("weekdays_until", gettext("Tick the days of the week, or leave this date empty"))
        if cleaned.get("not_before_until") and cleaned.get("not_before", True) is None:
            self.add_error("not_before_until", gettext("Write the earliest time, or leave this date empty"))
        return cleaned


def _shown(first: date, last: date) -> str:
    return _numbers(first) if first == last else f"{_numbers(first)} - {_numbers(last)}"


def _numbers(day: date) -> str:
    return f"{day.day} {day.month} {day.year}"
