"""From places to chairs, and then the wishes: the same start, the same chair, an early finish, cost held.

Visits in one class of chairs are seated one after another by start, each in a chair that is free by then,
which always succeeds. Then each course in turn is taken out and put where the ordinary search likes it best,
on days that cost the same, until none gets better.
"""

from collections.abc import Callable
from datetime import date

from scheduling.planner.reading import rows_of
from scheduling.planner.roster import Roster
from scheduling.planner.values import Prices
from scheduling.planner.work import Work
from scheduling.rules import CourseRequest, Diary, Search, Visit, Weights

Visits = dict[int, tuple[Visit, ...]]
MOST_ROUNDS = 3
# Besides its own, so many first days of equal cost are tried for a course.
OTHER_DAYS = 4


def seat(roster: Roster) -> Visits:
    """By case its visits, in the chairs they are given."""
    found: dict[int, dict[int, Visit]] = {}
    problem = roster.master.problem
    for d, seated in sorted(roster.seats.items()):
        here = roster.master.days[d].here
        free_from: dict[int, dict[int, int]] = {}
        places = sorted(
            ((i, here.places[column]) for i, column in seated.items()),
            key=lambda each: (each[1].start + problem.shapes[each[1].shape].chair_from, each[0]),
        )
        for i, place in places:
            shape, window, start = problem.shapes[place.shape], here.windows[place.window], place.start
            chairs = free_from.setdefault(place.window, dict.fromkeys(window.chairs, 0))
            begins = start + shape.chair_from
            before = found.get(i, {}).get(d - 1)
            free = [chair for chair in window.chairs if chairs[chair] <= begins]
            chair = before.chair if before and before.chair in free else free[0]
            chairs[chair] = start + shape.chair_to
            found.setdefault(i, {})[d] = Visit(problem.days[d], chair, start, shape.length)
    return {i: tuple(visits[d] for d in sorted(visits)) for i, visits in found.items()}


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
) -> Visits:
    """The same courses at no higher cost, nearer to what is wished."""
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
