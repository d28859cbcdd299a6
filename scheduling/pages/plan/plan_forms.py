"""The forms of plans: which weeks and whom, what a unit would be like, and what a day late counts as."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import short_date
from patients.forms import ModelForm
from scheduling.booking.drafts.asked import NOTICE_DAYS, Changes, weeks_from
from scheduling.models import Unit, Weekday
from scheduling.models.unit import MOST_DAYS_FOR_ONE

MOST_WEEKS, MOST_NOTICE, MOST_KEPT, WEEKS_AHEAD = 16, 60, 10, 12
USUAL_WEEKS = 4


def _number(label: str, hint: str, least: int, most: int, suffix: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        help_text=hint,
        widget=forms.TextInput(width=3, inputmode="numeric", suffix=suffix),
    )


class PlanForm(forms.Form):
    """Which weeks are planned, for whom, and with what room left.

    who: choices of a value and words; asked only if there are several. units: asked only if there are
    several.
    """

    submit_label = "Plan these weeks"
    mark_optional = False
    names_in_errors = {
        "first_week": "first week",
        "weeks": "number of weeks",
        "notice_days": "number of days’ notice",
        "kept_free": "number of starts kept free",
    }

    unit = forms.TypedChoiceField(
        label="Day case unit",
        coerce=int,
        help_text="Only children of this unit are planned",
        widget=forms.Select(),
    )
    who = forms.ChoiceField(label="Whom to plan", widget=forms.Radios())
    first_week = forms.TypedChoiceField(
        label="From which week", coerce=date.fromisoformat, widget=forms.Select()
    )
    weeks = _number("For how many weeks", f"Usually {USUAL_WEEKS}", 1, MOST_WEEKS, "weeks")
    notice_days = _number(
        "Notice for a family",
        f"Days from today to the first visit, usually {NOTICE_DAYS}. Families that can come at short notice "
        "may get sooner days",
        0,
        MOST_NOTICE,
        "days",
    )
    kept_free = _number(
        "Room kept free for urgent children",
        "How many urgent children who are not on the list yet could still begin on each day. 0 for none",
        0,
        MOST_KEPT,
        "a day",
    )

    def __init__(
        self, *args: Any, today: date, who: Sequence[tuple[str, str]], units: Sequence[Unit], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        monday = today - timedelta(days=today.weekday())
        mondays = [monday + timedelta(weeks=n) for n in range(WEEKS_AHEAD)]
        self.fields["first_week"].choices = [
            (day.isoformat(), "This week" if day == monday else f"Week of {short_date(day)}")
            for day in mondays
        ]
        self.fields["who"].choices = who
        self.fields["unit"].choices = [(unit.pk, unit.name) for unit in units]
        if len(who) < 2:
            del self.fields["who"]
        if len(units) < 2:
            del self.fields["unit"]

    @staticmethod
    def usual(today: date, unit: Unit, who: str) -> dict[str, Any]:
        """What is filled in: the week after this one, for who was chosen on the list."""
        monday = today + timedelta(days=7 - today.weekday())
        return {
            "unit": unit.pk,
            "who": who,
            "first_week": monday.isoformat(),
            "weeks": USUAL_WEEKS,
            "notice_days": NOTICE_DAYS,
            "kept_free": 0,
        }

    def first_and_last(self) -> tuple[date, date]:
        """The first and last day to plan: never a day before today. The form is valid."""
        monday = self.cleaned_data["first_week"]
        return weeks_from(max(monday, self.today), self.cleaned_data["weeks"])


NURSE_MORE, NURSE_FEWER = "nurse_more", "nurse_fewer"
CHAIR_MORE, CHAIR_FEWER = "chair_more", "chair_fewer"
DAY_MORE, DAY_FEWER = "day_more", "day_fewer"


class WhatIfForm(forms.Form):
    """One chair, one nurse or one opening day, more or fewer."""

    submit_label = "Work it out"
    mark_optional = False
    names_in_errors = {"change": "what there would be more or less of", "weekday": "weekday"}

    change = forms.ChoiceField(
        label="What if there were",
        choices=[
            (CHAIR_MORE, "one chair more"),
            (CHAIR_FEWER, "one chair fewer"),
            (NURSE_MORE, "one nurse more, on every open day"),
            (NURSE_FEWER, "one nurse fewer, on every open day"),
            (DAY_MORE, "one opening day more in the week"),
            (DAY_FEWER, "one opening day fewer in the week"),
        ],
        widget=forms.Radios(),
    )
    weekday = forms.TypedChoiceField(
        label="Which weekday",
        choices=[("", "Choose a weekday"), *Weekday.choices],
        coerce=int,
        required=False,
        empty_value=None,
        help_text="Only for an opening day more or fewer",
        widget=forms.Select(),
    )

    def __init__(self, *args: Any, open_weekdays: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.open_weekdays = open_weekdays

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        change, weekday = cleaned.get("change"), cleaned.get("weekday")
        if change in (DAY_MORE, DAY_FEWER) and "weekday" not in self.errors:
            if weekday is None:
                self.add_error("weekday", "Choose the weekday")
            elif change == DAY_MORE and weekday in self.open_weekdays:
                self.add_error("weekday", f"The unit is open on {Weekday(weekday).label}s already")
            elif change == DAY_FEWER and weekday not in self.open_weekdays:
                self.add_error("weekday", f"The unit is not open on {Weekday(weekday).label}s")
        return cleaned

    def changes(self) -> Changes:
        """What was chosen. The form is valid."""
        change, weekday = self.cleaned_data["change"], self.cleaned_data["weekday"]
        more = 1 if change in (CHAIR_MORE, NURSE_MORE) else -1
        if change in (CHAIR_MORE, CHAIR_FEWER):
            return Changes(chairs=more)
        if change in (NURSE_MORE, NURSE_FEWER):
            return Changes(nurses=more, weekdays=tuple(self.open_weekdays))
        return Changes(opened=weekday) if change == DAY_MORE else Changes(closed=weekday)


class RatesForm(ModelForm):
    """What a day late of a more urgent course counts as in a plan."""

    submit_label = "Save what a day late counts as"
    names_in_errors = {
        "urgent_days_late": "days for an urgent child",
        "soon_days_late": "days for a child who should come soon",
    }

    urgent_days_late = _number(
        "One day late for an urgent child counts as",
        "Days late for a routine child. Usually 4",
        1,
        MOST_DAYS_FOR_ONE,
        "routine days",
    )
    soon_days_late = _number(
        "One day late for a child who should come soon counts as",
        "Days late for a routine child. Usually 2",
        1,
        MOST_DAYS_FOR_ONE,
        "routine days",
    )

    class Meta:
        model = Unit
        fields = ("urgent_days_late", "soon_days_late")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        urgent, soon = cleaned.get("urgent_days_late"), cleaned.get("soon_days_late")
        if urgent and soon and urgent < soon:
            self.add_error(
                "urgent_days_late", "An urgent child must count at least as much as one who should come soon"
            )
        return cleaned
