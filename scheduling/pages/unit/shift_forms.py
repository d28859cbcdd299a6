"""Nurses by the hour, for some days or for weekdays of the usual week."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.fingerprint import fingerprint
from patients.stale import last_act, typed_is_kept
from scheduling.acts import Act
from scheduling.models import Staffing, Unit, Weekday
from scheduling.pages.unit.shift_rows import ShiftsForm
from scheduling.pages.unit.unit_day_forms import not_past, open_on
from scheduling.unit.weeks import load_weeks


class StaffingForm(ShiftsForm):
    """The nurses of one day, or of some days in a row, that differ from the usual week.

    What is set already is replaced only if the user's page showed it.
    """

    submit_label = "Save nurses"
    names_in_errors = {"note": "note"}

    day = forms.DateField(label="Date", help_text="For example, 27 3 2027")
    last_day = forms.DateField(label="Last day", required=False, help_text="Leave empty if it is one day")
    note = forms.CharField(
        label="Note (optional)",
        max_length=100,
        required=False,
        help_text="For example, study day. Do not name the nurse or the illness",
        widget=forms.TextInput(width=30),
    )

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        self.unit = unit
        super().__init__(*args, **kwargs)
        self.fields["seen"] = forms.SeenField(required=False, initial=self._version_shown)

    def layout(self) -> forms.Layout:
        return forms.Layout("day", "last_day", *self.shift_rows(), "note")

    def clean_day(self) -> date:
        return not_past(self.cleaned_data["day"], "Date")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        day, last = cleaned.get("day"), cleaned.get("last_day")
        if day and not last:
            if "last_day" in cleaned:
                self._refuse_closed(day)
        elif day and last:
            if last < day:
                self.add_error("last_day", "Last day must be the first day or after it")
            elif last - day > timedelta(days=366):
                self.add_error("last_day", "Last day must be within a year of the first")
        seen, rows = cleaned.pop("seen", ""), self._rows_set(day, last)
        if seen and rows and seen != _versions(rows):
            there = "the nurses of these days"
            if len(rows) == 1:
                note = f" ({rows[0].note})" if rows[0].note else ""
                there = f"{rows[0].nurses_in_words}{note} for this day"
            acts = dict.fromkeys((Act.STAFFING_ADDED, Act.STAFFING_CHANGED), f"{{who}} set {there}")
            act = last_act(rows, acts) or f"Somebody else set {there}"
            self.add_error(None, f"{act}. Save again to put your number in its place.")
        return cleaned

    def staffing(self) -> dict[str, Any]:
        """What was typed, as `setup.set_staffing` takes it."""
        typed = {name: self.cleaned_data[name] for name in ("day", "last_day", "note")}
        return typed | {"nurses": self.most_nurses(), "shifts": self.shifts_typed()}

    def _refuse_closed(self, day: date) -> None:
        try:
            open_on(day, self.unit, "there are no nurses")
        except forms.ValidationError as error:
            self.add_error("day", error)

    def _version_shown(self) -> str:
        """The version of what is set for the days in the form; if nothing is set, a text unlike any."""
        shown = getattr(self, "cleaned_data", None) or self.initial
        rows = self._rows_set(shown.get("day"), shown.get("last_day"))
        return _versions(rows) if rows else "nothing set"

    def _rows_set(self, day: date | None, last: date | None) -> list[Staffing]:
        return list(self.unit.staffing.filter(day__range=(day, last or day))) if day else []


class WeeklyNursesForm(ShiftsForm):
    """The nurses of some weekdays of the usual week."""

    submit_label = "Save nurses"
    nurses_from = 1
    names_in_errors = {"weekdays": "a weekday"}

    weekdays = forms.TypedMultipleChoiceField(
        label="Weekdays",
        choices=(),
        coerce=int,
        help_text="Select all that apply",
        widget=forms.Checkboxes(),
    )
    since = forms.DateField(
        label="From which date?",
        required=False,
        help_text="For example, 4 1 2027. Leave empty if it holds at once",
    )

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rows = [row for week in load_weeks(unit) for row in week.rows]
        weekdays = sorted({row.weekday for row in self._rows})
        self.fields["weekdays"].choices = [(n, Weekday(n).label) for n in weekdays]
        version = fingerprint((row.pk, row.nurses, row.shifts) for row in self._rows)
        self.fields["seen"] = forms.SeenField(required=False, initial=version)

    def layout(self) -> forms.Layout:
        return forms.Layout("weekdays", *self.shift_rows(), "since")

    def clean_seen(self) -> str:
        seen = self.cleaned_data["seen"]
        if seen and seen != self.fields["seen"].initial:
            acts = dict.fromkeys((Act.OPENINGHOURS_ADDED, Act.OPENINGHOURS_CHANGED), "{who} changed the week")
            self.add_error(
                None, typed_is_kept([last_act(self._rows, acts) or "Somebody else changed the week"])
            )
        return seen

    def clean_since(self) -> date | None:
        return clean_since(self.cleaned_data["since"])


def clean_since(since: date | None) -> date | None:
    """The date from which a week holds. Raises ValidationError if it is not in the future."""
    if since and since <= timezone.localdate():
        raise forms.ValidationError("The date must be in the future. Leave it empty if it holds at once")
    return since


def _versions(rows: Sequence[Staffing]) -> str:
    return rows[0].version if len(rows) == 1 else fingerprint(row.version for row in rows)
