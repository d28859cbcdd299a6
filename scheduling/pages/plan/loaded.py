"""A draft with all that its pages show of its lines, in a fixed number of queries however many lines it
has."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from patients import audit
from scheduling.booking.drafts.freshness import Planned, in_diary, what_changed
from scheduling.models import Course, Draft, DraftKind, DraftMove, Outcome, Priority
from scheduling.rules import CourseRequest, Diary, Visit, taken_by
from scheduling.states import CourseStatus
from scheduling.unit.course_requests import requests_for
from scheduling.unit.diary_rows import diary_for_search

TO_BOOK = (CourseStatus.WAITING, CourseStatus.HELD)


@dataclass(frozen=True)
class Row:
    """A line as the page shows it. days, was, next: visits with the names of their chairs; `was` if the
    draft before had others. changed: why it cannot be made real as it stands. runs_out: of its checklist, by
    then."""

    line: DraftMove
    course: Course
    days: list[tuple[Visit, str]]
    was: Sequence[Visit] = ()
    changed: Sequence[str] = ()
    runs_out: Sequence[str] = ()
    is_new: bool = False

    @property
    def is_urgent(self) -> bool:
        return self.course.priority == Priority.URGENT

    @property
    def can_be_accepted(self) -> bool:
        return self.line.is_open and not self.line.is_left_out

    @property
    def first_day(self) -> date:
        return self.days[0][0].day

    @property
    def days_sooner_alone(self) -> int:
        """How many days sooner it could have begun if nobody else had to be placed; 0 if none."""
        alone = self.line.alone
        return max(0, (self.first_day - alone).days) if alone and not self.line.decided else 0

    @property
    def is_being_done(self) -> bool:
        return bool(self.line.accepted) and not self.line.outcome


class LoadedDraft:
    """The lines that a draft shows, with their courses, the diary as it is now, and what has changed
    since."""

    def __init__(self, draft: Draft, now: datetime) -> None:
        self.draft = draft
        self.lines = list(draft.lines.shown().select_related("decided_by"))
        courses = Course.objects.filter(pk__in=[line.course_id for line in self.lines])
        self.requests: dict[Course, CourseRequest] = requests_for(
            courses.prefetch_related("sessions").order_by()
        )
        self.courses = {course.pk: course for course in self.requests}
        self.diary: Diary = diary_for_search(draft.unit, now)

    @cached_property
    def to_book(self) -> dict[Course, CourseRequest]:
        """Those that still wait for days, or whose days are only held."""
        return {course: asked for course, asked in self.requests.items() if course.status in TO_BOOK}

    @cached_property
    def changed(self) -> Mapping[int, list[str]]:
        return what_changed(self.lines, self.to_book, self.diary)

    def planned(self, *, without: int | None = None) -> list[Planned]:
        """The lines that are open and have days, but for one."""
        return [
            Planned(line, self.requests[self.courses[line.course_id]])
            for line in self.lines
            if line.is_open and not line.is_left_out and line.pk != without
        ]

    def by_place(self, days: Collection[date]) -> dict[tuple[date, int, int], Course]:
        """The courses that the draft would have in a chair on these days, by day, chair and start in the
        chair."""
        rule = self.diary.nurse_rule
        taken = (
            (each.line.course_id, taken_by(visit, each.line.course_id, each.request, rule))
            for each in self.planned()
            for visit in each.line.proposed
            if visit.day in days
        )
        return {(row.day, row.chair, row.start): self.courses[key] for key, row in taken}

    def diary_with(self, *, without: int | None = None) -> Diary:
        """The diary with the draft counted in, but for one line."""
        return in_diary(self.diary, self.planned(without=without))

    def before(self) -> dict[int, DraftMove]:
        """The lines of the draft that this one plans again, by course. A query only if there is one."""
        if self.draft.again_from_id is None:
            return {}
        lines = DraftMove.objects.shown().filter(draft=self.draft.again_from_id)
        return {line.course_id: line for line in lines}

    def rows(self, runs_out: Mapping[int, Sequence[str]]) -> list[Row]:
        """Every line, in the order of the days; those without days in that of the list."""
        before = self.before()

        def named(visits: Sequence[Visit]) -> list[tuple[Visit, str]]:
            chairs = {chair.id: chair.name for chair in self.diary.chairs}
            return [(visit, chairs.get(visit.chair, "a chair not in use")) for visit in visits]

        rows = []
        for line in self.lines:
            earlier = before.get(line.course_id)
            differs = earlier is not None and earlier.proposed != line.proposed
            rows.append(
                Row(
                    line,
                    self.courses[line.course_id],
                    named(line.proposed),
                    earlier.proposed if earlier and differs and line.proposed else (),
                    self.changed.get(line.pk, ()),
                    runs_out.get(line.course_id, ()),
                    is_new=differs,
                )
            )
        return sorted(rows, key=lambda row: (row.days[0][0].day, row.days[0][0].start) if row.days else LAST)


LAST = (date.max, 0)


def look_at_draft(request: HttpRequest, pk: int, *kinds: DraftKind) -> Draft:
    """A draft with its unit; 404 if unknown, or of another kind. Whoever shows its children logs the look."""
    drafts = Draft.objects.select_related("unit", "asked_by", "again_from")
    return get_object_or_404(drafts.filter(kind__in=kinds) if kinds else drafts, pk=pk)


def log_look(request: HttpRequest, loaded: LoadedDraft) -> None:
    """Log that the user saw all children of the draft."""
    children = [course.patient_id for course in loaded.courses.values()]
    audit.looked_at(request.resolver_match.view_name, by=request.user, patients=children)


def preselected(rows: Sequence[Row], *, rest: bool) -> set[int]:
    """The keys of the lines that are ticked when the page opens.

    All of them only if none is urgent or has changed: those want a look each. rest: all but those, as asked
    for.
    """
    open_rows = [row for row in rows if row.can_be_accepted]
    to_look_at = [row for row in open_rows if row.is_urgent or row.changed]
    if to_look_at and not rest:
        return set()
    return {row.line.pk for row in open_rows if row not in to_look_at}


def progress_of(lines: Sequence[DraftMove]) -> tuple[int, int]:
    """Of the lines that were accepted: how many are done or refused, and how many there are."""
    accepted = [line for line in lines if line.accepted]
    return sum(line.outcome != Outcome.NONE for line in accepted), len(accepted)
