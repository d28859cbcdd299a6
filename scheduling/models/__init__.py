"""The nouns of scheduling, their constraints, and querysets that speak clinic."""

from scheduling.models.course import (
    ENDINGS,
    Booking,
    CancelReason,
    Course,
    ImpossibleDates,
    Priority,
    Reason,
    Session,
)
from scheduling.models.message import Message, Method
from scheduling.models.unit import (
    MOST_POINTS,
    Chair,
    Closure,
    EntryDetail,
    OpeningHours,
    Staffing,
    Unit,
    Weekday,
)

__all__ = [
    "ENDINGS",
    "MOST_POINTS",
    "Booking",
    "CancelReason",
    "Chair",
    "Closure",
    "Course",
    "EntryDetail",
    "ImpossibleDates",
    "Message",
    "Method",
    "OpeningHours",
    "Priority",
    "Reason",
    "Session",
    "Staffing",
    "Unit",
    "Weekday",
]
