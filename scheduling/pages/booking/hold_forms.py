"""The forms beside "Book" on the page that checks days: hold them, or ask the family first."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import clock
from scheduling.models import Course
from scheduling.rules import Visit
from scheduling.unit.hold_ends import Lasts, answer_end, hold_end, leaves_time, usual_answer_by

LASTS = [
    (Lasts.MINUTES, "30 minutes of opening hours"),
    (Lasts.FOUR_HOURS, "4 hours"),
    (Lasts.TODAY, "until the unit closes today"),
    (Lasts.A_DAY, "24 hours"),
    (Lasts.TWO_DAYS, "48 hours"),
    (Lasts.THREE_DAYS, "3 days"),
    (Lasts.A_WEEK, "a week"),
]
PASSED = "The time must be still to come"


class HoldForm(forms.Form):
    """How long days are held while the family is rung. A day and time that are typed count instead."""

    names_in_errors = {
        "lasts": "how long they are held",
        "until_day": "day until which they are held",
        "until_time": "time",
    }

    lasts = forms.TypedChoiceField(
        label="Hold them for", choices=LASTS, coerce=Lasts, initial=Lasts.TWO_DAYS, widget=forms.Select()
    )
    until_day = forms.DateField(
        label="Hold until this day", required=False, help_text="For example, 27 3 2027"
    )
    until_time = forms.TimeField(label="At this time", required=False, help_text="For example, 5pm")

    @property
    def has_typed(self) -> bool:
        """Whether a day or a time was typed, so that they have to be shown."""
        return self.is_bound and bool({"until_day", "until_time"} & set(self.changed_data))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        day, at = cleaned.get("until_day"), cleaned.get("until_time")
        if not self.errors and (day or at):
            if not day:
                self.add_error("until_day", "Enter the day until which they are held")
            elif not at:
                self.add_error("until_time", "Enter the time until which they are held")
            elif timezone.make_aware(datetime.combine(day, at)) <= timezone.now():
                self.add_error("until_time", PASSED)
        return cleaned

    def until(self, course: Course) -> datetime:
        """When the hold ends. The form is valid."""
        if day := self.cleaned_data["until_day"]:
            return timezone.make_aware(datetime.combine(day, self.cleaned_data["until_time"]))
        return hold_end(course.unit, self.cleaned_data["lasts"], timezone.now())


class OfferForm(forms.Form):
    """Until when the family may answer, and whether the next one is asked after it."""

    names_in_errors = {"answer_day": "day by which they answer", "answer_time": "time by which they answer"}

    answer_day = forms.DateField(label="Answer by this day", help_text="For example, 27 3 2027")
    answer_time = forms.TimeField(label="Answer by this time", help_text="For example, 5pm")
    asks_next = forms.BooleanField(
        label="If they cannot, or do not answer, ask the next family that fits these days",
        required=False,
        widget=forms.Checkbox(),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and self.until() <= timezone.now():
            self.add_error("answer_time", PASSED)
        return cleaned

    def until(self) -> datetime:
        """Until when they may answer. The form is valid."""
        cleaned = self.cleaned_data
        return timezone.make_aware(datetime.combine(cleaned["answer_day"], cleaned["answer_time"]))

    @staticmethod
    def usual(course: Course, first: Visit) -> dict[str, Any]:
        """What is filled in: 5pm on the next working day, or a day before the first visit if that is sooner;
        nothing if that leaves too little time to answer."""
        now = timezone.now()
        until = answer_end(usual_answer_by(course.unit, now), first.starts_at)
        if not leaves_time(until, now):
            return {}
        local = timezone.localtime(until)
        return {
            "answer_day": (local.day, local.month, local.year),
            "answer_time": clock(local.time()),
        }
