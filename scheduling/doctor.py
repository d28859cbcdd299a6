"""Finds every breach of the rules that must always hold, by looking at the rows themselves.

Acts and constraints keep these rules. This checks whether they did, because a row may have been changed by
hand, or written while a constraint was missing. Sentences name courses, sessions and chairs by number, never
a child.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from itertools import pairwise

from django.apps import apps
from django.db import IntegrityError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Exists, Max, Model, OuterRef
from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock, duration, listed, long_date, quantity
from patients import chain
from patients.constraints import TriggerConstraint
from patients.models import AuditEvent
from patients.walking import walk
from scheduling.acts import Act
from scheduling.models import (
    Booking,
    Channel,
    Course,
    DayDecision,
    FamilyOffer,
    Instead,
    Message,
    Session,
    Task,
    TaskKind,
    Unit,
)
from scheduling.models.phases import read_phases
from scheduling.rules.together import days_are_shared
from scheduling.states import LIVE, CourseStatus, OfferStatus, SessionStatus
from scheduling.telling.family_links import links_without_key
from scheduling.telling.texts.markdown import NEVER_SAID
from scheduling.telling.unreached import not_asked_about
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.lapse import held_days
from scheduling.unit.matches import from_json
from scheduling.unit.misfits import find_misfits
from scheduling.unit.other_misfits import all_other_misfits, open_tasks_about_others

OURS = ("patients", "scheduling")
_NAMED = re.compile(r'(?:CONSTRAINT|INDEX|TRIGGER) "?(\w+)')
# Sessions still to come: a course that waits or has ended must have none.
TO_COME = LIVE - {SessionStatus.FULFILLED}
# Until it begins, a session is as long as was agreed.
NOT_BEGUN = (SessionStatus.HELD, SessionStatus.BOOKED)


def find_breaches(now: datetime, heads: Mapping[str, tuple[int, str]] | None = None) -> Iterator[str]:
    """Each breach as a sentence; nothing if all is well. The number of queries is the same for any number.

    Of the past only what cannot have become wrong since is judged; hours, nurses and what was agreed may have
    changed, so they are asked from today on, and of no course that a task asks somebody to move.
    heads: how the logs ended once, as the worker printed it (`patients.chain`).
    """
    if _is_behind():
        yield "The database is not at the version of the app: run migrate first."
        return
    with _snapshot():
        yield from missing_guards()
        yield from chain.broken(heads or {})
        yield from dangling_rows()
        broken: set[int] = set()
        for course_id, sentence in broken_courses(now):
            broken.add(course_id)
            yield sentence
        yield from broken_holds()
        yield from apart()
        yield from overlaps()
        for unit in Unit.objects.all():
            yield from no_longer_fitting(unit, broken, now)
            yield from infusions_that_do_not_fit(unit, now)
        yield from broken_messages()
        yield from failed_in_silence(now)
        yield from dead_links()
        yield from unrecorded_acts()


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
    asked = _asked_to_move()
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


def _asked_to_move() -> set[int]:
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
        yield f"{name} is kept under {long_date(row.day)} and starts on {_moment(row.starts_at)}"
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


def overlaps() -> Iterator[str]:
    """Bookings of one chair that overlap, and bookings that end before they start."""
    bookings = Booking.objects.order_by("chair", "starts_at", "pk")
    columns = ("chair", "chair__name", "chair__unit__name", "pk", "starts_at", "ends_at")
    last: tuple[int, int, datetime] | None = None
    for chair, name, unit, pk, starts_at, ends_at in bookings.values_list(*columns):
        if starts_at >= ends_at:
            yield f"{name} of {unit}: booking {pk} ends before it starts."
        if last and last[0] == chair and starts_at < last[2]:
            yield f"{name} of {unit} is taken twice on {_moment(starts_at)} (bookings {last[1]} and {pk})."
        if not last or last[0] != chair or ends_at > last[2]:
            last = chair, pk, ends_at


def no_longer_fitting(unit: Unit, broken: set[int], now: datetime) -> Iterator[str]:
    """Objections of the rules to the visits from today on: days, hours, nurses, agreed dates."""
    today = timezone.localdate(now)
    last = Session.objects.filter(course__unit=unit).aggregate(last=Max("day"))["last"]
    if last is None or last < today:
        return
    diary = load_diary(unit, today, last, now)
    for misfit in find_misfits(unit, diary, today, last, leaving_out=broken | _asked_to_move()):
        for objection in misfit.objections:
            yield f"Course {misfit.course.pk}: it is booked where it no longer fits. {objection}"


def infusions_that_do_not_fit(unit: Unit, now: datetime) -> Iterator[str]:
    """Objections of the rules to other infusions to come, unless a task says so by now.

    No query for a unit that gives none.
    """
    if not unit.gives_others or open_tasks_about_others(unit).exists():
        return
    for misfit in all_other_misfits(unit, now):
        for objection in misfit.objections:
            number = misfit.booking.infusion_id
            yield f"Infusion {number}: it stands where it does not fit. {objection}"


def broken_messages() -> Iterator[str]:
    """Messages stored without their bytes or advice version, or that show others what they must not."""
    for message in walk(Message.objects.select_related("course__patient")):
        mime = bytes(message.mime)
        if not mime:
            yield f"Message {message.pk} is kept without what it said."
        if not message.advice_version and not message.gives_no_advice:
            yield f"Message {message.pk} does not say which advice it gave."
        patient = message.course.patient
        numbers = (patient.nhs_number or "", patient.hospital_number)
        private = [word.casefold() for word in (patient.name, *numbers, *NEVER_SAID) if word]
        read = (
            ("text", mime.decode())
            if message.channel == Channel.TEXT
            else ("calendar entry", _calendar(mime))
        )
        for where, text in (("subject", message.subject), read):
            if any(word in text.casefold() for word in private):
                yield f"Message {message.pk}: its {where} names the child, the drug or the disease."


def failed_in_silence(now: datetime) -> Iterator[str]:
    """Mails about a visit to come that could not be sent, without a task that asks to ring the family."""
    silent = not_asked_about(Message.objects.to_ring_about(now))
    for pk in silent.values_list("pk", flat=True):
        yield f"Message {pk} could not be sent, and no task asks to ring the family."


def dead_links() -> Iterator[str]:
    """Families' pages whose address nobody can write any more, because another key made it."""
    if found := [link.pk for link in links_without_key()]:
        yield (
            f"{quantity(len(found), 'family’s page', 'families’ pages')} ({listed(map(str, found[:5]))}"
            f"{', …' if len(found) > 5 else ''}) cannot be written to: the key that made the address is not "
            "here. Put the earlier key into FAMILY_LINK_KEY_FALLBACKS; else each gets a new address with its "
            "next mail, and the one that the family has dies."
        )


def _calendar(mime: bytes) -> str:
    """The calendar part of a mail, unfolded (RFC 5545 section 3.1); empty if there is none to read."""
    for part in message_from_bytes(mime, policy=policy.default).walk():
        if part.get_content_type() == "text/calendar":
            return re.sub(r"\r?\n[ \t]", "", part.get_content())
    return ""


def unrecorded_acts() -> Iterator[str]:
    """Courses held, booked or cancelled without a row in the log, and log rows that name nobody."""
    for status, action in (
        (CourseStatus.HELD, Act.COURSE_HELD),
        (CourseStatus.BOOKED, Act.COURSE_BOOKED),
        (CourseStatus.CANCELLED, Act.COURSE_CANCELLED),
    ):
        log = AuditEvent.objects.filter(record="course", record_id=OuterRef("pk"), action=action)
        for pk in (
            Course.objects.filter(~Exists(log), status=status).order_by("pk").values_list("pk", flat=True)
        ):
            yield f"Course {pk}: it is {status.label.lower()}, and the log does not say who did that."
    for pk in AuditEvent.objects.filter(actor_name="").order_by("pk").values_list("pk", flat=True):
        yield f"Row {pk} of the log names nobody."


def missing_guards() -> Iterator[str]:
    """Constraints and triggers that the models declare and the database does not have."""
    found = _names_in_database()
    for model in (model for app in OURS for model in apps.get_app_config(app).get_models()):
        for name in _guards(model):
            if name not in found:
                yield f"The database has lost its guard {name} on {model._meta.verbose_name_plural}."


def _guards(model: type[Model]) -> Iterator[str]:
    for constraint in model._meta.constraints:
        if isinstance(constraint, TriggerConstraint):
            for sql in constraint.statements_to_create(model, connection.vendor):
                yield from re.findall(r"(?:CREATE TRIGGER|ADD CONSTRAINT) (\w+)", sql)
        else:
            yield constraint.name


def _names_in_database() -> set[str]:
    """The constraints, unique indexes and triggers that are in force. SQLite keeps a constraint only as text
    in the statement that made its table."""
    names = {
        "sqlite": "SELECT coalesce(sql, name) FROM sqlite_master",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D' "
        "UNION SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes",
    }
    with connection.cursor() as cursor:
        cursor.execute(names[connection.vendor])
        return {name for (text,) in cursor.fetchall() for name in _NAMED.findall(text) or [text]}


def dangling_rows() -> Iterator[str]:
    """Rows with a foreign key to a row that is gone."""
    try:
        connection.check_constraints()
    except IntegrityError as fault:
        yield f"A row points to one that is gone. {str(fault).splitlines()[0]}"


def _is_behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def _snapshot() -> Iterator[None]:
    """Let all queries see the database at one moment, while others can still write."""
    if connection.in_atomic_block:
        yield
        return
    begin = {"sqlite": "BEGIN DEFERRED", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
    with connection.cursor() as cursor:
        cursor.execute(begin[connection.vendor])
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _course_status(course: Course) -> str:
    return CourseStatus(course.status).label.lower()


def _status(row: Row) -> str:
    return SessionStatus(row.status).label.lower()


def _sessions(rows: list[Row]) -> str:
    if not rows:
        return "no session"
    return f"{'session' if len(rows) == 1 else 'sessions'} {listed(str(row.session) for row in rows)}"


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{long_date(local)} at {clock(local.time())}"
