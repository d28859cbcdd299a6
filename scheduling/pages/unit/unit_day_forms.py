"""Days that differ from the unit's usual week: closed, or a chair taken by something else."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import clock, clock_range, long_date
from scheduling.models import Booking, Chair, Closure, Unit
from scheduling.unit.diary_rows import load_calendar
from scheduling.unit.weeks import minutes


class RemoveForm(forms.Form):
    """Nothing to fill in: the page says what is removed, and the button removes it."""

    submit_variant = "warning"

    confirmed = forms.CharField(required=False, widget=forms.HiddenInput())
    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, submit_label: str, **kwargs: Any) -> None:
        self.submit_label = submit_label
        super().__init__(*args, **kwargs)


class Part(StrEnum):
    """How much of each day is closed."""

    ALL_DAY = "all-day"
    UNTIL = "until"
    FROM = "from"


class ClosureForm(forms.ModelForm):
    """Days on which the unit is closed, first and last included: all day, in the morning or afternoon."""

    submit_label = "Save closure"
    # The hints say what may stay empty.
    mark_optional = False

    first_day = forms.DateField(label="First day closed", help_text="For example, 27 3 2027")
    last_day = forms.DateField(
        label="Last day closed", required=False, help_text="Leave empty if it is one day"
    )
    reason = forms.CharField(
        label="Reason",
        max_length=100,
        help_text="Staff see it wherever the unit is closed, for example deep clean or training day",
        widget=forms.TextInput(width=30),
    )

    part = forms.ChoiceField(
        label="How much of the day?",
        choices=[
            (Part.ALL_DAY, "All day"),
            (Part.UNTIL, "Closed until a time"),
            (Part.FROM, "Closed from a time"),
        ],
        required=False,
        initial=Part.ALL_DAY,
        widget=forms.Radios(
            hints={Part.UNTIL: "The unit opens later, for example at 1pm", Part.FROM: "The unit closes early"}
        ),
    )
    at = forms.TimeField(
        label="Until or from when?",
        required=False,
        help_text="For example, midday or 1pm. Leave empty if it is all day",
    )

    class Meta:
        model = Closure
        fields = ("first_day", "last_day", "reason")

    def layout(self) -> forms.Layout:
        return forms.Layout("first_day", "last_day", "part", "at", "reason")

    def clean_first_day(self) -> date:
        return not_past(self.cleaned_data["first_day"], "First day closed")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last is None and "last_day" in cleaned:
            cleaned["last_day"] = last = first
        if first and last and last < first:
            self.add_error("last_day", "Last day closed must be the first day closed or after it")
        self._clean_part(cleaned)
        return cleaned

    def _clean_part(self, cleaned: dict[str, Any]) -> None:
        """A part of the day has a time, at which the unit is open on at least one of the days."""
        part, at = cleaned.get("part") or Part.ALL_DAY, cleaned.get("at")
        if part == Part.ALL_DAY:
            self.errors.pop("at", None)
            return
        if at is None:
            if "at" in cleaned:
                self.add_error("at", "Enter the time until which or from which the unit is closed")
            return
        setattr(self.instance, "until" if part == Part.UNTIL else "since", at)
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and first <= last and not self._is_within_hours(first, last, minutes(at)):
            self.add_error("at", "That time must be between opening and closing")

    def _is_within_hours(self, first: date, last: date, at: int) -> bool:
        calendar = load_calendar(self.instance.unit, first, last)
        days = (first + timedelta(days=n) for n in range(min(7, (last - first).days + 1)))
        hours = (calendar.usual_hours(day) for day in days)
        return any(found is not None and found.opens < at < found.closes for found in hours)


class TakeChairForm(forms.Form):
    """A chair taken for some hours of a day by something other than a visit."""

    submit_label = "Take the chair"
    names_in_errors = {
        "chair": "a chair",
        "starts": "the start",
        "ends": "the end",
        "taken_for": "what the chair is taken for",
    }

    chair = forms.ModelChoiceField(
        label="Chair", queryset=Chair.objects.none(), empty_label=None, widget=forms.Radios()
    )
    day = forms.DateField(label="Date", help_text="For example, 27 3 2027")
    starts = forms.TimeField(label="From", help_text="For example, 9am or 9:30am")
    ends = forms.TimeField(label="To")
    taken_for = forms.CharField(
        label="What is it taken for?",
        max_length=100,
        help_text="For example repair or blood transfusion. Do not name a child",
        widget=forms.TextInput(width=30),
    )

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        self.unit = unit
        super().__init__(*args, **kwargs)
        self.fields["chair"].queryset = unit.chairs.in_use()

    def clean_day(self) -> date:
        day = not_past(self.cleaned_data["day"], "Date")
        return open_on(day, self.unit, "no chair can be taken")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if {"day", "starts", "ends"} <= cleaned.keys():
            booking = self.booking()
            # Compared as moments, not as clock times: the hour that is skipped in spring has no length.
            if booking.ends_at.timestamp() <= booking.starts_at.timestamp():
                self.add_error("ends", "The end must be after the start, on the same day")
            self._refuse_closed_hours()
        return cleaned

    def _refuse_closed_hours(self) -> None:
        day, starts, ends = (self.cleaned_data.get(name) for name in ("day", "starts", "ends"))
        hours = load_calendar(self.unit, day, day).hours_on(day)
        when = f"the unit is open {clock_range(hours.opens, hours.closes)} on {long_date(day)}"
        if starts and minutes(starts) < hours.opens:
            self.add_error("starts", f"The start must be {clock(hours.opens)} or later: {when}")
        if ends and minutes(ends) > hours.closes:
            self.add_error("ends", f"The end must be {clock(hours.closes)} or earlier: {when}")

    def booking(self) -> Booking:
        """The booking as typed; not saved."""
        day, starts, ends = (self.cleaned_data[name] for name in ("day", "starts", "ends"))
        return Booking(
            chair=self.cleaned_data.get("chair"),
            starts_at=timezone.make_aware(datetime.combine(day, starts)),
            ends_at=timezone.make_aware(datetime.combine(day, ends)),
            taken_for=self.cleaned_data.get("taken_for", ""),
        )


def not_past(day: date, what: str) -> date:
    """The day. Raises ValidationError if it is over."""
    if day < timezone.localdate():
        raise forms.ValidationError(f"{what} must be today or in the future")
    return day


def open_on(day: date, unit: Unit, so: str) -> date:
    """The day. Raises ValidationError if the unit is closed on it."""
    if why_closed := load_calendar(unit, day, day).why_closed(day):
        raise forms.ValidationError(f"The unit is {why_closed}, so {so} on {long_date(day)}")
    return day
