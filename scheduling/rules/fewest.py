"""Of courses that no longer fit, the fewest that would have to move so that the others may stay."""

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from scheduling.rules.course import Placement
from scheduling.rules.diary import Diary
from scheduling.rules.objections import Rule, objections

# What a unit has, as opposed to what was agreed for one course.
OF_THE_UNIT = frozenset(
    {
        *(Rule.OPEN_DAY, Rule.OPENING_TIME, Rule.CLOSING_TIME, Rule.NURSES, Rule.ROLE, Rule.KEPT_BACK),
        *(Rule.CHAIR_EXISTS, Rule.CHAIR_KIND, Rule.CHAIR_FREE),
    }
)
# How often a course is judged, for each group of them, before the answer is "at least": under half a second.
MOST_JUDGED = 1000

Courses = frozenset[Hashable]
Placements = Mapping[Hashable, Placement]


@dataclass(frozen=True, slots=True)
class Fewest:
    """courses: if these move, the others fit. at_least: no fewer are enough; equal if that is certain."""

    courses: Courses
    at_least: int

    @property
    def is_certain(self) -> bool:
        return len(self.courses) == self.at_least


def fewest_to_move(placements: Placements, diary: Diary, from_day: date) -> Fewest:
    """The fewest of these courses that have to move, judged by `objections` on the days from `from_day`.

    placements: by the key that each course has in the diary, in the order in which they are preferred to move
    where it makes no difference.
    """
    judge = _Judge(placements, diary, from_day)
    alone = judge.without(placements)
    must = frozenset(course for course in placements if alone.days_against(course))
    judge = judge.without(must)
    chosen, at_least = must, len(must)
    for group in judge.groups(frozenset(placements) - must):
        found, at_least_here = _fewest_of(group, judge)
        chosen |= found
        at_least += at_least_here
    return Fewest(chosen, at_least)


class _Judge:
    """Which courses do not fit while some are out of the diary."""

    def __init__(self, placements: Placements, diary: Diary, from_day: date) -> None:
        self.placements = placements
        self._diary = diary
        self._from_day = from_day

    def without(self, courses: Collection[Hashable]) -> "_Judge":
        diary = self._diary
        for course in courses:
            diary = diary.without(course)
        return _Judge(self.placements, diary, self._from_day)

    def days_against(self, course: Hashable) -> list[date]:
        """The days on which the unit has no place for the course where it is booked."""
        return [
            found.day
            for found in objections(self.placements[course], self._diary)
            if found.rule in OF_THE_UNIT and found.day and found.day >= self._from_day
        ]

    def groups(self, courses: Courses) -> Iterator[Courses]:
        """The courses that do not fit, apart from each other where they share no such day."""
        groups: list[tuple[set[Hashable], set[date]]] = []
        for course in courses:
            if days := set(self.days_against(course)):
                joined: set[Hashable] = {course}
                for other in [group for group in groups if group[1] & days]:
                    groups.remove(other)
                    joined |= other[0]
                    days |= other[1]
                groups.append((joined, days))
        return (frozenset(joined) for joined, _ in groups)

    def first_against(self, courses: Collection[Hashable]) -> list[Hashable]:
        """Of the first day on which some of the courses do not fit, all that do not; empty if all fit."""
        against = [(course, day) for course in courses for day in self.days_against(course)[:1]]
        first = min((day for _, day in against), default=None)
        return [course for course, day in against if day == first]


def _fewest_of(group: Courses, judge: _Judge) -> tuple[Courses, int]:
    """The fewest of a group, and how many it takes at least: more and more of them, until all others fit."""
    ordered = [course for course in judge.placements if course in group]
    judged = 0

    def of_size(left: int, moved: Courses) -> Courses | None:
        """`moved` and up to `left` others without which the rest fits: one that does not fit has to go."""
        nonlocal judged
        if moved in tried or judged > MOST_JUDGED:
            return None
        tried.add(moved)
        judged += len(ordered) - len(moved)
        against = judge.without(moved).first_against([course for course in ordered if course not in moved])
        if not against:
            return moved
        further = (of_size(left - 1, moved | {course}) for course in against if left)
        return next((found for found in further if found is not None), None)

    for size in range(1, len(ordered)):
        tried: set[Courses] = set()
        if (found := of_size(size, frozenset())) is not None:
            return found, size
        if judged > MOST_JUDGED:
            return _enough(ordered, judge), size
    return group, len(group)


def _enough(ordered: list[Hashable], judge: _Judge) -> Courses:
    """Enough of them, none of which could stay: quick, and not always the fewest."""
    moved: Courses = frozenset()
    stays = list(ordered)
    while against := judge.without(moved).first_against(stays):
        moved |= {against[0]}
        stays.remove(against[0])
    for course in ordered:
        others = moved - {course}
        if course in moved and not judge.without(others).first_against([*stays, course]):
            moved, stays = others, [*stays, course]
    return moved
