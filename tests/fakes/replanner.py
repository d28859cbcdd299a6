"""New days without a solver, with the face of `scheduling.planner.replan`: one course after the other.

For tests of re-plans and their pages, which have no need of the best days. The first proposal moves nobody
else. `others` adds a second one, in which each named course goes to a place that is named too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from scheduling.planner import LeftOut, Placed, Plan, Standing, Why
from scheduling.rules import Diary, Visit, first_possible, refusals, taken_by


class FakeReplanner:
    """given: what it was asked for last."""

    def __init__(self, others: Mapping[int, Sequence[Visit]] | None = None) -> None:
        self.others = others or {}
        self.given: Sequence[Standing] = ()

    def replan(self, standing: Sequence[Standing], diary: Diary, **rest: Any) -> tuple[Plan, ...]:
        self.given = standing
        plans = [self._plan(standing, diary, rest["last_day"], {})]
        if self.others:
            plans.append(self._plan(standing, diary, rest["last_day"], self.others))
        return tuple(plans)

    def _plan(
        self, standing: Sequence[Standing], diary: Diary, last_day: Any, there: Mapping[int, Sequence[Visit]]
    ) -> Plan:
        goes = [each for each in standing if each.must_move or _key(each) in there]
        for each in goes:
            diary = diary.without(_key(each))
        placed, left = [], []
        for each in standing:
            key, request = _key(each), each.candidate.request
            visits = there.get(key) or each.visits
            if each.must_move and key not in there:
                latest = min(request.latest or last_day, last_day)
                visits = first_possible(replace(request, course_id=None, latest=latest), diary) or ()
            if not visits or visits[-1].day > last_day:
                left.append(LeftOut(key, Why.NO_DAY, _why(each, diary)))
                continue
            if each in goes:
                rows = (taken_by(v, ("new", key), request, diary.nurse_rule) for v in visits)
                diary = diary.with_taken(rows)
            placed.append(Placed(key, tuple(visits), 0, visits[0].day))
        moved = tuple(_key(each) for each in goes if not each.must_move)
        return Plan(
            placed=tuple(placed),
            left_out=tuple(left),
            # Cheaper than the first: else the planner would not show it.
            value=100 - len(there),
            bound=0,
            preferences=0,
            solver="Fake 1",
            moved=moved,
        )


def _key(standing: Standing) -> int:
    key: Any = standing.candidate.request.course_id
    return int(key)


def _why(standing: Standing, diary: Diary) -> str:
    day = standing.visits[0].day
    found = [each.sentence for each in refusals(standing.candidate.request, diary, [day]).values() if each]
    return found[0] if found else "No day of its window has room."
