"""The last act on each course: how to undo it, and for a day longer what would undo it then."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from scheduling.models.course import Course
from scheduling.rules import Visit


class Undoable(models.TextChoices):
    """The acts that can be undone, as nouns."""

    BOOK = "book", "booking"
    MOVE = "move", "move"
    CANCEL = "cancel", "cancellation"
    HOLD = "hold", "hold"


class UndoableActQuerySet(models.QuerySet["UndoableAct"]):
    def open(self, now: datetime) -> "UndoableActQuerySet":
        """Acts that can still be undone, as far as the clock decides."""
        return self.filter(until__gt=now)

    def with_mails(self, now: datetime) -> "UndoableActQuerySet":
        """Of these, those of which a family reads: while one is open, no mail about its course leaves."""
        return self.open(now).exclude(kind=Undoable.HOLD)


class UndoableAct(models.Model):
    """What the last act on a course changed: enough to put every row back as it was.

    until: from then on it cannot be undone. left: the course's version after the act. last_event,
    last_message: the latest rows of the log and of the course's messages then. rows: as `booking.undoable`
    writes them; keys, statuses and times, and no names.
    """

    course = models.OneToOneField(Course, on_delete=models.CASCADE, related_name="undoable")
    kind = models.CharField(max_length=6, choices=Undoable)
    until = models.DateTimeField(db_index=True)
    left = models.CharField(max_length=64)
    last_event = models.PositiveBigIntegerField()
    last_message = models.PositiveBigIntegerField()
    rows = models.JSONField()

    objects = UndoableActQuerySet.as_manager()

    class Meta:
        verbose_name = "act that can be undone"

    def __str__(self) -> str:
        return f"the {self.get_kind_display()}"

    def is_open(self, now: datetime) -> bool:
        return now < self.until

    @property
    def together(self) -> list[int]:
        """The keys of all courses of an act on several; empty if it was on one."""
        return self.rows.get("together", [])

    @property
    def status_before(self) -> str:
        return self.rows["course"]["status"]

    @property
    def visits_before(self) -> list[Visit]:
        """Where the course stood before the act, first day first; empty if it only waited."""
        return [_visit(row) for row in self.rows["bookings"]]


def _visit(row: dict[str, Any]) -> Visit:
    starts_at, ends_at = (datetime.fromisoformat(row[name]) for name in ("starts_at", "ends_at"))
    start = timezone.localtime(starts_at)
    minutes = (ends_at - starts_at) // timedelta(minutes=1)
    return Visit(start.date(), row["chair_id"], start.hour * 60 + start.minute, minutes)
