"""The fields of a course’s form about phases and needs: only if a unit has set them up."""

from collections.abc import Sequence
from typing import Any

from crmo_clinic.nhsuk import forms
from crmo_clinic.nhsuk.wording import quantity
from scheduling.models import Course, Need, Unit
from scheduling.pages.unit.phases_form import QuartersField
from scheduling.rules.capacity import PHASE_STEP
from scheduling.unit.asks import usual_after, usual_before, usual_more_cannulation

PHASES = ("before_minutes", "more_cannulation", "after_minutes")
# As far as the cannulation of one course may differ from any other.
FEWER, MORE = 60, 120


class NeedsField(forms.ModelMultipleChoiceField):
    """Of the unit's list, or of all units' lists, what the child needs."""

    def label_from_instance(self, need: Need) -> str:
        return f"{need.name}: {need.asks}"


def slot_fields(course: Course, units: Sequence[Unit]) -> dict[str, Any]:
    """The fields for phases and needs that these units have set up; none if none has."""
    unit = units[0] if len(units) == 1 else None
    found: dict[str, Any] = {}
    if any(each.has_phases for each in units) or any(getattr(course, name) is not None for name in PHASES):
        found |= _phase_fields(course, unit)
    listing = [each for each in units if each.has_needs]
    if listing:
        needs = Need.objects.filter(unit__in=listing, in_use=True)
        found["needs"] = _needs_field(needs)
        kept = course.patient.visit_needs.filter(pk__in=needs)
        found["needs"].initial = list(kept.values_list("pk", flat=True))
    return found


def _phase_fields(course: Course, unit: Unit | None) -> dict[str, QuartersField | forms.TypedChoiceField]:
    """The fields for what differs from the unit's phases. unit: None if it is still to be chosen."""
    return {
        "before_minutes": QuartersField(
            label="Minutes from arrival to the cannulation",
            help_text=_usually(usual_before(course) if unit else None),
        ),
        "more_cannulation": forms.TypedChoiceField(
            label="Minutes to cannulate",
            choices=_cannulation(course, unit),
            coerce=int,
            empty_value=None,
            required=False,
            widget=forms.Select(),
            help_text="The drip lasts as agreed, and the visit that much longer or shorter",
        ),
        "after_minutes": QuartersField(
            label="Minutes after the drip",
            help_text=_usually(usual_after(course) if unit else None),
        ),
    }


def _needs_field(needs: Any) -> NeedsField:
    return NeedsField(
        label="What the visits need",
        queryset=needs,
        required=False,
        widget=forms.Checkboxes(small=True),
        help_text="The child keeps it from course to course",
    )


def differing(course: Course, cleaned: dict[str, Any]) -> dict[str, Any]:
    """What was typed of the phases, None where it is as usual in the unit."""
    usual = {
        "before_minutes": usual_before(course),
        "more_cannulation": usual_more_cannulation(course),
        "after_minutes": usual_after(course),
    }
    return {
        name: None if cleaned.get(name) == usual[name] else cleaned.get(name)
        for name in PHASES
        if name in cleaned
    }


def _usually(minutes: int | None) -> str:
    usually = "" if minutes is None else f". Usually {minutes}"
    return f"Leave empty if it is as usual{usually}"


def _cannulation(course: Course, unit: Unit | None) -> list[tuple[Any, str]]:
    if unit is None:
        sooner = [(n, f"{quantity(-n, 'minute')} less") for n in range(-FEWER, 0, PHASE_STEP)]
        later = [(n, f"{quantity(n, 'minute')} more") for n in range(PHASE_STEP, MORE + 1, PHASE_STEP)]
        return [("", "As usual"), *sooner, *later]
    own, usual = unit.cannulation_minutes, usual_more_cannulation(course)
    others = range(-FEWER, MORE + 1, PHASE_STEP)
    lengths = [(n, quantity(own + n, "minute")) for n in others if own + n >= 0 and n != usual]
    return [("", f"As usual, {quantity(own + usual, 'minute')}"), *lengths]
