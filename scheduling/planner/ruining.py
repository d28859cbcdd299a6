"""Ruin and recreate: take some courses out of a whole plan, put them back in another order, keep what pays.

Most turns begin with a course that would like a cheaper day and pushes others away there, light ones rather;
the rest with some who are near to each other. Which, and in which order they come back, is chance that `seed`
decides; worse plans are accepted now and then, ever more rarely. How much worse is drawn before they come
back, and a turn that must come to more is given up. The work is counted in turns, so it is the same on any
machine.
"""

from collections.abc import Sequence
from math import log
from random import Random

from scheduling.planner.ground import Ground, Start
from scheduling.planner.highs import Array
from scheduling.planner.roster import Roster
from scheduling.planner.work import Work

# Courses taken out at a time, at most.
MOST_OUT = 6
# How much worse a plan may be to be accepted, as a share of the value, at the beginning and at the end: to
# leave a plan that is far from the best, and to look around one that is near it.
HOT, COLD = (4e-3, 3e-5), (1e-4, 3e-5)
# The clock is looked at once in so many turns.
LOOK = 50
DRAWS = 20
# Of all turns, so many begin with a course that pushes others away; how many in one go, and in a row.
PUSHES, MOST_PUSHED, LONGEST_PUSH = 0.8, 5, 3
# A course looks for a better day among so many of its cheapest.
NEAREST = 60


# A course, and where it was.
Was = tuple[int, Start | None, tuple[int, ...]]


def ruin(
    roster: Roster,
    price: Array,
    work: Work,
    *,
    turns: int,
    seed: int,
    bound: int,
    heat: tuple[float, float] = HOT,
) -> Roster:
    """The best roster after so many turns, or before if it cannot be better."""
    ground = Ground(roster, price)
    random = Random(seed)  # noqa: S311 (no secret)
    days = sorted(d for d in ground.here if any(key[0] == d for key in ground.columns))
    offset = roster.master.offset
    best = ground.cost
    best_at, best_seats = list(ground.at), list(ground.seats)
    weights = [case.candidate.weight for case in roster.master.problem.cases]
    cases = [i for i, own in enumerate(ground.by_cost) if own]
    warm, cold = heat
    worse = warm * roster.value
    cooling = (cold / warm) ** (1 / max(1, turns))
    at = ground.at
    for turn in range(turns):
        if turn % LOOK == 0 and not work.goes_on():
            break
        if best + offset <= bound:
            break
        worse *= cooling
        before = ground.cost
        pushes = random.random() < PUSHES
        out, old = _pushed_out(ground, random, cases, weights) if pushes else ([], [])
        if not out:
            out = _near(ground, random, cases, days)
            old = [(i, at[i], ground.seats[i]) for i in out]
            for i in out:
                ground.take(i)
            _ordered(out, random, weights, ground)
        by = ground.by_price if random.random() < 0.1 else ground.by_cost
        # How much worse it may be is drawn beforehand, so that what comes to more is given up at once.
        most = before - worse * log(1 - random.random())
        if not ground.insert_all(out, by, random.random, most):
            for i in out:
                ground.take(i)
            for i, start, seats in old:
                if start is not None:
                    ground.put(i, start, seats)
        elif ground.cost < best:
            best = ground.cost
            best_at, best_seats = list(at), list(ground.seats)
    return ground.as_roster(best_at, best_seats)


def _near(ground: Ground, random: Random, cases: Sequence[int], days: Sequence[int]) -> list[int]:
    """Some courses near to each other, and one or two that would like to be there."""
    at = ground.at
    out: dict[int, None] = {}
    near: list[int]
    i = _unhappy(ground, random, cases) if random.random() < 0.7 else None
    if i is not None:
        mine = at[i]
        paid = mine.cost if mine else 0
        better = [start for start in ground.by_cost[i][:NEAREST] if start.cost < paid]
        start = random.choice(better)
        near = [d for d, _ in start.needs]
        out[i] = None
    else:
        d = random.choice(days)
        near = [each for each in (d, d + 1, d + 2) if each in ground.here]
    found = sorted({i for d in near for i in ground.here[d]})
    count = min(len(found), 1 + int(random.random() * MOST_OUT))
    for i in random.sample(found, count):
        out[i] = None
    others = list(ground.left_out)
    for i in random.sample(others, min(3, len(others))):
        out[i] = None
    return list(out)


def _pushed_out(
    ground: Ground, random: Random, cases: Sequence[int], weights: Sequence[int]
) -> tuple[list[int], list[Was]]:
    """Takes out a course that would like a cheaper day and as many there, the light ones rather, as give it
    room; now and then one of those pushes others in its turn. Who pushes comes back first.
    """
    i = _unhappy(ground, random, cases)
    out: list[int] = []
    old: list[Was] = []
    for _ in range(LONGEST_PUSH):
        if i is None:
            break
        mine = ground.at[i] if i not in out else next(start for j, start, _ in old if j == i)
        paid = mine.cost if mine else 0
        better = [start for start in ground.by_cost[i][:NEAREST] if start.cost < paid]
        if i not in out:
            out.append(i)
            old.append((i, mine, ground.seats[i]))
            ground.take(i)
        if not better:
            break
        start = random.choice(better)
        there = sorted({j for d, _ in start.needs for j in ground.here[d]} - set(out))
        there.sort(key=lambda j: weights[j] * random.random())
        pushed = []
        for j in there[:MOST_PUSHED]:
            if ground.has_room(start):
                break
            pushed.append(j)
            out.append(j)
            old.append((j, ground.at[j], ground.seats[j]))
            ground.take(j)
        if not pushed or random.random() < 0.5:
            break
        i = random.choice(pushed)
    return out, old


def _unhappy(ground: Ground, random: Random, cases: Sequence[int]) -> int | None:
    """One of those who could have it cheaper, if it takes few draws to find one."""
    for _ in range(DRAWS):
        i = random.choice(cases)
        mine = ground.at[i]
        if (mine.cost if mine else 0) > ground.cheapest[i]:
            return i
    return None


def _ordered(out: list[int], random: Random, weights: Sequence[int], ground: Ground) -> None:
    random.shuffle(out)
    kind = random.random()
    if kind < 0.4:
        out.sort(key=lambda i: -weights[i])
    elif kind < 0.6:
        out.sort(key=lambda i: -len(ground.by_cost[i][0].needs))
