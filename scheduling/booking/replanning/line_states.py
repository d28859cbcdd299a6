"""What has become of each line of a re-plan: whether it can be done, and who has to move with it.

A place that another line leaves is free once that one has moved, so a line may need others to move in the
same act. It is judged by the ordinary objections: in the diary as it is, then with the others where they go.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import OuterRef, Subquery

from scheduling.booking.replanning.asking import Asked
from scheduling.models import ContactAttempt, ContactOutcome, Course, Draft, DraftMove, Outcome
from scheduling.rules import CourseRequest, Diary, Objection, Placement, Visit, objections, taken_by
from scheduling.states import CourseStatus
from scheduling.unit.course_requests import requests_for
from scheduling.unit.diary_rows import load_diary

A_DAY = timedelta(days=1)
CHANGED = "Somebody changed this course since the proposal."
NO_LONGER_BOOKED = "This course is no longer booked."
SHOWN_OF_A_COURSE = ("sessions", "held_places", "patient__contacts")


@dataclass(frozen=True)
class LineState:
    """line: with its course, child and contacts. objections: to its new days, if nobody else's move helps.
    needs: the lines that have to move in the same act. changed: a sentence if the course is no longer as it
    was when the proposal was made. fits_again: nothing speaks any more against where it stands."""

    line: DraftMove
    objections: tuple[Objection, ...] = ()
    needs: tuple[DraftMove, ...] = ()
    changed: str = ""
    fits_again: bool = False

    @property
    def course(self) -> Course:
        return self.line.course

    @property
    def visits(self) -> list[Visit]:
        return self.line.proposed

    @property
    def is_stale(self) -> bool:
        """Whether it cannot be done as it was proposed. Never asked of the diary's version alone."""
        return bool(self.changed or self.objections)

    @property
    def is_moved(self) -> bool:
        return self.line.outcome == Outcome.MOVED

    @property
    def is_held(self) -> bool:
        return self.line.outcome == Outcome.HELD

    @property
    def is_under_way(self) -> bool:
        """Accepted, and not done yet."""
        return bool(self.line.accepted) and not self.line.outcome

    @property
    def can_be_done(self) -> bool:
        return bool(self.visits) and not (self.is_moved or self.is_under_way or self.is_stale)

    @property
    def can_be_held(self) -> bool:
        """Its days can be held only if nobody stands there yet."""
        return self.can_be_done and not self.needs and not self.is_held

    @property
    def against(self) -> list[str]:
        """Why it cannot be done, in sentences."""
        said = [self.changed] if self.changed else [str(objection) for objection in self.objections]
        return list(dict.fromkeys(said))


def load_states(draft: Draft, option: int, now: datetime, diary: Diary | None = None) -> list[LineState]:
    """The lines of one proposal as they are now, in a fixed number of queries, however many lines.

    diary: of the unit; read under the unit's lock, or at least now, if none is given. `course.spoken_at` and
    `spoken_by` say when somebody last spoke to the family since the proposals were asked for.
    """
    lines = [line for line in draft.lines.select_related("accepted_by") if line.option == option]
    spoke = ContactAttempt.objects.filter(
        course=OuterRef("pk"), outcome=ContactOutcome.REACHED, at__gte=draft.asked_at
    ).order_by("-at", "-pk")
    rows = Course.objects.filter(pk__in=[line.course_id for line in lines]).order_by()
    rows = rows.annotate(
        spoken_at=Subquery(spoke.values("at")[:1]), spoken_by=Subquery(spoke.values("by_name")[:1])
    )
    requests = requests_for(rows.prefetch_related(*SHOWN_OF_A_COURSE))
    found = {course.pk: course for course in requests}
    for line in lines:
        line.course = found[line.course_id]
        line.draft = draft
    days = [visit.day for line in lines for visit in (*line.proposed, *line.stood_at)]
    if not days:
        return [LineState(line) for line in lines]
    diary = diary or load_diary(draft.unit, min(days) - A_DAY, max(days) + A_DAY, now)
    if taken := Asked.from_json(draft.settings).taken:
        diary = diary.with_taken(taken)
    return _Judge(diary, lines, {course.pk: asked for course, asked in requests.items()}).states()


def groups_of(states: Sequence[LineState]) -> list[list[LineState]]:
    """The lines that move in one act: each alone, or with those it needs; first what needs nobody."""
    groups: list[list[LineState]] = []
    by_key = {state.line.pk: state for state in states}
    for state in sorted(states, key=lambda state: len(state.needs)):
        joined = {state.line.pk, *(line.pk for line in state.needs if line.pk in by_key)}
        for group in [group for group in groups if joined & {each.line.pk for each in group}]:
            groups.remove(group)
            joined |= {each.line.pk for each in group}
        groups.append([each for key, each in by_key.items() if key in joined])
    return groups


def is_moved(line: DraftMove) -> bool:
    return line.outcome == Outcome.MOVED


@dataclass
class _Judge:
    diary: Diary
    lines: Sequence[DraftMove]
    requests: Mapping[int, CourseRequest]

    def states(self) -> list[LineState]:
        return [self._state(line) for line in self.lines]

    @cached_property
    def _changed(self) -> dict[int, str]:
        """By line, why its course is no longer as it was; those that are as they were are not in it."""
        found = {}
        for line in self.lines:
            if is_moved(line):
                continue
            if line.course.status != CourseStatus.BOOKED:
                found[line.pk] = NO_LONGER_BOOKED
            elif line.course.version != line.seen:
                found[line.pk] = CHANGED
        return found

    @cached_property
    def _movable(self) -> list[DraftMove]:
        return [
            line
            for line in self.lines
            if line.proposed and not is_moved(line) and line.pk not in self._changed and line.stood_at
        ]

    def _state(self, line: DraftMove) -> LineState:
        if not line.proposed or is_moved(line):
            return LineState(line)
        if changed := self._changed.get(line.pk):
            return LineState(line, changed=changed)
        fits_again = line.must_move and not self._objections(line, line.stood_at, self.diary)
        alone = self._against(line, ())
        if not alone:
            return LineState(line, fits_again=fits_again)
        needs = self._needs(line)
        if needs is None:
            return LineState(line, objections=alone, fits_again=fits_again)
        return LineState(line, needs=needs, fits_again=fits_again)

    def _needs(self, line: DraftMove) -> tuple[DraftMove, ...] | None:
        """The fewest others that have to move too, and whom these need; None if that does not help."""
        others = [other for other in self._movable if other.pk != line.pk]
        if self._objections(line, line.proposed, self._emptied):
            return None
        there = {visit.day for visit in line.proposed}
        near = [other for other in others if there & {visit.day for visit in other.stood_at}]
        for candidates in (near, others):
            if candidates and not self._all_against([line, *candidates]):
                return tuple(self._fewest(line, candidates))
        return None

    @cached_property
    def _emptied(self) -> Diary:
        """The diary once all who can move have left, and before any of them has gone anywhere."""
        diary = self.diary
        for line in self._movable:
            diary = diary.without(line.course_id)
        return diary

    def _fewest(self, line: DraftMove, candidates: Iterable[DraftMove]) -> list[DraftMove]:
        """Of these, none could be left out."""
        kept = list(candidates)
        for other in list(kept):
            fewer = [each for each in kept if each is not other]
            if not self._all_against([line, *fewer]):
                kept = fewer
        return kept

    def _all_against(self, moved: Sequence[DraftMove]) -> bool:
        """Whether anything speaks against one of these if all of them move."""
        return any(self._against(line, [each for each in moved if each is not line]) for line in moved)

    def _against(self, line: DraftMove, others: Collection[DraftMove]) -> tuple[Objection, ...]:
        """The objections to a line's days with these others where they are to go."""
        diary = self.diary
        for other in others:
            diary = diary.without(other.course_id)
        rows = [
            # Under a name of their own: under that of the course they would be left out with it.
            taken_by(visit, ("moved", other.pk), self.requests[other.course_id], diary.nurse_rule)
            for other in others
            for visit in other.proposed
        ]
        if rows:
            diary = diary.with_taken(rows)
        return self._objections(line, line.proposed, diary)

    def _objections(self, line: DraftMove, visits: Sequence[Visit], diary: Diary) -> tuple[Objection, ...]:
        return objections(Placement(self.requests[line.course_id], tuple(visits)), diary)
