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
from patients.meanwhile import last_act

# What people and the worker do to courses, their days, and tasks, for a colleague whose page is out of date.
ACTS = {
    "course.booked": "{who} booked this course",
    "course.moved": "{who} moved this course",
    "course.cancelled": "{who} cancelled this course",
    "course.held": "{who} held days for this course",
    "course.hold_released": "{who} released the hold on this course",
    "course.hold_lapsed": "The hold on this course lapsed",
    "course.day_lost": "{who} reported that a day of this course cannot happen",
    "course.day_left_out": "{who} left a day of this course out",
    "course.days_asked": "{who} asked the family for the days they cannot do",
    "course.day_moved": "{who} gave a day of this course at another time",
    "session.arrived": "{who} recorded that the child arrived",
    "session.started": "{who} recorded that the drip started",
    "session.finished": "{who} recorded that the visit is finished",
    "session.not_brought": "{who} recorded that the child was not brought",
    "session.times_recorded": "{who} recorded times of this visit",
    "session.outcome_recorded": "{who} recorded how much was given",
    "session.note_written": "{who} wrote the note of this visit",
    "session.taken_back": "{who} took back what was recorded",
    "task.assigned": "{who} changed who does this task",
    "task.put_off": "{who} changed when this task is due",
    "task.done": "{who} marked this task as done",
}


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
    """The row is no longer what the page was drawn from: who did what, as the log has it."""

    def __init__(self, row: Any) -> None:
        act = last_act(_rows(row), ACTS) or f"This {row._meta.verbose_name} was changed"
        now = f" It is {row.get_status_display().lower()} now." if hasattr(row, "status") else ""
        super().__init__(f"{act}, while you were on this page, so nothing was done.{now}")


def _rows(row: Any) -> list[Any]:
    """The row, and those with which it makes a whole: a course with its days."""
    if hasattr(row, "sessions"):
        return [row, *row.sessions.all()]
    return [row, row.course] if hasattr(row, "number") else [row]


class NotReadyToWrite(Refused):
    """The unit's texts for families are not complete."""

    def __init__(self, unit: Any, missing: Sequence[str]) -> None:
        super().__init__(
            f"Families cannot be written to yet: {unit} has no {' and no '.join(missing)}. "
            "The unit lead can add it under Unit."
        )
