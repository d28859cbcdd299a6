"""What the planner is given: a unit's diary and its waiting courses, as their rows say it.

Priorities, dates and lengths are read as a clinician typed them. Nothing else is read of a child than what
the ordinary search reads: no review, no result, no diagnosis.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from scheduling.booking.drafts.asked import Asked
from scheduling.models import Course, Decide, Draft, DraftMove, LeftOutWhy, Unit
from scheduling.planner import Candidate, Prices
from scheduling.rules import Closure, CourseRequest, Diary, Search, Visit, taken_by
from scheduling.rules.course import LONGEST
from scheduling.unit.course_requests import requests_for
from scheduling.unit.diary_rows import load_diary

A_DAY = timedelta(days=1)
# So far beyond the last day the diary is read, for pricing looks for days left free alone.
REACH = timedelta(days=7)
LONGEST_VISIT = CourseRequest(days=1, minutes=LONGEST, at_short_notice=True)
BEFORE = "before the weeks of this plan"
SHARED = "Shares its days with another child, so find days for both together, on the page of its course."


@dataclass(frozen=True)
class Apart:
    """A course that was asked for and is not given to the planner, and why."""

    course: Course
    why: LeftOutWhy
    sentence: str


@dataclass(frozen=True)
class Problem:
    """All that the planner is given, and the rows it was made from."""

    unit: Unit
    diary: Diary
    # The same without the room that is kept free.
    whole_diary: Diary
    candidates: tuple[Candidate, ...]
    first_day: date
    last_day: date
    courses: Mapping[int, Course]
    requests: Mapping[int, CourseRequest]
    apart: tuple[Apart, ...] = ()
    decided: Mapping[int, DraftMove] = field(default_factory=dict)

    @property
    def prices(self) -> Prices:
        """What the unit's own points say of starts, chairs and days, as far as no child is late for it."""
        unit = self.unit
        return Prices(
            different_start=unit.points_different_start,
            different_chair=unit.points_different_chair,
            hour_later=unit.points_hour_later,
            day_early=unit.points_day_from_target,
        )

    @property
    def fingerprint(self) -> str:
        """Of everything that decides what comes out. Equal for equal input, in every process."""
        given = [self.candidates, self.last_day, self.prices, _of_diary(self.diary, self.last_day)]
        return sha256(repr(_plain(given)).encode()).hexdigest()


def read_problem(draft: Draft, now: datetime) -> Problem:
    """The courses that were asked for and still wait, and the diary of the weeks. About 15 queries."""
    asked = Asked.from_json(draft.settings)
    first, last = draft.first_day, draft.last_day
    whole = read_diary(draft.unit, first, last, asked, now)
    diary = with_room_kept(whole, asked.kept_free, first, last) if asked.kept_free else whole
    waiting = Course.objects.waiting().filter(unit=draft.unit_id, pk__in=asked.courses)
    found = requests_for(waiting.prefetch_related("sessions"))
    turn = {pk: number for number, pk in enumerate(asked.courses)}
    decided = decisions_before(draft)
    candidates, apart, requests = [], [], {}
    for course, request in sorted(found.items(), key=lambda pair: turn[pair[0].pk]):
        requests[course.pk] = request
        if stands_apart := _apart(course, decided.get(course.pk), now):
            apart.append(stands_apart)
        else:
            candidates.append(candidate(course, request, asked, decided.get(course.pk)))
    return Problem(
        draft.unit,
        diary,
        whole,
        tuple(candidates),
        draft.first_day,
        draft.last_day,
        {course.pk: course for course in found},
        requests,
        tuple(apart),
        decided,
    )


def read_diary(unit: Unit, first: date, last: date, asked: Asked, now: datetime) -> Diary:
    """The diary of a plan: closed before its first day, and with its notice."""
    today = timezone.localdate(now)
    diary = load_diary(unit, today - A_DAY, last + REACH, now)
    calendar = diary.calendar
    if first > today:
        closures = (*calendar.closures, Closure(today, first - A_DAY, BEFORE))
        calendar = replace(calendar, closures=closures)
    diary = replace(diary, calendar=calendar)
    heard = max(first, today + asked.notice_days * A_DAY)
    days = [today + n * A_DAY for n in range(1, (heard - today).days + 1)]
    notice = sum(calendar.is_open(day) for day in days)
    return replace(diary, notice_days=max(diary.notice_days, notice))


def with_room_kept(diary: Diary, starts: int, first: date, last: date) -> Diary:
    """The diary as if so many of the longest visits began on each day, as far as there is room for them."""
    rows = []
    for day in (first + n * A_DAY for n in range((last - first).days + 1)):
        of_day = diary
        for number in range(starts):
            # A day cannot be looked at before the family would hear of it, so nobody has to hear of this one.
            if not (found := Search(LONGEST_VISIT, of_day).best_from(day)):
                break
            (visit,) = found[1]
            rows.append(taken_by(visit, ("kept free", number)))
            of_day = of_day.with_taken(rows[-1:])
    return diary.with_taken(rows)


def candidate(course: Course, request: CourseRequest, asked: Asked, line: DraftMove | None) -> Candidate:
    """What the planner is to know of a course. line: what was decided about it in the draft before."""
    pinned: Sequence[Visit] = ()
    if line and line.decision in (Decide.KEEP, Decide.OTHER_DAYS):
        pinned = line.proposed
    elif line and line.decision == Decide.KEEP_DAYS:
        first = line.proposed[0].day
        request = replace(request, earliest=first, latest=first)
    return Candidate(
        request=request,
        weight=asked.rates.weight(course.priority),
        due=due_of(course),
        pinned=tuple(pinned),
        child=course.patient_id,
    )


def due_of(course: Course) -> date:
    """The day after which it counts as late: the target, else the earliest date, else the day it was
    agreed."""
    return course.target or course.earliest or timezone.localdate(course.agreed_at)


def decisions_before(draft: Draft) -> dict[int, DraftMove]:
    """What was decided about each course in the draft that this one plans again."""
    if draft.again_from_id is None:
        return {}
    lines = DraftMove.objects.shown().filter(draft=draft.again_from_id).exclude(decision=Decide.NONE)
    return {line.course_id: line for line in lines}


def _apart(course: Course, line: DraftMove | None, now: datetime) -> Apart | None:
    if line and line.decision == Decide.NOT_NOW:
        return Apart(course, LeftOutWhy.NOT_NOW, "Somebody decided not to plan it now.")
    if course.shared_id:
        return Apart(course, LeftOutWhy.SHARED, SHARED)
    if course.paused_until and course.is_paused(timezone.localdate(now)):
        until = long_date(course.paused_until)
        return Apart(course, LeftOutWhy.PAUSED, f"Paused until {until}: {course.why_paused}.")
    return None


def _of_diary(diary: Diary, last: date) -> list[Any]:
    """What of the diary counts, with what is taken day by day."""
    days = [diary.today + n * A_DAY for n in range((last - diary.today).days + 1)]
    hours = [(day, diary.calendar.hours_on(day), diary.taken_on(day)) for day in days]
    return [hours, diary.chairs, diary.nurse_rule, diary.now, diary.kept_back, diary.notice_days]


def _plain(value: Any) -> Any:
    """Values that are written alike in every process: a set has no order, and a hash another seed each
    time."""
    if is_dataclass(value):
        return [type(value).__name__, *(_plain(getattr(value, each.name)) for each in fields(value))]
    if isinstance(value, frozenset | set):
        return sorted(map(repr, map(_plain, value)))
    if isinstance(value, Mapping):
        return sorted((repr(_plain(key)), _plain(each)) for key, each in value.items())
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
