"""What is to come: the waiting list, and courses booked, moved and cancelled by the app's own acts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from random import Random
from typing import Any

from patients import audit
from scheduling.booking import agreements, bookings, holds, pauses
from scheduling.booking.contact_log import note_attempt
from scheduling.management.demo_diary import DemoDiary
from scheduling.management.demo_names import CLINICIANS
from scheduling.management.demo_past import moment, reason_for
from scheduling.management.demo_people import Cast, Family
from scheduling.management.demo_unit import CLOSED_IN_WEEK, week_day
from scheduling.models import CancelReason, ContactOutcome, Course, PauseReason, Priority, Unit, Weekday
from scheduling.rules import Visit
from scheduling.telling.delivery import deliver_due
from scheduling.telling.transport import TransportError
from scheduling.unit.course_requests import request_for

# How many courses are booked in this week and each of the next: two weeks are nearly full, one is empty.
BOOKED_A_WEEK = (2, 11, 4, 2, 9, 0, 3, 2)
# The week in which the families with a special story come too.
BUSY_WEEK = 4
# Minutes after midnight: the drips come from the pharmacy after nine, so that a chair serves one child a day.
STARTS = (555, 555, 570, 585)


@dataclass(frozen=True)
class Wish:
    """A course that waits. waited: for so many days by now. Its dates are in days from today."""

    waited: int
    priority: Priority = Priority.ROUTINE
    earliest: int | None = None
    target: int | None = None
    latest: int | None = None
    days: int = 2
    not_before: time | None = None
    impossible_weekdays: tuple[Weekday, ...] = ()
    impossible_dates: tuple[tuple[int, int], ...] = ()
    short_notice: bool | None = None
    # The contact log, the latest last: how many days ago, what came of it, and a note.
    attempts: tuple[tuple[int, ContactOutcome, str], ...] = ()


WISHES = (
    Wish(4, Priority.URGENT, target=7, latest=21, short_notice=True),
    Wish(
        9,
        Priority.URGENT,
        target=10,
        latest=28,
        not_before=time(9, 30),
        short_notice=True,
        attempts=(
            (5, ContactOutcome.NO_ANSWER, ""),
            (2, ContactOutcome.RING_BACK, "Works nights: ring after 2pm"),
        ),
    ),
    Wish(12, Priority.SOON, target=14, impossible_weekdays=(Weekday.MONDAY,), short_notice=False),
    Wish(
        15,
        Priority.SOON,
        earliest=7,
        target=21,
        latest=42,
        attempts=((12, ContactOutcome.MESSAGE, ""), (9, ContactOutcome.NO_ANSWER, "")),
    ),
    Wish(18, Priority.SOON, target=17, impossible_dates=((10, 16), (24, 24))),
    Wish(21, Priority.SOON, earliest=14, target=28, latest=60, days=3),
    Wish(25, Priority.ROUTINE, target=30, days=1),
    Wish(26, Priority.ROUTINE, earliest=21, impossible_weekdays=(Weekday.WEDNESDAY, Weekday.FRIDAY)),
    Wish(30, Priority.ROUTINE, target=35, latest=90, not_before=time(10), short_notice=True),
    Wish(33, Priority.ROUTINE, earliest=28, target=42, impossible_dates=((30, 44),)),
    Wish(
        37, Priority.ROUTINE, attempts=((1, ContactOutcome.MESSAGE, "Held for them, asked them to ring us"),)
    ),
    Wish(40, Priority.ROUTINE, target=50, impossible_weekdays=(Weekday.MONDAY, Weekday.TUESDAY)),
    # Its window has passed.
    Wish(
        75,
        Priority.ROUTINE,
        earliest=-50,
        target=-30,
        latest=-6,
        short_notice=False,
        attempts=(
            (60, ContactOutcome.REACHED, "Away for the summer, asked to wait"),
            (20, ContactOutcome.WRONG_NUMBER, "Ask the ward for a number"),
        ),
    ),
)
# The number of the wish for which days are held, and how many weeks from now these are.
HELD, HELD_IN_WEEK = 10, 5
# The number of the wish that is paused, and for how many days from now.
PAUSED, PAUSED_DAYS = -2, 21


class Desk:
    """The coordinator at work: agrees and books one course after another."""

    def __init__(self, unit: Unit, diary: DemoDiary, chance: Random, today: date, by: audit.Actor) -> None:
        self.unit, self.diary, self.chance, self.today, self.by = unit, diary, chance, today, by

    def book_ahead(self, cast: Cast, families: Iterator[Family]) -> None:
        """Fill the next weeks, then move and cancel some of the courses."""
        tomorrow = self.today + timedelta(days=1)
        self.book(self.agree(cast.mistyped_address, tomorrow), tomorrow)
        deliver_due(transport=AddressRefused())
        self.book(self.agree(next(families), tomorrow, days=1), tomorrow)
        for family in (cast.restricted, cast.without_email, cast.withdraws_permission):
            monday = week_day(self.today, BUSY_WEEK)
            self.book(self.agree(family, monday), monday)
        self._withdraw_permission(cast.withdraws_permission)
        booked = []
        for weeks, count in enumerate(BOOKED_A_WEEK):
            for _ in range(count):
                soonest = max(tomorrow, week_day(self.today, weeks, self._weekday(count)))
                course = self.agree(next(families), soonest)
                self.book(course, soonest)
                booked.append(course)
        self._change_of_plan(*booked[-4:])

    def fill_waiting_list(self, families: Iterator[Family]) -> None:
        wished = [self._wish(next(families), wish) for wish in WISHES]
        self._hold(wished[HELD])
        until = self.today + timedelta(days=PAUSED_DAYS)
        note = "back from abroad the day before"
        pauses.pause(course=wished[PAUSED], until=until, reason=PauseReason.AWAY, note=note, by=self.by)
        # It may only start around the days on which the unit is closed: no offer fits, and the page says why.
        closed = (week_day(self.today, CLOSED_IN_WEEK) - self.today).days
        self._wish(next(families), Wish(28, Priority.SOON, closed, closed, closed + 2))
        ended = self.agree(next(families), self.today)
        bookings.cancel(course=ended, reason=CancelReason.CLINICAL, back_to_waiting=False, by=self.by)

    def agree(self, family: Family, target: date, *, days: int = 2) -> Course:
        """A course wanted in the weeks after that day."""
        decided = self.today - timedelta(days=self.chance.randint(7, 30))
        return self._agree(
            family, days=days, decided_on=decided, target=target, latest=target + timedelta(weeks=6)
        )

    def book(self, course: Course, soonest: date) -> None:
        bookings.book(course=course, visits=self._place(course, soonest), by=self.by)

    def _place(self, course: Course, soonest: date) -> tuple[Visit, ...]:
        request = replace(request_for(course), not_before=self.chance.choice(STARTS))
        return self.diary.place(request, soonest)

    def _hold(self, course: Course) -> None:
        """For a week, so that people who try the app find a hold."""
        visits = self._place(course, week_day(self.today, HELD_IN_WEEK))
        holds.hold(course=course, visits=visits, hours=168, by=self.by)

    def _wish(self, family: Family, wish: Wish) -> Course:
        earliest, target, latest = (
            None if days is None else self.today + timedelta(days=days)
            for days in (wish.earliest, wish.target, wish.latest)
        )
        course = self._agree(
            family,
            decided_on=self.today - timedelta(days=wish.waited + 1),
            priority=wish.priority,
            days=wish.days,
            earliest=earliest,
            target=target,
            latest=latest,
            not_before=wish.not_before,
            impossible_weekdays=list(wish.impossible_weekdays),
            impossible_dates=[
                (self.today + timedelta(days=first), self.today + timedelta(days=last))
                for first, last in wish.impossible_dates
            ],
            short_notice=wish.short_notice,
        )
        for ago, outcome, note in wish.attempts:
            attempt = note_attempt(course=course, outcome=outcome, note=note, by=self.by)
            attempt.at = moment(self.today - timedelta(days=ago), self.chance)
            attempt.save(update_fields=["at"])
        return course

    def _agree(
        self,
        family: Family,
        *,
        decided_on: date,
        impossible_dates: Sequence[agreements.DateRange] = (),
        **fields: Any,
    ) -> Course:
        chance = self.chance
        course = Course(
            unit=self.unit,
            patient=family.patient,
            agreed_at=moment(decided_on + timedelta(days=1), chance),
            decided_by=chance.choice(CLINICIANS),
            decided_on=decided_on,
            reason=reason_for(family, chance),
            minutes=family.minutes,
            repeat_weeks=chance.choice((None, None, 13, 26)),
            **{"priority": chance.choice((Priority.SOON, Priority.ROUTINE)), **fields},
        )
        family.courses += 1
        return agreements.save_agreed(course=course, impossible_dates=impossible_dates, by=self.by)

    def _weekday(self, count: int) -> int:
        """In a full week courses start from Monday on, in others when it suits the family."""
        return Weekday.MONDAY if count > 4 else self.chance.randint(Weekday.MONDAY, Weekday.WEDNESDAY)

    def _withdraw_permission(self, family: Family) -> None:
        """Between the booking and the sending of the mail."""
        contact = family.contacts[0]
        contact.may_receive_invites = False
        audit.save(contact, by=self.by, patient=family.patient)

    def _change_of_plan(self, moved: Course, waiting: Course, ended: Course, again: Course) -> None:
        """One course moved, one back on the waiting list, one ended, one cancelled and booked again."""
        later = week_day(self.today, len(BOOKED_A_WEEK))
        visits = self._place(moved, later)
        bookings.move(course=moved, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=self.by)
        unwell = {"reason": CancelReason.FAMILY_UNWELL, "back_to_waiting": True, "by": self.by}
        bookings.cancel(course=waiting, **unwell)
        bookings.cancel(course=ended, reason=CancelReason.CLINICAL, back_to_waiting=False, by=self.by)
        done = bookings.cancel(course=again, **unwell)
        self.book(done.course, later + timedelta(days=2))


class AddressRefused:
    """A mail server that refuses every address, so that one mail of the demo data could not be sent."""

    def send(self, from_address: str, to_address: str, mime: bytes) -> None:
        raise TransportError(
            "The mail server refused this address (its answer was 550). Check it with the family.",
            permanent=True,
        )
