"""The nouns of scheduling, their constraints, and querysets that speak clinic."""

from scheduling.models.advice import AdviceText, Audience, Moment
from scheduling.models.care import (
    OTHER_EFFECT,
    AdverseEffect,
    CannulaAttempt,
    CannulaSite,
    Numbing,
    Side,
)
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
from scheduling.models.family import Ask, CheckIn, Effect, FamilyLink, FamilyRequest
from scheduling.models.message import CALENDAR_KINDS, Channel, Message, MessageKind
from scheduling.models.readiness import (
    ChecklistItem,
    ChecklistVersion,
    Level,
    ReadinessCheck,
    ReadinessOverride,
    TickedBy,
)
from scheduling.models.reply import Answer, IncomingMail, MailOutcome, Reply, Source
from scheduling.models.session import Booking, DayDecision, Given, Instead, LostBecause, PartBecause, Session
from scheduling.models.task import Task, TaskKind
from scheduling.models.telling import Telling, Way
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
    "CALENDAR_KINDS",
    "ENDINGS",
    "MOST_POINTS",
    "OTHER_EFFECT",
    "AdverseEffect",
    "AdviceText",
    "Answer",
    "Ask",
    "Audience",
    "Booking",
    "CancelReason",
    "CannulaAttempt",
    "CannulaSite",
    "Chair",
    "Channel",
    "CheckIn",
    "ChecklistItem",
    "ChecklistVersion",
    "Closure",
    "ContactAttempt",
    "ContactOutcome",
    "Course",
    "DayDecision",
    "Effect",
    "EntryDetail",
    "FamilyLink",
    "FamilyRequest",
    "Given",
    "ImpossibleDates",
    "IncomingMail",
    "Instead",
    "Level",
    "LostBecause",
    "MailOutcome",
    "Message",
    "MessageKind",
    "Moment",
    "Numbing",
    "OpeningHours",
    "PartBecause",
    "Priority",
    "ReadinessCheck",
    "ReadinessOverride",
    "Reason",
    "Reply",
    "Session",
    "Side",
    "Source",
    "Staffing",
    "Task",
    "TaskKind",
    "Telling",
    "TickedBy",
    "Unit",
    "Way",
    "Weekday",
]
