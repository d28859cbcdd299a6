"""How the pages about reviews put values and corrections into words."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from patients.log_words import Line, lines
from patients.models import AuditEvent
from scheduling.history.lab_values import MEASURES, lab_text
from scheduling.history.when_due import DueState, Plan

register = template.Library()

UNITS = {"ESR": "mm/h", "CRP": "mg/L"}
COLOURS = {DueState.OVERDUE: "red", DueState.SOON: "orange", DueState.LATER: "grey", DueState.COURSE: "blue"}


@register.filter
def unit_of(column: str) -> str:
    """`mg/L`; empty for a column whose numbers have no unit."""
    return UNITS.get(column, "")


@register.filter
def value_in(texts: Mapping[str, str], name: str) -> str:
    """What a line of a file has in the column of this name."""
    return texts[name]


@register.filter
def measures(values: Mapping[str, list[Any] | None]) -> str:
    """`ESR 14 and CRP <5`, of what an import keeps of a review; `no value`."""
    # In this order: PostgreSQL keeps the keys of JSON in one of its own.
    kept = [(name, values[name]) for name in MEASURES if values.get(name)]
    there = [f"{name.upper()} {lab_text(Decimal(of[0]), *of[1:])}" for name, of in kept]
    return wording.listed(there) or "no value"


@register.filter
def corrections(event: AuditEvent) -> list[Line]:
    """Each value that one correction changed. Foreign keys are left out."""
    return lines([event], rows=False)[0]


@register.filter
def colour_of(state: DueState) -> str:
    """The colour of a tag that names the state."""
    return COLOURS[state]


@register.filter
def ago(day: date | None) -> str:
    """`11 weeks ago`, `today`."""
    days = (timezone.localdate() - day).days
    return f"{wording.days_or_weeks(days)} ago" if days > 0 else "today"


@register.filter
def gaps(days: list[int]) -> str:
    """`18 weeks, 26 weeks and 12 days`."""
    return wording.listed(wording.days_or_weeks(each) for each in days)


@register.filter
def total(rows: list[Any], name: str) -> int | None:
    """The sum of an attribute; None if one of them has no value."""
    values = [getattr(row, name) for row in rows]
    return None if None in values else sum(values)


@register.filter
def plan_weeks(plan: Plan) -> str:
    """`2 weeks overdue`, `in 5 days`; empty while a course is to come."""
    if plan.due_on is None:
        return ""
    days = (plan.due_on - timezone.localdate()).days
    if days == 0:
        return "today"
    return f"in {wording.days_or_weeks(days)}" if days > 0 else f"{wording.days_or_weeks(-days)} overdue"


@register.filter
def as_weeks(days: int) -> str:
    """`18 weeks`, `12 days`."""
    return wording.days_or_weeks(days)


@register.filter
def is_over(day: date) -> bool:
    """Whether the day is today or has passed."""
    return day <= timezone.localdate()
