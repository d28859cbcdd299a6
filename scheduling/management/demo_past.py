"""Courses that have begun: written as rows, because no act of the app books in the past."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock_range, long_date
from patients import audit
from patients.models import AuditEvent
from scheduling.acts import Act
from scheduling.management.demo_diary import DemoDiary
from scheduling.management.demo_names import CLINICIANS
from scheduling.management.demo_people import Family
from scheduling.models import (
    Booking,
    CancelReason,
    Course,
    LostBecause,
    Priority,
    Reason,
    Session,
    Unit,
)
from scheduling.rules import CourseRequest, Visit
from scheduling.states import CourseStatus, MessageStatus, SessionStatus
from scheduling.telling import queue

YEARS = 3
FROM_AGE = timedelta(days=round(3.5 * 365.25))
MOST_COURSES = 6
# In minutes after midnight, when a family likes to come.
STARTS = (480, 510, 540, 540, 570, 570, 600)

BOOKED, ARRIVED, STARTED = SessionStatus.BOOKED, SessionStatus.ARRIVED, SessionStatus.STARTED
GIVEN = SessionStatus.FULFILLED
NOT_BROUGHT, CANCELLED = SessionStatus.NOT_BROUGHT, SessionStatus.CANCELLED


@dataclass(frozen=True)
class Outcome:
    """What became of a course and of each of its days."""

    course: CourseStatus
    days: tuple[SessionStatus, ...]
    cancel_reason: str = ""


COMPLETED = Outcome(CourseStatus.COMPLETED, (GIVEN, GIVEN))
# How many weeks ago, and the outcome. For the last one nobody has recorded what happened.
AWKWARD = (
    (3, Outcome(CourseStatus.PART_GIVEN, (GIVEN, CANCELLED))),
    (6, Outcome(CourseStatus.PART_GIVEN, (GIVEN, NOT_BROUGHT))),
    (4, Outcome(CourseStatus.CANCELLED, (NOT_BROUGHT, CANCELLED), CancelReason.FAMILY_REQUEST)),
    (8, Outcome(CourseStatus.CANCELLED, (CANCELLED, CANCELLED), CancelReason.FAMILY_UNWELL)),
    (1, Outcome(CourseStatus.BOOKED, (BOOKED, BOOKED))),
)
YESTERDAY_AND_TODAY = (
    Outcome(CourseStatus.BOOKED, (GIVEN, STARTED)),
    Outcome(CourseStatus.BOOKED, (GIVEN, BOOKED)),
)
TODAY_AND_TOMORROW = (
    Outcome(CourseStatus.BOOKED, (ARRIVED, BOOKED)),
    Outcome(CourseStatus.BOOKED, (ARRIVED, BOOKED)),
    Outcome(CourseStatus.BOOKED, (BOOKED, BOOKED)),
)
ONLY_TODAY = (Outcome(CourseStatus.BOOKED, (BOOKED,)),)


def first_day_of_all(today: date) -> date:
    """The earliest day on which a course of the demo data may start."""
    return today - timedelta(days=YEARS * 366)


class PastWriter:
    """Makes up courses that have begun, and writes them all at once, without the app's acts."""

    def __init__(self, unit: Unit, diary: DemoDiary, chance: Random, today: date, by: audit.Actor) -> None:
        self.unit, self.diary, self.chance, self.today, self.by = unit, diary, chance, today, by
        self.made: list[tuple[Course, list[Session], list[Booking]]] = []

    def history(self, family: Family) -> None:
        """No course for a child new to the unit, or up to six at uneven intervals, the last months ago."""
        chance = self.chance
        oldest = max(first_day_of_all(self.today), family.patient.birth_date + FROM_AGE)
        days = []
        day = self.today - timedelta(weeks=chance.randint(16, 40), days=chance.randint(0, 6))
        for _ in range(chance.choices(range(MOST_COURSES + 1), weights=(4, 4, 5, 5, 4, 3, 2))[0]):
            if day >= oldest:
                days.append(day)
            day -= timedelta(weeks=chance.randint(12, 40), days=chance.randint(0, 6))
        for day in reversed(days):
            self.add(family, day, COMPLETED)

    def awkward(self, families: Iterator[Family]) -> None:
        """One course for each outcome in AWKWARD, each after an ordinary one."""
        for weeks, outcome in AWKWARD:
            family = next(families)
            if not family.courses:
                self.add(family, self.today - timedelta(weeks=weeks + 20), COMPLETED)
            self.add(family, self.today - timedelta(weeks=weeks, days=2), outcome)

    def today_courses(self, families: Iterator[Family]) -> list[Course]:
        """Courses with a day today, as far as the unit's calendar allows; none if it is closed."""
        yesterday, courses = self.today - timedelta(days=1), []
        for first_day, days, outcomes in (
            (yesterday, 2, YESTERDAY_AND_TODAY),
            (self.today, 2, TODAY_AND_TOMORROW),
            (self.today, 1, ONLY_TODAY),
        ):
            if self.diary.is_open(first_day, days):
                courses += [self.add(next(families), first_day, outcome) for outcome in outcomes]
        return courses

    def add(self, family: Family, soonest: date, outcome: Outcome) -> Course:
        """A course on the first days from `soonest` that have a place."""
        request = CourseRequest(
            days=len(outcome.days),
            minutes=family.minutes,
            not_before=self.chance.choice(STARTS),
            course_id=object(),
        )
        visits = self.diary.place(request, soonest)
        course = self._course(family, visits, outcome)
        family.courses += 1
        sessions, bookings = [], []
        for number, (visit, status) in enumerate(zip(visits, outcome.days, strict=True), start=1):
            times = {"starts_at": visit.starts_at, "ends_at": visit.ends_at}
            session = Session(
                course=course,
                number=number,
                status=status,
                day=visit.day,
                created_at=course.agreed_at,
                **times,
                **_what_happened(visit, status),
            )
            sessions.append(session)
            if session.is_live:
                bookings.append(Booking(session=session, chair_id=visit.chair, **times))
        self.made.append((course, sessions, bookings))
        return course

    def save(self) -> None:
        """Write everything made so far, and what the log would say of it."""
        Course.objects.bulk_create(course for course, _, _ in self.made)
        Session.objects.bulk_create(session for _, sessions, _ in self.made for session in sessions)
        Booking.objects.bulk_create(booking for _, _, bookings in self.made for booking in bookings)
        AuditEvent.objects.bulk_create(
            event for course, sessions, _ in self.made for event in self._events(course, sessions)
        )

    def _course(self, family: Family, visits: Sequence[Visit], outcome: Outcome) -> Course:
        chance, first_day = self.chance, visits[0].day
        decided = first_day - timedelta(days=chance.randint(12, 45))
        return Course(
            unit=self.unit,
            patient=family.patient,
            status=outcome.course,
            agreed_at=moment(decided + timedelta(days=1), chance),
            decided_by=chance.choice(CLINICIANS),
            decided_on=decided,
            reason=reason_for(family, chance),
            days=len(visits),
            minutes=family.minutes,
            priority=chance.choice((Priority.SOON, Priority.ROUTINE, Priority.ROUTINE)),
            earliest=decided + timedelta(days=7) if chance.random() < 0.5 else None,
            target=first_day - timedelta(days=chance.choice((0, 0, 1, 3, 5))),
            repeat_weeks=chance.choice((None, None, 13, 17, 26)),
            review_on=first_day + timedelta(weeks=chance.choice((6, 12))) if chance.random() < 0.7 else None,
            cancel_reason=outcome.cancel_reason,
        )

    def _events(self, course: Course, sessions: Sequence[Session]) -> Iterator[AuditEvent]:
        days = [_in_words(session) for session in sessions]
        happened = [
            (Act.COURSE_ADDED, timedelta(0), {}),
            (Act.COURSE_BOOKED, timedelta(hours=1), {"days": days}),
        ]
        if course.cancel_reason:
            why = {
                "days": [days, None],
                "reason": CancelReason(course.cancel_reason).label,
                "then": "Cancelled",
            }
            happened.append((Act.COURSE_CANCELLED, timedelta(days=11), why))
        for action, later, changes in happened:
            yield AuditEvent(
                at=course.agreed_at + later,
                actor_id=self.by.pk,
                actor_name=self.by.name,
                patient_id=course.patient_id,
                action=action,
                record="course",
                record_id=course.pk,
                changes=changes,
            )


def tell_in_time(courses: Sequence[Course]) -> None:
    """Invite the families of courses written here, as if the invites had been sent when they were agreed."""
    for course in courses:
        then = course.agreed_at + timedelta(hours=1)
        for message in queue.invite(course.live_sessions, now=then):
            message.move_to(MessageStatus.SENDING, attempts=1, claimed_at=then)
            message.move_to(MessageStatus.SENT, claimed_at=None, sent_at=then)


def _what_happened(visit: Visit, status: SessionStatus) -> dict[str, Any]:
    """What was recorded on the day, as fields of a session; nothing before it has happened."""
    start, now = visit.starts_at, timezone.now()
    if status == NOT_BROUGHT:
        return {"missed_at": start + timedelta(minutes=45), "lost_because": LostBecause.NOT_BROUGHT}
    if status == CANCELLED:
        return {"lost_because": LostBecause.UNWELL}
    happened: dict[str, Any] = {}
    begun = start + timedelta(minutes=20)
    if status in (ARRIVED, STARTED, GIVEN):
        happened["arrived_at"] = min(start - timedelta(minutes=5), now)
    if status in (STARTED, GIVEN):
        happened["started_at"] = min(begun, now)
    if status == GIVEN:
        happened["finished_at"] = begun + timedelta(minutes=visit.minutes - 30)
    return happened


def reason_for(family: Family, chance: Random) -> Reason:
    """`FIRST` for the family's first course, and only for that."""
    if not family.courses:
        return Reason.FIRST
    return chance.choice((Reason.PAIN, Reason.PAIN, Reason.PLANNED, Reason.IMAGING))


def moment(day: date, chance: Random) -> datetime:
    """Some moment in the office hours of that day."""
    at = time(chance.randint(9, 16), chance.randrange(60))
    return timezone.make_aware(datetime.combine(day, at))


def _in_words(session: Session) -> str:
    start, end = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
    return f"{long_date(start)}, {clock_range(start.time(), end.time())}"
