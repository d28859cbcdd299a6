"""Rules that a person lets a visit break, by name and with a reason: what is allowed, and what is not.

Only what `scheduling.rules` says may be allowed: never a chair that is taken. `booking/overrides.py` keeps it
for courses, `allowed_infusions.py` for infusions that are none.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date

from scheduling.errors import Refused
from scheduling.rules import Objection

# A rule and the day it is about.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What somebody allows: the rules that they were shown to be broken, and why. Raises Refused without a
    reason."""

    broken: frozenset[Key]
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise Refused("Say why this rule may be broken.")


def key_of(objection: Objection, first_day: date) -> Key:
    """A broken rule and its day; the first day for a rule about a course as a whole."""
    return str(objection.rule), (objection.day or first_day).isoformat()


def keys_of(found: Iterable[Objection], first_day: date) -> frozenset[Key]:
    """The broken rules as an `Allowance` names them."""
    return frozenset(key_of(objection, first_day) for objection in found)


def beyond(
    found: Iterable[Objection], first_day: date, known: Set[Key], allowance: Allowance | None
) -> list[Objection]:
    """Those of the objections that nobody has allowed, or could. known: what is allowed already."""
    allowed = known | allowance.broken if allowance else known
    return [o for o in found if not o.may_be_allowed or key_of(o, first_day) not in allowed]


def may_all_be_allowed(found: Sequence[Objection]) -> bool:
    """Whether there is something to allow, and nothing among it that nobody can."""
    return bool(found) and all(objection.may_be_allowed for objection in found)
