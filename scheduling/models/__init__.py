"""The tables of scheduling with their constraints, and querysets named in the clinic's words."""

from scheduling.models.adt_message import EVENTS, AdtMessage, AdtState
from scheduling.models.advice import EVERYONE, AdviceText, Audience, LeafletPage, Moment
from scheduling.models.booking import Booking
from scheduling.models.cancel_reason import TO_CANCEL, TO_MOVE, CancelReason
from scheduling.models.care import (
    OTHER_EFFECT,
    AdverseEffect,
    CannulaAttempt,
    CannulaSide,
    CannulaSite,
    Numbing,
)
from scheduling.models.chasing import ChaseNote, ChaseOutcome
from scheduling.models.contact_log import ContactAttempt, ContactOutcome
from scheduling.models.course import Course, DateRange, ImpossibleDates, Priority, Reason
from scheduling.models.day_decision import DayDecision
from scheduling.models.decision import UNTIL, Decision, NextStep
from scheduling.models.draft import Accept, Decide, Draft, DraftKind, DraftMove, LeftOutWhy, Outcome
from scheduling.models.family import Ask, CheckIn, ChildLimits, Effect, FamilyLink, FamilyRequest
from scheduling.models.languages import LanguageApproval
from scheduling.models.message import CALENDAR_KINDS, NEW_ADDRESS, Channel, Message, MessageKind
from scheduling.models.need import Need, PatientNeed, RoleShift
from scheduling.models.offer import FamilyOffer
from scheduling.models.opening import (
    Closure,
    KeptFor,
    KeptPlaces,
    OpeningHours,
    SchoolTerm,
    Staffing,
    Weekday,
)
from scheduling.models.other_infusion import InfusionKind, OtherInfusion
from scheduling.models.other_system import OtherSystem, Reads, SystemToken
from scheduling.models.pause import PauseReason
from scheduling.models.phases import BookedPhases
from scheduling.models.readiness import (
    ChecklistItem,
    ChecklistVersion,
    Level,
    ReadinessCheck,
    ReadinessOverride,
    TickedBy,
)
from scheduling.models.reply import Answer, IncomingMail, MailboxProgress, MailOutcome, Reply, Source
from scheduling.models.result_import import ImportedResult, ResultsImport
from scheduling.models.review import (
    ActiveSite,
    BodySite,
    Imaging,
    ImagingKind,
    Medicine,
    MedicineKind,
    Review,
    ReviewSource,
    Side,
    every_site,
    site_name,
)
from scheduling.models.rule_override import RuleOverride, Soft
from scheduling.models.session import Given, Instead, LostBecause, PartBecause, Session
from scheduling.models.shared_days import SharedBecause, SharedDays
from scheduling.models.spreadsheet_import import (
    ImportLine,
    LineAnswer,
    LineKind,
    LineOutcome,
    SpreadsheetImport,
)
from scheduling.models.staff_feed import StaffFeed
from scheduling.models.task import Counted, Task, TaskKind
from scheduling.models.telling import Telling, Way
from scheduling.models.undo import Undoable, UndoableAct
from scheduling.models.unit import (
    MOST_ALARM_MINUTES,
    MOST_POINTS,
    MOST_UNDO_MINUTES,
    Chair,
    EntryDetail,
    Unit,
)
from scheduling.models.watch import Outage, Turn, WorkerBeat
from scheduling.models.webhook import (
    ASKED_FOR,
    EVENTS_KEPT,
    WEBHOOK_WAITS,
    EventType,
    WebhookEndpoint,
    WebhookEvent,
    WebhookProgress,
)
from scheduling.models.whom_to_ask import MOST_CONTACTS, WhomToAsk

__all__ = [
    "ASKED_FOR",
    "CALENDAR_KINDS",
    "EVENTS",
    "EVENTS_KEPT",
    "EVERYONE",
    "MOST_ALARM_MINUTES",
    "MOST_CONTACTS",
    "MOST_POINTS",
    "MOST_UNDO_MINUTES",
    "NEW_ADDRESS",
    "OTHER_EFFECT",
    "TO_CANCEL",
    "TO_MOVE",
    "UNTIL",
    "WEBHOOK_WAITS",
    "Accept",
    "ActiveSite",
    "AdtMessage",
    "AdtState",
    "AdverseEffect",
    "AdviceText",
    "Answer",
    "Ask",
    "Audience",
    "BodySite",
    "BookedPhases",
    "Booking",
    "CancelReason",
    "CannulaAttempt",
    "CannulaSide",
    "CannulaSite",
    "Chair",
    "Channel",
    "ChaseNote",
    "ChaseOutcome",
    "CheckIn",
    "ChecklistItem",
    "ChecklistVersion",
    "ChildLimits",
    "Closure",
    "ContactAttempt",
    "ContactOutcome",
    "Counted",
    "Course",
    "DateRange",
    "DayDecision",
    "Decide",
    "Decision",
    "Draft",
    "DraftKind",
    "DraftMove",
    "Effect",
    "EntryDetail",
    "EventType",
    "FamilyLink",
    "FamilyOffer",
    "FamilyRequest",
    "Given",
    "Imaging",
    "ImagingKind",
    "ImportLine",
    "ImportedResult",
    "ImpossibleDates",
    "IncomingMail",
    "InfusionKind",
    "Instead",
    "KeptFor",
    "KeptPlaces",
    "LanguageApproval",
    "LeafletPage",
    "LeftOutWhy",
    "Level",
    "LineAnswer",
    "LineKind",
    "LineOutcome",
    "LostBecause",
    "MailOutcome",
    "MailboxProgress",
    "Medicine",
    "MedicineKind",
    "Message",
    "MessageKind",
    "Moment",
    "Need",
    "NextStep",
    "Numbing",
    "OpeningHours",
    "OtherInfusion",
    "OtherSystem",
    "Outage",
    "Outcome",
    "PartBecause",
    "PatientNeed",
    "PauseReason",
    "Priority",
    "ReadinessCheck",
    "ReadinessOverride",
    "Reads",
    "Reason",
    "Reply",
    "ResultsImport",
    "Review",
    "ReviewSource",
    "RoleShift",
    "RuleOverride",
    "SchoolTerm",
    "Session",
    "SharedBecause",
    "SharedDays",
    "Side",
    "Soft",
    "Source",
    "SpreadsheetImport",
    "StaffFeed",
    "Staffing",
    "SystemToken",
    "Task",
    "TaskKind",
    "Telling",
    "TickedBy",
    "Turn",
    "Undoable",
    "UndoableAct",
    "Unit",
    "Way",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookProgress",
    "Weekday",
    "WhomToAsk",
    "WorkerBeat",
    "every_site",
    "site_name",
]
