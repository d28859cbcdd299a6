"""Room that became free is somebody's chance: a task says which place, and its page who would fit."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock_range, quantity, short_date
from patients import audit
from scheduling.matches import find_matches, to_json
from scheduling.models import Chair, Course, TaskKind
from scheduling.rules import Visit
from scheduling.tasks import open_task


def note_freed(left: Course, visits: Sequence[Visit], *, now: datetime, by: audit.Actor) -> None:
    """Open a task for the place a course left, if a waiting course would fit there as a whole."""
    matches = find_matches(left.unit, visits, now, leaving_out=left.pk)
    if not matches:
        return
    chairs = Chair.objects.in_bulk({visit.chair for visit in visits})
    places = "; ".join(
        f"{short_date(v.day)}, {clock_range(v.start, v.end)}, {chairs[v.chair]}" for v in visits
    )
    fit = quantity(len(matches), "waiting course would fit", "waiting courses would fit")
    open_task(
        TaskKind.FREED,
        f"Free now: {places}. {fit}.",
        about=left.unit,
        due_on=timezone.localdate(now),
        freed=to_json(visits),
        by=by,
    )
