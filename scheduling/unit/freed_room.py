"""Tasks about places that became free. A task says which place, and its page shows who would fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock_range, quantity, short_date
from patients import audit
from patients.models import User
from scheduling.models import Chair, Course, Task, TaskKind, Unit
from scheduling.rules import Visit
from scheduling.tasks.opening import close_tasks, open_task
from scheduling.unit.due_days import due_day
from scheduling.unit.matches import find_matches, from_json, to_json, usable
from scheduling.unit.recheck import close_fitting, close_if_unfit
from scheduling.unit.shared_days import partners_of


def note_freed(left: Course, visits: Sequence[Visit], *, now: datetime, by: audit.Actor) -> None:
    """Open a task for the place a course left, if a waiting course would fit there as a whole.

    One that shares the days with it does not count. The room may also let a booked course fit again; its task
    is then closed.
    """
    close_fitting(left.unit, now=now, by=by)
    visits = usable(left.unit, visits, now)
    linked = [left.pk, *(other.pk for other in partners_of([left]).get(left.pk, []))]
    if not find_matches(left.unit, visits, now, leaving_out=linked):
        return
    _open(left.unit, visits, "Free now: {}. Somebody who waits could come.", now=now, by=by)


def note_free_still(
    unit: Unit, visits: Sequence[Visit], *, owner: User | None, now: datetime, by: audit.Actor
) -> None:
    """Open a task for a place of which no family is left to be asked by mail, if a waiting course fits."""
    free = usable(unit, visits, now)
    if find_matches(unit, free, now):
        says = "Free still, and nobody is left to ask by mail: {}. Ring somebody who waits."
        _open(unit, free, says, now=now, by=by, owner=owner)


def note_taken(unit: Unit, visits: Sequence[Visit], *, by: audit.Actor) -> int:
    """Close the tasks about free places in which these visits stand now, wholly or in part; how many.

    Whoever waited for another is booked now, too. One query if there is no such task.
    """
    closed = 0
    for task in Task.objects.open().filter(unit=unit, kind=TaskKind.FREED).select_related("unit"):
        if any(_overlap(place, visit) for place in from_json(task.freed) for visit in visits):
            closed += close_tasks(Task.objects.filter(pk=task.pk), "The place has been taken.", by=by)
        else:
            closed += close_if_unfit(task, now=timezone.now(), by=by)
    return closed


@dataclass(frozen=True)
class Closed:
    """How many tasks about free places were closed in one round of the worker; false if none."""

    places: int

    def __bool__(self) -> bool:
        return self.places > 0

    def __str__(self) -> str:
        return f"Free places: {quantity(self.places, 'task')} closed."


def close_past(*, stopping: Callable[[], bool] = lambda: False) -> Closed:
    """Close the tasks about places of which a day has begun and where nobody fits by now."""
    now, closed = timezone.now(), 0
    for task in Task.objects.open().filter(kind=TaskKind.FREED).select_related("unit"):
        if any(visit.starts_at <= now for visit in from_json(task.freed)) and not stopping():
            with transaction.atomic():
                closed += close_if_unfit(task, now=now, by=audit.WORKER)
    return Closed(closed)


def _open(
    unit: Unit,
    visits: Sequence[Visit],
    says: str,
    *,
    now: datetime,
    by: audit.Actor,
    owner: User | None = None,
) -> None:
    chairs = Chair.objects.in_bulk({visit.chair for visit in visits})
    places = "; ".join(
        f"{short_date(v.day)}, {clock_range(v.start, v.end)}, {chairs[v.chair]}" for v in visits
    )
    open_task(
        TaskKind.FREED,
        says.format(places),
        about=unit,
        due_on=due_day(unit, timezone.localdate(now), before=visits[0].day),
        freed=to_json(visits),
        owner=owner,
        by=by,
    )


def _overlap(place: Visit, visit: Visit) -> bool:
    same = (place.day, place.chair) == (visit.day, visit.chair)
    return same and place.start < visit.end and visit.start < place.end
