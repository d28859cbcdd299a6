"""The figures of drafts as rows of tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from crmo_clinic.nhsuk.wording import quantity
from scheduling.models import Priority

BEFORE_AND_AFTER = ["At the end of these weeks", "If none of them got days", "With this plan"]
WHAT_IF = ["What", "As the unit is", "As it would be"]


def before_and_after(figures: Mapping[str, Any]) -> list[list[str]]:
    """Rows of what it is, without and with the plan; none for a draft without figures."""
    if not figures:
        return []
    rows = [["Children without days", *map(str, figures["waiting"])]]
    for priority in Priority:
        before, after = figures["overdue"][str(priority.value)]
        if before or after:
            rows.append(
                [f"Past their day and without days: {priority.label.lower()}", str(before), str(after)]
            )
    rows += [
        ["Longest wait", *_days(figures["longest_wait"])],
        ["Middle wait: half of them wait longer", *_days(figures["median_wait"])],
        ["Days late, added up", *_days(figures["days_late"])],
        ["Chairs in use", *_percent(figures["chairs"])],
        ["Nurses’ time needed", *_percent(figures["nurses"])],
        ["Single days left free, of no use for a pair", *map(str, figures["stranded"])],
    ]
    return rows


def what_if_rows(figures: Mapping[str, Any]) -> list[list[str]]:
    """Rows of what it is, as the unit is, and as it would be; the first alone while the plans are not there
    yet."""
    rows = []
    if best := figures.get("at_best"):
        rows.append(["Days late that no plan can avoid", *_days(best)])
    if "then" not in figures:
        return rows
    now, then = figures["now"], figures["then"]
    for number, when in enumerate(("now", "in 4 weeks", "in 12 weeks")):
        rows.append(
            [
                f"Past their day and not begun, {when}",
                str(now["overdue"][number]),
                str(then["overdue"][number]),
            ]
        )
    rows += [
        ["Longest wait", *_days([now["longest"], then["longest"]])],
        ["Without days after 12 weeks", str(now["left_out"]), str(then["left_out"])],
        ["Days late with the plan, counted as a routine child’s", *_days([now["late"], then["late"]])],
        ["How much better another plan could be, at most", *_percent([now["gap"], then["gap"]])],
    ]
    return rows


def _days(both: Sequence[int]) -> list[str]:
    return [quantity(number, "day") for number in both]


def _percent(both: Sequence[float]) -> list[str]:
    return [f"{number} %" for number in both]
