"""Whom families of a unit may ask beside the unit itself, as its row keeps them: a short list, no rows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from crmo_clinic.nhsuk import phone

# More would not be read.
MOST_CONTACTS = 3


@dataclass(frozen=True)
class WhomToAsk:
    """Who answers families, such as the nurse specialists.

    phone: as numbers are stored; hours: when it is answered. takes_messages: whether one can leave one.
    answered: when emails are answered, to follow a colon. Whoever has no phone has an email.
    """

    name: str
    phone: str = ""
    hours: str = ""
    takes_messages: bool = False
    email: str = ""
    answered: str = ""

    def as_kept(self) -> dict[str, Any]:
        return asdict(self)


def contact_in_words(kept: Mapping[str, Any]) -> str:
    """`Nurse specialists: 0113 496 0200, nurses@hospital.example`, for the log."""
    ways = filter(None, [phone.shown(kept["phone"]) if kept["phone"] else "", kept["email"]])
    return f"{kept['name']}: {', '.join(ways)}"
