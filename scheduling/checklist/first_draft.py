"""The checklist offered to a unit that has none, as a first draft for its lead.

The Trust decides how long an item counts and from which age it is asked, so neither is set here.
"""

from scheduling.models import ChecklistItem, Level, TickedBy

MUST, SHOULD = Level.MUST, Level.SHOULD
NURSE, ANYBODY = TickedBy.NURSE, TickedBy.ANYBODY
SEEN = "Tick when a clinician has seen the result"

# Key, label, help, level, who ticks it, and fields that differ from their defaults.
USUAL: tuple[tuple[str, str, str, Level, TickedBy, dict[str, object]], ...] = (
    ("consent", "Consent is recorded", "", MUST, NURSE, {}),
    ("prescription", "Prescription is written", "", MUST, NURSE, {}),
    ("pharmacy", "Order is with the pharmacy", "", MUST, ANYBODY, {}),
    ("measured", "Weight and height are measured", "", MUST, NURSE, {}),
    ("kidney", "Kidney blood test (U&E)", SEEN, MUST, NURSE, {}),
    ("bone", "Calcium, phosphate, ALP and liver blood tests", SEEN, MUST, NURSE, {}),
    ("vitamin-d", "Vitamin D", SEEN, MUST, NURSE, {}),
    ("pth", "Parathyroid hormone (PTH)", SEEN, SHOULD, NURSE, {}),
    ("dental", "Dental review", "", SHOULD, ANYBODY, {}),
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
        {},
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
