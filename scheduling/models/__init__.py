"""The nouns of scheduling, their constraints, and querysets that speak clinic."""

from scheduling.models.course import (
    ENDINGS,
    CancelReason,
    ContactAttempt,
    ContactOutcome,
    Course,
    ImpossibleDates,
    Priority,
    Reason,
)
from scheduling.models.message import Message, Method
from scheduling.models.session import Booking, DayDecision, Instead, LostBecause, Session
from scheduling.models.task import Task, TaskKind
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
    "ContactAttempt",
    "ContactOutcome",
    "Course",
    "DayDecision",
    "EntryDetail",
    "ImpossibleDates",
    "Instead",
    "LostBecause",
    "Message",
    "Method",
    "OpeningHours",
    "Priority",
    "Reason",
    "Session",
    "Staffing",
    "Task",
    "TaskKind",
    "Unit",
    "Weekday",
]
