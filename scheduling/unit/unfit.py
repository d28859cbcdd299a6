"""Before a change to the unit: the booked courses that would no longer fit, and the fewest to move."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from scheduling import rules
from scheduling.errors import VisitsNotSeen
from scheduling.models import Chair, Closure, Course, Session, Unit
from scheduling.rules import Calendar, Diary, Rule, Taken
from scheduling.rules.calendar import Nurses
from scheduling.rules.fewest import OF_THE_UNIT, fewest_to_move
from scheduling.states import LIVE, CourseStatus
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.misfits import Misfit, find_misfits
from scheduling.unit.other_misfits import OtherMisfit, infusions_to_come, last_infusion_day, new_misfits
from scheduling.unit.weeks import minutes

A_DAY = timedelta(days=1)

OF_HOURS = frozenset({Rule.OPEN_DAY, Rule.OPENING_TIME, Rule.CLOSING_TIME})


@dataclass(frozen=True)
class Unfit:
    """misfits: by course and day. to_move: the fewest courses with which the others fit, as far as that is
    known: no fewer than `at_least` are enough. others: infusions that are no course's and fit until then."""

    misfits: Sequence[Misfit]
    to_move: Sequence[Course] = ()
    at_least: int = 0
    others: Sequence[OtherMisfit] = ()

    @property
    def courses(self) -> int:
        """How many courses would no longer fit."""
        return len({misfit.course.pk for misfit in self.misfits})

    @property
    def is_all(self) -> bool:
        """Whether every one of them has to move."""
        return self.at_least == self.courses

    @property
    def is_certain(self) -> bool:
        return len(self.to_move) == self.at_least


def short_of_nurses(unit: Unit, staffing: Mapping[date, Nurses | None], now: datetime) -> Unfit:
    """The visits on these days for which such nurses would be too few. None is those of the usual week.

    Nine queries.
    """
    first, last = min(staffing), max(staffing)
    diary = load_diary(unit, first, last, now)
    kept = {day: nurses for day, nurses in diary.calendar.staffing.items() if day not in staffing}
    changed = kept | {day: nurses for day, nurses in staffing.items() if nurses is not None}
    after = replace(diary, calendar=replace(diary.calendar, staffing=changed))
    found = find_misfits(unit, after, first, last, {Rule.NURSES})
    unfit = _with_fewest([misfit for misfit in found if misfit.day in staffing], after, first)
    return replace(unfit, others=new_misfits(unit, diary, after, staffing.keys(), now))


def unfit_closed(closure: Closure, now: datetime) -> Unfit:
    """The courses that would no longer fit on the days of this closure. Nine queries."""
    first, last = max(closure.first_day, timezone.localdate(now)), closure.last_day
    if last < first:
        return Unfit(())
    diary = load_diary(closure.unit, first, last, now)
    part = (None if at is None else minutes(at) for at in (closure.since, closure.until))
    closed = rules.Closure(closure.first_day, last, closure.reason, *part)
    calendar = replace(diary.calendar, closures=(*diary.calendar.closures, closed))
    after = replace(diary, calendar=calendar)
    unfit = _with_fewest(find_misfits(closure.unit, after, first, last, OF_HOURS), after, first)
    days = [first + n * A_DAY for n in range((last - first).days + 1)]
    return replace(unfit, others=new_misfits(closure.unit, diary, after, days, now))


def unfit_now(unit: Unit, now: datetime, taken: Collection[Taken] = ()) -> Unfit:
    """The courses that no longer fit as things are, from today on. Eleven queries.

    taken: as if this were taken, too.
    """
    today = timezone.localdate(now)
    sessions = Session.objects.filter(course__unit=unit, status__in=LIVE, day__gte=today)
    last = sessions.aggregate(last=Max("day"))["last"]
    if last is None:
        return Unfit(())
    diary = load_diary(unit, today, last, now).with_taken(taken)
    return _with_fewest(find_misfits(unit, diary, today, last), diary, today)


def unfit_in(unit: Unit, weeks: Calendar, now: datetime) -> Unfit:
    """The courses that fit today and would not with the usual weeks of this calendar. Fourteen queries."""
    today = timezone.localdate(now)
    sessions = Session.objects.filter(course__unit=unit, status__in=LIVE, day__gte=today)
    ends = [sessions.aggregate(last=Max("day"))["last"], last_infusion_day(unit, now)]
    if not (ends := [end for end in ends if end]):
        return Unfit(())
    last = max(ends)
    before = load_diary(unit, today, last, now)
    calendar = replace(before.calendar, weekly=weeks.weekly, later=weeks.later)
    after = replace(before, calendar=calendar)
    known = {misfit.course.pk for misfit in find_misfits(unit, before, today, last, OF_THE_UNIT)}
    found = find_misfits(unit, after, today, last, OF_THE_UNIT)
    unfit = _with_fewest([misfit for misfit in found if misfit.course.pk not in known], after, today)
    days = [today + n * A_DAY for n in range((last - today).days + 1)]
    return replace(unfit, others=new_misfits(unit, before, after, days, now))


def others_in(chair: Chair, now: datetime) -> tuple[OtherMisfit, ...]:
    """The other infusions to come in a chair, which no longer fit once it is out of use."""
    infusions = infusions_to_come(chair.unit, timezone.localdate(now), date.max - A_DAY, now)
    return tuple(OtherMisfit(booking) for booking in infusions if booking.chair_id == chair.pk)


def _with_fewest(misfits: Sequence[Misfit], diary: Diary, from_day: date) -> Unfit:
    """Where it makes no difference, held courses are to move first, and then the least urgent."""
    courses = {misfit.course.pk: misfit.course for misfit in misfits}
    placements = {misfit.course.pk: misfit.placement for misfit in misfits}
    order = sorted(
        courses, key=lambda pk: (courses[pk].status != CourseStatus.HELD, -courses[pk].priority, -pk)
    )
    fewest = fewest_to_move({pk: placements[pk] for pk in order}, diary, from_day)
    to_move = [course for pk, course in courses.items() if pk in fewest.courses]
    return Unfit(tuple(misfits), tuple(to_move), fewest.at_least)


def refuse_unseen(
    affected: Sequence[Session | Misfit], seen: Collection[Hashable], unfit: Unfit | None = None
) -> None:
    """Raise VisitsNotSeen unless all that is affected is among `seen`.

    seen: keys of courses, and of other infusions as a diary has them.
    """
    keys: set[Hashable] = {row.course.pk for row in affected}
    keys |= {other.key for other in unfit.others} if unfit else set()
    if not keys <= set(seen):
        raise VisitsNotSeen(affected, unfit)
