"""Until when a drip can start and still end in time."""

from scheduling.rules.course import Shape, Visit
from scheduling.rules.diary import Diary


def latest_start(minutes: int, *, closes: int, chair_taken: int | None) -> int:
    """The latest start, in minutes after midnight, of so many minutes in a chair.

    closes: when the unit does. chair_taken: when the chair is needed next on that day; None if it is not.
    """
    return (closes if chair_taken is None else min(closes, chair_taken)) - minutes


def latest_start_in(visit: Visit, shape: Shape, diary: Diary) -> int | None:
    """The latest start of a visit in the chair that it has; None if the unit is closed on its day."""
    hours = diary.calendar.hours_on(visit.day)
    if hours is None:
        return None
    free_at = visit.start + shape.chair_to
    later = [t.start for t in diary.taken_on(visit.day) if t.chair == visit.chair and t.start >= free_at]
    # Out of the chair at last, the child may stay while somebody else has it.
    taken = min(later) + shape.length - shape.chair_to if later else None
    return latest_start(visit.minutes, closes=hours.closes, chair_taken=taken)
