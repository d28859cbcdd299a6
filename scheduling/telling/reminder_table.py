"""One table of reminders and follow-up messages: when each is sent, to whom, and with which approved text.

For a new one, add a row, a text and a template in `templates/emails/`. It needs a new `MessageKind` or
`Moment` only if no existing one fits.

`due_reminders` finds what is due now, `notices` writes it, `queue_reminders` queues it, and `withholding`
checks it again before it is sent.
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
    """Who gets it, of those who may be written to. A contact who does not know a visit hears from staff."""

    KNOWS = auto()
    # Not contacts who were told less than a day before it is due: they have just read it all.
    HAS_KNOWN_FOR_A_DAY = auto()
    EVERYBODY = auto()


@dataclass(frozen=True)
class Reminder:
    """One row of the table.

    name: what the unique name (`only_once`) of each message begins with. days, clock: when it is due, as days
    from the visit (negative is before it) and a time of day; no time means never. whom: who gets it. text:
    the moment of the approved text in it. subject: fit for a lock screen, with `%(day)s` and `%(time)s` of
    the visit. template: `emails/<template>.txt` and `.html`. text_message: the words of the text message,
    which may also use `%(phone)s`, the unit's number; empty if it goes by mail alone. looks_back: it is about
    the last day of a course that was given; otherwise about each booked visit. that_day_only: it is too late
    once the day it is due is over. only_if: a further condition.

    A reminder of a visit is never sent once the visit has begun.
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
        """The status that the visit must have for the message to be true."""
        return SessionStatus.FULFILLED if self.looks_back else SessionStatus.BOOKED

    def due_since(self, unit: Unit, session: Session, now: datetime) -> datetime | None:
        """When it became due, as far as the clock decides; None if it is not due.

        If several of its days have come, the last one counts: a family without a reminder for a week gets
        one, not several.
        """
        clock = self.clock(unit)
        if clock is None:
            return None
        moments = [at(session.day + days * A_DAY, clock) for days in self.days(unit)]
        come = [moment for moment in moments if moment <= now and not self.why_too_late(session, moment, now)]
        return max(come, default=None)

    def why_too_late(self, session: Session, since: datetime, now: datetime) -> str:
        """Why one that was due at `since` may not be sent any more, as half a sentence; empty if it may."""
        if self.that_day_only and timezone.localdate(since) != timezone.localdate(now):
            return "its time was over before it could be"
        if not self.looks_back and session.starts_at <= now:
            return "the visit had begun before it could be"
        return ""

    def only_once(self, session: Session, since: datetime) -> str:
        """The unique name that prevents a second one for the same contact.

        It contains the day and, for a coming visit, the SEQUENCE, so a visit that was moved gets a new
        reminder.
        """
        days = abs((session.day - timezone.localdate(since)).days)
        revision = "" if self.looks_back else f".{session.sequence}"
        return f"{self.name}-{days}{revision}"


def came_the_day_before(session: Session) -> bool:
    """Whether the child came for this course on the day before this one."""
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
    """The row of the table that a notice was written from; None if it came from none."""
    name = message.only_once or ""
    return next((reminder for reminder in REMINDERS if name.startswith(f"{reminder.name}-")), None)


def days_in_reach(units: Iterable[Unit], today: date) -> tuple[date, date]:
    """The first and the last day of visits about which anything may be due today."""
    days = [0, *(days for unit in units for reminder in REMINDERS for days in reminder.days(unit))]
    return today - max(days) * A_DAY, today - min(days) * A_DAY


def due_about(course: Course, now: datetime) -> Iterator[tuple[Reminder, Session, datetime]]:
    """What is due about a course: the row of the table, the session it is about, and since when."""
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
