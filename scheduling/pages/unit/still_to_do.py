"""What a unit still lacks before a course can be booked and a family written to."""

from collections.abc import Sequence

from django.urls import reverse

from crmo_clinic.nhsuk.wording import listed, long_date
from scheduling.models import Chair, Unit
from scheduling.telling.texts.overview import TextState


def still_to_do(
    unit: Unit,
    texts: Sequence[TextState],
    outdated: Sequence[TextState],
    *,
    chairs: Sequence[Chair],
    has_hours: bool,
    has_checklist: bool,
    has_others: bool,
) -> list[dict[str, str]]:
    """The text and the href of each. texts: those that families of this unit may read. outdated: translations
    whose English was changed."""
    missing = unit.missing_for_mail()
    without = f"Add what no mail to a family leaves without: {listed(missing)}"
    needed = [
        (not any(chair.in_use for chair in chairs), "Add the chairs", "add_chair"),
        (not has_hours, "Set the opening hours", "set_opening_hours"),
        (missing, without, "change_unit"),
    ]
    needed += [(True, text, "list_advice") for text in _of_texts(texts, outdated)]
    if not has_checklist:
        needed.append((True, _of_checklist(unit), "show_checklist"))
    if has_others and not (has_hours and chairs):
        needed.insert(0, (True, "Copy what another unit has set up", "copy_unit"))
    return [
        {"text": text, "href": reverse(f"scheduling:{name}", args=[unit.pk])}
        for is_missing, text, name in needed
        if is_missing
    ]


def _of_checklist(unit: Unit) -> str:
    has_draft = unit.checklists.filter(in_force_since=None).exists()
    return "Put the checklist in force" if has_draft else "Write the checklist before a course"


def _of_texts(texts: Sequence[TextState], outdated: Sequence[TextState]) -> list[str]:
    """Those that somebody has to approve, now or within 30 days."""
    out = [state.name for state in texts if not state.is_in_force]
    some = f"Approve the texts for families: {listed(f'“{name}”' for name in out)}"
    every = "Write and approve the texts for families"
    due = [
        f"Review the text “{state.name}” by {long_date(state.approved.review_on)}"
        for state in texts
        if state.is_due_soon
    ]
    names = {f"“{state.name}”" for state in outdated}
    anew = f"Approve the translations anew whose English was changed: {listed(sorted(names))}"
    to_approve = [every if len(out) == len(texts) else some] if out else []
    return to_approve + due + ([anew] if names else [])
