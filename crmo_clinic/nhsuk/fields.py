"""Fields that Django lacks: a date in three boxes, a time as people write it, an NHS number, a phone number;
and a choice of several rows that refuses keys which no row can have.

Their messages name the field as the form's `names_in_errors` or its label does; the form sets `what`.
"""

from datetime import date, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from crmo_clinic.nhsuk import nhs_number, phone
from crmo_clinic.nhsuk.typed import figures, read_month, read_number, read_time
from crmo_clinic.nhsuk.typed_dates import read_day
from crmo_clinic.nhsuk.widgets import DATE_PARTS, ONE_BOX, DateInput, TextInput
from crmo_clinic.nhsuk.wording import capitalised, clock, listed

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
# No row has a key of more figures, and a database cannot even be asked for one.
LONGEST_KEY = 18


class _Named:
    """A field that can name itself in a message, through `%(What)s`."""

    what = "this"
    error_messages: dict[str, str]

    def refusal(self, code: str, **params: Any) -> ValidationError:
        """The field's message `code`, with its name and `params` filled in."""
        params["What"] = capitalised(self.what)
        return ValidationError(self.error_messages[code], code=code, params=params)


class ModelMultipleChoiceField(forms.ModelMultipleChoiceField):
    """Several rows by their keys; a key that is too long for any row is not on the list."""

    def clean(self, value: Any) -> Any:
        for key in value if isinstance(value, list | tuple) else ():
            if len(str(key)) > LONGEST_KEY:
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": key}
                )
        return super().clean(value)


class DateField(_Named, forms.Field):
    """A date typed into three boxes, the month as a number or a name; cleans to a date or None.

    ahead: also offers one box for a date as people write it (`typed_dates.read_day`), which counts if it is
    filled: True where a date without a year lies ahead, False where it is past. None offers only three.

    An error about some of the boxes only has them in `params["parts"]`, so that the page can mark
    and link to the right ones. Years outside 1900 to 2199 are refused: they are slips of the hand,
    and date arithmetic at the far end of the calendar would fail.
    """

    widget = DateInput
    default_error_messages = {
        "incomplete": "%(What)s must include a %(missing)s",
        "invalid": "%(What)s must be a real date",
        "short_year": "%(What)s must have a year with 4 numbers, like 2026",
        "far_year": f"%(What)s must have a year from {EARLIEST_YEAR} to {LATEST_YEAR}",
        "words": "%(What)s must be a date, like 8/12, 8 December or in 3 weeks",
    }

    def __init__(self, *, ahead: bool | None = None, **options: Any) -> None:
        if ahead is not None:
            options.setdefault("widget", DateInput(one_box=True))
        super().__init__(**options)
        self.ahead = ahead

    def understood(self, value: Any) -> date | None:
        """The date in the one box, if it is filled and a date."""
        if self.ahead is None or not isinstance(value, tuple) or len(value) <= len(DATE_PARTS):
            return None
        return read_day(value[-1], timezone.localdate(), ahead=self.ahead)

    def prepare_value(self, value: Any) -> Any:
        """What the one box was understood as stands in the three boxes when the page is shown again."""
        return self.understood(value) or value

    def to_python(self, value: Any) -> date | None:
        if value is None or isinstance(value, date):
            return value
        if self.ahead is not None and figures("".join(value[len(DATE_PARTS) :])):
            day = self.understood(value)
            if day is None:
                raise self.refusal("words", parts=[ONE_BOX])
            if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
                raise self.refusal("far_year", parts=[ONE_BOX])
            return day
        value = value and value[: len(DATE_PARTS)]
        typed = {part: figures(text) for part, text in zip(DATE_PARTS, value or ("", "", ""), strict=True)}
        missing = [part for part, text in typed.items() if not text]
        if len(missing) == len(DATE_PARTS):
            return None
        if missing:
            raise self.refusal("incomplete", missing=listed(missing), parts=missing)
        day, month = read_number(typed["day"]), read_month(typed["month"])
        year = read_number(typed["year"])
        read = {"day": day if day and day <= 31 else None, "month": month, "year": year}
        refusals = []
        if wrong := [part for part, number in read.items() if number is None]:
            refusals.append(self.refusal("invalid", parts=wrong))
        if year is not None and len(typed["year"]) != 4:
            refusals.append(self.refusal("short_year", parts=["year"]))
        if refusals:
            raise ValidationError(refusals)
        if not EARLIEST_YEAR <= year <= LATEST_YEAR:
            raise self.refusal("far_year", parts=["year"])
        try:
            return date(year, month, day)
        except ValueError as error:
            raise self.refusal("invalid") from error


class TimeField(_Named, forms.Field):
    """A time of day in one box, in any usual spelling (`typed.read_time`); cleans to a time or None."""

    widget = TextInput(width=5, autocomplete="off", spellcheck=False)
    default_error_messages = {"invalid": "%(What)s must be a time, like 9am, 9:30am or 2:15pm"}

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values or isinstance(value, time):
            return value or None
        read = read_time(value)
        if read is None:
            raise self.refusal("invalid")
        return read

    def prepare_value(self, value: Any) -> Any:
        return clock(value) if isinstance(value, time) else value


class NhsNumberField(_Named, forms.CharField):
    """An NHS number in one box, with spaces or hyphens anywhere; cleans to ten digits or the empty value.

    NHS service manual, "Ask users for their NHS number": say which of the three mistakes it is.
    """

    widget = TextInput(width=10, inputmode="numeric", autocomplete="off", spellcheck=False, code=True)
    default_error_messages = {
        "letters": "%(What)s must only include numbers",
        "length": "%(What)s must be 10 digits",
        "check": "%(What)s has a wrong digit: check it and enter it again",
    }

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text in self.empty_values:
            return text
        digits = nhs_number.normalise(text)
        if not (digits.isascii() and digits.isdigit()):
            raise self.refusal("letters")
        if len(digits) != 10:
            raise self.refusal("length")
        if not nhs_number.is_valid(digits):
            raise self.refusal("check")
        return digits

    def prepare_value(self, value: Any) -> Any:
        return nhs_number.display(value) if isinstance(value, str) else value


class PhoneField(_Named, forms.CharField):
    """A phone number in one box, as people write it; cleans to its stored form (see `phone`) or nothing."""

    widget = TextInput(width=20, inputmode="tel", autocomplete="off")
    default_error_messages = {
        "words": "%(What)s must be a number without words: take out “%(words)s”",
        "several": "%(What)s must be one number: choose the one to ring",
        "invalid": "%(What)s must be complete, like 07700 900982 or 020 7946 0018 ext 12; "
        "one of another country starts with +",
    }

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if text in self.empty_values:
            return text
        try:
            return phone.read(text)
        except phone.Unreadable as unread:
            raise self.refusal(unread.code, words=unread.words) from unread

    def prepare_value(self, value: Any) -> Any:
        return phone.shown(value) if isinstance(value, str) else value
