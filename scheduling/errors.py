"""Why something is refused. Each is a sentence for the person at the screen.

Refused                 the rules or the state of things do not allow it (`patients.errors`)
├── SlotGone            the chosen days no longer fit; `objections` says why
├── MoveNotAllowed      the status does not lead there
├── ChangedMeanwhile    a colleague was faster
└── NotReadyToWrite     the unit lacks a text that every mail to a family must carry
"""

from collections.abc import Sequence
from typing import Any

from patients.errors import Refused


class SlotGone(Refused):
    """The placement has objections, each a reason."""

    def __init__(self, objections: Sequence[Any]) -> None:
        sentences = (str(objection.sentence) for objection in objections)
        super().__init__("This choice no longer fits, so nothing was booked.", *sentences)
        self.objections = tuple(objections)


class MoveNotAllowed(Refused):
    """The table of moves has no such move."""

    def __init__(self, row: Any, status: Any) -> None:
        noun = row._meta.verbose_name
        super().__init__(
            f"This {noun} is {row.get_status_display().lower()}, so it cannot become {status.label.lower()}. "
            "Open it again to see what happened."
        )


class ChangedMeanwhile(Refused):
    """The row is no longer what the page was drawn from."""

    def __init__(self, row: Any) -> None:
        super().__init__(
            f"This {row._meta.verbose_name} was changed while you were on this page, so nothing was done. "
            f"It is {row.get_status_display().lower()} now."
        )


class NotReadyToWrite(Refused):
    """The unit's texts for families are not complete."""

    def __init__(self, unit: Any, missing: Sequence[str]) -> None:
        super().__init__(
            f"Families cannot be written to yet: {unit} has no {' and no '.join(missing)}. "
            "The unit lead can add it under Unit."
        )
