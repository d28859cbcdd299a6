"""What fits into one day together: chairs, nurses and places kept back, as rows of one matrix.

A column is a place, a row a moment at which something could run short: a class of chairs, the nurses (in
children: a nurse of one's own counts as many as one nurse looks after), or the places that a kept-back rule
leaves. A set of places fits if no row adds up to more than its room. That is exactly what `objections` says
of each of them with all others in the diary.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from scheduling.planner.reading import DayPlaces, Problem
from scheduling.rules import Care, Diary, nurse_load
from scheduling.rules.calendar import MINUTES_A_DAY
from scheduling.rules.course import Shape

Matrix = Any  # of numpy


@dataclass(slots=True)
class DayRows:
    """`uses[row, place]` and `room[row]` of one day; `places` of each shape and their starts, in order."""

    uses: Matrix
    room: Matrix
    shape: Matrix
    start: Matrix
    window: Matrix


def rows_of_day(here: DayPlaces, problem: Problem) -> DayRows:
    """The matrix of a day. Rows that can never run short are left out."""
    diary, shapes = problem.diary, problem.shapes
    shape = np.array([place.shape for place in here.places], dtype=np.int32)
    start = np.array([place.start for place in here.places], dtype=np.int32)
    window = np.array([place.window for place in here.places], dtype=np.int32)
    sizes = np.array([len(each.chairs) for each in here.windows], dtype=np.int32)
    begins = start + np.array([each.chair_from for each in shapes], dtype=np.int32)[shape]
    ends = start + np.array([each.chair_to for each in shapes], dtype=np.int32)[shape]
    uses, room = [], []
    for w in range(len(here.windows)):
        inside = window == w
        for moment in np.unique(begins[inside]):
            uses.append((inside & (begins <= moment) & (moment < ends)).astype(np.int16))
            room.append(int(sizes[w]))
    chairs = len(room)
    for together, most in _with_nurses_together(here, diary, shape, start, shapes):
        uses.append(together.astype(np.int16))
        room.append(most)
    moments, left = _nurses(here, diary, shape, start, shapes)
    uses += list(_care_at(moments, shape, start, shapes, diary.nurse_rule.children_per_nurse))
    room += left.tolist()
    for moment, places in _kept_back(here, diary, begins):
        uses.append(((begins <= moment) & (moment < ends)).astype(np.int16))
        room.append(places)
    rows = DayRows(np.array(uses, dtype=np.int16), np.array(room, dtype=np.int32), shape, start, window)
    return _needed(rows, chairs, sizes * _at_once([shapes[s] for s in np.unique(shape).tolist()]))


def _at_once(shapes: list[Shape]) -> int:
    """How many visits of one chair may ask something of the unit in the same minute, at most: one in it, and
    those who have yet to take it, or have left it and are still looked after.
    """
    if not shapes:
        return 1
    shortest = max(1, min(shape.chair_minutes for shape in shapes))
    before = max(shape.chair_from for shape in shapes)
    after = max(shape.length - shape.chair_to for shape in shapes)
    return 1 - (-before // shortest) - (-after // shortest)


@dataclass(frozen=True, slots=True)
class LongNumbers:
    """A day's rows as long numbers: each row is a field of bits of its own, with a guard bit above it.

    A place fits if no field has to borrow from its guard when the place is subtracted, so that one
    subtraction and one comparison ask all rows at once: `(left - uses[place]) & guard == guard`.
    room: what is left of an empty day.
    """

    guard: int
    uses: list[int]
    room: int


def as_long_numbers(rows: DayRows) -> LongNumbers:
    # A field is a byte, or two where more than half of it is asked for.
    most = max(rows.room.max(initial=0), rows.uses.max(initial=0))
    field, top = ("<u1", 1 << 7) if most < 1 << 7 else ("<u2", 1 << 15)
    guard = _number(np.full(len(rows.room), top).astype(field))
    uses = [_number(each) for each in rows.uses.T.astype(field)]
    return LongNumbers(guard, uses, guard + _number(rows.room.astype(field)))


def _number(fields: Matrix) -> int:
    return int.from_bytes(fields.tobytes(), "little")


def care_by_minute(shape: Shape, children_per_nurse: int) -> Matrix:
    """What a visit asks of the nurses minute by minute from arrival, in children."""
    asked = np.zeros(shape.length, dtype=np.int16)
    for stretch in shape.care:
        asked[stretch.start : stretch.end] = children_per_nurse if stretch.care is Care.OWN else 1
    return asked


def nurses_left(here: DayPlaces, diary: Diary) -> Matrix:
    """How many children more the nurses could look after, minute by minute; below zero where they are
    short.
    """
    left = np.zeros(MINUTES_A_DAY, dtype=np.int32)
    hours = diary.calendar.hours_on(here.day)
    for begins, ends, nurses in hours.nurses_steps() if hours else ():
        left[begins:ends] = nurses * diary.nurse_rule.children_per_nurse
    for load in nurse_load(diary.care_on(here.day), diary.nurse_rule):
        left[load.start : load.end] -= load.cannulating * diary.nurse_rule.children_per_nurse + load.monitored
    return left


def _nurses(
    here: DayPlaces, diary: Diary, shape: Matrix, start: Matrix, shapes: list[Shape]
) -> tuple[Matrix, Matrix]:
    """The moments at which nurses could run short, and how many children more they could look after then."""
    left = np.maximum(0, nurses_left(here, diary))
    moments = set((np.flatnonzero(left[1:] < left[:-1]) + 1).tolist())
    for s in np.unique(shape).tolist():
        asked = np.concatenate(([0], care_by_minute(shapes[s], diary.nurse_rule.children_per_nurse)))
        rises = np.flatnonzero(asked[1:] > asked[:-1])
        moments.update((np.unique(start[shape == s])[:, None] + rises[None, :]).ravel().tolist())
    found = np.array(sorted(moment for moment in moments if moment < MINUTES_A_DAY and len(start)), dtype=int)
    return found, left[found]


def _with_nurses_together(
    here: DayPlaces, diary: Diary, shape: Matrix, start: Matrix, shapes: list[Shape]
) -> list[tuple[Matrix, int]]:
    """Places in which children are with the nurses at one moment, and how many of them there may be.

    The last of them to have had a nurse of their own took all that one nurse looks after, when all the others
    were there already. No whole visits break this that keep what the nurses can do at each moment, but halves
    of visits do.
    """
    one_nurse = diary.nurse_rule.children_per_nurse
    if one_nurse < 2 or not len(start):
        return []
    left = np.maximum(0, nurses_left(here, diary))
    begins, ends = _from_own_nurse(shape, start, shapes, one_nurse)
    moments = np.unique(begins[begins >= 0])
    found = []
    for moment in moments.tolist():
        since = np.where((begins <= moment) & (moment < ends), begins, -1).max(axis=0)
        earlier = moments[moments <= moment]
        for level in np.unique(left[earlier]).tolist():
            more = earlier[left[earlier] > level]
            together = since > (more[-1] if len(more) else -1)
            if together.any():
                found.append((together, max(0, level - one_nurse + 1)))
    return found


def _from_own_nurse(
    shape: Matrix, start: Matrix, shapes: list[Shape], one_nurse: int
) -> tuple[Matrix, Matrix]:
    """By stretch with a nurse of one's own and by place: when it begins, and until when somebody looks after
    the child without a break; -1 where a shape has no such stretch.
    """
    spans: dict[int, list[tuple[int, int]]] = {}
    for s in np.unique(shape).tolist():
        asked = np.append(care_by_minute(shapes[s], one_nurse), 0)
        breaks = np.flatnonzero(asked == 0)
        owns = [each.start for each in shapes[s].care if each.care is Care.OWN]
        spans[s] = [(own, int(breaks[np.searchsorted(breaks, own)])) for own in owns]
    most = max(map(len, spans.values()))
    begins, ends = np.full((2, most, len(start)), -1)
    for s, found in spans.items():
        mine = shape == s
        for n, (own, until) in enumerate(found):
            begins[n, mine], ends[n, mine] = start[mine] + own, start[mine] + until
    return begins, ends


def _care_at(
    moments: Matrix, shape: Matrix, start: Matrix, shapes: list[Shape], children_per_nurse: int
) -> Matrix:
    """By moment and place what a visit there asks of the nurses then, in children."""
    longest = max((each.length for each in shapes), default=0)
    # Nothing is asked before a visit, nor after it.
    asked = np.zeros((len(shapes), longest + 1), dtype=np.int16)
    for s in np.unique(shape).tolist():
        asked[s, : shapes[s].length] = care_by_minute(shapes[s], children_per_nurse)
    into = moments[:, None] - start[None, :]
    into[(into < 0) | (into > longest)] = longest
    return asked[shape[None, :], into]


def _kept_back(here: DayPlaces, diary: Diary, begins: Matrix) -> list[tuple[int, int]]:
    """The moments at which the chairs that courses may have could run short, and how many are left."""
    courses = [row for row in diary.taken_on(here.day) if row.course is not None]
    found = []
    for kept in diary.kept_back_on(here.day):
        if kept.for_courses:
            continue
        edges = {kept.start, *begins.tolist(), *(row.start for row in courses)}
        for moment in sorted(edges):
            if kept.start <= moment < kept.end:
                in_chairs = sum(row.start <= moment < row.end for row in courses)
                found.append((moment, max(0, len(diary.chairs) - kept.places - in_chairs)))
    return found


def _needed(rows: DayRows, chairs: int, at_once: Matrix) -> DayRows:
    """The same without rows that others imply, and, beyond the first `chairs` rows, without those that cannot
    run short with so many visits `at_once` in each window."""
    tightest: dict[bytes, int] = {}
    for n in range(len(rows.room)):
        key = rows.uses[n].tobytes()
        if key not in tightest or rows.room[n] < rows.room[tightest[key]]:
            tightest[key] = n
    kept = sorted(tightest.values())
    if kept and len(rows.window):
        order = np.argsort(rows.window, kind="stable")
        windows, first = np.unique(rows.window[order], return_index=True)
        most = np.maximum.reduceat(rows.uses[kept][:, order], first, axis=1) @ at_once[windows]
        kept = [n for n, asked in zip(kept, most.tolist(), strict=True) if n < chairs or asked > rows.room[n]]
    implied = _implied(rows.uses[kept], rows.room[kept])
    kept = [n for n, is_implied in zip(kept, implied.tolist(), strict=True) if not is_implied]
    return DayRows(rows.uses[kept], rows.room[kept], rows.shape, rows.start, rows.window)


def _implied(uses: Matrix, room: Matrix) -> Matrix:
    """By row whether another asks as much of every place and has no more room. No two rows ask the same."""
    asks = [np.packbits(uses >= level, axis=1) for level in np.unique(uses[uses > 0])]
    packed = np.hstack(asks or [np.zeros((len(room), 1), dtype=np.uint8)])
    # Nothing is asked beyond the other.
    within = np.array([~(row & ~packed).any(axis=1) for row in packed]).reshape(len(room), len(room))
    np.fill_diagonal(within, val=False)
    return (within & (room[None, :] <= room[:, None])).any(axis=1)
