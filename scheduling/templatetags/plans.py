"""Words of drafts."""

from collections.abc import Sequence
from typing import Any

from django import template

from crmo_clinic.nhsuk import wording
from scheduling.booking.drafts.asked import ROUTINE, Asked, Changes
from scheduling.models import Decide, Draft, DraftKind
from scheduling.rules import Visit
from scheduling.templatetags.scheduling import offer_days, offer_times

register = template.Library()

STAGES = {
    "": "Starting",
    "reading": "Looking at which days each child could have",
    "first": "Making a first plan",
    "better": "Looking for better plans",
    "proving": "Working out how much better any plan could be",
    "tidying": "Choosing times and chairs",
}
Days = Sequence[tuple[Visit, str]]


@register.filter
def draft_name(draft: Draft) -> str:
    """`Draft plan 12, Mon 7 Dec 2026 to Sun 3 Jan 2027`, `New days: plan 13, …`, `What if 14: …`."""
    if draft.kind == DraftKind.WHAT_IF:
        changes = Changes.from_json(Asked.from_json(draft.settings).changes)
        return f"What if {draft.pk}: {changes.in_words()}"
    name = "New days: plan" if draft.kind == DraftKind.REPLAN else "Draft plan"
    return f"{name} {draft.pk}, {wording.short_date(draft.first_day)} to {wording.short_date(draft.last_day)}"


@register.filter
def decision_words(decision: str) -> str:
    """What somebody decided about a line, once it is decided: `Days and times kept`."""
    kept = {Decide.KEEP: "Days and times kept", Decide.KEEP_DAYS: "Days kept, at any time"}
    return kept.get(Decide(decision), Decide(decision).label)


@register.filter
def stage_words(draft: Draft) -> str:
    return STAGES.get(draft.stage, STAGES["better"])


@register.filter
def cost_words(draft: Draft) -> str:
    """What the best plan so far costs: `as much as 1,240 days late of routine children`."""
    days = round((draft.value or 0) / ROUTINE)
    return f"as much as {days:,} {'day' if days == 1 else 'days'} late of a routine child"


@register.filter
def better_words(draft: Draft) -> str:
    """`Another plan could be at most 1.5 % better.`; empty if it is not known."""
    percent = draft.better_percent
    if percent is None:
        return ""
    tenths = round(percent, 1)
    if not tenths:
        return "No other plan is noticeably better."
    return f"Another plan could be at most {tenths} % better."


@register.filter
def minus(number: int, less: int) -> int:
    return number - less


class _Card:
    def __init__(self, days: Any) -> None:
        self.days = list(days)


@register.filter
def days_in_words(days: Days) -> str:
    """`Tuesday 4 and Wednesday 5 August 2026`."""
    return offer_days(_Card(days))


@register.filter
def times_in_words(days: Days) -> str:
    """`9am to 2pm, Chair 3 on each day`."""
    return offer_times(_Card(days))


@register.filter
def days_and_times(days: Days) -> str:
    times = times_in_words(days)
    return f"{days_in_words(days)}, {times[0].lower()}{times[1:]}"
