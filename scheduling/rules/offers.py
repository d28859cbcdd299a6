"""The best placement of each run of days, best first."""

from collections.abc import Callable, Hashable, Iterator
from datetime import date
from itertools import product

from scheduling.rules.course import CourseRequest, Placement, Visit
from scheduling.rules.diary import Diary
from scheduling.rules.free_days import FreeDays
from scheduling.rules.pricing import DEFAULT_WEIGHTS, Offer, Pricing, Weights, all_same
from scheduling.rules.search import Run, allowed_runs


def find_offers(
    request: CourseRequest, diary: Diary, limit: int = 10, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[Offer, ...]:
    """The best placement for each first day in the search window, and of those the best `limit`, best first.

    Ranked by cost, then first day, then start and chair of each visit, so that ties always fall the same way.
    """
    pricing = Pricing(request, diary, weights)
    best = (min(_candidates(run, pricing), key=_rank) for run in allowed_runs(request, diary))
    return tuple(sorted(best, key=_rank)[:limit])


def other_starts(
    request: CourseRequest, diary: Diary, first_day: date, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[Offer, ...]:
    """For the run of days from `first_day`, the best placement at each start its days share, earliest first.

    If the days share no start, the best placement; if no placement is allowed, nothing.
    """
    pricing = Pricing(request, diary, weights)
    offers = [
        offer for run in allowed_runs(request, diary, [first_day]) for offer in _candidates(run, pricing)
    ]
    offers.sort(key=_rank)
    best: dict[int, Offer] = {}
    for offer in offers:
        if all_same(visit.start for visit in offer.placement.visits):
            best.setdefault(offer.placement.visits[0].start, offer)
    return tuple(best[start] for start in sorted(best)) or tuple(offers[:1])


def price(placement: Placement, diary: Diary, weights: Weights = DEFAULT_WEIGHTS) -> Offer:
    """A placement without objection as an offer, however good or bad."""
    return Pricing(placement.request, diary, weights).offer(placement.visits)


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


def _split(visits: tuple[Visit, ...], free_days: FreeDays) -> list[tuple[Visit, ...]]:
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


def _rank(offer: Offer) -> tuple[int, date, tuple[tuple[int, int], ...]]:
    return offer.rank
