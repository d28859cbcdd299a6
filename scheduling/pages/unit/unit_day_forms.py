"""Days that differ from the unit's usual week: closed, other staffing, a chair taken by something else."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import clock, clock_range, long_date, quantity
from patients.stale import last_act
from scheduling.acts import Act
from scheduling.models import Booking, Chair, Closure, Staffing, Unit
from scheduling.unit.diary_rows import load_calendar, minutes


class RemoveForm(forms.Form):
    """Nothing to fill in: the page says what is removed, and the button removes it."""

    submit_variant = "warning"

    confirmed = forms.CharField(required=False, widget=forms.HiddenInput())
    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args: Any, submit_label: str, **kwargs: Any) -> None:
        self.submit_label = submit_label
        super().__init__(*args, **kwargs)


class ClosureForm(forms.ModelForm):
    """Days on which the unit is closed, first and last included."""

    submit_label = "Save closure"

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

    class Meta:
        model = Closure
        fields = ("first_day", "last_day", "reason")

    def clean_first_day(self) -> date:
        return _not_past(self.cleaned_data["first_day"], "First day closed")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last is None and "last_day" in cleaned:
            cleaned["last_day"] = last = first
        if first and last and last < first:
            self.add_error("last_day", "Last day closed must be the first day closed or after it")
        return cleaned


class StaffingForm(forms.Form):
    """The number of nurses on one day that differs from the usual week.

    A number that is set already is replaced only if the user's page showed it.
    """

    submit_label = "Save nurses"

    day = forms.DateField(label="Date", help_text="For example, 27 3 2027")
    nurses = forms.IntegerField(
        label="Number of nurses",
        min_value=0,
        max_value=50,
        help_text="For the whole day, in place of the usual number",
        widget=forms.TextInput(width=3, inputmode="numeric"),
    )
    note = forms.CharField(
        label="Note",
        max_length=100,
        required=False,
        help_text="For example, study day",
        widget=forms.TextInput(width=30),
    )

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        self.unit = unit
        super().__init__(*args, **kwargs)
        self.fields["seen"] = forms.SeenField(required=False, initial=self._version_shown)

    def clean_day(self) -> date:
        day = _not_past(self.cleaned_data["day"], "Date")
        return _open(day, self.unit, "there are no nurses")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        seen, row = cleaned.pop("seen"), self._row(cleaned.get("day"))
        if seen and row and seen != row.version:
            there = f"{quantity(row.nurses, 'nurse')}{f' ({row.note})' if row.note else ''} for this day"
            acts = dict.fromkeys((Act.STAFFING_ADDED, Act.STAFFING_CHANGED), f"{{who}} set {there}")
            act = last_act([row], acts) or f"Somebody else set {there}"
            self.add_error(None, f"{act}. Save again to put your number in its place.")
        return cleaned

    def _version_shown(self) -> str:
        """The version of what is set for the day in the form; if nothing is set, a text unlike any."""
        day = getattr(self, "cleaned_data", self.initial).get("day")
        row = self._row(day)
        return row.version if row else "nothing set"

    def _row(self, day: date | None) -> Staffing | None:
        return self.unit.staffing.filter(day=day).first() if day else None


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
        day = _not_past(self.cleaned_data["day"], "Date")
        return _open(day, self.unit, "no chair can be taken")

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
        hours = load_calendar(self.unit, day, day).weekly[day.weekday()]
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


def _not_past(day: date, what: str) -> date:
    if day < timezone.localdate():
        raise forms.ValidationError(f"{what} must be today or in the future")
    return day


def _open(day: date, unit: Unit, so: str) -> date:
    if why_closed := load_calendar(unit, day, day).why_closed(day):
        raise forms.ValidationError(f"The unit is {why_closed}, so {so} on {long_date(day)}")
    return day
