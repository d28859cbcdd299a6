"""Make lines of a draft real by the ordinary acts, one after the other, as a job of the worker.

A hold sends nothing, so families can be rung first. A refusal stops only its own line, is kept as a
sentence, and comes with the next days that would do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import quantity, short_date
from patients import audit
from patients.access import Permission, may
from patients.errors import Refused
from scheduling.acts import Act, record
from scheduling.booking import bookings, holds
from scheduling.booking.placing import Done
from scheduling.booking.replanning import moving
from scheduling.errors import SlotGone
from scheduling.models import Accept, Course, Draft, DraftKind, DraftMove, Outcome
from scheduling.rules import Visit
from scheduling.states import CourseStatus
from scheduling.unit.course_requests import requests_for
from scheduling.unit.matches import to_json
from scheduling.unit.next_possible import next_possible

# So many lines are done in one round of the worker, so that mails do not wait for them.
A_ROUND = 20
NOTHING = "Tick at least one child who has days and is not held or booked yet."
NO_RIGHT = "Whoever accepted this line may not book courses any more."


@transaction.atomic
def accept(
    *, draft: Draft, lines: Sequence[int], how: Accept, hold_until: datetime | None = None, by: audit.Actor
) -> int:
    """Accept these lines: a worker holds or books them. Returns how many.

    lines: keys. Those that have no days, or were accepted before, are left as they are. Raises Refused if
    none is left.
    """
    chosen = DraftMove.objects.shown().filter(draft=draft, pk__in=lines).select_for_update(of=("self",))
    found = [line for line in chosen.select_related("course") if line.is_open and not line.is_left_out]
    if not found:
        raise Refused(NOTHING)
    now = timezone.now()
    for line in found:
        line.accepted, line.accepted_by_id, line.accepted_at = how, by.pk, now
        line.hold_until = hold_until if how == Accept.HOLD else None
        line.outcome, line.outcome_at, line.refusal, line.next_offer = "", None, "", []
        line.save()
        details = {"how": how.label, "days": [short_date(visit.day) for visit in line.proposed]}
        record(Act.DRAFTMOVE_ACCEPTED, line, by, details)
    return len(found)


@dataclass(frozen=True)
class MadeReal:
    """How many lines were done in one round of the worker, and how many refused; false if none."""

    done: int = 0
    refused: int = 0

    def __bool__(self) -> bool:
        return bool(self.done or self.refused)

    def __str__(self) -> str:
        return f"Drafts: {quantity(self.done, 'line')} made real, {self.refused} refused."


def make_real(*, stopping: Callable[[], bool] = lambda: False) -> MadeReal | None:
    """Do the lines that were accepted, at most `A_ROUND`. None if there is nothing to do."""
    keys = list(DraftMove.objects.to_do().values_list("pk", flat=True)[:A_ROUND])
    done = refused = 0
    for key in keys:
        if stopping():
            break
        match _make_real(key):
            case True:
                done += 1
            case False:
                refused += 1
    return MadeReal(done, refused) or None


def _make_real(key: int) -> bool | None:
    """Whether a line was done; None if another worker was faster."""
    if DraftMove.objects.filter(pk=key, draft__kind=DraftKind.REPLAN).exists():
        return moving.make_real(key)
    with transaction.atomic():
        open_line = DraftMove.objects.select_for_update(of=("self",)).select_related("course", "accepted_by")
        line = open_line.filter(pk=key, outcome=Outcome.NONE).exclude(accepted="").first()
        if line is None:
            return None
        try:
            with transaction.atomic():
                _act(line)
        except Refused as refusal:
            line.outcome, line.refusal = Outcome.REFUSED, " ".join(_reasons(refusal))
        else:
            line.outcome = OUTCOMES[Accept(line.accepted)]
        line.outcome_at = timezone.now()
        if line.outcome == Outcome.REFUSED:
            line.next_offer = to_json(_next_days(line.course))
            record(Act.DRAFTMOVE_REFUSED, line, _by(line), {"why": line.refusal})
        line.save()
    return line.outcome != Outcome.REFUSED


OUTCOMES = {Accept.HOLD: Outcome.HELD, Accept.BOOK: Outcome.BOOKED, Accept.MOVE: Outcome.MOVED}


def _by(line: DraftMove) -> audit.Actor:
    if line.accepted_by is None:
        raise AssertionError("A line is accepted by somebody.")
    return line.accepted_by


def _act(line: DraftMove) -> None:
    by = _by(line)
    if not may(by, Permission.BOOK_COURSES):
        raise Refused(NO_RIGHT)
    visits, seen = line.proposed, line.seen
    if line.accepted == Accept.HOLD:
        holds.hold(course=line.course, visits=visits, until=line.hold_until, by=by, seen=seen)
    else:
        bookings.book(course=line.course, visits=visits, by=by, seen=seen)


def booking_of(line: DraftMove, by: audit.Actor) -> Callable[[], Done]:
    """What booking the line would do, for a preview of its mails."""
    return lambda: bookings.book(course=line.course, visits=line.proposed, by=by, seen=line.seen)


def _reasons(refusal: Refused) -> list[str]:
    """Its sentences; of a place that is gone those of the rules, for the lead says only that nothing was
    booked."""
    if isinstance(refusal, SlotGone):
        return list(dict.fromkeys(str(each) for each in refusal.objections))
    return list(refusal.reasons)


def _next_days(course: Course) -> Sequence[Visit]:
    """The next days that would do; none if the course does not wait any more."""
    asked = requests_for(Course.objects.filter(pk=course.pk, status=CourseStatus.WAITING))
    return next((found.visits for found in next_possible(asked, timezone.now()).values()), ())
