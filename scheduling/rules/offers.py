"""The best placement of each run of days, best first."""

from bisect import insort
from dataclasses import replace
from datetime import date, timedelta

from crmo_clinic.nhsuk.wording import quantity
from scheduling.rules.calendar import days_in_a_row
from scheduling.rules.course import CourseRequest, Placement, Visit
from scheduling.rules.diary import Diary
from scheduling.rules.pricing import DEFAULT_WEIGHTS, Factor, Offer, Pricing, Rank, Term, Weights
from scheduling.rules.search import Search
from scheduling.rules.window import search_window


def find_offers(
    request: CourseRequest, diary: Diary, limit: int = 10, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[Offer, ...]:
    """The best placement for each first day in the search window, and of those the best `limit`, best first.

    Ranked by cost, then first day, then start and chair of each visit, so that ties always fall the same way.
    First days are tried in the order of what the day alone costs, until no later one can be among the best.
    """
    search = Search(request, diary, weights)
    cost_of = search.pricing.cost_of_first_day
    best: list[tuple[Rank, tuple[Visit, ...]]] = []
    for at_least, first_day in sorted((cost_of(day), day) for day in search_window(request, diary)):
        if len(best) >= limit and (not best or at_least > best[-1][0][0]):
            break
        if found := search.best_from(first_day):
            insort(best, found)
            del best[limit:]
    return tuple(search.pricing.offer(visits) for _, visits in best)


def offers_at_short_notice(
    request: CourseRequest, diary: Diary, limit: int = 10, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[Offer, ...]:
    """The same for the first days of which the family would not hear in time; each offer says so.

    They are never among those of `find_offers`, and `objections` objects to them until somebody allows it.
    """
    if request.at_short_notice or not diary.notice_days:
        return ()
    last = diary.first_with_notice - timedelta(days=1)
    latest = min(last, request.latest or last)
    if max(request.earliest or diary.today, diary.today) > latest:
        return ()
    sooner = replace(request, at_short_notice=True, latest=latest)
    days = quantity(diary.notice_days, "working day")
    term = Term(Factor.NOTICE, 0, f"Less than {days}’ notice" if diary.notice_days > 1 else "No day’s notice")
    return tuple(
        Offer(Placement(request, offer.placement.visits), (*offer.terms, term))
        for offer in find_offers(sooner, diary, limit, weights)
    )


def other_starts(
    request: CourseRequest, diary: Diary, first_day: date, weights: Weights = DEFAULT_WEIGHTS
) -> tuple[Offer, ...]:
    """For the run of days from `first_day`, the best placement at each start its days share, earliest first.

    If the days share no start, the best placement; if no placement is allowed, nothing.
    """
    search = Search(request, diary, weights)
    days = days_in_a_row(first_day, request.days)
    found = [
        search.best_from(first_day, dict.fromkeys(days, diary.grid.rows([time])))
        for time in search.shared_times(first_day)
    ]
    found = found or [search.best_from(first_day)]
    return tuple(search.pricing.offer(best[1]) for best in found if best)


def price(placement: Placement, diary: Diary, weights: Weights = DEFAULT_WEIGHTS) -> Offer:
    """The offer for a placement without objections, whatever it costs."""
    return Pricing(placement.request, diary, weights).offer(placement.visits)
