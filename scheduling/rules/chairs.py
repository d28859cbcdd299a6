"""A unit's chairs, what takes them, and places that are kept back."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from crmo_clinic.nhsuk.wording import clock_range, quantity, short_date
from scheduling.rules.calendar import MINUTES_A_DAY
from scheduling.rules.capacity import NurseRule, Phase, Stretch, stretches


@dataclass(frozen=True, slots=True)
class Chair:
    """A chair or bed; `name` is what the coordinator calls it, such as "Chair 3".

    kinds: what it is besides, in the unit's own words, such as "cubicle" or "bed"; empty if nothing.
    """

    id: int
    name: str
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Taken:
    """A chair, by its id, is taken on `day` from `start` up to but not including `end`.

    With a `course`, a child on a course is in it; with `other`, a child with another infusion, which `label`
    names. With neither, something else takes it: `label` says what, and no nurse is needed. phases: how the
    visit passes, its time outside the chair included; empty for a course's usual ones and for something else.
    Raises ValueError if the times are not a part of one day.
    """

    chair: int
    day: date
    start: int
    end: int
    course: Hashable | None = None
    label: str = ""
    other: Hashable | None = None
    phases: tuple[Phase, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            raise ValueError("A chair is taken for a part of one day.")

    @property
    def whose(self) -> Hashable | None:
        """The course or the other infusion; None if no child is in it."""
        return self.course if self.other is None else self.other

    @property
    def arrives(self) -> int:
        """When the visit begins: before the chair is taken, if its first phases need none."""
        return self.start - minutes_before_chair(self.phases)

    def care(self, rule: NurseRule) -> tuple[Stretch, ...]:
        """What it asks of the nurses; nothing if no child is in it."""
        if self.phases:
            return _stretches(self.arrives, self.phases)
        return () if self.course is None else _stretches(self.start, rule.usual_phases(self.end - self.start))


@lru_cache(maxsize=10_000)
def _stretches(start: int, phases: tuple[Phase, ...]) -> tuple[Stretch, ...]:
    """A diary asks for them again for each visit that is judged, and a unit has few lengths and starts."""
    return tuple(stretches(start, phases))


def minutes_before_chair(phases: tuple[Phase, ...]) -> int:
    """How long a visit lasts before it first takes its chair."""
    minutes = 0
    for phase in phases:
        if phase.in_chair:
            break
        minutes += phase.minutes
    return minutes


@dataclass(frozen=True, slots=True)
class KeptBack:
    """Of the chairs, `places` are kept for courses, or for other infusions, from `start` to `end` of a day.

    weekdays: 0 for Monday to 6 for Sunday; empty for every day. From `released_days_before` days before the
    day on, anybody may have them. Raises ValueError for less than one place, times that are not a part of a
    day, or a number of days below zero.
    """

    places: int
    for_courses: bool
    released_days_before: int
    weekdays: frozenset[int] = frozenset()
    start: int = 0
    end: int = MINUTES_A_DAY

    def __post_init__(self) -> None:
        if self.places < 1 or self.released_days_before < 0:
            raise ValueError("At least one place is kept back, and not beyond the day itself.")
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            raise ValueError("A place is kept back for a part of one day.")

    def in_words(self, day: date) -> str:
        """`1 place kept for other infusions, 9am to 1pm, until Tue 4 Aug 2026`."""
        whom = "courses" if self.for_courses else "other infusions"
        all_day = (self.start, self.end) == (0, MINUTES_A_DAY)
        when = "" if all_day else f", {clock_range(self.start, self.end)}"
        places = quantity(self.places, "place")
        return f"{places} kept for {whom}{when}, until {short_date(self.released_on(day))}"

    def released_on(self, day: date) -> date:
        """From when on anybody may have the places kept on `day`."""
        return day - timedelta(days=self.released_days_before)

    def is_kept_on(self, day: date, today: date) -> bool:
        """Whether, as seen `today`, the places are still kept on `day`."""
        is_meant = not self.weekdays or day.weekday() in self.weekdays
        return is_meant and today < self.released_on(day)

    def taken_up(self, taken: Iterable[Taken], chairs: int, for_course: bool) -> list[tuple[int, int]]:
        """When, on a day on which they are kept, no further chair may go to a course (or other infusion).

        taken: all that is taken on the day. chairs: how many the unit has. The stretches, from and to, lie
        within the times of the places; none if they are kept for the asker.
        """
        if self.for_courses is for_course:
            return []
        theirs = [row for row in taken if (row.course if for_course else row.other) is not None]
        ends = {self.start, self.end} | {edge for row in theirs for edge in (row.start, row.end)}
        edges = sorted(edge for edge in ends if self.start <= edge <= self.end)
        found: list[tuple[int, int]] = []
        for start, end in pairwise(edges):
            in_chairs = sum(row.start <= start < row.end for row in theirs)
            if in_chairs >= chairs - self.places:
                begins = found.pop()[0] if found and found[-1][1] == start else start
                found.append((begins, end))
        return found
