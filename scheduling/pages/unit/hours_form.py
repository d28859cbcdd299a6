"""The form for a unit's usual week: hours and nurses by weekday."""

from datetime import date
from typing import Any

from crispy_forms.layout import HTML, Column, Fieldset, Row

from crmo_clinic.nhsuk import forms
from patients import stale
from patients.models import AuditEvent
from scheduling.models import OpeningHours, Unit, Weekday
from scheduling.pages.unit.shift_forms import clean_since
from scheduling.unit.week_changes import Hours
from scheduling.unit.weeks import UsualWeek

HOURS = OpeningHours._meta.model_name


def _names(weekday: int) -> tuple[str, str, str, str]:
    """The names of a weekday's fields: open, opens, closes, nurses."""
    return f"open_{weekday}", f"opens_{weekday}", f"closes_{weekday}", f"nurses_{weekday}"


class OpeningHoursForm(forms.WatchedForm, forms.Form):
    """The whole week on one page. What is typed for a day that is not open is ignored.

    week: the version that is changed. Nurses by the hour have a page of their own, and stay as they are.
    """

    submit_label = "Save opening hours"
    mark_optional = False
    names_in_errors = {
        name: f"{what} on {weekday.label}"
        for weekday in Weekday
        for name, what in zip(
            _names(weekday), ("", "opening time", "closing time", "number of nurses"), strict=True
        )
    }

    def __init__(self, *args: Any, unit: Unit, week: UsualWeek, asks_since: bool, **kwargs: Any) -> None:
        """asks_since: whether the date from which it holds may be typed."""
        self.by_the_hour = {row.weekday: row for row in week.rows if row.shifts}
        self.base_fields = {
            name: field
            for weekday in Weekday
            for name, field in zip(_names(weekday), _weekday_fields(weekday), strict=True)
            if name.partition("_")[0] != "nurses" or weekday not in self.by_the_hour
        }
        if asks_since:
            self.base_fields["since"] = forms.DateField(
                label="From which date?",
                required=False,
                help_text="For example, 4 1 2027. Leave empty if it holds at once",
            )
        initial: dict[str, Any] = {}
        for row in week.rows:
            initial |= zip(_names(row.weekday), (True, row.opens, row.closes, row.nurses), strict=True)
        super().__init__(*args, initial=initial, **kwargs)
        self.unit = unit
        self.watch()

    def log_mark(self) -> str:
        return stale.mark_of(AuditEvent.objects.filter(record=HOURS).first())

    def who_changed_it(self, log_mark: str) -> str:
        rows = {row.pk for row in self.unit.opening_hours.all()}
        for event in AuditEvent.objects.filter(record=HOURS, pk__gt=stale.read_mark(log_mark)):
            # A weekday that is closed by now has no row. The log entry of its removal names the unit.
            if event.record_id in rows or self.unit.pk in event.changes.get("unit", []):
                who = f"{event.actor_name} changed the opening hours {stale.moment_of(event)}"
                return stale.typed_is_kept([who])
        return self.changed_meanwhile

    def layout(self) -> forms.Layout:
        drawn = [_weekday_fieldset(weekday, self.by_the_hour.get(weekday)) for weekday in Weekday]
        return forms.Layout(*drawn, *(["since"] if "since" in self.fields else []))

    def clean_since(self) -> date | None:
        return clean_since(self.cleaned_data["since"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for weekday in Weekday:
            is_open, *boxes = self._names_of(weekday)
            if not cleaned.get(is_open):
                for name in boxes:
                    self.errors.pop(name, None)
                continue
            for name in boxes:
                if name in cleaned and cleaned[name] is None:
                    self.add_error(name, self.fields[name].error_messages["required"])
            opens, closes = (cleaned.get(name) for name in boxes[:2])
            if opens and closes and closes <= opens:
                self.add_error(boxes[1], f"On {weekday.label} the unit must close after it opens")
        if cleaned.get("since") and not any(cleaned.get(_names(weekday)[0]) for weekday in Weekday):
            self.add_error("since", "Tick at least one weekday. To close the unit, close it on some days")
        return cleaned

    def _names_of(self, weekday: int) -> list[str]:
        """The names of the fields that a weekday has here."""
        return [name for name in _names(weekday) if name in self.fields]

    def hours(self) -> Hours:
        """What was typed, for the weekdays that are open."""
        cleaned, found = self.cleaned_data, {}
        for weekday in Weekday:
            is_open, opens, closes, nurses = _names(weekday)
            if cleaned[is_open]:
                kept = self.by_the_hour.get(weekday)
                found[weekday] = cleaned[opens], cleaned[closes], kept.nurses if kept else cleaned[nurses]
        return found


def _weekday_fields(weekday: Weekday) -> tuple[forms.BooleanField, ...]:
    return (
        forms.BooleanField(label=f"Open on {weekday.label}s", required=False, widget=forms.Checkbox()),
        forms.TimeField(label="Opens", required=False),
        forms.TimeField(label="Closes", required=False),
        forms.IntegerField(
            label="Nurses",
            min_value=1,
            max_value=50,
            required=False,
            widget=forms.TextInput(width=3, inputmode="numeric"),
        ),
    )


def _weekday_fieldset(weekday: Weekday, by_the_hour: OpeningHours | None) -> Fieldset:
    is_open, *boxes = _names(weekday)
    columns = [
        Column(name, css_class="nhsuk-grid-column-one-third") for name in boxes[: 2 if by_the_hour else 3]
    ]
    row = [is_open, Row(*columns)]
    if by_the_hour:
        row.append(HTML(f"<p>Nurses: {by_the_hour.nurses_in_words}</p>"))
    return Fieldset(weekday.label, *row, css_class="nhsuk-u-margin-bottom-3")
