"""One table of reminders and follow-up messages: when each is sent, to whom, and with which approved text.

For a new one, add a row, a text and a template in `templates/emails/`. It needs a new `MessageKind` or
`Moment` only if no existing one fits.

`due_reminders` finds what is due now, `notices` writes it, `queue_reminders` queues it, and `withholding`
checks it again before it is sent.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, auto

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from scheduling.models import Course, Message, MessageKind, Moment, Session, Unit
from scheduling.states import HERE, SessionStatus
from scheduling.telling.clock_times import A_DAY, at
from scheduling.telling.texts import moment_of

# When families are up and the unit's phone is answered; and when an evening is too late to prepare anything.
MORNING, EVENING = time(9), time(20)
# So long after its last sensible time the worker looks for what was let go, to say so.
LOOK_BACK = timedelta(hours=24)
# The notes after a course may leave so many days after they became due, or be let go a day later.
LATE_DAYS = 3
TOO_LATE = "its last sensible time was over"


class Whom(Enum):
    """Who gets it, of those who may be written to. A contact who does not know a visit hears from staff."""

    KNOWS = auto()
    # Not contacts who were told less than a day before it is due: they have just read it all.
    HAS_KNOWN_FOR_A_DAY = auto()
    EVERYBODY = auto()


@dataclass(frozen=True)
class Reminder:
    """One row of the table.

    name: how the names begin under which each goes once. days, clock: when it is due, in days counted from
    the visit (minus means before it) and a time of day; no time means never. last: its last sensible time,
    from the visit and the day on which it became due; from then on it is let go. looks_back: whether it is
    about the last day of a course that was given, or else about a booked visit. names_all: whether it names
    the other booked days too. on_a_visit_day: whether it may leave on a day of the course; it is read in
    peace otherwise. only_if: what else has to be so. subject: readable on a lock screen, with `%(days)s`, the
    days and times that it names, or `%(number)s` and `%(when)s` of its own visit. template: of the mail,
    `emails/<template>.txt` and `.html`. text_message: its words, with the unit's `%(phone)s` too; empty if it
    goes by mail alone.
    """

    name: str
    kind: MessageKind
    days: Callable[[Unit], Collection[int]]
    clock: Callable[[Unit], time | None]
    last: Callable[[Session, date], datetime]
    whom: Whom
    text: Callable[[Session], Moment]
    subject: str
    template: str
    text_message: str = ""
    looks_back: bool = False
    names_all: bool = False
    on_a_visit_day: bool = False
    only_if: Callable[[Session], bool] = lambda session: True

    @property
    def stands(self) -> SessionStatus:
        """The status that the visit must have for the message to be true."""
        return SessionStatus.FULFILLED if self.looks_back else SessionStatus.BOOKED

    def due_since(self, unit: Unit, session: Session, now: datetime) -> datetime | None:
        """Since when it is due, as far as the clock decides, or was until a day ago; None if it is not.

        If several of its days have come, the last one counts: a family without a reminder for a week gets
        one, not several.
        """
        clock = self.clock(unit)
        if clock is None:
            return None
        moments = [at(session.day + days * A_DAY, clock) for days in self.days(unit)]
        come = [moment for moment in moments if moment <= now < self.last_time(session, moment) + LOOK_BACK]
        return max(come, default=None)

    def last_time(self, session: Session, since: datetime) -> datetime:
        """When it is let go, if it became due at `since`."""
        return self.last(session, timezone.localdate(since))

    def only_once(self, session: Session, since: datetime) -> str:
        """The unique name that prevents a second one for the same contact.

        It contains the day and, for a coming visit, the SEQUENCE, so a visit that was moved gets a new
        reminder.
        """
        days = abs((session.day - timezone.localdate(since)).days)
        revision = "" if self.looks_back else f".{session.sequence}"
        return f"{self.name}-{days}{revision}"


def begins_days_in_a_row(session: Session) -> bool:
    """Whether the course has no visit on the day before this one, given, lost or to come."""
    before = session.day - A_DAY
    others = session.course.sessions.all()
    return not any(other.day == before and other.status != SessionStatus.CANCELLED for other in others)


def came_the_day_before(session: Session) -> bool:
    """Whether the child came for this course on the day before this one."""
    live, day = session.course.live_sessions, session.day - A_DAY
    return any(other.day == day and other.status in HERE for other in live)


def while_half_the_wait_is_left(session: Session, day: date) -> datetime:
    """Before a visit: 8pm of the day on which half of the days to it are left, or else of the eve."""
    return at(session.day - max((session.day - day).days // 2, 1) * A_DAY, EVENING)


def within_that_evening(session: Session, day: date) -> datetime:
    """Three hours after the unit's time for the message between two days, at the latest at midnight."""
    evening = at(session.day - A_DAY, session.course.unit.evening_at or EVENING)
    return min(evening + timedelta(hours=3), at(session.day, time(0)))


def until_evening(days: int) -> Callable[[Session, date], datetime]:
    """8pm, so many days after it became due: somebody may record the visit late."""
    return lambda session, day: at(day + days * A_DAY, EVENING)


REMINDERS = (
    Reminder(
        name="reminder",
        kind=MessageKind.REMINDER,
        days=lambda unit: [-days for days in unit.reminder_days if isinstance(days, int)],
        clock=lambda unit: MORNING,
        last=while_half_the_wait_is_left,
        names_all=True,
        only_if=begins_days_in_a_row,
        whom=Whom.HAS_KNOWN_FOR_A_DAY,
        text=moment_of,
        subject=_("Reminder: hospital visit %(days)s"),
        template="reminder",
        text_message=_("Reminder: hospital visit %(days)s. If you cannot come, ring %(phone)s."),
    ),
    Reminder(
        name="between",
        kind=MessageKind.BETWEEN,
        days=lambda unit: [-1],
        clock=lambda unit: unit.evening_at,
        last=within_that_evening,
        on_a_visit_day=True,
        only_if=came_the_day_before,
        whom=Whom.KNOWS,
        text=lambda session: Moment.BETWEEN,
        subject=_("After today’s hospital visit: day %(number)s is %(when)s"),
        template="between",
    ),
    Reminder(
        name="day_after",
        kind=MessageKind.DAY_AFTER,
        days=lambda unit: [1],
        clock=lambda unit: MORNING,
        last=until_evening(1),
        looks_back=True,
        whom=Whom.EVERYBODY,
        text=lambda session: Moment.AFTER,
        subject=_("After your hospital visit"),
        template="day_after",
    ),
    Reminder(
        name="day_3",
        kind=MessageKind.DAY_3,
        # The leaflet: side effects come within days, and most with the first course.
        days=lambda unit: [3, 5] if unit.asks_how_it_went else [],
        clock=lambda unit: MORNING,
        last=until_evening(2),
        looks_back=True,
        whom=Whom.EVERYBODY,
        text=lambda session: Moment.AFTER,
        subject=_("How did it go after your hospital visit?"),
        template="day_3",
    ),
)
# What else is said to whoever answered that they cannot come: the day stands until a person has decided.
SAID_NO = {
    "subject": _("You answered No: hospital visit %(days)s"),
    "text_message": _(
        "You said No: hospital visit %(days)s. It is still booked. If we have not rung, ring %(phone)s."
    ),
}


def reminder_of(message: Message) -> Reminder | None:
    """The row of the table that a notice was written from; None if it came from none."""
    name = message.only_once or ""
    return next((reminder for reminder in REMINDERS if name.startswith(f"{reminder.name}-")), None)


def days_in_reach(units: Iterable[Unit], today: date) -> tuple[date, date]:
    """The first and the last day of visits about which anything may be due today, or was let go just now."""
    units = list(units)
    days = [0, *(days for unit in units for reminder in REMINDERS for days in reminder.days(unit))]
    return today - (max(days) + LATE_DAYS) * A_DAY, today - min(days) * A_DAY


def due_about(course: Course, now: datetime) -> Iterator[tuple[Reminder, Session, datetime]]:
    """What is due about a course: the row of the table, the session it is about, and since when."""
    live = course.live_sessions
    booked = [session for session in live if session.status == SessionStatus.BOOKED]
    given = live[-1:] if all(session.status == SessionStatus.FULFILLED for session in live) else []
    is_visit_day = any(session.day == timezone.localdate(now) for session in live)
    for session in live:
        session.course = course
        for reminder in REMINDERS:
            if session not in (given if reminder.looks_back else booked):
                continue
            since = reminder.due_since(course.unit, session, now)
            if since is None or not reminder.only_if(session):
                continue
            waits = is_visit_day and not reminder.on_a_visit_day and now < reminder.last_time(session, since)
            if not waits:
                yield reminder, session, since
