"""The best placements of two or three courses that share their days: siblings, or friends.

Where the courses have different numbers of days, the shorter lies within the longer. Starts come out
staggered by themselves, because each child that is placed counts for the nurses when the next one is.
"""

from bisect import insort
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, permutations, product

from scheduling.rules.calendar import MINUTES_A_DAY, days_in_a_row
from scheduling.rules.course import CourseRequest, Placement, Visit, taken_by
from scheduling.rules.diary import Diary
from scheduling.rules.offers import price
from scheduling.rules.pairs import with_visits
from scheduling.rules.pricing import DEFAULT_WEIGHTS, Factor, Offer, Weights
from scheduling.rules.search import Places, Search
from scheduling.rules.window import search_window

MOST_TOGETHER = 3
# The visits of each course, in the order of the requests.
Visits = tuple[tuple[Visit, ...], ...]
# Cost, how far apart the chairs are, first day, then start and chair of each visit.
SharedRank = tuple[int, int, date, tuple[tuple[int, int], ...]]


@dataclass(frozen=True, slots=True)
class SharedOffer:
    """A placement for each course, on shared days, in the order of the requests.

    cost: what the offers cost together. If some courses have a target date, the days count for them alone.
    """

    offers: tuple[Offer, ...]
    cost: int

    @property
    def visits(self) -> Visits:
        return tuple(offer.placement.visits for offer in self.offers)


def find_shared_offers(
    requests: Sequence[CourseRequest], diary: Diary, limit: int = 10, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[SharedOffer, ...]:
    """The best shared offer for each run of days, and of those the best `limit`, best first.

    An offer is found for a run if there is any; the rules are asked of each child with the others in the
    diary. It need not be the cheapest that there is: the children are placed one after another in each order,
    each at its best, and the cheapest order wins. Chairs that are near each other are preferred among equals.
    Ties always fall the same way. Raises ValueError for fewer than two or more than three requests.
    """
    if not 2 <= len(requests) <= MOST_TOGETHER:
        raise ValueError("Two or three courses can share their days.")
    together = _Together(requests, diary, weights)
    best: list[tuple[SharedRank, SharedOffer]] = []
    for at_least, first_days in together.runs():
        if len(best) >= limit and (not best or at_least > best[-1][0][0]):
            break
        if found := together.best_from(first_days):
            insort(best, found, key=lambda ranked: ranked[0])
            del best[limit:]
    return tuple(offer for _, offer in best)


def days_are_shared(days: Sequence[Sequence[date]]) -> bool:
    """Whether courses on these days share them: those of each lie within those of the longest."""
    sets = list(map(frozenset, days))
    longest = max(sets, key=len, default=frozenset())
    return all(each <= longest for each in sets)


class _Together:
    def __init__(self, requests: Sequence[CourseRequest], diary: Diary, weights: Weights) -> None:
        self.requests = tuple(requests)
        self.weights = weights
        for request in requests:
            diary = diary.without(request.course_id)
        self.diary = diary
        has_target = [request.target is not None for request in requests]
        self.days_count = has_target if any(has_target) else [True] * len(has_target)
        self.alone = [Search(request, diary, weights) for request in requests]
        self._joint: dict[Hashable, Places | None] = {}

    def runs(self) -> list[tuple[int, tuple[date, ...]]]:
        """The first days of each course for every run of days to try, by what the days alone cost."""
        longest = max(range(len(self.requests)), key=lambda n: self.requests[n].days)
        windows = [frozenset(search_window(request, self.diary)) for request in self.requests]
        shifts = [
            range(self.requests[longest].days - request.days + 1) if n != longest else range(1)
            for n, request in enumerate(self.requests)
        ]
        found = []
        for day in windows[longest]:
            for shift in product(*shifts):
                first_days = tuple(day + timedelta(days=n) for n in shift)
                if all(first in window for first, window in zip(first_days, windows, strict=True)):
                    found.append((self._cost_of(first_days), first_days))
        return sorted(found)

    def _cost_of(self, first_days: tuple[date, ...]) -> int:
        found = zip(self.alone, first_days, self.days_count, strict=True)
        return sum(search.pricing.cost_of_first_day(first) for search, first, counts in found if counts)

    def best_from(self, first_days: tuple[date, ...]) -> tuple[SharedRank, SharedOffer] | None:
        """The best shared offer with these first days; None if the rules allow none."""
        if not all(s.best_from(first) for s, first in zip(self.alone, first_days, strict=True)):
            return None
        if not (some_way := self._day_by_day(first_days)):
            return None
        orders = permutations(range(len(self.requests)))
        placed = [visits for order in orders for visits in self._in_turn(first_days, order)] or [some_way]
        return min(map(self._ranked, dict.fromkeys(placed)), key=lambda ranked: ranked[0])

    def _in_turn(self, first_days: Sequence[date], order: Sequence[int]) -> Iterator[Visits]:
        """Each course at its best beside those before it: once for each chair that is as good for the first.

        Nothing where one finds no place beside the others.
        """
        for first in self._as_good(
            Search(self.requests[order[0]], self.diary, self.weights), first_days[order[0]]
        ):
            diary, placed = self.diary, {order[0]: first}
            for n, before in zip(order[1:], order, strict=False):
                diary = with_visits(diary, placed[before], ("together", before), self.requests[before])
                beside = [visit for visits in placed.values() for visit in visits]
                equals = self._as_good(Search(self.requests[n], diary, self.weights), first_days[n])
                if not equals:
                    break
                placed[n] = min(equals, key=lambda visits: self._apart([*visits, *beside]))
            else:
                yield tuple(placed[n] for n in range(len(order)))

    def _as_good(self, search: Search, first_day: date) -> list[tuple[Visit, ...]]:
        """The best placement, and those in each one chair that cost no more; the best-ranked first."""
        if not (best := search.best_from(first_day)):
            return []
        (least, *_), visits = best
        grid = self.diary.grid
        anywhere = grid.rows(range(0, MINUTES_A_DAY, grid.slot_minutes))
        days = days_in_a_row(first_day, search.request.days)
        in_one_chair = [
            search.best_from(first_day, dict.fromkeys(days, grid.in_chair(anywhere, chair)))
            for chair in grid.chairs
        ]
        return list(
            dict.fromkeys([visits, *(each[1] for each in in_one_chair if each and each[0][0] <= least)])
        )

    def _apart(self, visits: Sequence[Visit]) -> int:
        """How many chairs away the children of one day are from each other, over all days."""
        lanes = self.diary.grid.chairs
        return sum(
            abs(lanes.index(one.chair) - lanes.index(other.chair))
            for one, other in combinations(visits, 2)
            if one.day == other.day
        )

    def _day_by_day(self, first_days: Sequence[date]) -> Visits | None:
        """Some placement, each day settled for all children at once; None if there is none at all.

        No rule looks at two days at once but for their being in a row, so the days can be settled one by one.
        """
        placed = [list[Visit]() for _ in self.requests]
        for day in sorted({day for n in range(len(first_days)) for day in self._days(n, first_days)}):
            who = tuple(n for n in range(len(first_days)) if day in self._days(n, first_days))
            if not (places := self._places_on(day, who)):
                return None
            for n, (start, chair) in zip(who, places, strict=True):
                placed[n].append(Visit(day, chair, start, self.requests[n].length))
        return tuple(map(tuple, placed))

    def _days(self, n: int, first_days: Sequence[date]) -> tuple[date, ...]:
        return days_in_a_row(first_days[n], self.requests[n].days)

    def _places_on(self, day: date, who: tuple[int, ...]) -> Places | None:
        """A place on a day for each of these courses, worked out once for days that are alike."""
        taken = (
            (t.chair, t.start, t.end, t.course is None, t.other is None, t.phases)
            for t in self.diary.taken_on(day)
        )
        hours, kept = self.diary.calendar.hours_on(day), self.diary.kept_back_on(day)
        key = who, hours, kept, tuple(taken), tuple(self.alone[n].choices(day) for n in who)
        if key not in self._joint:
            self._joint[key] = self._find_places(day, who, self.diary)
        return self._joint[key]

    def _find_places(self, day: date, who: Sequence[int], diary: Diary) -> Places | None:
        """A place on a day for each of these courses; None if there is no such choice."""
        if not who:
            return ()
        n, *others = who
        request = self.requests[n]
        for visit in self._visits_on(day, request, diary):
            row = taken_by(visit, ("together", n), request, diary.nurse_rule)
            rest = self._find_places(day, others, diary.with_taken([row]))
            if rest is not None:
                return (visit.start, visit.chair), *rest
        return None

    def _visits_on(self, day: date, request: CourseRequest, diary: Diary) -> Iterator[Visit]:
        """Every visit that the rules allow on a day, once for chairs that are alike on it."""
        grid, search = diary.grid, Search(request, diary, self.weights)
        starts = 0
        for _, group in search.choices(day):
            starts |= group
        taken = diary.taken_on(day)
        like: dict[int, object] = {}
        for chair in grid.chairs:
            kind = chair_of.kinds if (chair_of := diary.chair(chair)) else frozenset()
            like[chair] = (kind, tuple((t.start, t.end) for t in taken if t.chair == chair))
        for time in grid.times(starts):
            seen = set()
            for chair in grid.chairs:
                if like[chair] not in seen and grid.in_chair(starts & grid.rows([time]), chair):
                    seen.add(like[chair])
                    yield Visit(day, chair, time, request.length)

    def _ranked(self, placed: Visits) -> tuple[SharedRank, SharedOffer]:
        offers = []
        for n, (request, visits) in enumerate(zip(self.requests, placed, strict=True)):
            diary = self.diary
            for other, beside in enumerate(placed):
                if other != n:
                    diary = with_visits(diary, beside, ("together", other), self.requests[other])
            offers.append(price(Placement(request, visits), diary, self.weights))
        cost = sum(
            term.cost
            for offer, counts in zip(offers, self.days_count, strict=True)
            for term in offer.terms
            if counts or term.name != Factor.TARGET
        )
        everyone = [visit for visits in placed for visit in visits]
        first_day = min(visit.day for visit in everyone)
        places = tuple((visit.start, visit.chair) for visit in everyone)
        return (cost, self._apart(everyone), first_day, places), SharedOffer(tuple(offers), cost)
