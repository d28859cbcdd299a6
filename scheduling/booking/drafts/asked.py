"""What was asked of a draft, as its row keeps it: keys, numbers and dates, and nobody's name."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Self

from crmo_clinic.nhsuk.wording import listed, quantity
from scheduling.models import Priority, Unit, Weekday

# Points for a day late of a routine course. More than one, so that the price of moving others has room below.
ROUTINE = 10
NOTICE_DAYS = 7


@dataclass(frozen=True)
class Rates:
    """What one day late of a more urgent course counts as, in days of a routine one: the unit lead's
    choice."""

    urgent: int = 4
    soon: int = 2

    @classmethod
    def of(cls, unit: Unit) -> Self:
        return cls(unit.urgent_days_late, unit.soon_days_late)

    def weight(self, priority: int) -> int:
        """Points for a day late, as `scheduling.planner.Candidate` wants them."""
        return ROUTINE * {Priority.URGENT: self.urgent, Priority.SOON: self.soon}.get(Priority(priority), 1)

    def in_words(self) -> str:
        """The sentence that stands on every draft: `One urgent day = four routine days`, spelled out."""
        return (
            f"A day late for an urgent child counts as {quantity(self.urgent, 'day')} late for a routine "
            f"child, and for a child who should come soon as {quantity(self.soon, 'day')}."
        )


@dataclass(frozen=True)
class Asked:
    """What a plan is made from.

    courses: keys, in the order of the list. notice_days: so many days a family hears before its first day,
    but for one that can come at short notice. kept_free: starts that no line gets, on each day. root: the
    first of several drafts of which each plans the one before again. changes: of a what-if, as `Changes` has
    them.
    """

    courses: tuple[int, ...] = ()
    notice_days: int = NOTICE_DAYS
    kept_free: int = 0
    rates: Rates = field(default_factory=Rates)
    root: int | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """What `to_json` wrote; an old draft may lack what was added since."""
        values = {name: kept[name] for name in cls.__dataclass_fields__ if name in kept}
        values["courses"] = tuple(values.get("courses", ()))
        values["rates"] = Rates(**values.get("rates", {}))
        return cls(**values)


@dataclass(frozen=True)
class Changes:
    """What a what-if changes: so many chairs more; nurses more on some weekdays; weekdays opened, or closed.

    opens, closes, nurses_then: of a weekday that is opened. Fewer are below zero.
    """

    chairs: int = 0
    nurses: int = 0
    weekdays: tuple[int, ...] = ()
    opened: int | None = None
    closed: int | None = None

    def in_words(self) -> str:
        words = []
        if self.chairs:
            words.append(f"{quantity(abs(self.chairs), 'chair')} {_more(self.chairs)}")
        if self.nurses:
            on = listed(f"{Weekday(day).label}s" for day in self.weekdays)
            words.append(
                f"{quantity(abs(self.nurses), 'nurse')} {_more(self.nurses)}{f' on {on}' if on else ''}"
            )
        if self.opened is not None:
            words.append(f"open on {Weekday(self.opened).label}s too")
        if self.closed is not None:
            words.append(f"closed on {Weekday(self.closed).label}s")
        return listed(words)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        values = {name: kept[name] for name in cls.__dataclass_fields__ if name in kept}
        return cls(**values | {"weekdays": tuple(values.get("weekdays", ()))})


def _more(number: int) -> str:
    return "more" if number > 0 else "fewer"


def weeks_from(first: date, weeks: int) -> tuple[date, date]:
    """The first and last day of so many weeks, of which the first may have begun."""
    monday = first.toordinal() - first.weekday()
    return first, date.fromordinal(monday + 7 * weeks - 1)
