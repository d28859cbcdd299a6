"""Courses that are not whole, and places, holds and links that do not fit them."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock, duration, listed, long_date
from scheduling.models import Booking, Course, DayDecision, FamilyOffer, Instead, Session, Task, TaskKind
from scheduling.models.phases import read_phases
from scheduling.rules.together import days_are_shared
from scheduling.states import LIVE, CourseStatus, OfferStatus, SessionStatus
from scheduling.unit.lapse import held_days
from scheduling.unit.matches import from_json

TO_COME = LIVE - {SessionStatus.FULFILLED}
NOT_BEGUN = (SessionStatus.HELD, SessionStatus.BOOKED)


@dataclass(frozen=True)
class Row:
    """A session with its booking, None where there is none."""

    session: int
    number: int
    status: str
    day: date
    starts_at: datetime
    ends_at: datetime
    chair: int | None
    chairs_unit: int | None
    taken_from: datetime | None
    taken_to: datetime | None
    phases: str

    @property
    def in_chair(self) -> tuple[datetime, datetime]:
        booked = read_phases(self.phases)
        return (
            self.starts_at + timedelta(minutes=booked.away_before),
            self.ends_at - timedelta(minutes=booked.away_after),
        )

    @property
    def agreed(self) -> timedelta:
        """How long it lasts beside the phases around what was agreed."""
        return self.ends_at - self.starts_at - timedelta(minutes=read_phases(self.phases).minutes)


COLUMNS = (
    *("pk", "number", "status", "day", "starts_at", "ends_at"),
    *("booking__chair", "booking__chair__unit", "booking__starts_at", "booking__ends_at", "phases"),
)


def broken_courses(now: datetime) -> Iterator[tuple[int, str]]:
    """Courses that are not whole, or whose sessions and bookings disagree, each with a sentence."""
    rows = defaultdict(list)
    for course_id, *columns in Session.objects.order_by("number", "pk").values_list("course", *COLUMNS):
        rows[course_id].append(Row(*columns))
    answered, parted = _answered_for()
    asked = asked_to_move()
    courses = Course.objects.order_by("pk").values_list("pk", "unit", "status", "days", "minutes")
    for pk, unit, status, days, minutes in courses:
        live = [row for row in rows[pk] if row.status in LIVE]
        sentences = [
            *_of_the_whole(CourseStatus(status), days, live, answered[pk], may_have_gap=pk in parted),
            *(words for row in live for words in _of_a_session(row, unit)),
            *(
                f"session {row.session} does not last {duration(minutes)}"
                for row in live
                if row.agreed != timedelta(minutes=minutes)
                and row.starts_at > now
                and row.status in NOT_BEGUN
                and pk not in asked
            ),
            *(
                f"session {row.session} is “{_status(row)}” and still holds a chair"
                for row in rows[pk]
                if row.status not in LIVE and row.chair
            ),
        ]
        yield from ((pk, f"Course {pk}: {words}.") for words in sentences)


def asked_to_move() -> set[int]:
    """Courses about which a task asks somebody to find other days, or to decide about a day."""
    asked = Task.objects.open().filter(kind__in=(TaskKind.MISFIT, TaskKind.DAY_LOST))
    return set(asked.values_list("course", flat=True))


def _answered_for() -> tuple[dict[int, set[int]], set[int]]:
    """For each course the numbers of its lost days that somebody decided about or has a task for; and the
    courses for which somebody accepted days that are not in a row."""
    asked = Task.objects.open().filter(kind=TaskKind.DAY_LOST)
    left_out = DayDecision.objects.filter(instead=Instead.LEAVE_OUT)
    answered = defaultdict(set)
    for course, number in [
        *asked.values_list("session__course", "session__number"),
        *left_out.values_list("session__course", "session__number"),
    ]:
        answered[course].add(number)
    parted = DayDecision.objects.filter(instead=Instead.ANOTHER_DAY, session__status__in=LIVE)
    return answered, set(parted.values_list("session__course", flat=True))


def _of_the_whole(
    status: CourseStatus, days: int, live: list[Row], answered: set[int], *, may_have_gap: bool
) -> Iterator[str]:
    if status in (CourseStatus.WAITING, CourseStatus.CANCELLED):
        if to_come := [row for row in live if row.status in TO_COME]:
            yield f"it is {status.label.lower()} and still has {_sessions(to_come)}"
        return
    for row in live:
        if (row.status == SessionStatus.HELD) != (status == CourseStatus.HELD):
            yield f"it is {status.label.lower()} and its session {row.session} is “{_status(row)}”"
    numbers = [row.number for row in live]
    missing = set(range(1, days + 1)) - set(numbers)
    is_part = status == CourseStatus.PART_GIVEN
    if not is_part and (numbers != sorted(set(numbers)) or missing - answered or len(numbers) > days):
        yield f"it is {status.label.lower()} and has {_sessions(live)} instead of one a day for {days} days"
    if len({row.day for row in live}) < len(live):
        yield "two of its sessions are on one date"
    elif not (is_part or may_have_gap or missing) and any(
        b.day - a.day != timedelta(1) for a, b in pairwise(live)
    ):
        yield f"its sessions are not on days in a row ({listed(long_date(row.day) for row in live)})"


def _of_a_session(row: Row, unit: int) -> Iterator[str]:
    name = f"session {row.session}"
    if timezone.localdate(row.starts_at) != row.day:
        yield f"{name} is kept under {long_date(row.day)} and starts on {moment(row.starts_at)}"
    if row.chair is None:
        yield f"{name} holds no chair"
        return
    if (row.taken_from, row.taken_to) != row.in_chair:
        own = "its own" if not row.phases else "its phases say"
        yield f"{name} holds its chair at another time than {own}"
    if row.chairs_unit != unit:
        yield f"{name} holds a chair of another unit"


def broken_holds() -> Iterator[str]:
    """Places held for courses that are not to be moved, and open offers of days that are not held."""
    held = defaultdict(list)
    places = Booking.objects.filter(held_for__isnull=False).order_by("starts_at")
    for course, chairs_unit, starts_at in places.values_list("held_for", "chair__unit", "starts_at"):
        held[course].append((chairs_unit, starts_at))
    to_move = Course.objects.exclude(status=CourseStatus.HELD).filter(held_until__isnull=False)
    courses = Course.objects.filter(pk__in={*held, *to_move.values_list("pk", flat=True)})
    for course in courses.order_by("pk").prefetch_related("sessions"):
        days = [timezone.localdate(starts_at) for _, starts_at in held[course.pk]]
        if course.status != CourseStatus.BOOKED:
            yield f"Course {course.pk}: days are held to move it, and it is {_course_status(course)}."
        elif course.held_until is None or len(days) != course.days_to_place or len(set(days)) < len(days):
            yield f"Course {course.pk}: the days held to move it are not one for each of its days."
        if any(unit != course.unit_id for unit, _ in held[course.pk]):
            yield f"Course {course.pk}: a chair of another unit is held to move it."
    open_offers = FamilyOffer.objects.filter(status=OfferStatus.ASKED).select_related("course")
    for offer in open_offers.prefetch_related("course__sessions"):
        course = offer.course
        stands = [place.starts_at for place in held_days(course)]
        asked = [visit.starts_at for visit in from_json(offer.days)]
        if not course.held_until or stands != asked or offer.until > course.held_until:
            yield f"Course {course.pk}: its family is asked about days that are not held for it."


def apart() -> Iterator[str]:
    """Booked courses that are linked to share their days, on days that they do not share."""
    linked: dict[int, dict[int, list[date]]] = defaultdict(lambda: defaultdict(list))
    live = Session.objects.filter(course__shared__isnull=False, course__status=CourseStatus.BOOKED)
    live = live.filter(status__in=LIVE).order_by("course", "day")
    for shared, course, day in live.values_list("course__shared", "course", "day"):
        linked[shared][course].append(day)
    for days in linked.values():
        if not days_are_shared(list(days.values())):
            courses = listed(map(str, days))
            yield f"Courses {courses} are linked to share their days, and are booked on others."


def _course_status(course: Course) -> str:
    return CourseStatus(course.status).label.lower()


def _status(row: Row) -> str:
    return SessionStatus(row.status).label.lower()


def _sessions(rows: list[Row]) -> str:
    if not rows:
        return "no session"
    return f"{'session' if len(rows) == 1 else 'sessions'} {listed(str(row.session) for row in rows)}"


def moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{long_date(local)} at {clock(local.time())}"
