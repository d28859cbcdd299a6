"""Forms about courses that share their days, and the places of several courses in an address."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from crmo_clinic.nhsuk import forms
from scheduling.models import Course, SharedBecause
from scheduling.pages.parameters import could_be
from scheduling.rules import Visit
from scheduling.states import CourseStatus
from scheduling.unit.asks import phases_of
from scheduling.unit.shared_days import OPEN


class ShareForm(forms.Form):
    """Which child the days are shared with, and why."""

    submit_label = "Link the courses"
    names_in_errors = {"other": "the other child", "because": "why they share the days"}

    other = forms.ModelChoiceField(
        label="The other child",
        queryset=Course.objects.none(),
        empty_label="Choose a child",
        help_text="Children of this unit whose course waits, is held or is booked",
    )
    because = forms.ChoiceField(
        label="Why do they share the days?", choices=SharedBecause.choices, widget=forms.Radios()
    )

    def __init__(self, *args: Any, course: Course, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = others_to_link(course)
        self.fields["other"].label_from_instance = lambda other: (
            f"{other.patient.identified}: {other.get_status_display().lower()}"
        )
        self.fields["seen"] = forms.SeenField(required=False, initial=course.version)


def others_to_link(course: Course) -> Any:
    """Courses that may still be linked with this one: of other children of its unit, open, with no link."""
    others = Course.objects.filter(unit=course.unit_id, status__in=OPEN, shared=None)
    begun = Course.objects.filter(sessions__starts_at__lte=timezone.now(), status=CourseStatus.BOOKED)
    others = others.exclude(patient=course.patient_id).exclude(pk__in=begun.values("pk"))
    return others.select_related("patient").order_by("patient__name", "pk")


class PartForm(forms.Form):
    """Who decided that a child comes without those it shares the days with."""

    submit_label = "End the link"
    names_in_errors = {"decided": "who decided, and why"}

    decided = forms.CharField(
        label="Who decided that they come apart, and why?",
        max_length=300,
        help_text="For example, Dr Wren: her brother has a fever",
        widget=forms.Textarea(rows=2),
    )


def places_field(course: Course) -> str:
    """The name of the field that holds where a course is to be."""
    return f"course_{course.pk}"


def write_places(visits: Sequence[Visit]) -> str:
    """`2027-03-24.540.3_2027-03-25.540.3`: for each day the start in minutes and the chair."""
    return "_".join(f"{visit.day}.{visit.start}.{visit.chair}" for visit in visits)


def places_fields(chosen: Mapping[Course, Sequence[Visit]]) -> dict[str, str]:
    """Where several courses are to be, as the fields that `read_places` reads."""
    return {places_field(each): write_places(visits) for each, visits in chosen.items()}


def shared_address(course: Course, chosen: Mapping[Course, Sequence[Visit]]) -> str:
    """Where such a choice is checked and confirmed, on the page about this one of them."""
    check = reverse("scheduling:check_shared", args=[course.pk])
    return f"{check}?{urlencode(places_fields(chosen))}"


def read_places(group: Sequence[Course], data: QueryDict) -> dict[Course, list[Visit]] | None:
    """Where each course of the group is to be; None if the address or the form was spoiled."""
    try:
        return {course: list(_read(course, data.get(places_field(course), ""))) for course in group}
    except ValueError:
        return None


def _read(course: Course, text: str) -> list[Visit]:
    chairs = {chair.pk for chair in course.unit.chairs.in_use()}
    visits = []
    for part in text.split("_"):
        day, start, chair = part.split(".")
        visit = Visit(
            date.fromisoformat(day), int(chair), int(start), course.minutes + phases_of(course).minutes
        )
        if visit.chair not in chairs or not could_be(visit):
            raise ValueError(part)
        visits.append(visit)
    if len(visits) != course.days_to_place:
        raise ValueError(text)
    return visits
