"""Rows made by plain functions, so that a test says only what it is about.

What people, units, courses, checklists and attendance make is called as `builders.unit()`. The modules texts,
messages, answers and reviews are imported by name.
"""

from tests.builders.attendance import (
    cannula,
    effect,
    give,
    last_day_was,
    visit_after_one_in_part,
    visit_today,
)
from tests.builders.checklists import check, checklist, tick_all
from tests.builders.courses import (
    begun_course,
    book,
    course,
    next_monday,
    past_course,
    placement_of,
    visits,
)
from tests.builders.people import a_valid_nhs_number, contact, patient, staff
from tests.builders.units import approve_texts, infusion, kept_places, need, role_shift, take, term, unit

__all__ = [
    "a_valid_nhs_number",
    "approve_texts",
    "begun_course",
    "book",
    "cannula",
    "check",
    "checklist",
    "contact",
    "course",
    "effect",
    "give",
    "infusion",
    "kept_places",
    "last_day_was",
    "need",
    "next_monday",
    "past_course",
    "patient",
    "placement_of",
    "role_shift",
    "staff",
    "take",
    "term",
    "tick_all",
    "unit",
    "visit_after_one_in_part",
    "visit_today",
    "visits",
]
