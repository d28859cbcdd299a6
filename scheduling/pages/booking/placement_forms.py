"""A placement in an address or typed by hand: the first day, and for each day a start and a chair."""

from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import clock
from scheduling.models import TO_MOVE, Course
from scheduling.pages.booking.sharing_forms import shared_address
from scheduling.rules import Visit, days_in_a_row
from scheduling.unit.asks import phases_of
from scheduling.unit.lapse import held_days
from scheduling.unit.shared_days import group_of


class PlacementForm(forms.Form):
    """The same fields carry an offer's link, a choice typed by hand, and the confirmed choice.

    A later day's start may be empty (the same as on day 1), and so may a chair ("any free chair").
    """

    submit_label = "Check this choice"
    method = "get"
    names_in_errors = {"start_1": "start time"}

    first_day = forms.DateField(label="First day", help_text="For example, 27 3 2027", ahead=True)

    def __init__(self, *args: Any, course: Course, days: int | None = None, **kwargs: Any) -> None:
        """days: how many visits, if not as many as the course still needs."""
        self.course, self.days = course, days or course.days_to_place
        self.base_fields = self.base_fields | self._fields_of_days()
        super().__init__(*args, **kwargs)

    def _fields_of_days(self) -> dict[str, forms.TimeField | forms.TypedChoiceField]:
        course, fields = self.course, {}
        if self.days == 1:
            fields["first_day"] = forms.DateField(label="Day", help_text="For example, 27 3 2027", ahead=True)
        in_use = [(chair.pk, chair.name) for chair in course.unit.chairs.all() if chair.in_use]
        chairs = [("", "Any free chair"), *in_use]
        for number in range(1, self.days + 1):
            on_day = f" on day {number}" if self.days > 1 else ""
            fields[f"start_{number}"] = forms.TimeField(
                label=f"Start time{on_day}",
                required=number == 1,
                help_text="For example, 9am or 9:30am" if number == 1 else "Leave empty if it is the same",
            )
            fields[f"chair_{number}"] = forms.TypedChoiceField(
                label=f"Chair{on_day}",
                # Not the list itself, because a form copies its fields.
                choices=lambda: chairs,
                required=False,
                coerce=int,
                empty_value=None,
                widget=forms.Select(),
            )
        return fields

    @staticmethod
    def typed_in(address: QueryDict) -> dict[str, Any]:
        """The choice in an address as initial values, so that it can be changed."""
        day = tuple(address.get(f"first_day_{part}", "") for part in ("day", "month", "year"))
        others = {name: value for name, value in address.items() if name.startswith(("start_", "chair_"))}
        return others | ({"first_day": day} if any(day) else {})

    def visits(self) -> list[Visit]:
        """The visits as typed. Chair 0 stands for any free chair."""
        cleaned = self.cleaned_data
        first = cleaned["start_1"]
        length = self.course.minutes + phases_of(self.course).minutes
        return [
            Visit(
                day,
                cleaned[f"chair_{number}"] or 0,
                _minutes(cleaned[f"start_{number}"] or first),
                length,
            )
            for number, day in enumerate(days_in_a_row(cleaned["first_day"], self.days), start=1)
        ]


class MoveReasonForm(forms.Form):
    """Why a booked course is moved; kept in the log."""

    names_in_errors = {"reason": "why the course is moved"}

    reason = forms.ChoiceField(
        label="Why is it moved?",
        choices=[(reason.value, reason.label) for reason in TO_MOVE],
        widget=forms.Radios(),
    )


def placement_fields(visits: tuple[Visit, ...] | list[Visit]) -> dict[str, str]:
    """These visits as fields of PlacementForm, by name."""
    first = visits[0].day
    fields = {"first_day_day": first.day, "first_day_month": first.month, "first_day_year": first.year}
    for number, visit in enumerate(visits, start=1):
        fields |= {f"start_{number}": clock(visit.start), f"chair_{number}": visit.chair}
    return {name: str(value) for name, value in fields.items()}


def check_address(course: Course, visits: tuple[Visit, ...] | list[Visit]) -> str:
    """The address where this choice is checked and confirmed."""
    return f"{reverse('scheduling:check_slot', args=[course.pk])}?{urlencode(placement_fields(visits))}"


def held_address(course: Course) -> str:
    """Where the days that are held for a course, to book it or to move it, are checked; empty if none are.

    If days are held for all that share them, they are checked together.
    """
    if not course.held_until:
        return ""
    held = {each: [place.visit for place in held_days(each)] for each in group_of(course)}
    if len(held) > 1 and all(held.values()):
        return shared_address(course, held)
    return check_address(course, held[course])


def _minutes(at: Any) -> int:
    return at.hour * 60 + at.minute
