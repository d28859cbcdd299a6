"""Nurses by the hour: the rows of a form, each with from, to and how many."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from functools import cached_property
from typing import Any

from crispy_forms.layout import HTML, Column, Fieldset, Row
from django.forms.utils import ErrorDict

from crmo_clinic.nhsuk import forms
from scheduling.models import Unit
from scheduling.models.opening import shifts_of
from scheduling.rules import OpeningHours
from scheduling.rules.calendar import MINUTES_A_DAY
from scheduling.unit.diary_rows import load_calendar
from scheduling.unit.weeks import load_weeks, minutes, week_on

# So many rows at most: more shifts than any day has.
MOST_ROWS = 12
ORDINALS = (
    *("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth"),
    *("Eleventh", "Twelfth"),
)
INTRODUCTION = HTML(
    "<p>For the same number all day, leave From and To empty. Add a shift for each change through the day: "
    "where shifts overlap, their nurses add up, and at a time without a shift nobody is on.</p>"
)


def _time_field(label: str) -> Callable[[], forms.TimeField]:
    return lambda: forms.TimeField(label=label, required=False)


def _number_field() -> forms.IntegerField:
    return forms.IntegerField(
        label="Nurses",
        required=False,
        min_value=0,
        max_value=50,
        widget=forms.TextInput(width=3, inputmode="numeric"),
    )


# The boxes of a row: how each is made, and what it is called in errors.
PARTS: Mapping[str, tuple[Callable[[], Any], str]] = {
    "starts": (_time_field("From"), "start"),
    "ends": (_time_field("To"), "end"),
    "nurses": (_number_field, "number of nurses"),
}


class ShiftsForm(forms.Form):
    """Rows of shifts. A button adds a row and keeps what was typed; a row left empty counts for nothing.

    nurses_from: the fewest nurses that must be on when most are.
    """

    nurses_from = 0
    # The hints say what may stay empty.
    mark_optional = False

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        shifts: Sequence[Mapping[str, Any]] = (),
        **kwargs: Any,
    ) -> None:
        """shifts: what the rows show at first, each by `starts`, `ends` and `nurses`."""
        self.wants_more = data is not None and "more" in data
        self.shown = max(1, min(len(shifts), MOST_ROWS)) if data is None else self._rows_asked(data)
        rows = {box(name, row): (row, name) for row in range(1, self.shown + 1) for name in PARTS}
        self.base_fields = self.base_fields | {at: PARTS[name][0]() for at, (_, name) in rows.items()}
        self.base_fields["rows"] = forms.SeenField(required=False, initial=self.shown)
        self.names_in_errors = {**self.names_in_errors} | {
            at: PARTS[name][1] + (f" of the {ORDINALS[row - 1].lower()} shift" if self.shown > 1 else "")
            for at, (row, name) in rows.items()
        }
        initial = {
            box(name, row): value
            for row, shift in enumerate(shifts, start=1)
            for name, value in shift.items()
        }
        super().__init__(data, initial=initial | kwargs.pop("initial", {}), **kwargs)

    def _rows_asked(self, data: Mapping[str, Any]) -> int:
        text = data.get("rows") or "1"
        asked = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
        return max(1, min(asked + self.wants_more, MOST_ROWS))

    @cached_property
    def helper(self) -> Any:
        helper = super().helper
        if self.shown < MOST_ROWS:
            # Behind the main button, so that the Enter key saves.
            helper.add_input(forms.Button("Add another shift", name="more", value="1", variant="secondary"))
        return helper

    def full_clean(self) -> None:
        if self.wants_more:
            # Nobody has finished typing: nothing is wrong yet.
            self._errors, self.cleaned_data = ErrorDict(), {}
        else:
            super().full_clean()

    def shift_rows(self) -> list[Any]:
        """The rows, for a layout."""
        drawn: list[Any] = [INTRODUCTION]
        for row in range(1, self.shown + 1):
            columns = [Column(box(name, row), css_class="nhsuk-grid-column-one-third") for name in PARTS]
            legend = f"{ORDINALS[row - 1]} shift" if self.shown > 1 else "Nurses"
            drawn.append(Fieldset(legend, Row(*columns), css_class="nhsuk-u-margin-bottom-3"))
        return drawn

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        typed = [
            row
            for row in range(1, self.shown + 1)
            if any(cleaned.get(box(name, row)) is not None for name in PARTS)
        ]
        for row in typed or [1]:
            self._clean_row(cleaned, row, is_alone=len(typed) < 2)
        if not self.errors and self.most_nurses() < self.nurses_from:
            self.add_error("nurses", "At least one nurse must be on at some time of the day")
        return cleaned

    def _clean_row(self, cleaned: dict[str, Any], row: int, *, is_alone: bool) -> None:
        starts, ends = (cleaned.get(box(name, row)) for name in ("starts", "ends"))
        for name in PARTS:
            at = box(name, row)
            is_needed = name == "nurses" or starts or ends or not is_alone
            if at in cleaned and cleaned[at] is None and is_needed:
                self.add_error(at, self.fields[at].error_messages["required"])
        if starts and ends and _end(ends) <= minutes(starts):
            self.add_error(box("ends", row), "The end of a shift must be after its start, on the same day")

    def shifts_typed(self) -> list[list[int]]:
        """The shifts, as rows keep them; empty for one number all day."""
        found = []
        for row in range(1, self.shown + 1):
            starts, ends, nurses = (self.cleaned_data.get(box(name, row)) for name in PARTS)
            if starts is not None and ends is not None and nurses is not None:
                found.append([minutes(starts), _end(ends), nurses])
        return sorted(found)

    def most_nurses(self) -> int:
        """How many are on when most are."""
        shifts = self.shifts_typed()
        if not shifts:
            return self.cleaned_data["nurses"]
        return OpeningHours(0, MINUTES_A_DAY, 0, shifts_of(shifts)).most_nurses


def rows_of_day(unit: Unit, day: date, *, fewer: int = 0) -> list[dict[str, Any]]:
    """What the rows show for a day: its shifts; `fewer` nurses at each time of it, if asked. Two queries.

    Empty if the unit is closed.
    """
    hours = load_calendar(unit, day, day).hours_on(day)
    if hours is None:
        return []
    if not hours.shifts:
        return [{"nurses": max(0, hours.nurses - fewer)}]
    if fewer:
        return rows_of([start, end, max(0, nurses - fewer)] for start, end, nurses in hours.nurses_steps())
    return rows_of([shift.start, shift.end, shift.nurses] for shift in hours.shifts)


def rows_of_weekday(unit: Unit, weekday: int, day: date) -> list[dict[str, Any]]:
    """What the rows show for a weekday of the usual week that holds on `day`. One query."""
    row = next((row for row in week_on(load_weeks(unit), day).rows if row.weekday == weekday), None)
    if row is None:
        return []
    return rows_of(row.shifts) or [{"nurses": row.nurses}]


def rows_of(shifts: Any) -> list[dict[str, Any]]:
    """Shifts as rows keep them, as the form shows them."""
    return [{"starts": _time(start), "ends": _time(end), "nurses": nurses} for start, end, nurses in shifts]


def box(name: str, row: int) -> str:
    """The name of a field: the first row's has no number."""
    return name if row == 1 else f"{name}_{row}"


def _end(at: time) -> int:
    """Midnight as an end is that of the next day."""
    return minutes(at) or MINUTES_A_DAY


def _time(at: int) -> time:
    return time(at // 60 % 24, at % 60)
