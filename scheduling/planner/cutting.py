"""Cuts: what a day cannot take in whole visits, though halves of them would fit.

The linear programme says what it would pay for a visit more of each kind on a day. By these prices, made
whole and small, the day itself is asked what it can take at most: a cut, if the programme took more. Prices
of earlier cuts count as well, so that the rounds come to an end where no such cut is left.
"""

from dataclasses import dataclass, field

import numpy as np

from scheduling.planner.days import Day
from scheduling.planner.highs import Array
from scheduling.planner.master import Cut, Master, Relaxed
from scheduling.planner.work import Work

# Weights are whole numbers up to this: small ones are quickly asked, large ones follow the prices closely.
SMALL, CLOSE = 24, 100
NO_LIMIT = 10**9
ROUNDS_OF_CUTS = 8
# A round of cuts that raises the bound by less than this share is the last.
WORTH_A_ROUND = 5e-4


@dataclass(slots=True)
class Cutting:
    """The cuts of a programme in the making. asked: what was asked of a day before, and its answer."""

    master: Master
    asked: dict[tuple[int, bytes], int] = field(default_factory=dict)
    fits: dict[int, Array] = field(default_factory=dict)

    def cut(self, relaxed: Relaxed, work: Work) -> int:
        """Adds a cut for each day that the linear programme fills with parts of visits; how many."""
        return self._add(relaxed, SMALL, work, only_broken=True)

    def cut_close(self, relaxed: Relaxed, work: Work) -> int:
        """Adds for each day that has prices what they come to at most: with these the programme over the
        starts alone is as strong as that with the places.
        """
        return self._add(relaxed, CLOSE, work, only_broken=False)

    def _add(self, relaxed: Relaxed, scale: int, work: Work, *, only_broken: bool) -> int:
        master, added = self.master, 0
        for d, price in sorted(self._prices(relaxed).items()):
            if not work.goes_on():
                break
            weights = self._weights(d, price, scale)
            most = self._most(d, weights, work)
            variables, kinds = master.covered[d]
            if most < 0 or (only_broken and float(weights[kinds] @ relaxed.x[variables]) <= most + 1e-3):
                continue
            used = weights[kinds] > 0
            cut = Cut(d, weights, variables[used], weights[kinds[used]].astype(np.float64), float(most))
            master.cuts.append(cut)
            added += 1
        return added

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

    def _weights(self, d: int, price: Array, scale: int) -> Array:
        """Whole weights by kind after the prices. A visit weighs no less than any that fits where it does."""
        weights = np.round(price * (scale / price.max())).astype(np.int64)
        weights = np.where(self._fits(d), weights[:, None], 0).max(axis=0)
        return weights // np.gcd.reduce(weights)

    def _fits(self, d: int) -> Array:
        if d not in self.fits:
            self.fits[d] = fits_of(self.master.days[d])
        return self.fits[d]

    def _most(self, d: int, weights: Array, work: Work) -> int:
        key = d, weights.tobytes()
        if key not in self.asked:
            self.asked[key] = self.master.days[d].most_of(weights, work)
        return self.asked[key]


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


def relaxed_with_cuts(cutting: Cutting, work: Work, rounds: int = ROUNDS_OF_CUTS) -> Relaxed | None:
    """The linear programme, its days cut to what whole visits can do."""
    best = cutting.master.relax(work, NO_LIMIT)
    for _ in range(rounds):
        if best is None or not cutting.cut(best, work):
            break
        again = cutting.master.relax(work, NO_LIMIT)
        if again is None:
            break
        gained = again.bound - best.bound
        best = again if gained >= 0 else best
        if gained < WORTH_A_ROUND * best.bound:
            break
    return best
