"""Dates that a family cannot do: one date or range on each line."""

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.typed import read_month, read_number
from crmo_clinic.nhsuk.wording import plain_date

_TO = re.compile(r"\s+(?:to|until|-|–)\s+")
_BETWEEN = re.compile(r"[\s/.,-]+")


class DateRangesField(forms.CharField):
    """Lines like `24 3 2027` or `1 April 2027 to 14 April 2027`; cleans to a sorted list of (first, last)."""

    widget = forms.Textarea(rows=3)
    default_error_messages = {
        "no_date": gettext_lazy("“%(line)s” must be a date, like 24 3 2027, or two dates with “to” between"),
        "backwards": gettext_lazy("“%(line)s” ends before it begins"),
    }

    def to_python(self, value: Any) -> list[tuple[date, date]]:
        if isinstance(value, list):
            return value
        lines = (super().to_python(value) or "").splitlines()
        found, wrong = [], []
        for line in filter(str.strip, lines):
            try:
                found.append(self._range(line.strip()))
            except forms.ValidationError as error:
                wrong.append(error)
        if wrong:
            raise forms.ValidationError(wrong)
        return sorted(found)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join(_shown(first, last) for first, last in value)
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return True

    def _range(self, line: str) -> tuple[date, date]:
        ends = [_read(part) for part in _TO.split(line)]
        if len(ends) > 2 or None in ends:
            raise forms.ValidationError(self.error_messages["no_date"], params={"line": line})
        if ends[-1] < ends[0]:
            raise forms.ValidationError(self.error_messages["backwards"], params={"line": line})
        return ends[0], ends[-1]


def _shown(first: date, last: date) -> str:
    return plain_date(first) if first == last else f"{plain_date(first)} to {plain_date(last)}"


def _read(text: str) -> date | None:
    parts = [part for part in _BETWEEN.split(text) if part]
    if len(parts) != 3:
        return None
    day, month, year = read_number(parts[0]), read_month(parts[1]), read_number(parts[2])
    if day is None or month is None or year is None or not 2000 <= year < 2200:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
