"""One result as laboratories write it: a number, or the limit that it is below or above."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from crmo_clinic.nhsuk.typed import figures
from crmo_clinic.nhsuk.wording import plain_number

# A comma is that of a decimal: with three digits behind it, it might as well part thousands.
_VALUE = re.compile(r"([<>]?)\s*([0-9]{1,6})(?:[.]([0-9]{1,6})|,([0-9]{1,2}))?")


class LabValue(NamedTuple):
    """A result: the number, or the limit that it is below or above."""

    number: Decimal
    below: bool = False
    above: bool = False


@dataclass(frozen=True)
class Limits:
    """What a result may be: 0 to `highest`, with so many decimals."""

    highest: int
    places: int

    def read(self, text: str) -> LabValue | None:
        """`7`, `7.5`, `7,5`, `<5` or `>300`; None for anything else."""
        found = _VALUE.fullmatch(figures(text))
        if not found:
            return None
        number = Decimal(f"{found[2]}.{found[3] or found[4] or 0}")
        fits = number <= self.highest and number == round(number, self.places)
        return LabValue(number, found[1] == "<", found[1] == ">") if fits else None

    def __str__(self) -> str:
        kind = "number" if self.places else "whole number"
        return f"a {kind} from 0 to {self.highest}, or a limit, like <5 or >{self.highest}"


ESR, CRP = Limits(300, 0), Limits(999, 1)
MEASURES = {"esr": ESR, "crp": CRP}


def lab_text(number: Decimal | int | None, below: bool, above: bool = False) -> str:
    """`<5`, `>300`, `7.5`, or nothing: a result as a laboratory writes it."""
    sign = "<" if below else ">" if above else ""
    return "" if number is None else f"{sign}{plain_number(number)}"
