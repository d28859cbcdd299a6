"""How the pages put checklists into words."""

from collections.abc import Mapping
from typing import Any

from django import template

from crmo_clinic.nhsuk import wording
from scheduling.checklist.readiness import Readiness
from scheduling.models import ChecklistItem, Session, TickedBy

register = template.Library()


@register.filter
def terms(item: ChecklistItem) -> str:
    """`A nurse ticks it. Counts for 90 days. From age 12. First course only.`"""
    said = ["A nurse ticks it" if item.ticked_by == TickedBy.NURSE else "Anybody ticks it"]
    if item.valid_days == 0:
        said.append("counts on that day alone")
    elif item.valid_days is None:
        said.append("no end set")
    else:
        said.append(f"counts for {wording.quantity(item.valid_days, 'day')}")
    if item.min_age is not None:
        said.append(f"from age {item.min_age}")
    if item.max_age is not None:
        said.append(f"up to age {item.max_age}")
    if item.sex:
        said.append(f"sex at registration: {item.get_sex_display().lower()}")
    if item.first_course_only:
        said.append("first course only")
    if item.private:
        said.append("private note")
    return "; ".join(said)


@register.filter
def left_of(readiness: Mapping[int, Readiness], session: Session) -> Readiness | None:
    """What is left before a visit on the board; None if nothing is, or its day is over."""
    found = readiness.get(session.course_id)
    if found is None or not found.left or all(day.day != session.day for day in found.days):
        return None
    return None if found.is_over else found


@register.filter
def of_item(notes: Mapping[Any, Any], key: Any) -> Any:
    """What a mapping has for a key; None if nothing."""
    return notes.get(key)
