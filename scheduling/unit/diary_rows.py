"""From database rows to a unit's `Diary`, as the rules use it; its bookings are read in `booking_rows.py`.

Acts decide by `load_diary`, read under the unit's lock. Pages that search use `diary_for_search`, which each
process keeps for as long as the unit's `diary_version` stays the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain
from operator import itemgetter
from typing import Any

from django.db.models import JSONField, PositiveSmallIntegerField, TimeField, Value
from django.utils import timezone

from scheduling.models import Booking, Closure, Course, KeptFor, KeptPlaces, Session, Staffing, Unit
from scheduling.models.opening import shifts_of
from scheduling.rules import (
    Calendar,
    Chair,
    Diary,
    KeptBack,
    NurseRule,
    Taken,
    by_day,
)
from scheduling.rules import Closure as Closed
from scheduling.rules.calendar import MINUTES_A_DAY
from scheduling.rules.diary import TakenByDay
from scheduling.states import CourseStatus, SessionStatus
from scheduling.unit.bank_holidays import ENGLAND
from scheduling.unit.booking_rows import day_bounds, load_taken, taken_of
from scheduling.unit.role_rota import with_roles
from scheduling.unit.weeks import calendar_of, load_weeks, minutes

A_DAY = timedelta(days=1)


def load_diary(unit: Unit, first: date, last: date, now: datetime, *, is_locked: bool = False) -> Diary:
    """The unit's diary from `first` to `last`, both included, in five queries whatever it holds.

    The places of a lapsed hold count as free, whether or not the worker has released it yet. is_locked: the
    unit was locked at `now`, which released them all. Prefetch the unit's chairs to ask for them once.
    """
    return load_diaries([unit], first, last, now, is_locked=is_locked)[unit.pk]


def load_diaries(
    units: Sequence[Unit], first: date, last: date, now: datetime, *, is_locked: bool = False
) -> dict[int, Diary]:
    """The same of several units, by key: three queries, if `chairs` and `opening_hours` are prefetched."""
    holds = {} if is_locked else _holds(units)
    lapsed = {unit.pk: _lapsed(holds.get(unit.pk, ()), now) for unit in units}
    to_move = frozenset(chain.from_iterable(of_booked for _, of_booked in lapsed.values()))
    taken = load_taken({unit.pk: _nurse_rule(unit) for unit in units}, first, last, to_move)
    calendars = load_calendars(units, first, last)
    return {
        unit.pk: Diary(
            left_out=lapsed[unit.pk][0],
            calendar=calendars[unit.pk],
            chairs=_chairs(unit),
            taken=by_day(taken[unit.pk]),
            nurse_rule=_nurse_rule(unit),
            now=_local(now),
            **_steering(unit),
        )
        for unit in units
    }


def load_diary_and_visits(unit: Unit, first: date, last: date, now: datetime) -> tuple[Diary, list[Session]]:
    """The same diary, and the visits in it with child and chair, for a page that shows them.

    A place that is held to move a course there is among them as a held day, which has no row of its own. Four
    queries.
    """
    bookings = Booking.objects.filter(chair__unit=unit.pk).between(*day_bounds(first, last))
    courses = ("session__course__patient", "session__course__unit")
    held_for = ("held_for__patient", "held_for__unit", "held_for__held_by")
    found = bookings.select_related("chair", *courses, "session__course__held_by", *held_for)
    rows = [row for row in found if not (row.held_for and row.held_for.is_lapsed(now))]
    visits = [visit for row in rows if (visit := row.session or _to_move_here(row))]
    rule = _nurse_rule(unit)
    diary = Diary(
        left_out=frozenset(visit.course_id for visit in visits if visit.has_lapsed(now)),
        calendar=load_calendar(unit, first, last),
        chairs=_chairs(unit),
        taken=by_day(chain.from_iterable(taken_of(row, rule) for row in rows)),
        nurse_rule=rule,
        now=_local(now),
        **_steering(unit),
    )
    return diary, visits


def _to_move_here(booking: Booking) -> Session | None:
    """A held place as the day that it would be, not saved; None if the chair is taken for something else."""
    if booking.held_for is None:
        return None
    times = {"starts_at": booking.starts_at, "ends_at": booking.ends_at, "day": booking.visit.day}
    day = Session(course=booking.held_for, number=1, status=SessionStatus.HELD, **times)
    day.booking = booking
    return day


def diary_for_search(unit: Unit, now: datetime, *, is_fresh: bool = False) -> Diary:
    """The unit's diary from yesterday on, kept between requests together with what was worked out from it.

    One query while nothing has changed, and none with is_fresh: then the unit was read in this request. A new
    `diary_version` costs four more; then bookings are read four weeks at a time, as far as the search gets.
    Not for use inside an act: what its transaction wrote may be rolled back.
    """
    # Read the version before the data, so that what is kept is never older than its version.
    unit = unit if is_fresh else Unit.objects.get(pk=unit.pk)
    version = unit.diary_version, timezone.localdate(now)
    kept = _kept.get(unit.pk)
    holds = kept.holds if kept and kept.version == version else _holds([unit]).get(unit.pk, ())
    waiting, to_move = _lapsed(holds, now)
    if kept is None or (kept.version, kept.to_move) != (version, to_move):
        diary = Diary(
            calendar=load_calendar(unit, version[1] - A_DAY),
            chairs=_chairs(unit),
            taken=_TakenAsAsked(unit, to_move),
            nurse_rule=_nurse_rule(unit),
            now=_local(now),
            **_steering(unit),
        )
        kept = _kept[unit.pk] = _Kept(version, holds, to_move, diary)
    diary = kept.diary.at(_local(now))
    for course_id in waiting:
        diary = diary.without(course_id)
    return diary


@dataclass(frozen=True)
class _Kept:
    """A diary, with its version and the day on which it was read, all holds then, and the lapsed ones that
    were left out."""

    version: tuple[int, date]
    holds: Sequence["_Hold"]
    to_move: frozenset[int]
    diary: Diary


# By the unit's key.
_kept: dict[int, _Kept] = {}


class _TakenAsAsked(Mapping[date, Sequence[Taken]]):
    """What is taken in a unit by day, read four weeks at a time when one of their days is first asked for."""

    DAYS = 28

    def __init__(self, unit: Unit, lapsed: frozenset[int]) -> None:
        self._unit, self._lapsed = unit, lapsed
        self._pieces: dict[int, TakenByDay] = {}

    def __getitem__(self, day: date) -> Sequence[Taken]:
        number = day.toordinal() // self.DAYS
        if number not in self._pieces:
            first = date.fromordinal(number * self.DAYS)
            last = first + (self.DAYS - 1) * A_DAY
            rule = {self._unit.pk: _nurse_rule(self._unit)}
            self._pieces[number] = by_day(load_taken(rule, first, last, self._lapsed)[self._unit.pk])
        return self._pieces[number].get(day, ())

    def __iter__(self) -> Iterator[date]:
        """The days read so far."""
        return chain.from_iterable(self._pieces.values())

    def __len__(self) -> int:
        return sum(map(len, self._pieces.values()))


def load_calendar(unit: Unit, first: date, last: date = date.max) -> Calendar:
    """When the unit is open from `first` to `last`: its weeks, and the days that differ. Two queries."""
    return load_calendars([unit], first, last)[unit.pk]


def load_calendars(units: Sequence[Unit], first: date, last: date) -> dict[int, Calendar]:
    """The same of several units, by key: one query, if `opening_hours` are prefetched."""
    keys = [unit.pk for unit in units]
    of_days = Staffing.objects.filter(unit__in=keys, day__range=(first, last)).order_by()
    closures = Closure.objects.filter(unit__in=keys, first_day__lte=last, last_day__gte=first).order_by()
    no_time, nobody = Value(None, TimeField()), Value(None, PositiveSmallIntegerField())
    # The days' own rows come first: the union reads every column as the first of its queries does.
    differs: dict[int, list[tuple[Any, ...]]] = {key: [] for key in keys}
    for key, *row in of_days.values_list(
        "unit", "day", "day", Value(""), "nurses", "shifts", no_time, no_time
    ).union(
        closures.values_list(
            "unit", "first_day", "last_day", "reason", nobody, Value([], JSONField()), "since", "until"
        ),
        all=True,
    ):
        differs[key].append(tuple(row))
    return {unit.pk: _calendar(unit, differs[unit.pk], first, last) for unit in units}


def _calendar(unit: Unit, differs: list[tuple[Any, ...]], first: date, last: date) -> Calendar:
    differs.sort(key=itemgetter(0))
    calendar = replace(
        calendar_of(load_weeks(unit)),
        closures=tuple(
            Closed(start, end, reason, *(None if at is None else minutes(at) for at in part))
            for start, end, reason, nurses, _, *part in differs
            if nurses is None
        ),
        bank_holidays=ENGLAND if unit.closed_on_bank_holidays else {},
        staffing={
            day: shifts_of(shifts) or nurses
            for day, _, _, nurses, shifts, *_ in differs
            if nurses is not None
        },
    )
    return with_roles(calendar, unit, first, last)


def _nurse_rule(unit: Unit) -> NurseRule:
    return NurseRule(unit.cannulation_minutes, unit.children_per_nurse)


def _steering(unit: Unit) -> dict[str, Any]:
    """What steers bookings besides hours, chairs and nurses. A query only if places are kept back."""
    return {
        "kept_back": tuple(map(_kept_back, unit.kept_places.all())) if unit.keeps_places else (),
        "notice_days": unit.notice_days,
        "may_overrun": unit.overrun_minutes,
    }


def _kept_back(row: KeptPlaces) -> KeptBack:
    return KeptBack(
        places=row.places,
        for_courses=row.kept_for == KeptFor.COURSES,
        released_days_before=row.released_days_before,
        weekdays=frozenset(row.weekdays),
        start=0 if row.starts is None else minutes(row.starts),
        end=MINUTES_A_DAY if row.ends is None else minutes(row.ends),
    )


# Until when it is held, the course, and whether that has no other days.
_Hold = tuple[datetime, int, bool]


def _holds(units: Sequence[Unit]) -> dict[int, list[_Hold]]:
    """What is held in these units, by unit, whether or not it has lapsed."""
    found: dict[int, list[_Hold]] = defaultdict(list)
    held = Course.objects.filter(unit__in=[unit.pk for unit in units], held_until__isnull=False).order_by()
    for unit, until, pk, status in held.values_list("unit", "held_until", "pk", "status"):
        found[unit].append((until, pk, status == CourseStatus.HELD))
    return found


def _lapsed(holds: Iterable[_Hold], now: datetime) -> tuple[frozenset[int], frozenset[int]]:
    """The courses whose hold is over: those that have no other days, and those held only to be moved."""
    over = [(pk, is_all) for until, pk, is_all in holds if until <= now]
    return frozenset(pk for pk, is_all in over if is_all), frozenset(pk for pk, is_all in over if not is_all)


def _chairs(unit: Unit) -> tuple[Chair, ...]:
    chairs = (chair for chair in unit.chairs.all() if chair.in_use)
    return tuple(Chair(chair.pk, chair.name, frozenset(chair.kinds)) for chair in chairs)


def _local(now: datetime) -> datetime:
    """The time in London without a time zone, as the rules use it."""
    return timezone.localtime(now).replace(tzinfo=None)
