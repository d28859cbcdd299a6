"""A re-plan as it is asked and answered: who stands where, what leaving costs, and the proposals' words."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date

from scheduling.planner.checking import objections_to
from scheduling.planner.highs import solver_name
from scheduling.planner.leaving_out import left_out_because
from scheduling.planner.question import Question
from scheduling.planner.seating import preference_of
from scheduling.planner.values import Candidate, LeftOut, Placed, Plan, Prices, SolverFailed, Standing
from scheduling.planner.work import Work
from scheduling.rules import Diary, Visit

Places = dict[Hashable, tuple[Visit, ...]]


@dataclass(slots=True)
class Booked:
    """All that is asked: who stands where, who must leave, and what leaving costs."""

    standing: dict[Hashable, Standing]
    candidates: list[Candidate]
    diary: Diary
    last_day: date
    prices: Prices

    def cost(self, course_id: Hashable, visits: tuple[Visit, ...] | None) -> int:
        """The primary cost of one course at these visits, or lost."""
        each = self.standing[course_id]
        weight = each.candidate.weight
        if not visits:
            return weight * self.prices.left_out_days
        cost = weight * self.days_later(course_id, visits[0].day)
        if each.must_move:
            shift = abs((visits[0].day - each.visits[0].day).days) if each.visits else 0
            return cost + self.prices.shift_day * shift
        return cost + self.moving(each.visits, visits)

    def days_later(self, course_id: Hashable, day: date) -> int:
        """How many days later than before beyond `due`."""
        each = self.standing[course_id]
        due = each.candidate.due
        before = max([due, *(visit.day for visit in each.visits[:1])])
        return max(0, (day - before).days)

    def moving(self, before: tuple[Visit, ...], after: tuple[Visit, ...]) -> int:
        """What it costs that a course that could have stayed is elsewhere."""
        if after == before:
            return 0
        if [visit.day for visit in after] != [visit.day for visit in before]:
            return self.prices.moved_day
        if [visit.start for visit in after] != [visit.start for visit in before]:
            return self.prices.moved_start
        return self.prices.moved_chair

    def value(self, places: Places) -> int:
        return sum(self.cost(course_id, places.get(course_id)) for course_id in self.standing)

    def moved(self, places: Places) -> list[Hashable]:
        """The others that leave their place."""
        return [
            course_id
            for course_id, each in self.standing.items()
            if not each.must_move and places.get(course_id) != each.visits
        ]


def finished(places: Places, booked: Booked, question: Question, bound: int, work: Work) -> Plan:
    placed: list[Placed] = []
    left: list[LeftOut] = []
    preferences = 0
    for course_id, each in booked.standing.items():
        own = places.get(course_id)
        if not own:
            left.append(left_out_because(each.candidate, question, None, work))
            continue
        preferences += preference_of(each.candidate.request, each.candidate.due, own, booked.prices)
        firsts = question.alone[course_id].first_days
        today = booked.diary.today.toordinal()
        alone = min([own[0].day, *(date.fromordinal(today + d) for d in firsts[:1])])
        late = max(0, (own[0].day - each.candidate.due).days)
        placed.append(Placed(course_id, own, late, alone))
    return Plan(
        placed=tuple(placed),
        left_out=tuple(left),
        value=booked.value(places),
        bound=max(0, bound),
        preferences=preferences,
        cut_short=work.is_cut_short,
        solver=solver_name(),
        moved=tuple(booked.moved(places)),
    )


def unless_as_before(plan: Plan, standing: Sequence[Standing], diary: Diary, last_day: date) -> Plan:
    """The plan. Raises SolverFailed if it breaks a rule that was not broken by who stays where it stands."""
    candidates = [each.candidate for each in standing]
    before = {
        each.candidate.request.course_id: each.visits
        for each in standing
        if each.visits and not each.must_move
    }
    stood = objections_to(before, candidates, diary, last_day)
    now = {placed.course_id: placed.visits for placed in plan.placed}
    faults = []
    for course_id, against in objections_to(now, candidates, diary, last_day).items():
        known = set()
        if now[course_id] == before.get(course_id):
            known = {(objection.rule, objection.day) for objection in stood.get(course_id, ())}
        faults += [str(objection) for objection in against if (objection.rule, objection.day) not in known]
    if faults:
        raise SolverFailed(f"The plan breaks {len(faults)} rules: {' '.join(faults[:5])}")
    return plan
