"""How many points each shortcoming of an offer costs in a unit."""

from dataclasses import fields
from typing import Any

from crispy_forms.layout import HTML

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import quantity
from patients.forms import ModelForm
from scheduling.models import MOST_POINTS, Unit
from scheduling.rules.pricing import DEFAULT_WEIGHTS, Weights

USUAL = '<p><a class="nhsuk-link" href="?usual">Fill in the usual points</a></p>'
# Not asked for where no school terms are known.
OF_SCHOOL = "points_school_day"
POINTS = {f"points_{weight.name}": weight.name for weight in fields(Weights)}


def _points(name: str, label: str, meaning: str) -> forms.IntegerField:
    default = getattr(DEFAULT_WEIGHTS, name)
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=MOST_POINTS,
        help_text=f"{meaning} Usually {default}",
        widget=forms.TextInput(width=5, inputmode="numeric", suffix="points"),
    )


class RankingForm(ModelForm):
    """The points for a unit's offers. An offer with fewer points is better, and no points forbid it."""

    submit_label = "Save points"
    names_in_errors = {
        "points_day_from_target": "points for a day away from the target",
        "points_different_chair": "points for a change of chair",
        "points_different_start": "points for a change of start",
        "points_stranded_day": "points for a day left free on its own",
        "points_hour_later": "points for an hour later",
        "points_school_day": "points for a day of school missed",
    }

    points_day_from_target = _points(
        "day_from_target",
        "Each day away from the target date",
        "Before it or after it. Without a target date, each day of waiting.",
    )
    points_different_chair = _points(
        "different_chair", "A change of chair between the days", "The same chair on all days is better."
    )
    points_different_start = _points(
        "different_start", "A change of start between the days", "The same time on all days is better."
    )
    points_stranded_day = _points(
        "stranded_day",
        "Each day left free on its own",
        "A free day with no free day beside it is of no use for the next pair.",
    )
    points_hour_later = _points(
        "hour_later",
        "Each hour later that a visit starts",
        "Small, so that it only decides between offers that are otherwise level.",
    )

    points_school_day = _points(
        "school_day",
        "Each day of school missed",
        "Only for courses that would rather miss no school.",
    )

    class Meta:
        model = Unit
        fields = tuple(POINTS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.school_terms.exists():
            del self.fields[OF_SCHOOL]

    def layout(self) -> forms.Layout:
        return forms.Layout(*(name for name in POINTS if name in self.fields), HTML(USUAL))


def usual_points() -> dict[str, Any]:
    """The default points, as values of the form."""
    return {field: getattr(DEFAULT_WEIGHTS, weight) for field, weight in POINTS.items()}


def ranking_example(weights: Weights) -> str:
    """What the points in force mean for one choice, as a sentence; empty if they give no simple example."""
    if not weights.day_from_target:
        return ""
    days, rest = divmod(weights.different_chair, weights.day_from_target)
    if not weights.different_chair or (rest and not days):
        return ""
    near = "about as good as" if rest else "just as good as"
    return (
        f"With the points in force, the target day with a change of chair is {near} "
        f"{quantity(days, 'day')} off the target in one chair."
    )
