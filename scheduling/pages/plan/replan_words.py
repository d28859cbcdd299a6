"""How a re-plan puts its proposals into words: who else moves, and what that saves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmo_clinic.nhsuk.wording import quantity
from scheduling.rules import Visit


@dataclass(frozen=True)
class Proposal:
    """One of the proposals, as a person weighs it up. number: its option. is_shown: is the page about it."""

    number: int
    heading: str
    words: str
    is_shown: bool


def proposals(figures: Mapping[str, Any], to_move: int, shown: int) -> list[Proposal]:
    """All proposals of a re-plan, fewest others first. to_move: how many were given to the planner."""
    options = figures.get("options", [])
    return [
        Proposal(number, _heading(each["others"]), _words(each, options[0], to_move, number), number == shown)
        for number, each in enumerate(options)
    ]


def _heading(others: int) -> str:
    return (
        f"{quantity(others, 'other child moves', 'other children move')} too"
        if others
        else "Nobody else moves"
    )


def _words(each: Mapping[str, int], first: Mapping[str, int], to_move: int, number: int) -> str:
    placed = to_move - each["lost"]
    words = f"{placed} of {to_move} get new days" if each["lost"] else f"All {to_move} get new days"
    if to_move == 1:
        words = "No new days" if each["lost"] else "New days"
    words += f", {quantity(each['later'], 'day')} later in all." if each["later"] else ", none of them later."
    if number:
        saved = []
        if (more := first["lost"] - each["lost"]) > 0:
            saved.append(f"{quantity(more, 'child', 'children')} more with new days")
        if (days := first["later"] - each["later"]) > 0:
            saved.append(f"{quantity(days, 'day')} less to wait in all")
        words += f" That saves: {' and '.join(saved)}." if saved else " Times and chairs change less."
    return words


def shift_words(stood: Sequence[Visit], visits: Sequence[Visit]) -> str:
    """`12 days later`, `2 days sooner`, `on the same days`."""
    if not stood or not visits:
        return ""
    days = (visits[0].day - stood[0].day).days
    if not days:
        return "on the same days"
    return f"{quantity(abs(days), 'day')} {'later' if days > 0 else 'sooner'}"
