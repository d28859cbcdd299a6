"""Entering a school term; choosing a calendar file; which of its terms to save."""

from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import long_date, quantity
from scheduling.ical import SchoolCalendar, Stretch, read_calendar
from scheduling.models import Unit
from scheduling.unit.school import SHORTEST_TERM, between_holidays

TERMS, HOLIDAYS = "terms", "holidays"
FURTHEST_YEARS, LONGEST_DAYS, MOST_TERMS = 3, 200, 100


class TermForm(forms.Form):
    """One stretch of school. Holidays are what lies between two."""

    submit_label = "Add this term"

    name = forms.CharField(
        label="Name",
        max_length=60,
        help_text="For example, Autumn term, first half",
        widget=forms.TextInput(width=30),
    )
    first_day = forms.DateField(label="First day of school", help_text="For example, 2 9 2027")
    last_day = forms.DateField(
        label="Last day of school",
        help_text="Before the next holiday: enter the halves of a term one by one",
    )

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unit = unit

    @property
    def term(self) -> Stretch:
        cleaned = self.cleaned_data
        return Stretch(cleaned["first_day"], cleaned["last_day"], cleaned["name"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if not first or not last:
            return cleaned
        if wrong := wrong_with(first, last):
            self.add_error("last_day", wrong)
        elif other := self.unit.school_terms.filter(first_day__lte=last, last_day__gte=first).first():
            self.add_error("first_day", f"“{other}” is on these days already: {other.days_in_words}")
        return cleaned


def wrong_with(first: date, last: date) -> str:
    """Why these cannot be the days of a term; empty if they can."""
    today = timezone.localdate()
    if last < first:
        return "Last day of school must be the first day or after it"
    if last < today:
        return "Last day of school must be today or in the future"
    if last > today + timedelta(days=FURTHEST_YEARS * 365):
        return f"Last day of school must be within the next {FURTHEST_YEARS} years. Check the year"
    if (last - first).days >= LONGEST_DAYS:
        return "A term cannot be so long. Enter the stretches between holidays one by one"
    return ""


class CalendarFileForm(forms.Form):
    """A calendar file; nothing of it is saved before it has been seen."""

    submit_label = "See what is in the file"
    names_in_errors = {"lists": "what the file lists"}

    file = forms.FileField(
        label="Calendar file",
        help_text="Called iCal or .ics. Many councils and schools offer one beside their term dates",
        error_messages={
            "required": "Choose a calendar file",
            "empty": "The file is empty. Choose another",
            "missing": "Choose a calendar file",
            "invalid": "Choose a calendar file",
        },
    )
    lists = forms.ChoiceField(
        label="What does the file list?",
        choices=[(TERMS, "Terms: days at school"), (HOLIDAYS, "Holidays and other days off school")],
        widget=forms.Radios(hints={HOLIDAYS: "School is then what lies between them"}),
    )

    def clean_file(self) -> UploadedFile:
        """The file; what is in it is in `calendar`."""
        file = self.cleaned_data["file"]
        self.calendar: SchoolCalendar = read_calendar(file.read())
        if self.calendar.wrong:
            raise forms.ValidationError(self.calendar.wrong.removesuffix("."))
        return file

    @property
    def terms(self) -> list[Stretch]:
        """The terms of the file that can be saved: not past, not too far off, not too long."""
        found = list(self.calendar.stretches)
        if self.cleaned_data["lists"] == HOLIDAYS:
            found = between_holidays(found)
        return [term for term in found if not wrong_with(term.first_day, term.last_day)]

    @property
    def left_out(self) -> list[str]:
        """What of the file is not offered, and why, as sentences."""
        calendar = self.calendar
        if self.cleaned_data["lists"] == TERMS:
            other = len(calendar.stretches) - len(self.terms)
        else:
            other = len(between_holidays(calendar.stretches)) - len(self.terms)
        counts = (
            (calendar.timed, "entry has a time of day", "entries have a time of day"),
            (calendar.unreadable, "entry cannot be read", "entries cannot be read"),
            (other, "term is past, too long or too far off", "terms are past, too long or too far off"),
        )
        said = [f"{quantity(count, one, many)}." for count, one, many in counts if count]
        if calendar.repeated:
            repeated = quantity(calendar.repeated, "entry comes", "entries come")
            said.append(f"{repeated} back by a rule: only the first time is used.")
        return said


class TermsForm(forms.Form):
    """Which terms of a file to save. Each is a box to tick that carries its days and its name."""

    submit_label = "Save these terms"
    mark_optional = False

    terms = forms.TypedMultipleChoiceField(
        label="Days at school",
        help_text="Untick what is no term",
        coerce=lambda value: read_term(value),
        widget=forms.Checkboxes(small=True),
        error_messages={"required": "Tick at least one term"},
    )
    # Sent even if no box is ticked.
    offered = forms.CharField(required=False, initial="yes", widget=forms.HiddenInput())

    def __init__(self, *args: Any, offered: list[Stretch], ticked: list[Stretch], **kwargs: Any) -> None:
        super().__init__(*args, initial={"terms": [written(term) for term in ticked]}, **kwargs)
        self.fields["terms"].choices = [
            (
                written(term),
                f"{days_in_words(term.first_day, term.last_day)}: {term.name}",
            )
            for term in offered
        ]

    @classmethod
    def offering(cls, terms: list[Stretch]) -> "TermsForm":
        """The form as a file fills it in; what is short is no term, unless somebody says so."""
        long = [term for term in terms if (term.last_day - term.first_day).days + 1 >= SHORTEST_TERM]
        return cls(offered=terms[:MOST_TERMS], ticked=long)

    @classmethod
    def sent(cls, data: Any) -> "TermsForm":
        """The form as it came back; what is no term in it is ignored."""
        found = []
        for value in data.getlist("terms")[:MOST_TERMS]:
            try:
                found.append(read_term(value))
            except ValueError:
                continue
        return cls(data, offered=found, ticked=found)


def days_in_words(first: date, last: date) -> str:
    return long_date(first) if first == last else f"{long_date(first)} to {long_date(last)}"


def written(term: Stretch) -> str:
    return f"{term.first_day}/{term.last_day}/{term.name}"


def read_term(text: str) -> Stretch:
    """Raises ValueError for what `written` did not write, or what cannot be a term."""
    first, last, name = text.split("/", 2)
    days = date.fromisoformat(first), date.fromisoformat(last)
    if wrong_with(*days) or not name.isprintable() or not 0 < len(name) <= 60:
        raise ValueError("This is no term.")
    return Stretch(*days, name)
