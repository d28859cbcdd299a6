"""When families are reminded, who of them, and from which text: one table. The notes after a course are in it
too. A new moment is one row in it, a text and a template in `templates/emails/`. It needs a `MessageKind` or
a `Moment` of its own only if none has the right name for it.

`due_reminders` asks it what is due now, `notices` writes what is due, `queue_reminders` queues it, and
`withholding` asks it again before it leaves.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum, auto

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scheduling.models import Course, Message, MessageKind, Moment, Session, Unit
from scheduling.states import HERE, SessionStatus
from scheduling.telling.clock_times import A_DAY, at
from scheduling.telling.texts import moment_of

# When families are up and the unit's phone is answered.
MORNING = time(9)


class Whom(Enum):
    """Who gets it, of those who may be written to. Whoever does not know a visit is for a person to tell."""

    KNOWS = auto()
    # Not those who were told within the last day before it is due: they have just read all of it.
    HAS_KNOWN_FOR_A_DAY = auto()
    EVERYBODY = auto()


@dataclass(frozen=True)
class Reminder:
    """One row of the table.

    name: how the names begin under which each goes once. days, clock: when it is due, in days counted from
    the visit (minus means before it) and a time of day; no time means never. that_day_only: whether it is
    too late once that day is over; a visit to come is not told of once it has begun. looks_back: whether it
    is about the last day of a course that was given, or else about each booked visit. only_if: what else
    has to be so. subject: readable on a lock screen, with `%(day)s` and `%(time)s` of the visit. template:
    of the mail, `emails/<template>.txt` and `.html`. text_message: its words, with the unit's `%(phone)s`
    too; empty if it goes by mail alone.
    """

    name: str
    kind: MessageKind
    days: Callable[[Unit], Collection[int]]
    clock: Callable[[Unit], time | None]
    whom: Whom
    text: Callable[[Session], Moment]
    subject: str
    template: str
    text_message: str = ""
    looks_back: bool = False
    that_day_only: bool = True
    only_if: Callable[[Session], bool] = lambda session: True

    @property
    def stands(self) -> SessionStatus:
        """How a visit has to stand for it to be true."""
        return SessionStatus.FULFILLED if self.looks_back else SessionStatus.BOOKED

    def due_since(self, unit: Unit, session: Session, now: datetime) -> datetime | None:
        """Since when it is due, as far as the clock decides; None if it is not.

        Of several of its days that have come the last one counts: whoever was not reminded for a week is
        reminded once.
        """
        clock = self.clock(unit)
        if clock is None:
            return None
        moments = [at(session.day + days * A_DAY, clock) for days in self.days(unit)]
        come = [moment for moment in moments if moment <= now and not self.why_too_late(session, moment, now)]
        return max(come, default=None)

    def why_too_late(self, session: Session, since: datetime, now: datetime) -> str:
        """Why one that was due at `since` may not leave any more, as half a sentence; empty if it may."""
        if self.that_day_only and timezone.localdate(since) != timezone.localdate(now):
            return "its time was over before it could be"
        if not self.looks_back and session.starts_at <= now:
            return "the visit had begun before it could be"
        return ""

    def only_once(self, session: Session, since: datetime) -> str:
        """What makes a second one to the same contact a mistake.

        It says the day, and of a visit to come the SEQUENCE: moved, it is reminded of anew.
        """
        days = abs((session.day - timezone.localdate(since)).days)
        revision = "" if self.looks_back else f".{session.sequence}"
        return f"{self.name}-{days}{revision}"


def came_the_day_before(session: Session) -> bool:
    """Whether the child was here for the course on the day before this one."""
    live, day = session.course.live_sessions, session.day - A_DAY
    return any(other.day == day and other.status in HERE for other in live)


REMINDERS = (
    Reminder(
        name="reminder",
        kind=MessageKind.REMINDER,
        days=lambda unit: [-days for days in unit.reminder_days if isinstance(days, int)],
        clock=lambda unit: MORNING,
        that_day_only=False,
        whom=Whom.HAS_KNOWN_FOR_A_DAY,
        text=moment_of,
        subject=_("Reminder: hospital visit %(day)s, %(time)s"),
        template="reminder",
        text_message=_("Reminder: hospital visit %(day)s, %(time)s. If you cannot come, ring %(phone)s."),
    ),
    Reminder(
        name="between",
        kind=MessageKind.BETWEEN,
        days=lambda unit: [-1],
        clock=lambda unit: unit.evening_at,
        only_if=came_the_day_before,
        whom=Whom.KNOWS,
        text=lambda session: Moment.BETWEEN,
        subject=_("After today’s hospital visit"),
        template="between",
    ),
    Reminder(
        name="day_after",
        kind=MessageKind.DAY_AFTER,
        days=lambda unit: [1],
        clock=lambda unit: MORNING,
        looks_back=True,
        whom=Whom.EVERYBODY,
        text=lambda session: Moment.AFTER,
        subject=_("After your hospital visit"),
        template="day_after",
    ),
    Reminder(
        name="day_3",
        kind=MessageKind.DAY_3,
        days=lambda unit: [3] if unit.asks_how_it_went else [],
        clock=lambda unit: MORNING,
        looks_back=True,
        whom=Whom.EVERYBODY,
        text=lambda session: Moment.AFTER,
        subject=_("How did it go after your hospital visit?"),
        template="day_3",
    ),
)


def reminder_of(message: Message) -> Reminder | None:
    """The row that a notice was written from; None for one that is about something else."""
    name = message.only_once or ""
    return next((reminder for reminder in REMINDERS if name.startswith(f"{reminder.name}-")), None)


def days_in_reach(units: Iterable[Unit], today: date) -> tuple[date, date]:
    """The first and the last day of visits about which anything may be due today."""
    days = [0, *(days for unit in units for reminder in REMINDERS for days in reminder.days(unit))]
    return today - max(days) * A_DAY, today - min(days) * A_DAY


def due_about(course: Course, now: datetime) -> Iterator[tuple[Reminder, Session, datetime]]:
    """What a course's days make due: the row, the day it is about, and since when."""
    live = course.live_sessions
    booked = [session for session in live if session.status == SessionStatus.BOOKED]
    given = live[-1:] if all(session.status == SessionStatus.FULFILLED for session in live) else []
    for session in live:
        session.course = course
        for reminder in REMINDERS:
            if session not in (given if reminder.looks_back else booked):
                continue
            since = reminder.due_since(course.unit, session, now)
            if since and reminder.only_if(session):
                yield reminder, session, since
