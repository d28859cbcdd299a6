"""What came out of working on a draft, kept in its rows: lines, figures, or a sentence of what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from patients.audit import WORKER
from scheduling.acts import Act, record
from scheduling.booking.drafts.candidates import Problem
from scheduling.booking.drafts.figures import before_and_after
from scheduling.models import Decide, Draft, DraftKind, DraftMove, LeftOutWhy
from scheduling.planner import LeftOut, PinnedAway, Placed, Plan
from scheduling.rules import Diary, Placement, Visit, price, taken_by
from scheduling.states import USABLE_DRAFT, DraftStatus
from scheduling.unit.matches import to_json

READY = "The plan is ready."
STOPPED = "Stopped by a person: this is the best plan that had been found by then."
CUT_SHORT = "The plan took too long, so the work was cut short: this is the best that had been found."


def keep(
    draft: Draft, problem: Problem, plan: Plan, let_go: Mapping[int, Sequence[str]], *, stopped: bool
) -> None:
    """Keep a plan as the draft's lines. Nothing is kept if somebody has cancelled the draft meanwhile.

    let_go: days that a person had kept and that cannot be any more, with the reasons.
    """
    lines = _lines(draft, problem, plan, let_go)
    status = DraftStatus.STOPPED if stopped else DraftStatus.READY
    happened = STOPPED if stopped else CUT_SHORT if plan.cut_short else READY
    figures = before_and_after(problem, {each.course_id: each.visits for each in plan.placed})
    with transaction.atomic():
        if not _is_worked_on(draft):
            return
        DraftMove.objects.bulk_create(lines)
        draft.move_to(
            status,
            ended_at=timezone.now(),
            happened=happened,
            value=plan.value,
            bound=plan.bound,
            preferences=plan.preferences,
            cut_short=plan.cut_short,
            solver=plan.solver[:60],
            fingerprint=problem.fingerprint,
            figures=figures,
            share=1.0,
        )
        counts = {"placed": len(plan.placed), "left_out": len(lines) - len(plan.placed)}
        record(Act.DRAFT_WORKED_OUT, draft, WORKER, counts)


def reasons_by_course(away: PinnedAway) -> dict[int, list[str]]:
    """Why days that a person kept cannot be, by the key of the course."""
    found: Mapping[Any, Any] = away.objections  # type: ignore[attr-defined]
    return {int(key): [str(each) for each in against] for key, against in found.items()}


def without_pins(problem: Problem, away: Mapping[int, Sequence[str]]) -> Problem:
    """The same, with the days of these courses free to be others."""
    candidates = tuple(
        replace(each, pinned=()) if each.request.course_id in away else each for each in problem.candidates
    )
    return replace(problem, candidates=candidates)


def _is_worked_on(draft: Draft) -> bool:
    found = Draft.objects.select_for_update().filter(pk=draft.pk).values_list("status", flat=True)
    return list(found) == [DraftStatus.WORKING]


def _lines(
    draft: Draft, problem: Problem, plan: Plan, let_go: Mapping[int, Sequence[str]]
) -> list[DraftMove]:
    answers: dict[Any, Placed | LeftOut] = {each.course_id: each for each in (*plan.placed, *plan.left_out)}
    full = _with_plan(problem, plan)
    before = _times_left_out(draft, [each.course_id for each in plan.left_out])
    lines = []
    for each in problem.candidates:
        key: Any = each.request.course_id
        answer, decided = answers[key], problem.decided.get(key)
        line = DraftMove(
            draft=draft,
            course=problem.courses[key],
            seen=problem.courses[key].version,
            weight=each.weight,
            due=each.due,
        )
        if decided and key not in let_go:
            line.decision, line.decided_by = decided.decision, decided.decided_by
        if isinstance(answer, Placed):
            line.visits, line.alone, line.days_late = to_json(answer.visits), answer.alone, answer.days_late
            line.reasons = reasons_for(problem, key, answer.visits, full)
        else:
            line.why, line.sentence = LeftOutWhy(answer.why.value), answer.sentence[:500]
            line.times_left_out = before.get(key, 0) + 1
            if line.decision == Decide.KEEP_DAYS:
                line.decision = Decide.NONE
        if key in let_go:
            line.sentence = f"The days that were kept cannot be any more: {' '.join(let_go[key])}"[:500]
        lines.append(line)
    for apart in problem.apart:
        kept = problem.decided.get(apart.course.pk)
        lines.append(
            DraftMove(
                draft=draft,
                course=apart.course,
                seen=apart.course.version,
                due=timezone.localdate(apart.course.agreed_at),
                why=apart.why,
                sentence=apart.sentence[:500],
                decision=Decide.NOT_NOW if apart.why == LeftOutWhy.NOT_NOW else Decide.NONE,
                decided_by=kept.decided_by if kept and apart.why == LeftOutWhy.NOT_NOW else None,
            )
        )
    for number, line in enumerate(lines):
        line.number = number
    return lines


def reasons_for(problem: Problem, course: int, visits: Sequence[Visit], full: Diary) -> list[str]:
    """Why these days are good, as an offer says it. full: the diary with everything that is planned."""
    placement = Placement(problem.requests[course], tuple(visits))
    return list(price(placement, full.without(course), problem.unit.weights).reasons)


def _with_plan(problem: Problem, plan: Plan) -> Diary:
    rule = problem.diary.nurse_rule
    rows = [
        taken_by(visit, each.course_id, problem.requests[_key(each)], rule)
        for each in plan.placed
        for visit in each.visits
    ]
    return problem.diary.with_taken(rows)


def _key(placed: Placed) -> int:
    key: Any = placed.course_id
    return int(key)


def _times_left_out(draft: Draft, courses: Sequence[Any]) -> dict[int, int]:
    """How many plans in a row left out each of these, before this one and those it plans again. One query.

    Several plans of one day count as one: people try.
    """
    root = draft.settings.get("root") or draft.pk
    earlier = DraftMove.objects.shown().filter(
        course__in=courses,
        draft__lt=root,
        draft__kind=DraftKind.PLAN,
        draft__status__in=USABLE_DRAFT,
    )
    today, found = timezone.localdate(draft.asked_at), {}
    rows = earlier.order_by("draft_id", "pk").values_list("course", "times_left_out", "draft__asked_at")
    for course, times, asked_at in rows:
        found[course] = max(0, times - (timezone.localdate(asked_at) == today))
    return found
