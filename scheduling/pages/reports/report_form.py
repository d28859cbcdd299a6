"""What is asked of a report: which months, which unit and priority."""

from datetime import date, datetime
from typing import Any

from django.db.models import Max, Min

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import MONTHS
from scheduling.models import Priority, Session, Unit
from scheduling.reports.catalogue import REPORTS
from scheduling.reports.report import Scope, month_of, months_between

MOST_MONTHS, USUAL_MONTHS = 24, 12
FIRST = next(iter(REPORTS))


class ReportForm(forms.Form):
    """The report that is asked for, and its months, unit and priority. Sent by address, so it can be kept."""

    method = "get"
    mark_optional = False
    names_in_errors = {"first": "first month", "last": "last month"}

    report = forms.ChoiceField(
        label="Report",
        choices=[(report.name, report.title) for report in REPORTS.values()],
        widget=forms.Select(),
    )
    first = forms.ChoiceField(label="From", widget=forms.Select())
    last = forms.ChoiceField(label="To", widget=forms.Select())
    unit = forms.ChoiceField(label="Day case unit", required=False, widget=forms.Select())
    priority = forms.ChoiceField(
        label="Priority",
        required=False,
        choices=[("", "Every priority"), *Priority.choices],
        widget=forms.Select(),
    )
    hide = forms.BooleanField(
        label="Hide numbers under 5 in the file", required=False, widget=forms.Checkbox()
    )

    def __init__(self, data: Any, today: date) -> None:
        """data: of the address; what it leaves out is as usual, the last twelve months of all units."""
        self.units = list(Unit.objects.all())
        months = _months(today)
        this = month_of(today)
        usual = {
            "report": FIRST,
            "first": _value(_months_before(this, USUAL_MONTHS - 1)),
            "last": _value(this),
        }
        super().__init__({**usual, **{name: data[name] for name in self.base_fields if name in data}})
        choices = [(_value(month), month_in_words(month)) for month in months]
        for name in ("first", "last"):
            self.fields[name].choices = choices
        self.fields["unit"].choices = [("", "All units"), *((str(unit.pk), unit.name) for unit in self.units)]
        if len(self.units) < 2:
            del self.fields["unit"]

    def clean(self) -> dict[str, Any]:
        asked = super().clean()
        if "first" in asked and "last" in asked:
            first, last = _month(asked["first"]), _month(asked["last"])
            if last < first:
                self.add_error("last", "Choose a last month that is not before the first.")
            elif len(months_between(first, last)) > MOST_MONTHS:
                self.add_error("last", f"Choose at most {MOST_MONTHS} months at a time.")
        return asked

    def scope(self, now: datetime) -> Scope:
        """What is asked, of a valid form."""
        asked = self.cleaned_data
        return Scope(
            months_between(_month(asked["first"]), _month(asked["last"])),
            now,
            next((unit for unit in self.units if str(unit.pk) == asked.get("unit")), None),
            int(asked["priority"]) if asked["priority"] else None,
        )

    def in_words(self) -> list[str]:
        """What is asked, of a valid form, for the log and the heading."""
        asked = self.cleaned_data
        first, last = (month_in_words(_month(asked[name])) for name in ("first", "last"))
        words = [first if first == last else f"{first} to {last}"]
        for name in ("unit", "priority"):
            if asked.get(name):
                words += [
                    str(label) for value, label in self.fields[name].choices if str(value) == asked[name]
                ]
        return words


def month_in_words(month: date) -> str:
    return f"{MONTHS[month.month - 1]} {month.year}"


def _months(today: date) -> list[date]:
    """The months from the first with a visit, or a year ago, to the last with one, or this; latest first."""
    days = Session.objects.order_by().aggregate(first=Min("day"), last=Max("day"))
    first = min(days["first"] or today, _months_before(month_of(today), USUAL_MONTHS - 1))
    return list(reversed(months_between(first, max(days["last"] or today, today))))


def _months_before(month: date, number: int) -> date:
    count = month.year * 12 + month.month - 1 - number
    return date(count // 12, count % 12 + 1, 1)


def _value(month: date) -> str:
    return f"{month:%Y-%m}"


def _month(value: str) -> date:
    return date.fromisoformat(f"{value}-01")
