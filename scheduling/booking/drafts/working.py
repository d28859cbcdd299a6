"""What the process of a draft does: read, plan, keep what came out. It is `manage.py solve_draft`.

Nothing is locked, and no transaction is open, while the planner works.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from scheduling import planner
from scheduling.booking.drafts import results, what_if
from scheduling.booking.drafts.candidates import Problem, read_problem
from scheduling.booking.drafts.endings import end
from scheduling.booking.drafts.pulse import Pulse
from scheduling.booking.drafts.solver_process import RESTARTED, SILENT
from scheduling.booking.replanning.proposing import work_out_replan
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Draft, DraftKind
from scheduling.states import DraftStatus

logger = logging.getLogger(__name__)

# After so many seconds the best so far is taken.
MOST_SECONDS = 600.0
BROKE_DOWN = (
    "The planner broke down, so there is no plan. Plan again; if it happens again, tell whoever looks after "
    "this app."
)

OVER = "Its weeks were over before it could be worked out, so there is no plan. Plan the weeks to come."

Work = Callable[[Draft, Pulse, datetime], None]


def work_out(draft_id: int, *, stopping: Callable[[], bool] = lambda: False) -> str:
    """Work on a draft that waits for its turn, to its end. Returns a line for the log, without a name.

    stopping: asked at least every two seconds; if it is true, the draft ends without a plan. Nothing is done
    if the draft does not wait, or if another is being worked out.
    """
    now = timezone.now()
    if not _claim(draft_id, now):
        return f"Draft {draft_id}: not waiting for its turn."
    draft, pulse = Draft.objects.select_related("unit").get(pk=draft_id), Pulse(draft_id, stopping)
    try:
        _work(draft, pulse, now)
        draft.refresh_from_db()
    except (OperationalError, InterfaceError) as error:
        # The worker says so in the row once the database is back.
        logger.error("Draft %s was not kept, the database is gone: %s.", draft_id, type(error).__name__)
        return f"Draft {draft_id}: not kept."
    return f"Draft {draft_id}: {draft.get_status_display().lower()}."


def _work(draft: Draft, pulse: Pulse, now: datetime) -> None:
    if draft.last_day < timezone.localdate(now):
        # No worker may have run for a while.
        end(draft, DraftStatus.FAILED, OVER)
        return
    try:
        WORK[DraftKind(draft.kind)](draft, pulse, now)
    except planner.SolverFailed:
        end(draft, DraftStatus.FAILED, BROKE_DOWN)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Without the error's own text, which may quote a row.
        logger.error("Draft %s broke down: %s.", draft.pk, type(error).__name__)
        end(draft, DraftStatus.FAILED, BROKE_DOWN)
    if pulse.machine_stops:
        end(draft, DraftStatus.FAILED, RESTARTED)


def _claim(draft_id: int, now: datetime) -> bool:
    """Whether the draft is this process's from now on: one at a time."""
    busy = Draft.objects.filter(status=DraftStatus.WORKING, heartbeat__gt=now - SILENT)
    if busy.exists():
        return False
    draft = Draft.objects.filter(pk=draft_id, status=DraftStatus.WAITING).first()
    if draft is None:
        return False
    try:
        draft.move_to(DraftStatus.WORKING, started_at=now, heartbeat=now)
    except ChangedMeanwhile:
        return False
    return True


def _plan(draft: Draft, pulse: Pulse, now: datetime) -> None:
    problem = read_problem(draft, now)
    problem, plan, let_go = _plan_with_pins(problem, pulse)
    if not (pulse.was_cancelled or pulse.machine_stops):
        results.keep(draft, problem, plan, let_go, stopped=pulse.was_stopped)


def _plan_with_pins(problem: Problem, pulse: Pulse) -> tuple[Problem, planner.Plan, dict[int, list[str]]]:
    """The plan, and of days that a person kept and that cannot be any more, why."""
    let_go: dict[int, list[str]] = {}
    while True:
        try:
            found = planner.plan(
                problem.candidates,
                problem.diary,
                last_day=problem.last_day,
                prices=problem.prices,
                seconds=MOST_SECONDS,
                watch=pulse,
            )
            return problem, found, let_go
        except planner.PinnedAway as away:
            against = results.reasons_by_course(away)
            known = {key: why for key, why in against.items() if key not in let_go}
            if not known:
                raise
            let_go |= known
            problem = results.without_pins(problem, known)


WORK: dict[DraftKind, Work] = {
    DraftKind.PLAN: _plan,
    DraftKind.REPLAN: work_out_replan,
    DraftKind.WHAT_IF: what_if.work_out_what_if,
}
