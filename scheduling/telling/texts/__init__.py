"""The unit's approved words for families: which text is in force and what is missing (`in_force`), how each
stands (`overview`), the leaflet (`leaflet`), writing and approving (`approval`), tasks about them
(`review_tasks`), Markdown as HTML and plain text (`markdown`), and what a unit starts from (`defaults`).
"""

from scheduling.telling.texts.defaults import default_body
from scheduling.telling.texts.in_force import (
    INVITE_MOMENTS,
    REVIEW_SOON,
    TextsOfInvites,
    ever_approved,
    is_in_force,
    is_replaced,
    missing,
    missing_for_invites,
    missing_in_units,
    moment_of,
    newer_english,
    text_for,
)
from scheduling.telling.texts.markdown import as_html, as_notes, as_text, gaps

__all__ = [
    "INVITE_MOMENTS", "REVIEW_SOON", "TextsOfInvites", "as_html", "as_notes", "as_text", "default_body",
    "ever_approved", "gaps", "is_in_force", "is_replaced", "missing", "missing_for_invites",
    "missing_in_units", "moment_of", "newer_english", "text_for",
]  # fmt: skip
