"""Three months of two units, made at random from a seed: rows as the acts leave them, some odd."""

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import time_machine

from patients.models import User
from scheduling import acts
from scheduling.models import (
    AdverseEffect,
    Booking,
    CancelReason,
    Course,
    MessageKind,
    Reply,
    RuleOverride,
    Session,
    Soft,
    Telling,
    Unit,
)
from scheduling.models.care import EFFECTS
from scheduling.states import CourseStatus, MessageStatus, SessionStatus
from scheduling.unit.lapse import in_words
from tests import builders
from tests.builders.messages import a_message

LONDON = ZoneInfo("Europe/London")
# The clocks go back within them.
FIRST, MONTHS = date(2026, 9, 1), (date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1))
NOW = datetime(2026, 11, 16, 12, tzinfo=LONDON)
ENDS = [
    *[SessionStatus.FULFILLED] * 5,
    SessionStatus.NOT_BROUGHT,
    SessionStatus.BOOKED,
    SessionStatus.CANCELLED,
]


def make(by: User, *, children: int = 20, seed: int = 7) -> list[Unit]:
    """Children with up to three courses each, from two months before the first month on."""
    random = Random(seed)
    units = [builders.unit(chairs=4), builders.unit(chairs=2, nurses=2)]
    for number in range(children):
        child = builders.patient(f"Child {number}")
        builders.contact(child, "Mia Lark", email=f"mia{number}@family.example")
        day = FIRST - timedelta(days=random.randrange(80))
        for n in range(random.choice([1, 2, 3])):
            day += timedelta(days=random.randrange(20, 60))
            while day.weekday() > 3:
                day += timedelta(days=1)
            _course(random, by, child, random.choice(units), day, first=n == 0)
    _others_by_permission(Random(seed + 1), units)
    return units


def _others_by_permission(random: Random, units: list[Unit]) -> None:
    """Infusions that are no course's, gone by now, each of which broke a rule by permission."""
    for _ in range(12):
        day = FIRST + timedelta(days=random.randrange(-20, 100))
        RuleOverride.objects.create(
            unit=random.choice(units),
            rule=random.choice(["nurses", "kept-back", "closing-time"]),
            day=day,
            reason="x",
            allowed_by="Dr Wren",
            allowed_at=at(day, 12, 0),
        )


def _course(random: Random, by: User, child, unit: Unit, day: date, *, first: bool) -> None:
    agreed = at(day - timedelta(days=random.randrange(3, 70)), 23, 30)
    cancelled = random.random() < 0.35
    made = builders.course(
        child,
        unit,
        status=CourseStatus.CANCELLED if cancelled else CourseStatus.BOOKED,
        priority=random.randrange(3),
        reason="first" if first else "planned_repeat",
        agreed_at=agreed,
        latest=random.choice([None, date(2026, 9, 30), day - timedelta(days=9), day + timedelta(days=9)]),
        minutes=random.choice([240, 300]),
    )
    days = []
    for number in (1, 2):
        starts = at(day + timedelta(days=number - 1), 9, 0)
        session = Session.objects.create(
            course=made,
            number=number,
            day=starts.date(),
            starts_at=starts,
            ends_at=starts + timedelta(minutes=made.minutes),
            created_at=agreed + timedelta(hours=1),
            status=SessionStatus.CANCELLED if cancelled else random.choice(ENDS),
        )
        days.append(session)
        _seat(session)
        if session.status == SessionStatus.FULFILLED:
            _give(random, session)
        _tell(random, session)
    if random.random() < 0.4:
        RuleOverride.objects.create(
            course=made,
            rule=random.choice(Soft.values),
            day=day,
            reason="x",
            allowed_by="Dr Wren",
            allowed_at=agreed,
        )
    _write(random, by, made, days, cancelled)


def _seat(session: Session) -> None:
    """In the first chair that is free, if any is."""
    if session.status in (SessionStatus.CANCELLED, SessionStatus.NOT_BROUGHT):
        return
    times = {"starts_at": session.starts_at, "ends_at": session.ends_at}
    taken = Booking.objects.filter(starts_at__date=session.day).values_list("chair", flat=True)
    if chair := session.course.unit.chairs.exclude(pk__in=taken).first():
        Booking.objects.create(session=session, chair=chair, **times)


def _give(random: Random, session: Session) -> None:
    start = session.starts_at + timedelta(minutes=random.randrange(30))
    session.arrived_at, session.started_at = start, start + timedelta(minutes=20)
    session.cannulated_at = random.choice([None, start + timedelta(minutes=10)])
    session.finished_at = start + timedelta(minutes=random.randrange(200, 330))
    session.left_at = random.choice([None, session.finished_at + timedelta(minutes=25)])
    if random.random() < 0.2:
        session.given, session.part_because = "part", "time"
    session.save()
    for effect, _ in EFFECTS:
        if random.random() < 0.15:
            other = "itch" if effect == "other" else ""
            AdverseEffect.objects.create(session=session, effect=effect, other=other, at=session.ends_at)


def _tell(random: Random, session: Session) -> None:
    contact = session.course.patient.contacts.get()
    if random.random() < 0.7:
        sent = session.created_at + timedelta(hours=random.choice([0, 1, 5, 24, 60, 90]))
        status = random.choice([MessageStatus.SENT, MessageStatus.SENT, MessageStatus.RETURNED])
        a_message(session, kind=MessageKind.INVITE, status=status, sent_at=sent, created_at=sent)
        for hours in random.sample([-30, -2, 3], random.randrange(3)):
            answer = random.choice(["ACCEPTED", "TENTATIVE", "DECLINED"])
            moment = session.starts_at + timedelta(hours=hours)
            Reply.objects.create(
                session=session, contact=contact, answer=answer, source="page", sequence=0, stamp=moment,
                received_at=moment,
            )  # fmt: skip
    elif random.random() < 0.5:
        Telling.objects.create(
            session=session,
            contact=contact,
            way="phone",
            sequence=0,
            by_name="Nia",
            at=session.created_at + timedelta(hours=9),
        )


def _write(random: Random, by: User, course: Course, days: list[Session], cancelled: bool) -> None:
    """The log of a move, of an undone move, and of the cancellation."""
    for what in ("move", "undone") if random.random() < 0.5 else ("move",) if random.random() < 0.5 else ():
        with time_machine.travel(course.agreed_at + timedelta(hours=3), tick=False):
            words = in_words(days)
            acts.record(
                acts.Act.COURSE_MOVED,
                course,
                by,
                {"days": [words, words], "reason": CancelReason.NO_CHAIR.label},
            )
        if what == "undone":
            with time_machine.travel(course.agreed_at + timedelta(hours=3, minutes=5), tick=False):
                acts.record(acts.Act.COURSE_UNDONE, course, by, {"what": "move", "days": [words, words]})
    if cancelled:
        reason = random.choice(
            [CancelReason.FAMILY_UNWELL, CancelReason.STAFF_SHORT, CancelReason.NOT_NEEDED]
        )
        # Each notice in turn, so that every edge is there.
        before = [0, 7, 1, 6, 20][Course.objects.filter(status=CourseStatus.CANCELLED).count() % 5]
        with time_machine.travel(at(days[0].day - timedelta(days=before), 0, 30), tick=False):
            words = in_words(days) if random.random() < 0.8 else []
            details = {"days": [words, None], "reason": reason.label, "then": "Cancelled"}
            acts.record(acts.Act.COURSE_CANCELLED, course, by, details)


def at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=LONDON)
