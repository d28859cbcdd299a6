"""Rows whose status moves by a table."""

from typing import Any, ClassVar

from django.db import models

from scheduling.errors import ChangedMeanwhile, MoveNotAllowed
from scheduling.states import Moves


class WithStatus(models.Model):
    """A row whose status moves by the table in `scheduling.states`, and by nothing else."""

    status: str
    moves: ClassVar[Moves]

    class Meta:
        abstract = True

    def move_to(self, status: models.TextChoices, **fields: Any) -> None:
        """Move by a conditional update, so that of two colleagues one wins. Callers add the audit row.

        fields: what has to be saved in the same update.

        Raises MoveNotAllowed if the table has no such move, ChangedMeanwhile if somebody was faster.
        """
        before = self.status
        if status not in self.moves.get(before, ()):
            raise MoveNotAllowed(self, status)
        moved = type(self)._base_manager.filter(pk=self.pk, status=before).update(status=status, **fields)
        if not moved:
            raise ChangedMeanwhile(self)
        for name, value in {"status": status, **fields}.items():
            setattr(self, name, value)
