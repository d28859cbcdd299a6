"""The best placement of a run of days, found among sets of starts without pricing them one by one.

No rule looks at two visits at once, except that their days be in a row: so the starts allowed on a day are
found once, as bits (see `index`), and serve every run the day is in.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from itertools import product
from operator import and_
from types import MappingProxyType

from scheduling.rules.calendar import days_in_a_row
from scheduling.rules.course import CourseRequest, Placement, Visit
from scheduling.rules.diary import Diary
from scheduling.rules.index import Choices
from scheduling.rules.objections import COURSE_RULES, DAY_RULES
from scheduling.rules.pricing import DEFAULT_WEIGHTS, Pricing, Rank, Weights, rank

ONE_DAY = timedelta(days=1)
# For each day of a run, the start of its visit in minutes and its chair.
Places = tuple[tuple[int, int], ...]


class Search:
    """Looks for places for one course in one diary, and keeps what it found about each day."""

    def __init__(self, request: CourseRequest, diary: Diary, weights: Weights = DEFAULT_WEIGHTS) -> None:
        self.request = request
        self.diary = diary.without(request.course_id)
        self.pricing = Pricing(request, diary, weights)
        self._grid = diary.grid
        self.shape = request.shape(diary.nurse_rule)
        self._today = diary.today
        self._choices: dict[date, Choices] = {}
        self._of_anyone = self.diary.choices_of(self.shape)

    def choices(self, day: date) -> Choices:
        """The starts on a day that no rule forbids this course; empty if there are none."""
        if (found := self._choices.get(day)) is None:
            found = self._choices[day] = self._find_choices(day)
        return found

    def may_start_on(self, first_day: date) -> bool:
        """Whether each day of the run from `first_day` has some start for such visits, whoever asks."""
        if not self._choices_of_anyone(first_day):
            return False
        return all(self._choices_of_anyone(first_day + n * ONE_DAY) for n in range(1, self.request.days))

    def best_from(
        self, first_day: date, only: Mapping[date, int] = MappingProxyType({})
    ) -> tuple[Rank, tuple[Visit, ...]] | None:
        """The best placement on the run of days from `first_day` and its rank; None if the rules allow none.

        only: the starts, as bits, that may be used on a day; any on a day left out.
        """
        choices: list[Choices] = []
        day = first_day
        while len(choices) < self.request.days:
            if not (found := self.choices(day)):
                return None
            choices.append(found)
            day += ONE_DAY
        days = days_in_a_row(first_day, self.request.days)
        if not self.diary.calendar.run(days).is_whole or self.outside_window(days):
            return None
        allowed = [only.get(day, -1) for day in days]
        best = None
        for combination in product(*choices):
            starts = [group & bits for (_, group), bits in zip(combination, allowed, strict=True)]
            if all(starts):
                visits = self._visits(days, self._best_places(starts))
                ranked = rank(self.pricing.cost(visits, [keeps for keeps, _ in combination]), visits), visits
                best = min(best or ranked, ranked)
        return best

    def shared_times(self, first_day: date) -> list[int]:
        """The times, earliest first, at which every day of the run has some start."""
        days = days_in_a_row(first_day, self.request.days)
        a_day = [
            {time for _, starts in self.choices(day) for time in self._grid.times(starts)} for day in days
        ]
        return sorted(set.intersection(*a_day))

    def earliest_time(self, day: date) -> int:
        """The first minute of a day at which the course may start: neither past nor before the family can."""
        passed = _minutes_until(self.diary.now) if day == self._today else 0
        return max(self.request.earliest_start(day), passed)

    def outside_window(self, days: Sequence[date]) -> str | None:
        """What the clinician's dates say against a run of days, as a sentence; None if nothing."""
        anyone = Placement(self.request, tuple(Visit(day, 0, 0, self.request.length) for day in days))
        return next(filter(None, (rule(anyone, self.diary) for rule in COURSE_RULES.values())), None)

    def _find_choices(self, day: date) -> Choices:
        choices = self._choices_of_anyone(day)
        if not choices or day < self._today:
            return ()
        # Rules about a day look at nothing else of a visit, so any visit will do.
        anyone = Visit(day, 0, 0, self.request.length)
        if any(rule(self.request, anyone, self.diary) for rule in DAY_RULES.values()):
            return ()
        if earliest := self.earliest_time(day):
            clipped = [(keeps, self._grid.from_time(starts, earliest)) for keeps, starts in choices]
            choices = tuple((keeps, starts) for keeps, starts in clipped if starts)
        return choices

    def _choices_of_anyone(self, day: date) -> Choices:
        if (found := self._of_anyone.get(day)) is None:
            found = self._of_anyone[day] = self.diary.index_of(day).choices(self.shape)
        return found

    def _best_places(self, starts: Sequence[int]) -> Places:
        """The best places that use one of the `starts` given for each day.

        Which days keep a place is already settled by the sets. So the cost depends only on (1) whether all
        chairs are the same, (2) whether all starts are the same, and (3) the starts: an earlier one never
        costs more. By (1) and (2) there are four kinds of placement. Take all placements that share what a
        kind asks for. The first of them by start and then chair costs no more than the others and ranks
        before them; if it happens to share more, it only costs less. So the best of these firsts, one for
        each kind (and chair), is the best of all. A kind is skipped if it could not win even with the
        earliest start on every day.
        """
        earliest = tuple(map(self._grid.first, starts))
        least = self.pricing.cost_of_finish([start for start, _ in earliest])
        chair, start = self.pricing.weights.different_chair, self.pricing.weights.different_start
        best = self._cost_of(earliest), earliest
        for penalty, firsts in (
            (0, self._in_one_chair_at_one_time),
            (chair, self._at_one_time),
            (start, self._in_one_chair),
        ):
            if penalty + least <= best[0]:
                best = min([best, *((self._cost_of(places), places) for places in firsts(starts))])
        return best[1]

    def _in_one_chair_at_one_time(self, starts: Sequence[int]) -> Iterator[Places]:
        if common := reduce(and_, starts):
            yield (self._grid.first(common),) * len(starts)

    def _at_one_time(self, starts: Sequence[int]) -> Iterator[Places]:
        if common := reduce(and_, map(self._grid.in_any_chair, starts)):
            time, _ = self._grid.first(common)
            yield tuple(self._grid.first(self._grid.from_time(group, time)) for group in starts)

    def _in_one_chair(self, starts: Sequence[int]) -> Iterator[Places]:
        common = reduce(and_, map(self._grid.at_any_time, starts))
        while common:
            _, chair = self._grid.first(common)
            yield tuple(self._grid.first(self._grid.in_chair(group, chair)) for group in starts)
            common &= common - 1

    def _cost_of(self, places: Places) -> int:
        """The part of the cost that does not follow from the days and the sets."""
        starts, chairs = [start for start, _ in places], [chair for _, chair in places]
        pricing = self.pricing
        return (
            pricing.cost_of_chairs(chairs) + pricing.cost_of_starts(starts) + pricing.cost_of_finish(starts)
        )

    def _visits(self, days: Sequence[date], places: Places) -> tuple[Visit, ...]:
        length = self.request.length
        return tuple(
            Visit(day, chair, start, length) for day, (start, chair) in zip(days, places, strict=True)
        )


def _minutes_until(now: datetime) -> int:
    """The first whole minute of the day that has not begun before `now`."""
    return now.hour * 60 + now.minute + bool(now.second or now.microsecond)
