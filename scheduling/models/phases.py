"""How a visit was booked to pass: kept with it, so that the unit's settings can change and it stays."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scheduling.rules import Care, NurseRule, Phase, VisitRequest
from scheduling.rules.chairs import minutes_before_chair


@dataclass(frozen=True, slots=True)
class BookedPhases:
    """The phases of one visit, beside the cannulation and drip that were agreed.

    before, after: what comes around them. more_cannulation: minutes beyond the unit's own, below zero for
    fewer; `of_needs` of them are because of what the child needs. `text` is "" for the usual visit.
    """

    before: Phase | None = None
    after: Phase | None = None
    more_cannulation: int = 0
    of_needs: int = 0

    @property
    def text(self) -> str:
        """As a session keeps it; `read_phases` reads it."""
        if self == BookedPhases():
            return ""
        values = [_written(self.before), _written(self.after), self.more_cannulation, self.of_needs]
        return json.dumps(values, separators=(",", ":"))

    @property
    def asked(self) -> dict[str, Any]:
        """The same as fields of a `VisitRequest`."""
        return {"before": self.before, "after": self.after, "more_cannulation": self.more_cannulation}

    @property
    def minutes(self) -> int:
        """How much longer the visit is than what was agreed."""
        return self.minutes_before + self.minutes_after + self.more_cannulation

    @property
    def minutes_before(self) -> int:
        return self.before.minutes if self.before else 0

    @property
    def minutes_after(self) -> int:
        return self.after.minutes if self.after else 0

    @property
    def away_before(self) -> int:
        """The minutes from arrival until the chair is needed."""
        return minutes_before_chair((self.before,)) if self.before else 0

    @property
    def away_after(self) -> int:
        """The minutes from leaving the chair to the end of the visit."""
        return minutes_before_chair((self.after,)) if self.after else 0


def _written(phase: Phase | None) -> list[Any] | None:
    return [phase.minutes, phase.care.value, int(phase.in_chair)] if phase else None


@lru_cache(maxsize=1000)
def read_phases(text: str) -> BookedPhases:
    """What `BookedPhases.text` wrote."""
    if not text:
        return BookedPhases()
    before, after, more, of_needs = json.loads(text)
    return BookedPhases(_read(before), _read(after), more, of_needs)


def _read(written: list[Any] | None) -> Phase | None:
    return Phase(written[0], Care(written[1]), bool(written[2])) if written else None


@lru_cache(maxsize=1000)
def phases_in_chair(text: str, minutes: int, rule: NurseRule) -> tuple[Phase, ...]:
    """How a visit passes that is `minutes` in its chair, from arrival to leaving; () for the usual one."""
    if not text:
        return ()
    booked = read_phases(text)
    agreed = minutes + booked.away_before + booked.away_after - booked.minutes
    return VisitRequest(minutes=agreed, **booked.asked).phases(rule)
