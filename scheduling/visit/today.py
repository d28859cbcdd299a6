"""The day list: who comes, in order of arrival, and what to know about each child.

It only reads, and decides nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, quantity
from patients.models import Contact, Patient
from scheduling.checklist.readiness import Overridden, Readiness, load_readiness
from scheduling.models import Booking, Session, Task, TaskKind, Unit
from scheduling.rules import Calendar
from scheduling.states import NEXT, SessionStatus
from scheduling.telling.day_told import DayTold
from scheduling.telling.knowledge import load_told
from scheduling.unit.asks import load_needs
from scheduling.unit.diary_rows import load_calendar
from scheduling.unit.other_infusions import infusions_on
from scheduling.unit.shared_days import partners_of
from scheduling.visit.running_late import late_sentences, latest_start_of

A_DAY = timedelta(days=1)
UNDECIDED = {
    TaskKind.DAY_LOST: "A day of this course was lost: it is not decided yet what comes instead",
    TaskKind.PART_GIVEN: "A day of this course was given only in part: the next one needs a decision",
}
# For how many days ahead to look for the next day on which the unit is open.
LOOK_AHEAD = 14
# How many children are in each of these, in this order.
IN_PART = "in part"
COUNTED = {
    SessionStatus.BOOKED: "to come",
    SessionStatus.HELD: "held",
    SessionStatus.ARRIVED: "here",
    SessionStatus.STARTED: "with the drip running",
    SessionStatus.FULFILLED: "finished",
    IN_PART: "given in part",
    SessionStatus.NOT_BROUGHT: "not brought",
    SessionStatus.NOT_GIVEN: "not given",
}
# What the family knows is shown only for a visit to come: once the child is here it no longer matters.
TO_COME = SessionStatus.BOOKED


@dataclass(frozen=True)
class Row:
    """One child on the list. Buttons and undo exist only on the visit's own day.

    brought_by: whom to expect, and to ring. marks, late: in words. undo_until: None if nothing can be undone.
    latest_start: of a drip that has not started. readiness: None if the unit has no checklist.
    """

    session: Session
    brought_by: tuple[Contact, ...]
    marks: tuple[str, ...]
    late: str = ""
    latest_start: time | None = None
    next_press: SessionStatus | None = None
    undo_until: datetime | None = None
    readiness: Readiness | None = None

    @property
    def patient(self) -> Patient:
        return self.session.course.patient

    @property
    def overrides(self) -> list[Overridden]:
        """Who decided that this visit's drip could start although something was missing."""
        return self.readiness.overrides_of(self.session.pk) if self.readiness else []

    @property
    def may_be_missed(self) -> bool:
        return self.next_press == SessionStatus.ARRIVED


@dataclass(frozen=True)
class DayList:
    """A unit's children on one day. why_closed: words that follow "The unit is"; empty if it is open.

    others: infusions that are not courses, at their chairs and times.

    next_open, next_visits: only for today, and only if nobody comes. The first is the next day on which the
    unit is open, None if there is none within two weeks. The second is the next day with a visit, None if
    there is none.
    """

    day: date
    why_closed: str
    rows: tuple[Row, ...]
    others: tuple[Booking, ...] = ()
    is_tomorrow: bool = False
    next_open: date | None = None
    next_visits: date | None = None

    @property
    def counts(self) -> str:
        """`6 children: 3 to come, 2 here and 1 finished`; nothing for nobody."""
        found = Counter(IN_PART if row.session.is_in_part else row.session.status for row in self.rows)
        parts = [f"{found[status]} {words}" for status, words in COUNTED.items() if found[status]]
        return f"{quantity(len(self.rows), 'child', 'children')}: {listed(parts)}" if parts else ""


def load_today(unit: Unit, now: datetime) -> tuple[DayList, DayList | None]:
    """Today's list, and that of the next day on which somebody comes or the unit is open.

    The second is None if there is no such day within two weeks.

    Nine queries however much is booked, fewer if nothing is.
    """
    today = timezone.localdate(now)
    calendar = load_calendar(unit, today, today + LOOK_AHEAD * A_DAY)
    ahead = (today + n * A_DAY for n in range(1, LOOK_AHEAD + 1))
    next_open = next((day for day in ahead if calendar.is_open(day)), None)
    sessions = _of_unit(unit, today, next_open or today, now)
    to_come = min((s.day for s in sessions if s.day > today), default=None)
    following = to_come or next_open
    lists = _day_lists(sessions, calendar, {today, following or today}, now)
    todays = lists[today]
    if not todays.rows:
        todays = replace(todays, next_open=next_open, next_visits=to_come or _next_visits(unit, today, now))
    todays = replace(todays, others=tuple(infusions_on(unit, today)))
    return todays, lists[following] if following else None


def load_day(unit: Unit, day: date, now: datetime) -> DayList:
    """The list of any date, as it stands now."""
    [found] = load_days(unit, [day], now)
    return found


def load_days(unit: Unit, days: Sequence[date], now: datetime) -> list[DayList]:
    """The lists of some days in a row, in as many queries as that of one where only courses are given."""
    calendar = load_calendar(unit, days[0], days[-1])
    found = _day_lists(_of_unit(unit, days[0], days[-1], now), calendar, days, now)
    return [replace(found[day], others=tuple(infusions_on(unit, day))) for day in days]


def _of_unit(unit: Unit, first: date, last: date, now: datetime) -> list[Session]:
    """The unit's visits of these days, each with the decision that its course waits for."""
    booked = Session.objects.visits(first, last).with_chair_needed().filter(course__unit=unit)
    asked = Task.objects.open().filter(course=OuterRef("course"), kind__in=UNDECIDED).order_by("-due_on")
    booked = booked.annotate(asks=Subquery(asked.values("kind")[:1]))
    found = [s for s in booked.prefetch_related("course__patient__contacts") if not s.has_lapsed(now)]
    load_needs([session.course for session in found])
    return found


def _day_lists(
    sessions: list[Session], calendar: Calendar, days: Collection[date], now: datetime
) -> dict[date, DayList]:
    told = load_told(sessions)
    readiness = load_readiness({s.course for s in sessions}, now)
    tomorrow = timezone.localdate(now) + A_DAY
    partners = partners_of(session.course for session in sessions)

    def marks(session: Session) -> tuple[str, ...]:
        asks = [UNDECIDED[session.asks]] if session.asks else []
        names = listed(other.patient.short_name for other in partners.get(session.course_id, ()))
        shares = [f"Shares the days with {names}"] if names else []
        return (*asks, *shares, *_marks(session, told[session.pk]))

    def of(day: date) -> DayList:
        of_day = [session for session in sessions if session.day == day]
        rows = tuple(
            replace(_row(s, of_day, marks(s), calendar, now), readiness=readiness.get(s.course_id))
            for s in of_day
        )
        return DayList(day, calendar.why_closed(day) or "", rows, is_tomorrow=day == tomorrow)

    return {day: of(day) for day in days}


def _next_visits(unit: Unit, today: date, now: datetime) -> date | None:
    to_come = Session.objects.visits(today + A_DAY, date.max).filter(course__unit=unit)
    lapsed = Q(status=SessionStatus.HELD, course__held_until__lte=now)
    return to_come.exclude(lapsed).values_list("day", flat=True).first()


def _row(
    session: Session,
    of_day: Sequence[Session],
    marks: tuple[str, ...],
    calendar: Calendar,
    now: datetime,
) -> Row:
    patient = session.course.patient
    latest = latest_start_of(session, calendar, session.chair_needed_at)
    if session.day != timezone.localdate(now):
        return Row(session, _brought_by(patient), marks, latest_start=latest)
    status = SessionStatus(session.status)
    undo_until = session.undo_until
    return Row(
        session,
        _brought_by(patient),
        marks,
        latest_start=latest,
        late=" ".join(late_sentences(session, of_day, calendar, now)),
        next_press=NEXT.get(status),
        undo_until=undo_until if undo_until and now <= undo_until else None,
    )


def _brought_by(patient: Patient) -> tuple[Contact, ...]:
    """Who usually brings the child, or else the first with a phone; nobody if the child is restricted.

    The list is printed and lies about, and of a restricted child nobody's number may.
    """
    if patient.restricted:
        return ()
    contacts = list(patient.contacts.all())
    bringing = [contact for contact in contacts if contact.brings_child]
    return tuple(bringing or [contact for contact in contacts if contact.phone][:1])


def _marks(session: Session, told: DayTold) -> Iterator[str]:
    patient = session.course.patient
    if patient.restricted:
        yield f"Restricted, no messages: {patient.restricted_because}"
    elif session.status == TO_COME:
        yield from told.sentences()
    for need in session.course.needs:
        yield f"Needs: {need} ({need.asks})"
    if patient.interpreter_needed:
        yield f"Interpreter needed: {patient.language}" if patient.language else "Interpreter needed"
