"""From rows to the values the rules understand: the unit's `Diary`, a course's `CourseRequest`."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import holidays
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from scheduling.models import Booking, Course, Session, Unit
from scheduling.rules import (
    Calendar,
    Chair,
    Closure,
    CourseRequest,
    Diary,
    NurseRule,
    Objection,
    OpeningHours,
    Placement,
    Rule,
    Taken,
    Visit,
    objections,
)
from scheduling.rules.search import SEARCH_WEEKS
from scheduling.states import SessionStatus


def load_diary(unit: Unit, first: date, last: date, now: datetime) -> Diary:
    """The unit's diary from `first` to `last`, both included, in five queries whatever it holds."""
    starts, ends = day_bounds(first, last)
    bookings = Booking.objects.filter(chair__unit=unit).between(starts, ends).select_related("session")
    return Diary(
        calendar=load_calendar(unit, first, last),
        chairs=tuple(Chair(chair.pk, chair.name) for chair in unit.chairs.in_use()),
        taken=tuple(taken for booking in bookings for taken in _taken(booking)),
        nurse_rule=NurseRule(unit.cannulation_minutes, unit.children_per_nurse),
        now=timezone.localtime(now).replace(tzinfo=None),
    )


def load_calendar(unit: Unit, first: date, last: date) -> Calendar:
    """When the unit is open from `first` to `last`, in three queries."""
    return Calendar(
        weekly={
            row.weekday: OpeningHours(minutes(row.opens), minutes(row.closes), row.nurses)
            for row in unit.opening_hours.all()
        },
        closures=tuple(
            Closure(row.first_day, row.last_day, row.reason)
            for row in unit.closures.filter(first_day__lte=last, last_day__gte=first)
        ),
        bank_holidays=bank_holidays(first, last) if unit.closed_on_bank_holidays else {},
        staffing={row.day: row.nurses for row in unit.staffing.filter(day__range=(first, last))},
    )


def bank_holidays(first: date, last: date) -> dict[date, str]:
    """Bank holidays in England from `first` to `last`."""
    years = range(first.year, last.year + 1)
    return {
        day: name
        for day, name in holidays.country_holidays("GB", subdiv="ENG", years=years).items()
        if first <= day <= last
    }


def request_for(course: Course) -> CourseRequest:
    """What the course asks of the search, in two queries."""
    others = Session.objects.filter(course__patient=course.patient_id).exclude(course=course)
    others = others.exclude(status=SessionStatus.CANCELLED)
    return asked_by(course, frozenset(others.values_list("day", flat=True)))


def asked_by(course: Course, other_visits: frozenset[date]) -> CourseRequest:
    """The same, the days of the child's other visits being known."""
    return CourseRequest(
        days=course.days,
        minutes=course.minutes,
        earliest=course.earliest,
        target=course.target,
        latest=course.latest,
        impossible_weekdays=frozenset(course.impossible_weekdays),
        impossible_dates=tuple((row.first_day, row.last_day) for row in course.impossible_dates.all()),
        not_before=None if course.not_before is None else minutes(course.not_before),
        other_visits=other_visits,
        course_id=course.pk,
    )


def _taken(booking: Booking) -> Iterable[Taken]:
    """A booking, a piece for each local day it touches: only what is no visit can span midnight."""
    starts, ends = timezone.localtime(booking.starts_at), timezone.localtime(booking.ends_at)
    course = booking.session.course_id if booking.session else None
    day = starts.date()
    while day <= ends.date():
        first = minutes(starts.time()) if day == starts.date() else 0
        last = minutes(ends.time()) if day == ends.date() else 24 * 60
        if first < last:
            yield Taken(booking.chair_id, day, first, last, course, booking.taken_for)
        day += timedelta(days=1)


def minutes(at: time) -> int:
    """A wall-clock time as minutes after midnight."""
    return at.hour * 60 + at.minute


def day_bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """The first instant of `first` and of the day after `last`."""
    zone = timezone.get_default_timezone()
    return (
        datetime.combine(first, time.min, tzinfo=zone),
        datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone),
    )


def load_search_diary(
    course: Course, request: CourseRequest, now: datetime, only: date | None = None
) -> Diary:
    """The diary over all days on which the course could stand, and a day either side for what is stranded.

    only: the one first day that is asked about, which may lie later.
    """
    today = timezone.localdate(now)
    soonest = max(filter(None, (request.earliest, request.target, today)))
    last = request.latest or soonest + timedelta(weeks=SEARCH_WEEKS)
    last = max(last, today, only or today) + timedelta(days=request.days + 1)
    return load_diary(course.unit, today - timedelta(days=1), last, now)


def objections_to_typed(asked: Placement, diary: Diary) -> tuple[Placement, tuple[Objection, ...]]:
    """The placement with a chair for every visit that named none (0), and all objections to it.

    The same chair on all days if one is free. Where no chair is free at that time one sentence says so,
    instead of one about each chair.
    """
    diary = diary.without(asked.request.course_id)
    free = [
        [visit.chair]
        if visit.chair
        else [c for c in diary.chair_ids if _is_free(replace(visit, chair=c), diary)]
        for visit in asked.visits
    ]
    common = [chair for chair in free[0] if all(chair in others for others in free)]
    chosen = [common[:1] or fits[:1] or diary.chair_ids[:1] or [0] for fits in free]
    visits = [replace(visit, chair=chair) for visit, (chair,) in zip(asked.visits, chosen, strict=True)]
    placement = Placement(asked.request, tuple(visits))
    none_free = {visit.day: visit for visit, fits in zip(asked.visits, free, strict=True) if not fits}
    found = []
    for objection in objections(placement, diary):
        if objection.day in none_free and objection.rule in (Rule.CHAIR_FREE, Rule.CHAIR_EXISTS):
            visit = none_free[objection.day]
            when = f"from {wording.clock_range(visit.start, min(visit.end, 24 * 60))}"
            sentence = f"No chair is free {when} on {wording.long_date(visit.day)}."
            objection = replace(objection, sentence=sentence)
        found.append(objection)
    return placement, tuple(found)


def _is_free(visit: Visit, diary: Diary) -> bool:
    taken = diary.taken_on(visit.day)
    return not any(t.chair == visit.chair and t.start < visit.end and visit.start < t.end for t in taken)
