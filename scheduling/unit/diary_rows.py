"""From database rows to the values that the rules use: a unit's `Diary`, a course's `CourseRequest`.

Acts decide by `load_diary`, read under the unit's lock. Pages that search use `diary_for_search`, which each
process keeps for as long as the unit's `diary_version` stays the same.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import chain
from operator import itemgetter

import holidays
from django.db.models import PositiveSmallIntegerField, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from scheduling.models import Booking, Course, Session, Unit
from scheduling.models.phases import phases_in_chair
from scheduling.rules import (
    Calendar,
    Chair,
    Closure,
    CourseRequest,
    Diary,
    NurseRule,
    OpeningHours,
    Taken,
    by_day,
)
from scheduling.rules.calendar import MINUTES_A_DAY
from scheduling.rules.diary import TakenByDay
from scheduling.states import LIVE, CourseStatus
from scheduling.unit.asks import asked_by, load_needs
from scheduling.unit.role_rota import with_roles

A_DAY = timedelta(days=1)


def load_diary(unit: Unit, first: date, last: date, now: datetime) -> Diary:
    """The unit's diary from `first` to `last`, both included, in five queries whatever it holds.

    The places of a lapsed hold count as free, whether or not the worker has released it yet.
    """
    return Diary(
        left_out=_lapsed(unit.pk, now),
        calendar=load_calendar(unit, first, last),
        chairs=_chairs(unit),
        taken=by_day(_taken(unit, first, last)),
        nurse_rule=_nurse_rule(unit),
        now=_local(now),
    )


def load_diary_and_visits(unit: Unit, first: date, last: date, now: datetime) -> tuple[Diary, list[Session]]:
    """The same diary, and the visits in it with child and chair, for a page that shows them.

    Four queries.
    """
    bookings = Booking.objects.filter(chair__unit=unit.pk).between(*day_bounds(first, last))
    rows = list(bookings.select_related("chair", "session__course__patient", "session__course__unit"))
    visits, rule = [row.session for row in rows if row.session], _nurse_rule(unit)
    diary = Diary(
        left_out=frozenset(visit.course_id for visit in visits if visit.has_lapsed(now)),
        calendar=load_calendar(unit, first, last),
        chairs=_chairs(unit),
        taken=by_day(chain.from_iterable(_pieces_of(row, rule) for row in rows)),
        nurse_rule=rule,
        now=_local(now),
    )
    return diary, visits


def diary_for_search(unit: Unit, now: datetime) -> Diary:
    """The unit's diary from yesterday on, kept between requests together with what was worked out from it.

    Two queries while nothing has changed. A new `diary_version` costs four more; then bookings are read four
    weeks at a time, as far as the search gets. Not for use inside an act: what its transaction wrote may be
    rolled back.
    """
    # Read the version before the data, so that what is kept is never older than its version.
    unit = Unit.objects.get(pk=unit.pk)
    today = timezone.localdate(now)
    key = (unit.diary_version, today)
    kept = _kept.get(unit.pk)
    if kept is None or kept[0] != key:
        diary = Diary(
            calendar=load_calendar(unit, today - A_DAY),
            chairs=_chairs(unit),
            taken=_TakenAsAsked(unit),
            nurse_rule=_nurse_rule(unit),
            now=_local(now),
        )
        kept = _kept[unit.pk] = key, diary
    diary = kept[1].at(_local(now))
    for course_id in _lapsed(unit.pk, now):
        diary = diary.without(course_id)
    return diary


# By unit key: the version and the day of reading, and the diary.
_kept: dict[int, tuple[tuple[int, date], Diary]] = {}


class _TakenAsAsked(Mapping[date, Sequence[Taken]]):
    """What is taken in a unit by day, read four weeks at a time when one of their days is first asked for."""

    DAYS = 28

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._pieces: dict[int, TakenByDay] = {}

    def __getitem__(self, day: date) -> Sequence[Taken]:
        number = day.toordinal() // self.DAYS
        if number not in self._pieces:
            first = date.fromordinal(number * self.DAYS)
            last = first + (self.DAYS - 1) * A_DAY
            self._pieces[number] = by_day(_taken(self._unit, first, last))
        return self._pieces[number].get(day, ())

    def __iter__(self) -> Iterator[date]:
        """The days read so far."""
        return chain.from_iterable(self._pieces.values())

    def __len__(self) -> int:
        return sum(map(len, self._pieces.values()))


def load_calendar(unit: Unit, first: date, last: date = date.max) -> Calendar:
    """When the unit is open from `first` to `last`: its usual week, and the days that differ. Two queries."""
    of_days = unit.staffing.filter(day__range=(first, last)).order_by()
    closures = unit.closures.filter(first_day__lte=last, last_day__gte=first).order_by()
    nobody = Value(None, output_field=PositiveSmallIntegerField())
    differs = sorted(
        closures.values_list("first_day", "last_day", "reason", nobody).union(
            of_days.values_list("day", "day", Value(""), "nurses"), all=True
        ),
        key=itemgetter(0),
    )
    calendar = Calendar(
        weekly={
            row.weekday: OpeningHours(minutes(row.opens), minutes(row.closes), row.nurses)
            for row in unit.opening_hours.all()
        },
        closures=tuple(Closure(*row) for *row, nurses in differs if nurses is None),
        bank_holidays=_bank_holidays if unit.closed_on_bank_holidays else {},
        staffing={day: nurses for day, _, _, nurses in differs if nurses is not None},
    )
    return with_roles(calendar, unit, first, last)


# Bank holidays in England; works out a year when one of its days is first asked for.
_bank_holidays: Mapping[date, str] = holidays.country_holidays("GB", subdiv="ENG")


def bank_holidays(first: date, last: date) -> dict[date, str]:
    """Bank holidays in England from `first` to `last`."""
    days = map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
    return {day: _bank_holidays[day] for day in days if day in _bank_holidays}


def _lapsed(unit_id: int, now: datetime) -> frozenset[int]:
    return frozenset(Course.objects.lapsed(now).filter(unit=unit_id).values_list("pk", flat=True))


def request_for(course: Course) -> CourseRequest:
    """What the course asks of the search. Two queries."""
    sessions = Session.objects.filter(course__patient=course.patient_id, status__in=LIVE)
    visits = sessions.order_by("starts_at").values_list("course", "day")
    return _asked_by(course, list(visits))


def request_for_day(course: Course, session: Session) -> CourseRequest:
    """What one day of a course asks for, if the days need not be in a row: a place between the others."""
    others = [other for other in course.live_sessions if other.pk != session.pk]
    asked = request_for(course)
    return replace(
        asked,
        days=1,
        earliest=max((other.day for other in others if other.number < session.number), default=None),
        target=session.day,
        latest=min((other.day for other in others if other.number > session.number), default=None),
        other_visits=asked.other_visits | {other.day for other in others},
        is_split=True,
    )


def requests_for(courses: QuerySet[Course]) -> dict[Course, CourseRequest]:
    """What each of these courses asks of the search, in their order. Three queries."""
    visits = defaultdict(list)
    sessions = Session.objects.filter(status__in=LIVE).order_by("starts_at")
    sessions = sessions.filter(course__patient__in=courses.order_by().values("patient"))
    for child, course_id, day in sessions.values_list("course__patient", "course", "day"):
        visits[child].append((course_id, day))
    found = list(courses.select_related("patient", "unit").prefetch_related("impossible_dates"))
    load_needs(found)
    return {course: _asked_by(course, visits[course.patient_id]) for course in found}


def _asked_by(course: Course, visits: Sequence[tuple[int, date]]) -> CourseRequest:
    """visits: the course's key and the day of every live session of the child, the first day first."""
    own = [day for course_id, day in visits if course_id == course.pk]
    return CourseRequest(
        days=(course.is_split_on(own) and len(own)) or course.days,
        minutes=course.minutes,
        earliest=course.earliest,
        target=course.target,
        latest=course.latest,
        impossible_weekdays=frozenset(course.impossible_weekdays),
        impossible_dates=tuple(course.impossible_ranges),
        not_before=None if course.not_before is None else minutes(course.not_before),
        other_visits=frozenset(day for course_id, day in visits if course_id != course.pk),
        known_days=frozenset(own) if course.status == CourseStatus.BOOKED else frozenset(),
        course_id=course.pk,
        **asked_by(course),
    )


def _chairs(unit: Unit) -> tuple[Chair, ...]:
    return tuple(Chair(chair.pk, chair.name, frozenset(chair.kinds)) for chair in unit.chairs.in_use())


def _nurse_rule(unit: Unit) -> NurseRule:
    return NurseRule(unit.cannulation_minutes, unit.children_per_nurse)


def _taken(unit: Unit, first: date, last: date) -> Iterator[Taken]:
    """What is taken from `first` to `last`, in one query.

    The times come as text. There may be tens of thousands, and making datetimes of them row by row takes both
    engines' drivers longer than everything else. Many are the same, so each text is parsed once.
    """
    zone, rule = timezone.get_default_timezone(), _nurse_rule(unit)

    @cache
    def local(text: str) -> tuple[date, int]:
        moment = datetime.fromisoformat(text)
        at = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)
        return at.date(), minutes(at)

    bookings = Booking.objects.filter(chair__unit=unit).between(*day_bounds(first, last)).order_by()
    moments = Cast("starts_at", TextField()), Cast("ends_at", TextField())
    rows = bookings.values_list("chair", *moments, "session__course", "taken_for", "session__phases")
    for chair, starts_at, ends_at, course, label, phases in rows.iterator(chunk_size=2000):
        begins, ends = local(starts_at), local(ends_at)
        if phases:
            yield _with_phases(chair, begins, ends, course, phases, rule)
        else:
            yield from _pieces(chair, begins, ends, course, label)


def _pieces_of(booking: Booking, rule: NurseRule) -> Iterator[Taken]:
    start, end = timezone.localtime(booking.starts_at), timezone.localtime(booking.ends_at)
    course = booking.session.course_id if booking.session else None
    whole = (start.date(), minutes(start)), (end.date(), minutes(end))
    if booking.session and booking.session.phases:
        yield _with_phases(booking.chair_id, *whole, course, booking.session.phases, rule)
    else:
        yield from _pieces(booking.chair_id, *whole, course, booking.taken_for)


def _with_phases(
    chair: int,
    begins: tuple[date, int],
    ends: tuple[date, int],
    course: int | None,
    phases: str,
    rule: NurseRule,
) -> Taken:
    (day, start), (_, end) = begins, ends
    return Taken(chair, day, start, end, course, phases=phases_in_chair(phases, end - start, rule))


def _pieces(
    chair: int, begins: tuple[date, int], ends: tuple[date, int], course: int | None, label: str
) -> Iterator[Taken]:
    (day, start), (last_day, end) = begins, ends
    while day < last_day:
        # Only other bookings than visits can span midnight: they give a piece for each day.
        yield Taken(chair, day, start, MINUTES_A_DAY, course, label)
        day, start = day + A_DAY, 0
    if start < end:
        yield Taken(chair, day, start, end, course, label)


def _local(now: datetime) -> datetime:
    """The time in London without a time zone, as the rules use it."""
    return timezone.localtime(now).replace(tzinfo=None)


def minutes(at: time | datetime) -> int:
    """A wall-clock time as minutes after midnight."""
    return at.hour * 60 + at.minute


def day_bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """The first instant of `first`, and the first instant of the day after `last`."""
    zone = timezone.get_default_timezone()
    return (
        datetime.combine(first, time.min, tzinfo=zone),
        datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone),
    )
