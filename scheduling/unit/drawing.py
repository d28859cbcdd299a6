"""Draws the week board from a diary, which has all that it shows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from crmo_clinic.nhsuk.wording import capitalised
from scheduling.models import Course, Session
from scheduling.rules import (
    Chair,
    CourseRequest,
    DayUse,
    Diary,
    OpeningHours,
    Search,
    Taken,
    Visit,
    best_in,
    nurse_load,
    use_of,
)
from scheduling.rules.calendar import MINUTES_A_DAY
from scheduling.unit.board import CELL, HOUR, USUAL, Board, Day, Hour, Kind, Segment

# A day, the key of a chair, and a start.
Place = tuple[date, int, int]
# What a unit without opening hours shows.
OPENS, CLOSES = 8 * HOUR, 18 * HOUR


def draw_board(
    days: Sequence[date],
    diary: Diary,
    sessions: Iterable[Session],
    request: CourseRequest | None = None,
    drafted: Mapping[Place, Course] | None = None,
) -> Board:
    """The board of `days`, without weekdays on which the unit never opens and nothing is booked.

    sessions: those of the days, with child and booking. request: the course that days are being chosen for.
    Its own visits count as free, and each free segment then has the best pair that begins in it. drafted: the
    courses of a draft by day, chair and start; the diary has their visits already.
    """
    search = Search(request or USUAL, diary)
    diary = search.diary
    shown = [day for day in days if diary.calendar.usual_hours(day) or diary.taken_on(day)]
    places = [(s.place, s) for s in sessions if hasattr(s, "booking")]
    by_place = {(place.day, place.chair, place.start): session for place, session in places}
    opens, closes = _span(shown, diary)
    drawing = _Drawing(search, by_place, opens, closes, drafted or {})
    chairs = _chairs(diary, shown, by_place)
    drawn = [drawing.day(day, chairs) for day in shown]
    if request:
        drawn = [drawing.with_pairs(day, drawn) for day in drawn]
    return Board(opens, closes, chairs, tuple(drawn))


class _Drawing:
    def __init__(
        self,
        search: Search,
        sessions: dict[Place, Session],
        opens: int,
        closes: int,
        drafted: Mapping[Place, Course],
    ) -> None:
        self.search = search
        self.diary = search.diary
        self.sessions = sessions
        self.drafted = drafted
        self.opens, self.closes = opens, closes

    def day(self, day: date, chairs: Sequence[Chair]) -> Day:
        hours = self.diary.calendar.hours_on(day)
        taken = self.diary.taken_on(day)
        by_chair = defaultdict(list)
        for row in taken:
            by_chair[row.chair].append(row)
        used, room = self._used_and_room(taken, hours, hours.opens if hours else 0)
        used_to_come, room_to_come = self._used_and_room(taken, hours, self._begins(day, hours))
        return Day(
            day=day,
            hours=hours,
            why_closed=capitalised(self.diary.calendar.why_closed(day) or ""),
            use=use_of(self.search, day),
            free_minutes=room_to_come - used_to_come,
            used_percent=round(100 * used / room) if room else 0,
            load=tuple(self._load(day, hours)) if hours else (),
            is_empty=not taken,
            parts_closed=self.diary.calendar.parts_closed(day) if hours else (),
            kept_back=tuple(kept.in_words(day) for kept in self.diary.kept_back_on(day)) if hours else (),
            lanes={chair.id: tuple(self._lane(day, chair, hours, by_chair[chair.id])) for chair in chairs},
        )

    def _used_and_room(
        self, taken: Sequence[Taken], hours: OpeningHours | None, begins: int
    ) -> tuple[int, int]:
        """Minutes taken in the chairs in use, and minutes there are in them, from `begins` to closing."""
        if hours is None:
            return 0, 0
        in_use = self.diary.chair_ids
        ends = [(max(row.start, begins), min(row.end, hours.closes)) for row in taken if row.chair in in_use]
        used = sum(max(0, end - start) for start, end in ends)
        return used, len(in_use) * (hours.closes - begins)

    def _begins(self, day: date, hours: OpeningHours | None) -> int:
        """When the free part of a day begins: today at the next start on the grid; if past, at closing."""
        if hours is None:
            return MINUTES_A_DAY
        grid = self.diary.slot_minutes
        now = -(-self.search.earliest_time(day) // grid) * grid
        return min(max(hours.opens, now), hours.closes) if day >= self.diary.today else hours.closes

    def with_pairs(self, day: Day, days: Sequence[Day]) -> Day:
        """The day, with the best pair that begins in each of its free segments."""
        if day.use != DayUse.STARTS:
            return day
        lanes = {
            chair: tuple(self._with_pair(segment, days) for segment in lane)
            for chair, lane in day.lanes.items()
        }
        return replace(day, lanes=lanes)

    def _with_pair(self, segment: Segment, days: Sequence[Day]) -> Segment:
        if segment.kind != Kind.FREE:
            return segment
        visits = best_in(self.search, segment.day, segment.chair.id, segment.start, segment.end)
        if not visits:
            return segment
        pair = tuple(other.name for visit in visits for other in self._segments_of(visit, days))
        return replace(segment, visits=visits, pair=pair)

    def _segments_of(self, visit: Visit, days: Sequence[Day]) -> Iterator[Segment]:
        shape = self.search.shape
        start, end = visit.start + shape.chair_from, visit.start + shape.chair_to
        for day in days:
            if day.day == visit.day:
                yield from (s for s in day.lanes[visit.chair] if s.start <= start and end <= s.end)

    def _lane(
        self, day: date, chair: Chair, hours: OpeningHours | None, taken: Sequence[Taken]
    ) -> Iterator[Segment]:
        rest = self.opens
        for row in taken:
            start = max(rest, row.start)
            yield from self._free(day, chair, hours, rest, start)
            if start < row.end:
                session = self.sessions.get((day, row.chair, row.start))
                course = None if session else self.drafted.get((day, row.chair, row.start))
                kind = Kind.OTHER if row.course is None else Kind.DRAFT if course else Kind.VISIT
                whose = infusion_of(row)
                yield self._segment(kind, chair, day, start, row.end, session, row.label, whose, course)
                rest = row.end
        yield from self._free(day, chair, hours, rest, self.closes)

    def _free(
        self, day: date, chair: Chair, hours: OpeningHours | None, start: int, end: int
    ) -> Iterator[Segment]:
        """What is not taken from `start` to `end`: before, within and after the free part of the day."""
        opens = self._begins(day, hours)
        closes = hours.closes if hours else end
        if day < self.diary.today or self.diary.chair(chair.id) is None:
            opens = closes = end
        edges = [start, *(min(max(edge, start), end) for edge in (opens, closes)), end]
        for (first, last), is_open in zip(pairwise(edges), (False, True, False), strict=True):
            if first < last:
                long_enough = last - first >= self.search.shape.chair_minutes
                kind = Kind.SHUT if not is_open else Kind.FREE if long_enough else Kind.GAP
                yield self._segment(kind, chair, day, first, last)

    def _segment(
        self,
        kind: Kind,
        chair: Chair,
        day: date,
        start: int,
        end: int,
        session: Session | None = None,
        label: str = "",
        infusion: int | None = None,
        course: Course | None = None,
    ) -> Segment:
        cells = -(-(end - self.opens) // CELL) - -(-(start - self.opens) // CELL)
        return Segment(kind, chair, day, start, end, max(1, cells), session, label, infusion, course)

    def _load(self, day: date, hours: OpeningHours) -> Iterator[Hour]:
        loads = nurse_load(self.diary.care_on(day), self.diary.nurse_rule)
        for start in range(self.opens, self.closes, HOUR):
            end = start + HOUR
            busy = [load for load in loads if load.start < end and start < load.end]
            steps = [step for step in hours.nurses_steps() if step[0] < end and start < step[1]]
            is_full = any(
                on <= load.nurses and max(load.start, since, start) < min(load.end, until, end)
                for load in busy
                for since, until, on in steps
                if load.nurses
            )
            needed = max((load.nurses for load in busy), default=0)
            yield Hour(start, needed, is_full, on=min((on for _, _, on in steps), default=0))


def infusion_of(taken: Taken) -> int | None:
    """The key of the other infusion that takes a chair; None if none does."""
    return taken.other[1] if isinstance(taken.other, tuple) else None


def _span(days: Sequence[date], diary: Diary) -> tuple[int, int]:
    """From the first opening to the last closing of the days, in whole hours, with what is booked outside."""
    hours = [found for day in days if (found := diary.calendar.hours_on(day))]
    taken = [row for day in days for row in diary.taken_on(day)]
    opens = min([row.opens for row in hours] + [row.start for row in taken], default=OPENS)
    closes = max([row.closes for row in hours] + [row.end for row in taken], default=CLOSES)
    return opens // HOUR * HOUR, -(-closes // HOUR) * HOUR


def _chairs(diary: Diary, days: Sequence[date], sessions: dict[Place, Session]) -> tuple[Chair, ...]:
    """The chairs in use, and below them the chairs out of use that still have something booked."""
    names = {session.booking.chair_id: session.booking.chair.name for session in sessions.values()}
    gone = {row.chair for day in days for row in diary.taken_on(day)} - set(diary.chair_ids)
    in_use = [chair for pk in diary.chair_ids if (chair := diary.chair(pk))]
    return (*in_use, *(Chair(pk, f"{names.get(pk, 'A chair')}, out of use") for pk in sorted(gone)))
