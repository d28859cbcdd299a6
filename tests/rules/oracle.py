"""The plain search: every placement tried, every rule asked. The fast search must find the same.

Slow and short, it is the meaning of `find_offers` and `other_starts`. Nothing here knows of bits: days are
looked at minute by minute, visit by visit, with the rules of `objections`.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import product

from scheduling.rules import CourseRequest, Diary, Offer, Placement, Visit, Weights, search_window
from scheduling.rules.calendar import days_in_a_row
from scheduling.rules.objections import CHAIR_RULES, COURSE_RULES, DAY_RULES, TIME_RULES, Rule, VisitRule
from scheduling.rules.pricing import DEFAULT_WEIGHTS, Pricing, all_same

ONE_DAY = timedelta(days=1)

# For each day of a course, the visits to choose from.
Run = tuple[tuple[Visit, ...], ...]


def placements(
    request: CourseRequest, diary: Diary, first_days: Iterable[date] | None = None
) -> Iterator[Placement]:
    """Every placement on the grid without objection, by first day, then by start and chair of each visit.

    `first_days` narrows or widens the search; left out, it is the search window.
    """
    for run in allowed_runs(request, diary, first_days):
        for visits in product(*run):
            yield Placement(request, visits)


def allowed_runs(
    request: CourseRequest, diary: Diary, first_days: Iterable[date] | None = None
) -> Iterator[Run]:
    """For each run of days that can take the course, the visits to choose from, day by day."""
    diary = diary.without(request.course_id)
    visits_on = cache(lambda day: tuple(_allowed_visits(request, diary, day)))
    for first_day in search_window(request, diary) if first_days is None else first_days:
        days = days_in_a_row(first_day, request.days)
        if all(visits_on(day) for day in days):
            run = tuple(visits_on(day) for day in days)
            # The rules about the course look at its days only: any one placement speaks for the run.
            anyone = Placement(request, tuple(visits[0] for visits in run))
            if not any(rule(anyone, diary) for rule in COURSE_RULES.values()):
                yield run


def _allowed_visits(request: CourseRequest, diary: Diary, day: date) -> Iterator[Visit]:
    """The visits on `day` to which no rule objects, by start and then chair.

    A day's rules do not look at the time, nor a time's rules at the chair, so any visit speaks for them.
    """
    hours = diary.calendar.hours_on(day)
    if hours is None:
        return

    def allow(rules: Mapping[Rule, VisitRule], visit: Visit) -> bool:
        return not any(rule(request, visit, diary) for rule in rules.values())

    by_start = [
        [Visit(day, chair, start, request.length) for chair in diary.chair_ids]
        for start in hours.starts_for(request.length, diary.slot_minutes)
    ]
    if not by_start or not diary.chair_ids or not allow(DAY_RULES, by_start[0][0]):
        return
    for visits in by_start:
        if allow(TIME_RULES, visits[0]):
            yield from (visit for visit in visits if allow(CHAIR_RULES, visit))


def free_runs(diary: Diary, day: date, chair_id: int) -> tuple[tuple[int, int], ...]:
    """The stretches, start and end, in which a chair is free while the unit is open."""
    hours = diary.calendar.hours_on(day)
    if hours is None:
        return ()
    runs = []
    free_from = hours.opens
    for taken in diary.taken_on(day):
        if taken.chair == chair_id:
            runs.append((free_from, min(taken.start, hours.closes)))
            free_from = max(free_from, taken.end)
    runs.append((free_from, hours.closes))
    return tuple((start, end) for start, end in runs if start < end)


class PlainFreeDays:
    """The days of a diary seen from a visit that needs its chair for `minutes`, `begins` after its start.

    A day has a place while some chair is free for that long within opening hours; nurses and the grid are
    left aside, and a day before today has none. A day is single if it has a place and neither the calendar
    day before it nor the one after it has.
    """

    def __init__(self, diary: Diary, minutes: int, begins: int) -> None:
        self.diary = diary
        self.minutes = minutes
        self.begins = begins
        self._chairs_with_a_place = cache(self._find_chairs_with_a_place)

    def has_place(self, day: date) -> bool:
        return bool(self._chairs_with_a_place(day))

    def has_place_beside(self, visit: Visit) -> bool:
        """Whether the visit's day would still have a place once the visit is in the diary."""
        chairs = self._chairs_with_a_place(visit.day)
        if chairs != {visit.chair}:
            return bool(chairs)
        begins = visit.start + self.begins
        ends = begins + self.minutes
        return any(
            self._long_enough(start, min(end, begins)) or self._long_enough(max(start, ends), end)
            for start, end in free_runs(self.diary, visit.day, visit.chair)
        )

    def stranded_by(self, days: Sequence[date], still_free: Sequence[bool]) -> tuple[date, ...]:
        """The days that a course on `days`, in a row, makes single; `still_free` says which keep a place."""
        after = dict(zip(days, still_free, strict=True))
        nearby = (days[0] - ONE_DAY, *days, days[-1] + ONE_DAY)
        return tuple(day for day in nearby if self._is_single(day, after) and not self._is_single(day, {}))

    def _is_single(self, day: date, after: dict[date, bool]) -> bool:
        before_it, itself, after_it = (
            after.get(near, self.has_place(near)) for near in (day - ONE_DAY, day, day + ONE_DAY)
        )
        return itself and not before_it and not after_it

    def _find_chairs_with_a_place(self, day: date) -> frozenset[int]:
        if day < self.diary.today:
            return frozenset()
        return frozenset(
            chair
            for chair in self.diary.chair_ids
            if any(self._long_enough(start, end) for start, end in free_runs(self.diary, day, chair))
        )

    def _long_enough(self, start: int, end: int) -> bool:
        return end - start >= self.minutes


class PlainPricing(Pricing):
    """The ordinary prices and words, over days looked at minute by minute."""

    def __init__(self, request: CourseRequest, diary: Diary, weights: Weights = DEFAULT_WEIGHTS) -> None:
        super().__init__(request, diary, weights)
        phases = request.phases(diary.nurse_rule)
        in_chair = [n for n, phase in enumerate(phases) if phase.in_chair]
        first, last = in_chair[0], in_chair[-1]
        minutes = sum(phase.minutes for phase in phases[first : last + 1])
        self.free_days = PlainFreeDays(self.diary, minutes, sum(phase.minutes for phase in phases[:first]))

    def cost_of_school(self, days: Sequence[date]) -> int:
        """Every school day of every term, one by one."""
        school = self.request.school
        if school is None:
            return 0
        in_term = {
            first + timedelta(days=n) for first, last in school.terms for n in range((last - first).days + 1)
        }
        missed = [day for day in days if day in in_term and day.weekday() < 5 and day not in school.days_off]
        return self.weights.school_day * len(missed)


def rank_of(offer: Offer):
    return offer.rank


def plain_offers(
    request: CourseRequest, diary: Diary, limit: int = 10, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[Offer, ...]:
    """The best placement for each first day in the search window, and of those the best `limit`, best first.

    Ranked by cost, then first day, then start and chair of each visit, so that ties always fall the same way.
    """
    pricing = PlainPricing(request, diary, weights)
    best = (min(_candidates(run, pricing), key=rank_of) for run in allowed_runs(request, diary))
    return tuple(sorted(best, key=rank_of)[:limit])


def plain_starts(
    request: CourseRequest, diary: Diary, first_day: date, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[Offer, ...]:
    """For the run of days from `first_day`, the best placement at each start its days share, earliest first.

    If the days share no start, the best placement; if no placement is allowed, nothing.
    """
    pricing = PlainPricing(request, diary, weights)
    offers = [
        offer for run in allowed_runs(request, diary, [first_day]) for offer in _candidates(run, pricing)
    ]
    offers.sort(key=rank_of)
    best: dict[int, Offer] = {}
    for offer in offers:
        if all_same(visit.start for visit in offer.placement.visits):
            best.setdefault(offer.placement.visits[0].start, offer)
    return tuple(best[start] for start in sorted(best)) or tuple(offers[:1])


def _candidates(run: Run, pricing: Pricing) -> Iterator[Offer]:
    """A few placements of a run among which are its best, and its best for each common start.

    Given the run, a placement's cost depends only on (1) whether its chairs are the same, (2) whether its
    starts are, (3) for each day, whether it keeps a place, and (4) the starts, an earlier one never costing
    more. Split each day's visits by (3); then take as one family the placements with a given chair and start
    on all days, with a given start, with a given chair, and with any. Within a family (3) is settled, and
    (1) and (2) are as promised or better, which never costs more; what is left is (4), and there each day
    decides for itself. So no placement in the family that keeps only to the promise ranks before the one
    that takes each day's first visit, by start and then chair. The best placement is in the family that
    promises exactly what it has, and is therefore that family's candidate.
    """
    for choices in product(*(_split(visits, pricing.free_days) for visits in run)):
        for trait in SHARED_TRAITS:
            firsts = [_first_of_each(trait, visits) for visits in choices]
            for shared in firsts[0]:
                if all(shared in first for first in firsts):
                    yield pricing.offer(tuple(first[shared] for first in firsts))


SHARED_TRAITS: tuple[Callable[[Visit], Hashable], ...] = (
    lambda visit: (visit.start, visit.chair),
    lambda visit: visit.start,
    lambda visit: visit.chair,
    lambda visit: None,
)


def _split(visits: tuple[Visit, ...], free_days: PlainFreeDays) -> list[tuple[Visit, ...]]:
    """The visits that leave their day a place, and those that do not; only groups that have any."""
    groups: dict[bool, list[Visit]] = {}
    for visit in visits:
        groups.setdefault(free_days.has_place_beside(visit), []).append(visit)
    return [tuple(group) for group in groups.values()]


def _first_of_each(trait: Callable[[Visit], Hashable], visits: tuple[Visit, ...]) -> dict[Hashable, Visit]:
    """For each value of the trait the first visit that has it; visits come by start and then chair."""
    first: dict[Hashable, Visit] = {}
    for visit in visits:
        first.setdefault(trait(visit), visit)
    return first
