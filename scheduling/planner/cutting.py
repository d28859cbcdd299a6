"""Cuts: what a day cannot take in whole visits, though halves of them would fit.

The linear programme asks each day for so many visits of each kind, mostly parts of some. Whether whole visits
could come to that on average is a question of its own: `_apart` looks for weights by which what is asked is
more than anything that fits. It learns from what was seen to fit, so that it mostly asks by chance, and the
day's own programme only where chance finds nothing. Such weights, and the most that fits by them, are a cut.
"""

from dataclasses import dataclass, field

import numpy as np

from scheduling.planner.days import Day
from scheduling.planner.highs import NO_LIMIT, Array, Programme, by_columns, solve
from scheduling.planner.master import Cut, Master
from scheduling.planner.relaxing import Relaxed, Relaxing
from scheduling.planner.work import Work

# Weights are whole numbers up to this: small ones are quickly asked, large ones follow the prices closely.
SMALL, CLOSE = 24, 100
ROUNDS_OF_CUTS = 12
# Where between the linear programme (0) and a whole plan (1) days are asked, until that brings few cuts.
TOWARDS, FEW_CUTS = 0.5, 5
# A round of cuts that raises the bound by less than this share is the last.
WORTH_A_ROUND = 5e-4
# By these weights so much more is asked of a day than fits, as a share, or it is no cut.
WORTH_A_CUT = 1e-3
# So often the day's own programme is asked for one cut, and in all at the usual effort.
MOST_ASKED_A_CUT, MOST_ASKED = 12, 150


@dataclass(slots=True)
class Cutting:
    """The cuts of a programme in the making.

    seen: by day visits by kind that fit together. known: what was asked of a day by these weights, and its
    answer. inside: what was asked of a day and whole visits could come to. asked: how often a day's own
    programme was. random: the same chance in every plan, whatever its seed.
    """

    master: Master
    most_asked: int
    relaxing: Relaxing = field(init=False)
    seen: dict[int, dict[bytes, Array]] = field(default_factory=dict)
    known: dict[tuple[int, bytes], int] = field(default_factory=dict)
    inside: set[tuple[int, bytes]] = field(default_factory=set)
    fits: dict[int, Array] = field(default_factory=dict)
    asked: int = 0
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def __post_init__(self) -> None:
        self.relaxing = Relaxing(self.master)

    def cut(self, x: Array, work: Work) -> int:
        """Adds a cut for each day of which these starts ask what no whole visits come to; how many."""
        before = len(self.master.cuts)
        for d, (variables, kinds) in sorted(self.master.covered.items()):
            if self.asked >= self.most_asked or not work.goes_on():
                break
            day = self.master.days[d]
            wanted = np.bincount(kinds, weights=np.maximum(0.0, x[variables]), minlength=len(day.kinds))
            wanted = np.round(wanted, 9)
            key = d, wanted.tobytes()
            if key in self.inside or not wanted.any():
                continue
            if any(cut.day == d and cut.by_kind @ wanted > cut.most + 1e-3 for cut in self.master.cuts):
                continue
            weights = self._apart(d, wanted, work)
            if weights is None:
                self.inside.add(key)
            else:
                self._add(d, *weights)
        return len(self.master.cuts) - before

    def cut_by_prices(self, relaxed: Relaxed, scale: int, work: Work, *, only_broken: bool) -> int:
        """Adds a cut for each day that has prices: what they come to at most. They are made whole, up to
        `scale`. only_broken: only where the linear programme took more. How many.
        """
        before = len(self.master.cuts)
        for d, price in sorted(self._prices(relaxed).items()):
            if not work.goes_on():
                break
            weights = self._heavier(d, np.round(price * (scale / price.max())).astype(np.int64))
            weights //= np.gcd.reduce(weights)
            key = d, weights.tobytes()
            if key not in self.known:
                most, packed = self.master.days[d].most_of(weights, work)
                self.known[key] = most
                if packed is not None:
                    self.seen.setdefault(d, {})[packed.tobytes()] = packed
            most = self.known[key]
            variables, kinds = self.master.covered[d]
            if most >= 0 and not (only_broken and weights[kinds] @ relaxed.x[variables] <= most + 1e-3):
                self._add(d, weights, most)
        return len(self.master.cuts) - before

    def _apart(self, d: int, wanted: Array, work: Work) -> tuple[Array, int] | None:
        """Weights by which what is wanted of a day is more than anything that fits, and the most that
        does.
        """
        day, seen = self.master.days[d], self.seen.setdefault(d, {})
        asked = 0
        while asked < MOST_ASKED_A_CUT and work.goes_on():
            found = self._by_what_was_seen(wanted, list(seen.values()), work)
            if found is None:
                return None
            own = np.round(found * (CLOSE / found.max())).astype(np.int64)
            own //= np.gcd.reduce(own)
            total = float(own @ wanted)
            enough = total * (1 - WORTH_A_CUT)
            packed = day.by_chance(own, enough, self.random)
            if packed is None:
                asked += 1
                self.asked += 1
                # No set of visits comes to more by these than by its own.
                weights = self._heavier(d, own)
                most, packed = day.most_of(own, work, enough)
                if most >= 0 and float(weights @ wanted) > most * (1 + WORTH_A_CUT):
                    return weights, most
            if packed is None or packed.tobytes() in seen:
                return None
            seen[packed.tobytes()] = packed
        return None

    def _by_what_was_seen(self, wanted: Array, seen: list[Array], work: Work) -> Array | None:
        """Weights by which nothing that was seen comes to more than one, and what is wanted to the most that
        is possible; None if that is no more than one.
        """
        kinds = np.flatnonzero(wanted)
        rows = np.unique(np.array([each[kinds] for each in seen]).reshape(-1, len(kinds)), axis=0)
        of_row, column = np.nonzero(rows)
        starts, row_index, values = by_columns(column, of_row, rows[of_row, column], len(kinds))
        # A visit fits alone.
        programme = Programme(
            cost=-wanted[kinds],
            upper=np.ones(len(kinds)),
            low=np.full(len(rows), -np.inf),
            high=np.ones(len(rows)),
            starts=starts,
            rows=row_index,
            values=values,
        )
        answer = solve(programme, work, steps=NO_LIMIT)
        if answer.x is None or -answer.value <= 1 + WORTH_A_CUT:
            return None
        weights = np.zeros(len(wanted))
        weights[kinds] = np.maximum(0.0, answer.x)
        return weights

    def _add(self, d: int, weights: Array, most: int) -> None:
        variables, kinds = self.master.covered[d]
        used = weights[kinds] > 0
        cut = Cut(d, weights, variables[used], weights[kinds[used]].astype(np.float64), float(most))
        self.master.cuts.append(cut)

    def _prices(self, relaxed: Relaxed) -> dict[int, Array]:
        """By day what the linear programme pays for a visit more of each kind."""
        master = self.master
        prices: dict[int, Array] = {}
        for row, link in master.links.items():
            dual = -relaxed.duals[row]
            if dual > 1e-7:
                day = master.days[link.day]
                price = prices.setdefault(link.day, np.zeros(len(day.kinds)))
                for k, kind in enumerate(day.kinds):
                    if kind.shape == link.shape and kind.since >= link.since:
                        price[k] += dual
        for dual, cut in zip(-relaxed.duals[len(master.room) :], master.cuts, strict=False):
            if dual > 1e-7:
                price = prices.setdefault(cut.day, np.zeros(len(cut.by_kind)))
                price += dual * cut.by_kind
        return prices

    def _heavier(self, d: int, weights: Array) -> Array:
        """The same where a visit weighs no less than any that fits where it does."""
        if d not in self.fits:
            self.fits[d] = fits_of(self.master.days[d])
        return np.where(self.fits[d], weights[:, None], 0).max(axis=0)


def fits_of(day: Day) -> Array:
    """fits[a, b]: wherever a visit of kind b can be, one of kind a can be instead, whoever else is there."""
    rows, kinds = day.rows, day.kinds
    at = {
        (int(s), int(start), int(w)): column
        for column, (s, start, w) in enumerate(zip(rows.shape, rows.start, rows.window, strict=True))
    }
    shapes = sorted({kind.shape for kind in kinds})
    easier = set()
    for b in shapes:
        columns = np.flatnonzero(rows.shape == b)
        seats = [(int(rows.start[column]), int(rows.window[column])) for column in columns]
        for a in shapes:
            instead = [at.get((a, *seat), -1) for seat in seats]
            if -1 not in instead and (rows.uses[:, instead] <= rows.uses[:, columns]).all():
                easier.add((a, b))
    return np.array([[(a.shape, b.shape) in easier and a.since <= b.since for b in kinds] for a in kinds])


def relaxed_with_cuts(cutting: Cutting, best: Relaxed, work: Work) -> Relaxed:
    """The linear programme, its days cut by their prices as long as that brings something."""
    for _ in range(ROUNDS_OF_CUTS):
        if not cutting.cut_by_prices(best, SMALL, work, only_broken=True):
            break
        again = cutting.relaxing.relax(work)
        if again is None:
            break
        gained = again.bound - best.bound
        best = again if gained >= 0 else best
        if gained < WORTH_A_ROUND * best.bound:
            break
    return best


def relaxed_closer(cutting: Cutting, best: Relaxed, whole: Array, work: Work) -> Relaxed:
    """The linear programme cut further, between its own answer and a whole plan: such cuts go deeper."""
    for _ in range(ROUNDS_OF_CUTS):
        between = TOWARDS * whole + (1 - TOWARDS) * best.x
        if cutting.cut(between, work) < FEW_CUTS and not cutting.cut(best.x, work):
            break
        again = cutting.relaxing.relax(work)
        if again is None or again.bound < best.bound:
            break
        gained, best = again.bound - best.bound, again
        if gained < WORTH_A_ROUND * best.bound:
            break
    return best
