"""What a placement without objection costs, term by term, each with its reason in words."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from crmo_clinic.nhsuk.wording import DAYS, MONTHS, clock, listed, quantity
from scheduling.rules.course import CourseRequest, Placement, Visit
from scheduling.rules.diary import Diary
from scheduling.rules.free_days import FreeDays
from scheduling.rules.school import SchoolDay, SchoolTerms
from scheduling.rules.window import search_start


@dataclass(frozen=True, slots=True)
class Weights:
    """What each shortcoming costs, in whole points of zero or more, so that equal costs are exactly equal.

    By default a day away from the target costs 100 points. A change of chair and a stranded day are each
    worth two such days and a change of start three; an hour only decides between equals. A day of school
    missed is worth three, and costs only a course that is to miss none.
    Raises ValueError for a weight below zero.
    """

    day_from_target: int = 100
    different_chair: int = 200
    different_start: int = 300
    stranded_day: int = 200
    hour_later: int = 4
    school_day: int = 300

    def __post_init__(self) -> None:
        if any(getattr(self, weight.name) < 0 for weight in fields(self)):
            raise ValueError("A weight cannot be less than zero.")


DEFAULT_WEIGHTS = Weights()


class Factor(StrEnum):
    """What an offer is ranked by, in the order in which its reasons are given."""

    TARGET = "target"
    NOTICE = "notice"
    CHAIR = "chair"
    START = "start"
    FAMILY = "family"
    SCHOOL = "school"
    STRANDING = "stranding"
    FINISH = "finish"


@dataclass(frozen=True, slots=True)
class Term:
    """One part of an offer's cost, in points, and the reason for it: a phrase without a full stop."""

    name: Factor
    cost: int
    reason: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A placement without objection, what it costs (less is better) and why."""

    placement: Placement
    terms: tuple[Term, ...]

    @property
    def cost(self) -> int:
        return sum(term.cost for term in self.terms)

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(term.reason for term in self.terms)

    @property
    def rank(self) -> "Rank":
        return rank(self.cost, self.placement.visits)


# Cost, then first day, then start and chair of each visit: no two placements rank the same.
Rank = tuple[int, date, tuple[tuple[int, int], ...]]


def rank(cost: int, visits: Sequence[Visit]) -> Rank:
    return cost, visits[0].day, tuple((visit.start, visit.chair) for visit in visits)


class Pricing:
    """Prices the placements of one request in one diary: in points for the search, with words for people."""

    def __init__(self, request: CourseRequest, diary: Diary, weights: Weights = DEFAULT_WEIGHTS) -> None:
        self.request = request
        self.diary = diary.without(request.course_id)
        self.weights = weights
        shape = request.shape(diary.nurse_rule)
        self.free_days = FreeDays(self.diary, shape)
        self.aim = request.target or search_start(request, self.diary)

    def cost(self, visits: Sequence[Visit], still_free: Sequence[bool]) -> int:
        """The points of a placement; `still_free` says which of its days keep a place."""
        days = [visit.day for visit in visits]
        return (
            self.cost_of_first_day(days[0])
            + self.cost_of_chairs([visit.chair for visit in visits])
            + self.cost_of_starts([visit.start for visit in visits])
            + self.cost_of_school(days)
            + self.weights.stranded_day * len(self.free_days.stranded_by(days, still_free))
            + self.cost_of_finish([visit.start for visit in visits])
        )

    def cost_of_first_day(self, first_day: date) -> int:
        """Without a target date, sooner is better."""
        return self.weights.day_from_target * abs((first_day - self.aim).days)

    def cost_of_chairs(self, chairs: Sequence[int]) -> int:
        return 0 if all_same(chairs) else self.weights.different_chair

    def cost_of_starts(self, starts: Sequence[int]) -> int:
        return 0 if all_same(starts) else self.weights.different_start

    def cost_of_school(self, days: Sequence[date]) -> int:
        return self.weights.school_day * self.request.school.missed(days) if self.request.school else 0

    def cost_of_finish(self, starts: Sequence[int]) -> int:
        """All visits have the same length, so a later start is a later finish."""
        return sum(self.weights.hour_later * start // 60 for start in starts)

    def offer(self, visits: tuple[Visit, ...]) -> Offer:
        terms = [self._target(visits[0].day)]
        if len(visits) > 1:
            terms += [self._chair(visits), self._start(visits)]
        if self.request.has_family_limits:
            terms.append(self._family())
        if self.request.school:
            terms.append(self._school(self.request.school, [visit.day for visit in visits]))
        terms += [self._stranding(visits), self._finish(visits)]
        return Offer(Placement(self.request, visits), tuple(terms))

    def _target(self, first_day: date) -> Term:
        distance, cost = (first_day - self.aim).days, self.cost_of_first_day(first_day)
        if self.request.target:
            return Term(Factor.TARGET, cost, _distance_words(distance, "the target date"))
        if self.aim == self.request.earliest and self.aim > self.diary.today:
            return Term(Factor.TARGET, cost, _distance_words(distance, "the earliest date"))
        away = (first_day - self.diary.today).days
        return Term(Factor.TARGET, cost, f"In {quantity(away, 'day')}" if away else "Today")

    def _chair(self, visits: tuple[Visit, ...]) -> Term:
        chairs = [visit.chair for visit in visits]
        words = f"Same chair {_every_day(visits)}"
        if not all_same(chairs):
            names = [chair.name for chair in map(self.diary.chair, chairs) if chair]
            words = f"Different chairs: {', then '.join(names)}"
        return Term(Factor.CHAIR, self.cost_of_chairs(chairs), words)

    def _start(self, visits: tuple[Visit, ...]) -> Term:
        starts = [visit.start for visit in visits]
        words = f"Same start {_every_day(visits)}"
        if not all_same(starts):
            words = f"Different starts: {', then '.join(map(clock, starts))}"
        return Term(Factor.START, self.cost_of_starts(starts), words)

    def _family(self) -> Term:
        """The rules make sure of it; saying so tells the coordinator that it was done."""
        if not self.request.has_impossible_days:
            return Term(Factor.FAMILY, 0, "Starts late enough for the family")
        return Term(Factor.FAMILY, 0, "Avoids the days the family cannot do")

    def _school(self, school: SchoolTerms, days: Sequence[date]) -> Term:
        kinds, missed = {school.of(day) for day in days}, school.missed(days)
        words = "No school missed"
        if missed:
            words = f"Misses {quantity(missed, 'day')} of school"
        elif SchoolDay.UNKNOWN in kinds:
            words = "School terms of these days are not known"
        elif kinds == {SchoolDay.HOLIDAYS}:
            words = "In the school holidays"
        return Term(Factor.SCHOOL, self.cost_of_school(days), words)

    def _stranding(self, visits: tuple[Visit, ...]) -> Term:
        still_free = [self.free_days.has_place_beside(visit) for visit in visits]
        stranded = self.free_days.stranded_by([visit.day for visit in visits], still_free)
        if not stranded:
            return Term(Factor.STRANDING, 0, "Breaks up no pair of free days")
        cost = self.weights.stranded_day * len(stranded)
        names = listed(f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}" for day in stranded)
        return Term(
            Factor.STRANDING, cost, f"Leaves {names} free on {'its' if len(stranded) == 1 else 'their'} own"
        )

    def _finish(self, visits: tuple[Visit, ...]) -> Term:
        cost = self.cost_of_finish([visit.start for visit in visits])
        return Term(Factor.FINISH, cost, f"Finished by {clock(max(visit.end for visit in visits))}")


def all_same(values: Iterable[Hashable]) -> bool:
    return len(set(values)) == 1


def _distance_words(days: int, date_meant: str) -> str:
    """ "On the target date", "1 day before the target date", "3 days after the target date" """
    if not days:
        return f"On {date_meant}"
    return f"{quantity(abs(days), 'day')} {'after' if days > 0 else 'before'} {date_meant}"


def _every_day(visits: tuple[Visit, ...]) -> str:
    return "both days" if len(visits) == 2 else "every day"
