"""Ask for a draft, take the best so far, cancel it, or plan the rest again."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date

from django.db import transaction
from django.utils import timezone

from patients import audit
from scheduling.acts import Act, record
from scheduling.booking.drafts.asked import Asked, Changes, Rates
from scheduling.errors import Refused
from scheduling.models import Course, Draft, DraftKind, DraftMove, Unit
from scheduling.states import DraftStatus

CANCELLED = "Cancelled by a person. Nothing of it was kept."
UNDER_WAY = "A plan for {unit} is being worked out already. Wait for it, or cancel it first."
NOBODY = "None of these children is waiting for days in this unit, so there is nothing to plan."
OVER = "This draft is over already: {happened}"


@transaction.atomic
def ask_for_plan(
    *,
    unit: Unit,
    first_day: date,
    last_day: date,
    courses: Sequence[int],
    notice_days: int,
    kept_free: int,
    by: audit.Actor,
) -> Draft:
    """Ask for a plan of these courses, in the order of the list. A worker starts it.

    Raises Refused if none of them waits in that unit, or if a plan of the unit is under way.
    """
    waiting = set(Course.objects.waiting().filter(unit=unit, pk__in=courses).values_list("pk", flat=True))
    chosen = tuple(pk for pk in dict.fromkeys(courses) if pk in waiting)
    asked = Asked(chosen, notice_days, kept_free, Rates.of(unit))
    return _ask(unit, DraftKind.PLAN, first_day, last_day, asked, by)


@transaction.atomic
def ask_what_if(*, unit: Unit, first_day: date, last_day: date, changes: Changes, by: audit.Actor) -> Draft:
    """Ask what a change of the unit would bring to all who wait. Nothing is changed.

    Raises as `ask_for_plan` does.
    """
    waiting = Course.objects.waiting().filter(unit=unit)
    asked = Asked(tuple(waiting.values_list("pk", flat=True)), 0, 0, Rates.of(unit), changes=asdict(changes))
    return _ask(unit, DraftKind.WHAT_IF, first_day, last_day, asked, by)


@transaction.atomic
def plan_again(*, draft: Draft, by: audit.Actor) -> Draft:
    """Plan the rest of a draft again: what was decided about its lines is kept, and what was made real is
    real.

    Raises as `ask_for_plan` does, and Refused if lines are still being made real.
    """
    if DraftMove.objects.to_do().filter(draft=draft).exists():
        raise Refused("Lines of this draft are still being held or booked. Wait until that is done.")
    asked = Asked.from_json(draft.settings)
    waiting = set(Course.objects.waiting().values_list("pk", flat=True))
    rest = tuple(pk for pk in asked.courses if pk in waiting)
    first_day = max(draft.first_day, timezone.localdate())
    if draft.last_day < first_day:
        raise Refused("The weeks of this draft are over. Make a new plan from the waiting list.")
    again = replace(asked, courses=rest, rates=Rates.of(draft.unit), root=asked.root or draft.pk)
    return _ask(draft.unit, DraftKind.PLAN, first_day, draft.last_day, again, by, again_from=draft)


@transaction.atomic
def stop(*, draft: Draft, by: audit.Actor) -> None:
    """Take the best so far: the process hears of it within seconds. Raises Refused if it is over already."""
    draft = _under_way(draft)
    if draft.status == DraftStatus.WAITING:
        raise Refused("The work has not begun, so there is nothing to use yet.")
    Draft.objects.filter(pk=draft.pk).update(stop_asked=True)
    record(Act.DRAFT_STOPPED, draft, by)


@transaction.atomic
def cancel(*, draft: Draft, by: audit.Actor) -> None:
    """End a draft without a plan. Raises Refused if it is over already."""
    draft = _under_way(draft)
    draft.move_to(DraftStatus.CANCELLED, ended_at=timezone.now(), happened=CANCELLED)
    record(Act.DRAFT_CANCELLED, draft, by)


def _under_way(draft: Draft) -> Draft:
    locked = Draft.objects.select_for_update().get(pk=draft.pk)
    if locked.is_over:
        raise Refused(OVER.format(happened=locked.happened))
    return locked


def _ask(
    unit: Unit,
    kind: DraftKind,
    first_day: date,
    last_day: date,
    asked: Asked,
    by: audit.Actor,
    again_from: Draft | None = None,
) -> Draft:
    if not asked.courses:
        raise Refused(NOBODY)
    # Two who press at once take turns here.
    Unit.objects.select_for_update().get(pk=unit.pk)
    under_way = Draft.objects.filter(unit=unit, status__in=[DraftStatus.WAITING, DraftStatus.WORKING])
    if under_way.exists():
        raise Refused(UNDER_WAY.format(unit=unit))
    draft = Draft.objects.create(
        unit=unit,
        kind=kind,
        asked_by_id=by.pk,
        first_day=first_day,
        last_day=last_day,
        settings=asked.to_json(),
        again_from=again_from,
    )
    details = {
        "what": DraftKind(kind).label,
        "courses": len(asked.courses),
        "weeks": [[first_day.isoformat(), last_day.isoformat()]],
        "rates": [asked.rates.in_words()],
    }
    record(Act.DRAFT_ASKED, draft, by, details)
    return draft
