"""The checklist offered to a unit that has none, as a first draft for its lead.

How long an item counts is a start for the Trust to decide: blood tests for three months, as before a first
course; what is asked right before a visit for days. From which age it is asked is left open.
"""

from scheduling.models import ChecklistItem, Level, TickedBy

MUST, SHOULD = Level.MUST, Level.SHOULD
NURSE, ANYBODY = TickedBy.NURSE, TickedBy.ANYBODY
SEEN = "Tick when a clinician has seen the result"

A_YEAR, THREE_MONTHS, A_MONTH, SOME_DAYS = 365, 91, 31, 3

# Key, label, help, level, who ticks it, and fields that differ from their defaults.
USUAL: tuple[tuple[str, str, str, Level, TickedBy, dict[str, object]], ...] = (
    ("consent", "Consent is recorded", "", MUST, NURSE, {}),
    ("prescription", "Prescription is written", "", MUST, NURSE, {}),
    ("pharmacy", "Order is with the pharmacy", "", MUST, ANYBODY, {}),
    ("measured", "Weight and height are measured", "", MUST, NURSE, {"valid_days": A_MONTH}),
    ("kidney", "Kidney blood test (U&E)", SEEN, MUST, NURSE, {"valid_days": THREE_MONTHS}),
    (
        "bone",
        "Calcium, phosphate, ALP and liver blood tests",
        SEEN,
        MUST,
        NURSE,
        {"valid_days": THREE_MONTHS},
    ),
    ("vitamin-d", "Vitamin D", SEEN, MUST, NURSE, {"valid_days": THREE_MONTHS}),
    ("pth", "Parathyroid hormone (PTH)", SEEN, SHOULD, NURSE, {"valid_days": THREE_MONTHS}),
    ("dental", "Dental review", "", SHOULD, ANYBODY, {"valid_days": A_YEAR}),
    (
        "pregnancy",
        "Possible pregnancy is talked about",
        "Ask in private. The note is for nurses and the unit lead only",
        MUST,
        NURSE,
        {"sex": "female", "private": True},
    ),
    ("allergies", "Allergies are asked about", "", MUST, NURSE, {}),
    ("steroids", "Plan for a child who takes steroids", "Also if the child takes none", SHOULD, NURSE, {}),
    ("medicines", "NSAIDs and medicines hard on the kidneys are reviewed", "", SHOULD, NURSE, {}),
    ("drinking", "Family is told about drinking enough", "", SHOULD, ANYBODY, {}),
    (
        "cannula",
        "Plan for the cannula",
        "Numbing cream, fear of needles, play specialist",
        SHOULD,
        NURSE,
        {},
    ),
    ("interpreter", "Interpreter is booked", "Also if none is needed", SHOULD, ANYBODY, {}),
    ("recipients", "Who gets messages is checked with the family", "", SHOULD, ANYBODY, {}),
    ("baseline", "First assessment is recorded", "", SHOULD, NURSE, {"first_course_only": True}),
    (
        "phone",
        "Phone check with the family",
        "Fever, illness, contact with an infection, eye symptoms",
        MUST,
        NURSE,
        {"valid_days": SOME_DAYS},
    ),
    ("staffed", "Chair and nurse are allocated", "", SHOULD, ANYBODY, {}),
    ("aftercare", "After-care text is given", "", SHOULD, ANYBODY, {}),
)


def default_items() -> list[ChecklistItem]:
    """The items, unsaved and without a version."""
    return [
        ChecklistItem(key=key, label=label, help=help_text, level=level, ticked_by=ticked_by, **more)
        for key, label, help_text, level, ticked_by, more in USUAL
    ]
