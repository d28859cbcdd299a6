"""Queue the reminders, the message on the evening between two days, and the follow-up messages that are due.

Nothing is queued ahead. What is due is worked out from the rows as they stand, written, and sent within the
same round; what stands otherwise by then is withheld (`withholding`). What comes after its last sensible time
is let go: the worker's log says how many there were, and a task asks a person to ring (`let_go`).

One worker looks for all, and for some units at a time where there are very many.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from patients import audit
from patients.audit import WORKER
from scheduling.acts import Act
from scheduling.models import AdviceText, Message, Unit
from scheduling.telling.due_reminders import Due, due_notices
from scheduling.telling.let_go import ask_about_let_go
from scheduling.telling.notices import ready, write_notice
from scheduling.watch import pulse, turns

logger = logging.getLogger(__name__)
# So many units are looked at in one turn: with more, each is looked at every few minutes.
UNITS_IN_A_TURN = 50
# A little less than lies between two looks of a worker.
TURN = timedelta(seconds=50)
# What this process has logged last as held back, by the units that it looked at, and the names of what it has
# logged as let go.
_logged: dict[tuple[int, ...], Counter[str]] = {}
_let_go: dict[tuple[int, ...], set[str]] = {}


@dataclass(frozen=True)
class Queued:
    """How many notices one run queued, and how many it could not, by reason; false if it queued none."""

    queued: int = 0
    held_back: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.queued)

    def __str__(self) -> str:
        return f"Notices: {self.queued} queued, {self.held_back.total()} held back."


def queue_in_turn(*, stopping: Callable[[], bool] = lambda: False) -> Queued:
    """What `queue_notices` does, if it is the turn of this worker, and for the units whose turn it is.

    A worker without a heartbeat, which works once and ends, does all.
    """
    if not pulse.own_name():
        return queue_notices(stopping=stopping)
    if not (turn := turns.take("notices", now=timezone.now(), lasts=TURN)):
        return Queued()
    units = list(Unit.objects.filter(pk__gt=turn.position).order_by("pk")[: UNITS_IN_A_TURN + 1])
    is_last, units = len(units) <= UNITS_IN_A_TURN, units[:UNITS_IN_A_TURN]
    try:
        return queue_notices(units, stopping=stopping)
    finally:
        # Also if these units cannot be gone through: the next ones must not wait for them.
        turns.come_to(turn, 0 if is_last else units[-1].pk)


def queue_notices(
    units: Iterable[Unit] | None = None,
    *,
    now: datetime | None = None,
    by: audit.Actor = WORKER,
    stopping: Callable[[], bool] = lambda: False,
) -> Queued:
    """Queue every notice that is due and was not queued before. Safe to repeat, and with several workers.

    units: all if they are left out. A notice that cannot be written is logged by its keys, and does not stop
    the others.
    """
    now, units = now or timezone.now(), list(Unit.objects.all() if units is None else units)
    found, of = due_notices(units, now), tuple(unit.pk for unit in units)
    due, held = ready([notice for notice in found if not notice.is_let_go(now)], timezone.localdate(now))
    _log_held_back(held, of)
    _tell_of_let_go([notice for notice in found if notice.is_let_go(now)], of, now, by)
    queued = 0
    for notice, advice in due:
        if stopping():
            break
        queued += _queue(notice, advice, now, by)
    return Queued(queued, held)


def held_back(unit: Unit, now: datetime) -> list[tuple[str, int]]:
    """Why notices of a unit that are due now are not sent, each reason with how many; the most first."""
    due = [notice for notice in due_notices([unit], now) if not notice.is_let_go(now)]
    return ready(due, timezone.localdate(now))[1].most_common()


def forget_what_was_logged() -> None:
    """As in a process that has only begun."""
    _logged.clear()
    _let_go.clear()


def _log_held_back(held: Counter[str], of: tuple[int, ...]) -> None:
    """Log each reason once, and again when its number changes: the worker asks every minute."""
    before = _logged.get(of, Counter())
    for why in held.keys() | before.keys():
        if held[why] != before[why]:
            logger.warning("%s notices are held back: %s", held[why], why)
    _logged[of] = held


def _tell_of_let_go(found: Sequence[Due], of: tuple[int, ...], now: datetime, by: audit.Actor) -> None:
    """Each once: it is found again for a day. Of what lacked its text, another task has told."""
    told = _let_go.get(of, set())
    if new := [due for due in found if due.only_once not in told]:
        logger.warning("%s notices were let go: their last sensible time was over.", len(new))
        with transaction.atomic():
            ask_about_let_go([due for due, _ in ready(new, timezone.localdate(now))[0]], now=now, by=by)
    _let_go[of] = {due.only_once for due in found}


def _queue(due: Due, advice: AdviceText, now: datetime, by: audit.Actor) -> bool:
    """Write and queue one notice; False if another worker was faster, or it cannot be written."""
    try:
        with transaction.atomic():
            message = write_notice(due, advice, now=now)
            message.save(force_insert=True)
            _record(Act.MESSAGE_QUEUED, message, {"kind": due.reminder.kind.label}, by)
            return True
    except Exception as error:
        if not (isinstance(error, IntegrityError) and _is_made(due)):
            # Not the error's own text, which may quote a row.
            logger.error(
                "Session %s: the %s to contact %s cannot be written (%s).",
                *(due.session.pk, due.reminder.kind.value, due.contact.pk, type(error).__name__),
            )
        return False


def _is_made(due: Due) -> bool:
    """Whether this notice exists already, so that the unique key refused a second one."""
    return Message.objects.filter(only_once=due.only_once).exists()


def _record(action: Act, message: Message, changes: dict[str, object], by: audit.Actor) -> None:
    audit.record(action, by=by, on=message, patient=message.course.patient_id, changes=changes)
