"""The coming weeks of a unit, day by day, with the booked courses that no longer fit."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import prefetch_related_objects
from django.utils import timezone

from crmo_clinic.nhsuk.wording import capitalised, clock_range
from scheduling.models import Unit
from scheduling.rules import Closure, Diary, OpeningHours
from scheduling.unit.diary_rows import diary_for_search
from scheduling.unit.misfits import Misfit, find_bare

WEEKS = 8
A_DAY, A_WEEK = timedelta(days=1), timedelta(weeks=1)


@dataclass(frozen=True)
class Day:
    """One day of a unit, as the preview of the coming weeks shows it."""

    day: date
    diary: Diary
    misfits: tuple[Misfit, ...]

    @property
    def hours(self) -> OpeningHours | None:
        """The opening hours with the number of nurses actually on; None if the unit is closed."""
        return self.diary.calendar.hours_on(self.day)

    @property
    def why_closed(self) -> str:
        return capitalised(self.diary.calendar.why_closed(self.day) or "")

    @property
    def usual(self) -> OpeningHours | None:
        """The usual hours of such a day, with the usual nurses; None on a weekday that is never open."""
        return self.diary.calendar.usual_hours(self.day)

    @property
    def has_other_nurses(self) -> bool:
        """Whether its nurses differ from the usual ones at any time."""
        hours, usual = self.hours, self.usual
        return bool(hours and usual) and (hours.nurses, hours.shifts) != (usual.nurses, usual.shifts)

    @property
    def parts_closed(self) -> tuple[Closure, ...]:
        """The closures of a part of the day."""
        return self.diary.calendar.parts_closed(self.day) if self.hours else ()

    @property
    def visits(self) -> int:
        return sum(taken.course is not None for taken in self.diary.children_on(self.day))

    @cached_property
    def taken_otherwise(self) -> list[str]:
        """`Chair 2, 9am to 1pm: repair`, for each chair taken by something other than a visit."""
        return [
            f"{self._chair_name(taken.chair)}, {clock_range(taken.start, taken.end)}: {taken.label}"
            for taken in self.diary.taken_on(self.day)
            if taken.course is None
        ]

    @property
    def is_worth_a_row(self) -> bool:
        """False for weekdays on which the unit is never open, unless something is booked on them."""
        return self.usual is not None or bool(self.diary.taken_on(self.day))

    def _chair_name(self, chair_id: int) -> str:
        chair = self.diary.chair(chair_id)
        return chair.name if chair else "A chair out of use"


def load_coming_weeks(unit: Unit, now: datetime) -> list[tuple[date, list[Day]]]:
    """The rest of this week and the next eight weeks: the Monday of each, and its days. unit: as read just
    now. Five queries while its diary has not changed."""
    today, last = _weeks_shown(now)
    diary = diary_for_search(unit, now, is_fresh=True)
    misfits = defaultdict(list)
    found = find_bare(unit, diary, today, last)
    prefetch_related_objects([misfit.course for misfit in found], "patient")
    for misfit in found:
        misfits[misfit.day].append(misfit)
    weeks = defaultdict(list)
    for day in (today + n * A_DAY for n in range((last - today).days + 1)):
        row = Day(day, diary, tuple(misfits[day]))
        if row.is_worth_a_row:
            weeks[day - day.weekday() * A_DAY].append(row)
    return list(weeks.items())


def count_misfits(unit: Unit, now: datetime) -> int:
    """How many booked courses no longer fit in the weeks that `load_coming_weeks` shows; asked likewise."""
    today, last = _weeks_shown(now)
    diary = diary_for_search(unit, now, is_fresh=True)
    return len({misfit.course for misfit in find_bare(unit, diary, today, last)})


def _weeks_shown(now: datetime) -> tuple[date, date]:
    """Today, and the last day of the eighth whole week from now."""
    today = timezone.localdate(now)
    return today, today - today.weekday() * A_DAY + (WEEKS + 1) * A_WEEK - A_DAY
