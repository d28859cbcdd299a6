"""A planner without a solver, with the face of `scheduling.planner`: it places courses one after the other,
the weightiest first. For tests of drafts and their pages, which have no need of the best plan."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from scheduling.planner import (
    Candidate,
    LeftOut,
    PinnedAway,
    Placed,
    Plan,
    Progress,
    SolverFailed,
    Stage,
    Why,
)
from scheduling.rules import Diary, Placement, first_possible, objections, refusals, taken_by
from scheduling.rules.window import search_window

__all__ = ["FakePlanner", "PinnedAway", "Plan", "SolverFailed"]


class FakePlanner:
    """calls: how often it was asked for a plan. ends: called before each plan is handed back."""

    Plan, PinnedAway, SolverFailed = Plan, PinnedAway, SolverFailed

    def __init__(self) -> None:
        self.calls = 0
        self.given: list[tuple[Sequence[Candidate], Diary]] = []
        self.before_end: Any = lambda: None

    def plan(
        self, candidates: Sequence[Candidate], diary: Diary, *, last_day: Any, watch: Any, **_: Any
    ) -> Plan:
        self.calls += 1
        self.given.append((candidates, diary))
        placed: dict[Any, Placed] = {}
        left: dict[Any, LeftOut] = {}
        if away := {
            each.request.course_id: found
            for each in candidates
            if each.pinned and (found := objections(Placement(each.request, each.pinned), diary))
        }:
            raise PinnedAway(away)
        full = diary
        for each in sorted(candidates, key=lambda each: (not each.pinned, -each.weight)):
            key = each.request.course_id
            alone = first_possible(self._by(each, last_day), diary)
            visits = each.pinned or first_possible(self._by(each, last_day), full)
            watch(Progress(Stage.FIRST, len(placed), 0, len(placed) / len(candidates)))
            if visits and visits[-1].day <= last_day:
                full = full.with_taken(taken_by(v, key, each.request, diary.nurse_rule) for v in visits)
                late = max(0, (visits[0].day - each.due).days)
                placed[key] = Placed(key, tuple(visits), late, (alone or visits)[0].day)
            else:
                why = Why.CROWDED if alone else Why.NO_DAY
                left[key] = LeftOut(key, why, self._sentence(each, diary, why))
        self.before_end()
        cut = not watch(Progress(Stage.TIDYING, 0, 0, 1.0))
        return Plan(
            placed=tuple(placed[c.request.course_id] for c in candidates if c.request.course_id in placed),
            left_out=tuple(left[c.request.course_id] for c in candidates if c.request.course_id in left),
            value=sum(
                each.weight
                * (placed[each.request.course_id].days_late if each.request.course_id in placed else 365)
                for each in candidates
            ),
            bound=0,
            preferences=0,
            cut_short=cut,
            solver="Fake 1",
        )

    def bound_of(self, candidates: Sequence[Candidate], diary: Diary, **_: Any) -> int:
        return 10 * len(candidates) // max(1, len(diary.chairs))

    def changed(self, diary: Diary, *, chairs: int = 0, nurses: Mapping[int, int] = {}, **_: Any) -> Diary:
        more = tuple(replace(diary.chairs[0], id=-n, name=f"Chair more {n}") for n in range(1, chairs + 1))
        return replace(diary, chairs=(*diary.chairs, *more))

    @staticmethod
    def _by(each: Candidate, last_day: Any) -> Any:
        latest = min(each.request.latest or last_day, last_day)
        return replace(each.request, latest=latest)

    @staticmethod
    def _sentence(each: Candidate, diary: Diary, why: Why) -> str:
        if why == Why.CROWDED:
            return "Other children have the room at a smaller cost."
        days = search_window(each.request, diary)[:1]
        found = [refusal.sentence for refusal in refusals(each.request, diary, days).values() if refusal]
        return found[0] if found else "No day of its window is in these weeks."
