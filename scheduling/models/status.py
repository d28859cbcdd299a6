"""Rows whose status moves by a table."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import models

from scheduling.errors import ChangedMeanwhile, MoveNotAllowed
from scheduling.states import Moves


class WithStatus(models.Model):
    """A row whose status moves by the table in `scheduling.states`, and by nothing else."""

    status: str
    moves: ClassVar[Moves]
    # What is compared to see that nobody moved the row since it was read.
    compared: ClassVar[Sequence[str]] = ("status",)

    class Meta:
        abstract = True

    def as_read(self) -> models.QuerySet[Any]:
        """The row, if nobody has moved it since it was read; else nothing. For a conditional update."""
        same = {name: getattr(self, name) for name in self.compared}
        return type(self)._base_manager.filter(pk=self.pk, **same)

    def move_to(self, status: models.TextChoices, **fields: Any) -> None:
        """Move by a conditional update, so that of two colleagues one wins. Callers add the audit row.

        fields: what has to be saved in the same update.

        Raises MoveNotAllowed if the table has no such move, ChangedMeanwhile if somebody was faster.
        """
        if status not in self.moves.get(self.status, ()):
            raise MoveNotAllowed(self, status)
        if not self.as_read().update(status=status, **fields):
            raise ChangedMeanwhile(self)
        for name, value in {"status": status, **fields}.items():
            setattr(self, name, value)
