"""What of its checklist a course still lacks, for each of its days.

It only reads, and counts what was done; it never says what that means for a child.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, short_date
from patients.models import Sex
from scheduling.models import ChecklistItem, Course, ReadinessCheck, Session
from scheduling.rules.checks import Child, applies, days_without, good_until
from scheduling.states import LIVE, SessionStatus
from scheduling.unit.booking_rows import day_bounds

# On days in these states there is still time to do what is missing.
AHEAD = frozenset({SessionStatus.HELD, SessionStatus.BOOKED, SessionStatus.ARRIVED})


class State(StrEnum):
    DONE = "done"
    RUNS_OUT = "runs_out"  # done, and no longer counting on one of the days
    MISSING = "missing"


@dataclass(frozen=True)
class Day:
    """A day for which a checklist is judged. number: of the course, from 1; 0 if none is booked yet."""

    number: int
    day: date


@dataclass(frozen=True)
class Overridden:
    """A drip that started without something that must be done. missing: labels by key, as they were."""

    session_id: int
    day: Day
    approved_by: str
    reason: str
    missing: Mapping[str, str]
    by_name: str
    at: datetime


@dataclass(frozen=True)
class ItemState:
    """One item of a course's checklist. check: the newest row about it, whatever it says; None if none."""

    item: ChecklistItem
    check: ReadinessCheck | None
    days: tuple[Day, ...]
    today: date

    @property
    def done_on(self) -> date | None:
        return self.check.done_on if self.check else None

    @property
    def note_is_private(self) -> bool:
        """Whether its note is for nurses and the unit lead: the item says so, or did when it was written."""
        was = self.check and self.check.note and self.check.private
        return self.item.private or bool(was)

    @cached_property
    def lost(self) -> tuple[Day, ...]:
        """The days on which it does not count."""
        without = days_without(self.done_on, self.item.valid_days, [each.day for each in self.days])
        return tuple(each for each in self.days if each.day in without)

    @property
    def state(self) -> State:
        if self.done_on is None:
            return State.MISSING
        return State.RUNS_OUT if self.lost else State.DONE

    @property
    def until(self) -> date | None:
        return good_until(self.done_on, self.item.valid_days) if self.done_on else None

    @property
    def says(self) -> str:
        """`Done`, `Not done`, or when it runs out: `Runs out on Tue 4 Aug 2026, before day 2`."""
        if self.state != State.RUNS_OUT:
            return "Done" if self.state == State.DONE else "Not done"
        until, first = self.until, self.lost[0]
        verb = "Ran out on" if until < self.today else "Runs out on"
        before = f", before day {first.number}" if first.number else ""
        return f"{verb} {short_date(until)}{before}"

    @property
    def short(self) -> str:
        """`runs out before day 2`; empty for what is missing: there the label says enough."""
        if self.state != State.RUNS_OUT:
            return ""
        return f"runs out before day {self.lost[0].number}" if self.lost[0].number else "has run out"


@dataclass(frozen=True)
class Readiness:
    """A course's checklist. days: those still ahead, else all past ones. is_over: no day is ahead."""

    course_id: int
    version: int
    days: tuple[Day, ...]
    is_over: bool
    items: tuple[ItemState, ...]
    overrides: tuple[Overridden, ...] = ()

    @cached_property
    def left(self) -> tuple[ItemState, ...]:
        """What does not count on all days, musts first."""
        lacking = [each for each in self.items if each.state != State.DONE]
        return tuple(sorted(lacking, key=lambda each: not each.item.is_must))

    @property
    def counting(self) -> list[ItemState]:
        """What is done and counts on all days."""
        return [each for each in self.items if each.state == State.DONE]

    @property
    def musts_left(self) -> int:
        return sum(each.item.is_must for each in self.left)

    @property
    def shape(self) -> str:
        """One word for how its mark looks: `must`, `should` or `done`."""
        if not self.left:
            return "done"
        return "must" if self.musts_left else "should"

    @property
    def done_of(self) -> str:
        """`9 of 12 done`."""
        return f"{len(self.items) - len(self.left)} of {len(self.items)} done"

    @property
    def mark(self) -> str:
        """`3 of 12 left: 1 must`, or `12 of 12 done`."""
        if not self.left:
            return self.done_of
        musts = f": {self.musts_left} must" if self.musts_left else ", no must"
        return f"{len(self.left)} of {len(self.items)} left{musts}"

    @property
    def summary(self) -> str:
        """`9 of 12 done. Left: 1 must and 2 should.`"""
        parts = [(self.musts_left, "must"), (len(self.left) - self.musts_left, "should")]
        words = listed(f"{number} {level}" for number, level in parts if number)
        return f"{self.done_of}. Left: {words}." if words else f"{self.done_of}."

    @property
    def running_out(self) -> list[ItemState]:
        """What is done and runs out before a day, musts first."""
        return [each for each in self.left if each.state == State.RUNS_OUT]

    def must_be_done_on(self, day: date) -> list[ItemState]:
        """The musts that do not count on that day."""
        lacking = (each for each in self.left if each.item.is_must)
        return [each for each in lacking if any(lost.day == day for lost in each.lost)]

    def overrides_of(self, session_id: int) -> list[Overridden]:
        return [each for each in self.overrides if each.session_id == session_id]

    def of(self, key: str) -> ItemState | None:
        """The item of that key, if it applies to the course."""
        return next((each for each in self.items if each.item.key == key), None)


def readiness_of(course: Course, now: datetime) -> Readiness | None:
    """The checklist of one course: if it is over, as in force on its last day. None if none was in force.

    Three queries, besides those for its sessions.
    """
    days = [session.day for session in course.live_sessions]
    ended = day_bounds(days[-1], days[-1])[1] if days else now
    return load_readiness([course], now, in_force_at=min(now, ended)).get(course.pk)


def load_readiness(
    courses: Collection[Course], now: datetime, *, in_force_at: datetime | None = None
) -> dict[int, Readiness]:
    """The checklists by the key of the course, without courses whose unit has none in force.

    At most three queries. courses: with `patient` loaded. in_force_at: the moment whose checklists count, if
    not `now`.
    """
    items = defaultdict(list)
    units = {course.unit_id for course in courses}
    in_force = ChecklistItem.objects.filter(version__unit__in=units).in_force(in_force_at or now)
    for item in in_force if units else ():
        items[item.version.unit_id].append(item)
    listing = [course for course in courses if items[course.unit_id]]
    if not listing:
        return {}
    keys = [course.pk for course in listing]
    newest: dict[int, dict[str, ReadinessCheck]] = defaultdict(dict)
    for check in ReadinessCheck.objects.filter(course__in=keys):
        newest[check.course_id][check.key] = check
    visits = _visits(keys)
    today = timezone.localdate(now)
    return {
        course.pk: _readiness(course, items[course.unit_id], newest[course.pk], visits[course.pk], today)
        for course in listing
    }


def would_run_out(days: Mapping[Course, Sequence[date]], now: datetime) -> dict[int, list[str]]:
    """What is done now and would count no more on these days, as phrases by the key of the course.

    days: by course, with `patient` loaded. Two queries.
    """
    items = defaultdict(list)
    for item in ChecklistItem.objects.filter(version__unit__in={c.unit_id for c in days}).in_force(now):
        items[item.version.unit_id].append(item)
    newest: dict[tuple[int, str], ReadinessCheck] = {}
    if items:
        for check in ReadinessCheck.objects.filter(course__in=[course.pk for course in days]):
            newest[check.course_id, check.key] = check
    today, found = timezone.localdate(now), {}
    for course, on in days.items():
        child, numbered = _child(course), tuple(Day(number, day) for number, day in enumerate(on, start=1))
        states = (
            ItemState(item, newest.get((course.pk, item.key)), numbered, today)
            for item in items[course.unit_id]
            if applies(item.applies_if, child, on[0])
        )
        if phrases := [
            f"{state.item.label}: {state.says[0].lower()}{state.says[1:]}"
            for state in states
            if state.state == State.RUNS_OUT
        ]:
            found[course.pk] = phrases
    return found


@dataclass
class _Visits:
    """A course's days, each with its status, first day first, and the overrides for its sessions."""

    days: list[tuple[Day, str]] = field(default_factory=list)
    overrides: list[Overridden] = field(default_factory=list)


COLUMNS = ("course", "pk", "number", "day", "status")
OF_OVERRIDES = ("approved_by", "reason", "missing", "by_name", "at")


def _visits(courses: Collection[int]) -> dict[int, _Visits]:
    """Sessions and what was overridden for them, in one query: a session comes once for each override."""
    rows = Session.objects.filter(course__in=courses).order_by("day", "pk", "overrides__pk")
    found: dict[int, _Visits] = defaultdict(_Visits)
    columns = (*COLUMNS, *(f"overrides__{name}" for name in OF_OVERRIDES))
    for course, pk, number, on, status, *override in rows.values_list(*columns):
        visits, day = found[course], Day(number, on)
        if status in LIVE and (day, status) not in visits.days:
            visits.days.append((day, status))
        if override[0]:
            approved_by, reason, missing, by_name, at = override
            labels = dict(missing)
            visits.overrides.append(Overridden(pk, day, approved_by, reason, labels, by_name, at))
    return found


def _readiness(
    course: Course,
    items: Sequence[ChecklistItem],
    checks: Mapping[str, ReadinessCheck],
    visits: _Visits,
    today: date,
) -> Readiness:
    days = tuple(day for day, _ in visits.days)
    ahead = tuple(day for day, status in visits.days if status in AHEAD and day.day >= today)
    judged = ahead or days or (Day(0, today),)
    first_day = days[0].day if days else today
    child = _child(course)
    asked = (item for item in items if applies(item.applies_if, child, first_day))
    return Readiness(
        course_id=course.pk,
        version=items[0].version.number,
        days=judged,
        is_over=bool(days) and not ahead,
        items=tuple(ItemState(item, checks.get(item.key), judged, today) for item in asked),
        overrides=tuple(visits.overrides),
    )


def _child(course: Course) -> Child:
    patient: Any = course.patient
    sex = patient.sex if patient.sex in Sex.asked() else None
    return Child(patient.birth_date, sex, course.is_first)
