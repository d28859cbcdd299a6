"""What a diary leaves open to each course on its own: days to start on, and each day's places.

A place is a start in a window: a stretch in which a chair is free. Chairs with the same window and of the
same kinds are one class, because visits that overlap at no more moments than it has chairs can always be
seated. All of it comes from the ordinary `Search`, so that a place is one to which no rule objects.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import reduce
from operator import or_

from scheduling.planner.values import Candidate
from scheduling.planner.work import Work
from scheduling.rules import Diary, Placement, Search, Taken, Visit, taken_by
from scheduling.rules.calendar import days_in_a_row
from scheduling.rules.course import Shape
from scheduling.rules.day_rules import notice


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one day in which these chairs are free, from `begins` to `ends`."""

    begins: int
    ends: int
    kinds: frozenset[str]
    chairs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A start for a visit of a shape (by its number) in a window (by its number) of a day."""

    shape: int
    start: int
    window: int


@dataclass(frozen=True, slots=True)
class DayPlaces:
    """All that one day has for the shapes: its windows and places, the places in order of start."""

    day: date
    windows: tuple[Window, ...]
    places: tuple[Place, ...]


@dataclass(slots=True)
class Case:
    """A candidate as the planner sees it.

    first_days: the numbers of the days on which it could start, on its own. earliest: by the number of a day
    the first minute at which it may start there.
    """

    candidate: Candidate
    shape: int
    first_days: tuple[int, ...] = ()
    earliest: dict[int, int] = field(default_factory=dict)
    was_read: bool = False

    @property
    def days(self) -> int:
        return self.candidate.request.days


@dataclass(slots=True)
class Problem:
    """The candidates without a pinned place, and what the days have for them.

    diary: that in which only those stand who do not belong to the candidates, and the pinned. days: by
    number.
    """

    diary: Diary
    days: tuple[date, ...]
    cases: list[Case]
    shapes: list[Shape]
    places: dict[int, DayPlaces]


def bare(diary: Diary, course_ids: Iterable[Hashable], last_day: date) -> Diary:
    """The diary without those courses, up to some days after `last_day`, with what is worked out kept to
    itself.
    """
    absent = diary.left_out | frozenset(course_ids)
    days = map(date.fromordinal, range(diary.today.toordinal() - 3, last_day.toordinal() + 4))
    taken = {day: tuple(row for row in diary.taken.get(day, ()) if row.whose not in absent) for day in days}
    return replace(diary, taken={day: rows for day, rows in taken.items() if rows}, left_out=frozenset())


def rows_of(candidate: Candidate, visits: Iterable[Visit], diary: Diary) -> list[Taken]:
    """What a candidate's visits take, with their phases."""
    request = candidate.request
    return [taken_by(visit, request.course_id, request, diary.nurse_rule) for visit in visits]


def read(candidates: Sequence[Candidate], diary: Diary, last_day: date, work: Work) -> Problem:
    """Which days and places each candidate has in `diary`, in which none of them stands.

    If the work is cut short, cases not yet read have no first days and an empty `earliest`.
    """
    days = days_in_a_row(diary.today, (last_day - diary.today).days + 1)
    numbers: dict[Shape, int] = {}
    problem = Problem(diary, days, [], [], {})
    for n, candidate in enumerate(candidates):
        shape = candidate.request.shape(diary.nurse_rule)
        if shape not in numbers:
            numbers[shape] = len(numbers)
            problem.shapes.append(shape)
        case = Case(candidate, numbers[shape])
        problem.cases.append(case)
        if work.goes_on(n / len(candidates)):
            _read_days(case, problem)
    needed = sorted({d + n for case in problem.cases for d in case.first_days for n in range(case.days)})
    for d in needed:
        if not work.goes_on(1.0):
            break
        used = sorted({case.shape for case in problem.cases if d in case.earliest})
        problem.places[d] = places_of(diary, days[d], problem.shapes, used)
    return problem


def _read_days(case: Case, problem: Problem) -> None:
    request = case.candidate.request
    search = Search(request, problem.diary)
    open_days = [bool(search.choices(day)) for day in problem.days]
    found = []
    for d in range(len(open_days) - request.days + 1):
        if all(open_days[d : d + request.days]):
            run = problem.days[d : d + request.days]
            anyone = Placement(request, tuple(Visit(day, 0, 0, request.length) for day in run))
            if search.outside_window(run) is None and notice(anyone, problem.diary) is None:
                found.append(d)
    case.was_read = True
    case.first_days = tuple(found)
    case.earliest = {
        d + n: search.earliest_time(problem.days[d + n]) for d in found for n in range(request.days)
    }


def places_of(diary: Diary, day: date, shapes: Sequence[Shape], used: Sequence[int]) -> DayPlaces:
    """The windows of a day and the places in them of the shapes that are used."""
    grid, index = diary.grid, diary.index_of(day)
    asked: frozenset[str] = frozenset().union(*(shapes[s].chair_kinds for s in used))
    windows: dict[tuple[int, int, frozenset[str]], list[int]] = {}
    for chair_id, begins, ends in free_stretches(diary, day):
        chair = diary.chair(chair_id)
        kinds = chair.kinds & asked if chair else frozenset()
        windows.setdefault((begins, ends, kinds), []).append(chair_id)
    order = sorted(windows, key=lambda key: (key[0], key[1], sorted(key[2])))
    found: list[Place] = []
    for s in used:
        shape = shapes[s]
        starts = reduce(or_, (bits for _, bits in index.choices(shape)), 0)
        for w, key in enumerate(order):
            begins, ends, _ = key
            found += [
                Place(s, time, w)
                for time in grid.times(grid.in_chair(starts, windows[key][0]))
                if begins <= time + shape.chair_from and time + shape.chair_to <= ends
            ]
    found.sort(key=lambda place: (place.start, place.window, place.shape))
    made = tuple(Window(*key, tuple(windows[key])) for key in order)
    return DayPlaces(day, made, tuple(found))


def free_stretches(diary: Diary, day: date) -> list[tuple[int, int, int]]:
    """Chair, from and to of every stretch in which a chair is free while the unit is open."""
    hours = diary.calendar.hours_on(day)
    if hours is None:
        return []
    free_from = dict.fromkeys(diary.chair_ids, hours.opens)
    found = []
    for row in diary.taken_on(day):
        if (since := free_from.get(row.chair)) is not None:
            found.append((row.chair, since, min(row.start, hours.closes)))
            free_from[row.chair] = max(since, row.end)
    found += [(chair, since, hours.closes) for chair, since in free_from.items()]
    return [stretch for stretch in found if stretch[1] < stretch[2]]


def day_number(diary: Diary, day: date) -> int:
    return (day - diary.today) // timedelta(days=1)
