"""From places to chairs, and then the wishes: the same start, the same chair, an early finish, cost held.

Visits in one class of chairs are seated one after another by start, each in a chair that is free by then,
which always succeeds. Then each course in turn is taken out and put where the ordinary search likes it best,
on days that cost the same, until none gets better.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from scheduling.planner.reading import rows_of
from scheduling.planner.roster import Roster
from scheduling.planner.values import Prices
from scheduling.planner.work import Work
from scheduling.rules import CourseRequest, Diary, Search, Visit, Weights
from scheduling.rules.calendar import MINUTES_A_DAY

Visits = dict[int, tuple[Visit, ...]]
MOST_ROUNDS = 3
# Besides its own, so many first days of equal cost are tried for a course.
OTHER_DAYS = 4


def seat(roster: Roster, standing: Mapping[int, tuple[Visit, ...]] = MappingProxyType({})) -> Visits:
    """By case its visits, in the chairs they are given.

    standing: where booked courses are; those that the roster leaves there keep their chairs if that can be.
    """
    found: dict[int, dict[int, Visit]] = {}
    problem = roster.master.problem
    staying = {i for i in standing if int(roster.chosen[i]) in roster.master.stays}
    for d, seated in sorted(roster.seats.items()):
        here = roster.master.days[d].here
        by_window: dict[int, list[tuple[int, int, int, int]]] = {}
        for i, column in seated.items():
            place = here.places[column]
            shape = problem.shapes[place.shape]
            visit = place.start + shape.chair_from, i, place.start + shape.chair_to, place.start
            by_window.setdefault(place.window, []).append(visit)
        for w, visits in by_window.items():
            wished = {
                i: next(visit.chair for visit in standing[i] if visit.day == problem.days[d])
                for _, i, _, _ in visits
                if i in staying
            }
            before = {i: found[i][d - 1].chair for _, i, _, _ in visits if d - 1 in found.get(i, {})}
            chairs = here.windows[w].chairs
            given = _keeping(visits, chairs, wished, before) or _one_by_one(visits, chairs, wished, before)
            for _, i, _, start in visits:
                length = problem.shapes[problem.cases[i].shape].length
                found.setdefault(i, {})[d] = Visit(problem.days[d], given[i], start, length)
    return {i: tuple(visits[d] for d in sorted(visits)) for i, visits in found.items()}


# When it takes its chair, whose it is, when it leaves the chair, when it starts.
InWindow = tuple[int, int, int, int]


def _keeping(
    visits: Sequence[InWindow], chairs: Sequence[int], wished: Mapping[int, int], before: Mapping[int, int]
) -> dict[int, int] | None:
    """Chairs for all, those who wish for one having it; None if it is not found."""
    if not wished:
        return None
    taken: dict[int, list[tuple[int, int]]] = {chair: [] for chair in chairs}
    given: dict[int, int] = {}
    for begins, i, ends, _ in sorted(visits, key=lambda each: (each[1] not in wished, each)):
        free = [
            chair
            for chair in ([wished[i]] if i in wished else chairs)
            if all(ends <= other[0] or other[1] <= begins for other in taken.get(chair, [(0, MINUTES_A_DAY)]))
        ]
        if not free:
            return None
        given[i] = before[i] if before.get(i) in free else free[0]
        taken[given[i]].append((begins, ends))
    return given


def _one_by_one(
    visits: Sequence[InWindow], chairs: Sequence[int], wished: Mapping[int, int], before: Mapping[int, int]
) -> dict[int, int]:
    """Chairs for all by start: always possible, for at no moment there are more visits than chairs."""
    free_from = dict.fromkeys(chairs, 0)
    given: dict[int, int] = {}
    for begins, i, ends, _ in sorted(visits):
        free = [chair for chair in chairs if free_from[chair] <= begins]
        liked = [chair for chair in (wished.get(i), before.get(i)) if chair in free]
        given[i] = next((chair for chair in liked if chair is not None), free[0])
        free_from[given[i]] = ends
    return given


def preference_of(request: CourseRequest, due: date, visits: tuple[Visit, ...], prices: Prices) -> int:
    """What the wishes of one course cost where it is."""
    starts, chairs = {visit.start for visit in visits}, {visit.chair for visit in visits}
    cost = prices.different_start * (len(starts) > 1) + prices.different_chair * (len(chairs) > 1)
    cost += sum(prices.hour_later * visit.start // 60 for visit in visits)
    return cost + prices.day_early * max(0, (due - visits[0].day).days)


def tidy(
    visits: Visits,
    roster: Roster,
    prices: Prices,
    work: Work,
    equal_days: Callable[[int, date], list[date]],
    held: Collection[int] = (),
) -> Visits:
    """The same courses at no higher cost, nearer to what is wished; those `held` are left where they are."""
    problem = roster.master.problem
    weights = Weights(0, prices.different_chair, prices.different_start, 0, prices.hour_later, 0)
    cases = problem.cases
    diary = problem.diary.with_taken(
        row for i, own in visits.items() for row in rows_of(cases[i].candidate, own, problem.diary)
    )
    siblings: dict[object, list[int]] = {}
    for i in visits:
        siblings.setdefault(cases[i].candidate.child, []).append(i)
    for turn in range(MOST_ROUNDS):
        changed = False
        for n, i in enumerate(sorted(visits)):
            if not work.goes_on((turn + n / len(visits)) / MOST_ROUNDS):
                return visits
            if i in held:
                continue
            candidate, own = cases[i].candidate, visits[i]
            before = preference_of(candidate.request, candidate.due, own, prices)
            if before == _least(own, candidate.request, problem.diary, prices):
                continue
            search = Search(candidate.request, diary, weights)
            taken = {
                visit.day
                for other in siblings[candidate.child]
                if candidate.child is not None and other != i
                for visit in visits[other]
            }
            best = before, own
            for day in [own[0].day, *equal_days(i, own[0].day)[:OTHER_DAYS]]:
                found = search.best_from(day)
                if found and not taken & {visit.day for visit in found[1]}:
                    cost = preference_of(candidate.request, candidate.due, found[1], prices)
                    if cost < best[0]:
                        best = cost, found[1]
            if best[0] < before:
                visits[i] = best[1]
                changed = True
                diary = diary.with_course_at(candidate.request.course_id, rows_of(candidate, best[1], diary))
        if not changed:
            break
    return visits


def _least(visits: tuple[Visit, ...], request: CourseRequest, diary: Diary, prices: Prices) -> int:
    """What the wishes cost at least on these days: everybody as early as the unit opens."""
    cost = 0
    for visit in visits:
        hours = diary.calendar.hours_on(visit.day)
        opens = max(hours.opens if hours else 0, request.earliest_start(visit.day))
        cost += prices.hour_later * (-(-opens // diary.slot_minutes) * diary.slot_minutes) // 60
    return cost
