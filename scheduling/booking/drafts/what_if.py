"""What one chair, nurse or opening day more or less would bring. Nothing is changed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from scheduling import planner
from scheduling.booking.drafts.asked import ROUTINE, Asked, Changes
from scheduling.booking.drafts.candidates import A_DAY, Problem, read_problem
from scheduling.booking.drafts.endings import end
from scheduling.booking.drafts.figures import overdue
from scheduling.booking.drafts.pulse import Pulse
from scheduling.models import Draft
from scheduling.rules import Closure, Diary, OpeningHours
from scheduling.states import DraftStatus

# The weeks after which it is said how many are overdue.
AFTER_WEEKS = (0, 4, 12)
WEEKS = 12
READY = "Nothing was changed: these are only figures."
SECONDS_FOR_BOUND, SECONDS_FOR_PLAN = 60.0, 300.0
WHAT_IF = "what if"


def work_out_what_if(draft: Draft, pulse: Pulse, now: datetime) -> None:
    """First what no plan can be below, as the unit is and as it would be; then a plan of each."""
    problem = read_problem(draft, now)
    changes = Changes.from_json(Asked.from_json(draft.settings).changes)
    then = replace(problem, diary=changed(problem.diary, changes, problem.last_day))
    bounds = []
    for each in (problem, then):
        bounds.append(
            planner.bound_of(each.candidates, each.diary, last_day=each.last_day, seconds=SECONDS_FOR_BOUND)
        )
        if not pulse.beat():
            return
    figures: dict[str, Any] = {"at_best": [round(bound / ROUTINE) for bound in bounds]}
    Draft.objects.filter(pk=draft.pk, status=DraftStatus.WORKING).update(figures=figures)
    solver = ""
    for name, each in (("now", problem), ("then", then)):
        plan = planner.plan(
            each.candidates, each.diary, last_day=each.last_day, seconds=SECONDS_FOR_PLAN, watch=pulse
        )
        if pulse.was_cancelled or pulse.machine_stops:
            return
        figures[name] = _figures(each, plan)
        solver = plan.solver
    status = DraftStatus.STOPPED if pulse.was_stopped else DraftStatus.READY
    end(draft, status, READY, figures=figures, solver=solver[:60], share=1.0, fingerprint=problem.fingerprint)


def changed(diary: Diary, changes: Changes, last: date) -> Diary:
    """The diary of the unit as it would be."""
    nurses: Mapping[int, int] = dict.fromkeys(changes.weekdays, changes.nurses) if changes.nurses else {}
    opening: dict[int, OpeningHours] = {}
    if changes.opened is not None:
        usual = _usual_hours(diary)
        opening = {changes.opened: usual} if usual else {}
    days = [diary.today + n * A_DAY for n in range((last - diary.today).days + 1)]
    closed = [Closure(day, day, WHAT_IF) for day in days if day.weekday() == changes.closed]
    return planner.changed(diary, chairs=changes.chairs, nurses=nurses, opening=opening, closed=closed)


def _usual_hours(diary: Diary) -> OpeningHours | None:
    """The hours of the first weekday that is open in the coming week: those of a weekday that is opened."""
    days = (diary.today + timedelta(days=n) for n in range(14))
    return next((hours for day in days if (hours := diary.calendar.usual_hours(day))), None)


def _figures(problem: Problem, plan: planner.Plan) -> dict[str, Any]:
    """overdue: courses now, in 4 and in 12 weeks. longest: days that a course will have waited at most; of
    one left out, until the end of the weeks. late: days late, in those of a routine course."""
    today, last = problem.diary.today, problem.last_day
    first: dict[Any, date] = {each.course_id: each.visits[0].day for each in plan.placed}
    waits = [
        (first.get(key, last) - timezone.localdate(problem.courses[key].agreed_at)).days
        for key in (int(str(each.request.course_id)) for each in problem.candidates)
    ]
    return {
        "overdue": [overdue(problem, None, first, today + timedelta(weeks=weeks)) for weeks in AFTER_WEEKS],
        "longest": max(waits, default=0),
        "left_out": len(plan.left_out),
        "late": round(plan.value / ROUTINE),
        "gap": round(100 * plan.gap, 1),
    }
