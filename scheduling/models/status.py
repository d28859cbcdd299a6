"""Rows whose status may change only as a table allows."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import models

from scheduling.errors import ChangedMeanwhile, MoveNotAllowed
from scheduling.states import Moves


class WithStatus(models.Model):
    """A row whose status changes only by `move_to`, as a table in `scheduling.states` allows."""

    status: str
    moves: ClassVar[Moves]
    # Fields that must not have changed since the row was read.
    compared: ClassVar[Sequence[str]] = ("status",)

    class Meta:
        abstract = True

    def as_read(self) -> models.QuerySet[Any]:
        """A queryset of this row, empty if somebody has changed it since it was read: to update it safely."""
        same = {name: getattr(self, name) for name in self.compared}
        return type(self)._base_manager.filter(pk=self.pk, **same)

    def suppose(self, status: models.TextChoices) -> None:
        """Give this row, a copy that is never saved, another status: for previews."""
        self.status = status

    def move_to(self, status: models.TextChoices, *, only_if: models.Q | None = None, **fields: Any) -> None:
        """Change the status by a conditional update, so that of two colleagues only one succeeds.

        The caller writes the audit row. only_if: what else has to be so then. fields: what has to be saved in
        the same update.

        Raises MoveNotAllowed if the table has no such move, ChangedMeanwhile if somebody was faster.
        """
        if status not in self.moves.get(self.status, ()):
            raise MoveNotAllowed(self, status)
        if not self.as_read().filter(only_if or models.Q()).update(status=status, **fields):
            raise ChangedMeanwhile(self)
        for name, value in {"status": status, **fields}.items():
            setattr(self, name, value)
