"""Tasks about places that became free. A task says which place, and its page shows who would fit."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock_range, short_date
from patients import audit
from scheduling.models import Chair, Course, Task, TaskKind, Unit
from scheduling.rules import Visit
from scheduling.tasks.opening import close_tasks, open_task
from scheduling.unit.matches import find_matches, from_json, to_json, usable
from scheduling.unit.recheck import close_fitting


def note_freed(left: Course, visits: Sequence[Visit], *, now: datetime, by: audit.Actor) -> None:
    """Open a task for the place a course left, if a waiting course would fit there as a whole.

    The room may also let a booked course fit again; its task is then closed.
    """
    close_fitting(left.unit, now=now, by=by)
    visits = usable(left.unit, visits, now)
    if not find_matches(left.unit, visits, now, leaving_out=left.pk):
        return
    chairs = Chair.objects.in_bulk({visit.chair for visit in visits})
    places = "; ".join(
        f"{short_date(v.day)}, {clock_range(v.start, v.end)}, {chairs[v.chair]}" for v in visits
    )
    open_task(
        TaskKind.FREED,
        f"Free now: {places}. Somebody who waits could come.",
        about=left.unit,
        due_on=timezone.localdate(now),
        freed=to_json(visits),
        by=by,
    )


def note_taken(unit: Unit, visits: Sequence[Visit], *, by: audit.Actor) -> None:
    """Close the tasks about free places that these visits have now taken, wholly or in part."""
    for task in Task.objects.open().filter(unit=unit, kind=TaskKind.FREED):
        if any(_overlap(place, visit) for place in from_json(task.freed) for visit in visits):
            close_tasks(Task.objects.filter(pk=task.pk), "The place has been taken.", by=by)


def _overlap(place: Visit, visit: Visit) -> bool:
    same = (place.day, place.chair) == (visit.day, visit.chair)
    return same and place.start < visit.end and visit.start < place.end
