"""How the process that works on a draft says that it is alive and how far it is, and hears that it is to
end."""

from collections.abc import Callable
from time import monotonic

from django.db import DatabaseError, connection
from django.utils import timezone

from scheduling.models import Draft
from scheduling.planner import Progress
from scheduling.states import DraftStatus

# So many seconds lie between two entries at least.
EVERY = 1.0


class Pulse:
    """What `scheduling.planner` is given to watch: it writes to the draft's row, and reads what a person
    wants.

    was_cancelled: the draft is not worked on any more, so nothing of it is to be kept. was_stopped: the best
    so far is wanted. machine_stops: the process was told to end.
    """

    def __init__(self, draft_id: int, stopping: Callable[[], bool] = lambda: False) -> None:
        self.was_cancelled = self.was_stopped = self.machine_stops = False
        self._draft_id = draft_id
        self._stopping = stopping
        self._next = 0.0

    def __call__(self, progress: Progress) -> bool:
        return self.beat(progress)

    def beat(self, progress: Progress | None = None) -> bool:
        """Say that the process is alive, at most every second. Returns whether to go on."""
        self.machine_stops = self.machine_stops or self._stopping()
        if monotonic() >= self._next:
            self._next = monotonic() + EVERY
            try:
                self._write(progress)
            except DatabaseError:
                # The database may be back by the time of the result; an exception would upset the solver.
                connection.close()
        return not (self.was_cancelled or self.was_stopped or self.machine_stops)

    def _write(self, progress: Progress | None) -> None:
        mine = Draft.objects.filter(pk=self._draft_id, status=DraftStatus.WORKING)
        if progress:
            mine.update(
                stage=progress.stage.value,
                share=progress.share,
                value=progress.value,
                bound=progress.bound,
            )
        if not mine.update(heartbeat=timezone.now()):
            self.was_cancelled = True
        elif mine.filter(stop_asked=True).exists():
            self.was_stopped = True
