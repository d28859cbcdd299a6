"""A unit's diary as a value: its calendar, its chairs and who is in them."""

from collections import ChainMap, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from scheduling.rules.calendar import Calendar
from scheduling.rules.capacity import Load, NurseRule, Stretch, nurse_load
from scheduling.rules.chairs import Chair, KeptBack, Taken
from scheduling.rules.course import Shape
from scheduling.rules.grid import Grid
from scheduling.rules.index import Choices, DayIndex

# What is taken on a day, by start and then chair; a day left out has nothing.
TakenByDay = Mapping[date, Sequence[Taken]]
NOBODY: frozenset[Hashable] = frozenset()
MOST_DAYS_OF_NOTICE = 70
# The day, who is left out of it, and the places that are kept back on it.
IndexKey = tuple[date, frozenset[Hashable], tuple[KeptBack, ...]]


@dataclass(frozen=True, kw_only=True)
class Diary:
    """All that a placement is judged against, as it stood at `now` (naive, Europe/London wall clock).

    Visits start on the grid: a multiple of `slot_minutes` after midnight. `by_day` makes `taken` from a list;
    any mapping will do, even one that reads a day only when it is asked for it. The courses and other
    infusions in `left_out` are ignored. Days before `now` are never offered. `kept_back` are places that are
    not for everybody yet. A family is given `notice_days` open days' notice. A person may let a visit end up
    to `may_overrun` minutes after the unit closes.

    Raises ValueError for an aware `now`, a grid of less than a minute, or a number below zero.
    """

    calendar: Calendar
    chairs: tuple[Chair, ...]
    nurse_rule: NurseRule
    now: datetime
    taken: TakenByDay = field(default_factory=dict)
    slot_minutes: int = 15
    left_out: frozenset[Hashable] = NOBODY
    kept_back: tuple[KeptBack, ...] = ()
    notice_days: int = 0
    may_overrun: int = 0
    grid: Grid = field(init=False, repr=False, compare=False)
    _chairs_by_id: dict[int, Chair] = field(init=False, repr=False, compare=False)
    _indexes: dict[IndexKey, DayIndex] = field(init=False, repr=False, compare=False)
    _choices: dict[Shape, dict[date, Choices]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.now.tzinfo is not None:
            raise ValueError("The diary's now is local time, without a time zone.")
        if self.slot_minutes < 1:
            raise ValueError("Visits must start on a grid of at least a minute.")
        if self.notice_days < 0 or self.may_overrun < 0:
            raise ValueError("Neither notice nor overrunning can be less than none.")
        chairs = {chair.id: chair for chair in self.chairs}
        object.__setattr__(self, "_chairs_by_id", chairs)
        object.__setattr__(self, "grid", Grid(self.chairs, self.slot_minutes))
        object.__setattr__(self, "_indexes", {})
        object.__setattr__(self, "_choices", {})

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def chair_ids(self) -> tuple[int, ...]:
        """The ids of the chairs, smallest first."""
        return self.grid.chairs

    def chair(self, chair_id: int) -> Chair | None:
        """The chair with that id, or None if the unit has no such chair."""
        return self._chairs_by_id.get(chair_id)

    def taken_on(self, day: date) -> tuple[Taken, ...]:
        """What is taken on `day`, by start and then chair."""
        return tuple(taken for taken in self.taken.get(day, ()) if taken.whose not in self.left_out)

    def children_on(self, day: date) -> tuple[Taken, ...]:
        """What children take on `day`: those on courses, and those with other infusions."""
        return tuple(taken for taken in self.taken_on(day) if taken.whose is not None)

    def care_on(self, day: date) -> Iterator[Stretch]:
        """What the children on `day` ask of the nurses."""
        for taken in self.children_on(day):
            yield from taken.care(self.nurse_rule)

    def taken_in(self, chair_id: int, day: date) -> list[Taken]:
        """What is taken in one chair on `day`, by start."""
        return [
            taken
            for taken in self.taken.get(day, ())
            if taken.chair == chair_id and taken.whose not in self.left_out
        ]

    def load_with(self, day: date, own: tuple[Stretch, ...]) -> tuple[Load, ...]:
        """The load of `day` with one child more, who asks for this care.

        Where that is what has been left out of the day, it is the load of the whole day, worked out once.
        """
        if self.left_out:
            whole = self._index_of(day, NOBODY, self._kept_of_index(day))
            if whole.care_of(self.left_out) == own:
                return whole.loads
        return nurse_load((*self.care_on(day), *own), self.nurse_rule)

    def kept_back_on(self, day: date) -> tuple[KeptBack, ...]:
        """The places that are still kept back on `day`."""
        return tuple(kept for kept in self.kept_back if kept.is_kept_on(day, self.today))

    @cached_property
    def first_with_notice(self) -> date:
        """The first day of which a family hears in time: `notice_days` open days from today.

        A unit that does not open so often within ten weeks gives no longer notice than that.
        """
        day, left = self.today, self.notice_days
        for _ in range(MOST_DAYS_OF_NOTICE):
            if left == 0:
                break
            day += timedelta(days=1)
            left -= self.calendar.is_open(day)
        return day

    def index_of(self, day: date) -> DayIndex:
        """What `day` has room for: worked out once, and shared with the diaries of `at` and `without`."""
        kept = self._kept_of_index(day)
        whole = self._index_of(day, NOBODY, kept)
        absent = self.left_out and self.left_out & whole.owners
        return self._index_of(day, absent, kept) if absent else whole

    def choices_of(self, shape: Shape) -> dict[date, Choices]:
        """The starts for such a visit by day, of the days that were asked for: for whoever asks to add to, so
        that of many courses one looks at a day and the others only look it up."""
        return self._choices.setdefault(shape, {})

    def without(self, course_id: Hashable | None) -> "Diary":
        """The diary without that course, or other infusion, for moving it; None changes nothing."""
        if course_id is None or course_id in self.left_out:
            return self
        copy = object.__new__(Diary)
        copy.__dict__.update(self.__dict__, left_out=self.left_out | {course_id}, _choices={})
        return copy

    def with_taken(self, rows: Iterable[Taken]) -> "Diary":
        """The diary as if these were taken too. What was worked out for other days serves it as well."""
        added = by_day(rows)
        days = {
            day: tuple(sorted((*self.taken.get(day, ()), *new), key=_in_order)) for day, new in added.items()
        }
        copy = replace(self, taken=ChainMap(days, self.taken))  # type: ignore[arg-type]
        kept = {key: index for key, index in self._indexes.items() if key[0] not in days}
        object.__setattr__(copy, "_indexes", kept)
        return copy

    def with_course_at(self, course_id: Hashable, rows: Iterable[Taken]) -> "Diary":
        """The diary as if the course had these rows, and no others. Other days are not worked out anew."""
        added = by_day(rows)
        days = set(added)
        days |= {day for day, found in self.taken.items() if any(row.whose == course_id for row in found)}
        others = {
            day: tuple(row for row in self.taken.get(day, ()) if row.whose != course_id) for day in days
        }
        taken = {
            day: tuple(sorted((*found, *added.get(day, ())), key=_in_order)) for day, found in others.items()
        }
        copy = replace(self, taken={**self.taken, **taken})
        kept = {key: index for key, index in self._indexes.items() if key[0] not in days}
        object.__setattr__(copy, "_indexes", kept)
        return copy

    def at(self, now: datetime) -> "Diary":
        """The diary at another moment. What was worked out serves it as well."""
        copy = replace(self, now=now)
        object.__setattr__(copy, "_indexes", self._indexes)
        if copy.today == self.today or not self.kept_back:
            object.__setattr__(copy, "_choices", self._choices)
        return copy

    def _kept_of_index(self, day: date) -> tuple[KeptBack, ...]:
        return self.kept_back_on(day) if self.kept_back else ()

    def _index_of(self, day: date, absent: frozenset[Hashable], kept: tuple[KeptBack, ...]) -> DayIndex:
        if (found := self._indexes.get((day, absent, kept))) is None:
            taken = [row for row in self.taken.get(day, ()) if row.whose not in absent]
            hours = self.calendar.hours_on(day)
            found = DayIndex(day, hours, taken, self.nurse_rule, self.grid, kept)
            self._indexes[day, absent, kept] = found
        return found


def by_day(rows: Iterable[Taken]) -> TakenByDay:
    """The `taken` of a diary, from rows in any order."""
    days = defaultdict(list)
    for row in rows:
        days[row.day].append(row)
    return {day: tuple(sorted(found, key=_in_order)) for day, found in days.items()}


def _in_order(taken: Taken) -> tuple[int, int]:
    return taken.start, taken.chair
