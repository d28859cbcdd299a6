"""What people and the worker do to courses, their days and tasks, and the log's row of it."""

from typing import Any

from django.db import models

from patients import audit

# For a colleague whose page is out of date.
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


def record(action: str, row: models.Model, by: audit.Actor, changes: dict[str, Any]) -> None:
    """Write the audit row of an act on a course."""
    audit.record(action, by=by, on=row, patient=row.patient_id, changes=changes)
