"""`find_offers` with the diary in memory, beside the plain search."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from scheduling.rules import (
    Calendar,
    Chair,
    CourseRequest,
    Diary,
    NurseRule,
    OpeningHours,
    Taken,
    by_day,
    find_offers,
)
from tests.benchmarks.figures import each_in_milliseconds, middle, milliseconds, percentile, tell, write
from tests.rules.oracle import plain_offers

FIRST = date(2026, 8, 3)
DAYS = 365
OPENS, CLOSES, CELL = 8 * 60, 18 * 60, 15
RULE = NurseRule(cannulation_minutes=30, children_per_nurse=3)
REQUESTS = 500
GOALS = {50: 2, 200: 5}
# So many of the requests are answered by the plain search as well.
COMPARED = {10: 20, 50: 5, 200: 2}


def main() -> None:
    write("Search: find_offers, 365 days, 15-minute grid, nurse rule on, 500 random requests,")
    write("first 10 ranked and explained; processor time")
    for chairs in (10, 50, 200):
        for share in (0.35, 0.6):
            measure(chairs, share)


def measure(chairs: int, share: float) -> None:
    diary, full = a_year(chairs, share)
    requests = some_requests(diary, REQUESTS)
    write(f" {chairs} chairs, {full:.0%} full ({sum(map(len, diary.taken.values()))} visits)")
    (first,) = each_in_milliseconds([ask(requests[0], diary)])
    cold = each_in_milliseconds([ask(request, diary) for request in requests])
    warm = each_in_milliseconds([ask(request, diary) for request in requests])
    tell("the very first request of a diary", first, "ms")
    tell(
        "p95 of 500 requests on a fresh diary",
        percentile(cold, 0.95),
        "ms",
        at_most=GOALS.get(chairs),
    )
    tell(
        "p95 of the same 500 again",
        percentile(warm, 0.95),
        "ms",
        at_most=GOALS.get(chairs),
    )
    tell("median", middle(warm), "ms")
    tell("most", warm[-1], "ms")
    some = requests[: COMPARED[chairs]]
    slow = milliseconds(lambda: [plain_offers(request, diary) for request in some], times=1)
    fast = milliseconds(lambda: [find_offers(request, diary) for request in some], times=1)
    same = all(plain_offers(request, diary) == find_offers(request, diary) for request in some[:2])
    write(
        f"  plain search, {len(some)} of them: {slow / len(some):.0f} ms each, "
        f"{slow / fast:.0f} times as long, {'the same offers' if same else 'OTHER OFFERS'}"
    )


def ask(request: CourseRequest, diary: Diary) -> Callable[[], object]:
    return lambda: find_offers(request, diary)


def a_year(chairs: int, share: float) -> tuple[Diary, float]:
    """A unit open Monday to Friday with two nurses to five chairs, filled with visits they can look after."""
    random = Random(f"{chairs} chairs")
    nurses = -(-2 * chairs // 5)
    taken = []
    open_days = [day for day in (FIRST + timedelta(days=n) for n in range(DAYS)) if day.weekday() < 5]
    for day in open_days:
        taken += a_full_day(random, day, chairs, nurses, share)
    hours = {weekday: OpeningHours(OPENS, CLOSES, nurses) for weekday in range(5)}
    diary = Diary(
        calendar=Calendar(hours),
        chairs=tuple(Chair(number, f"Chair {number}") for number in range(1, chairs + 1)),
        nurse_rule=RULE,
        now=datetime(2026, 8, 3, 7),
        taken=by_day(taken),
        slot_minutes=CELL,
    )
    minutes = sum(row.end - row.start for row in taken)
    return diary, minutes / (len(open_days) * chairs * (CLOSES - OPENS))


def a_full_day(random: Random, day: date, chairs: int, nurses: int, share: float) -> list[Taken]:
    """Visits at random until that share of the chairs' time is taken or nothing has fitted for long."""
    cells = CLOSES // CELL
    cannulating, monitored = [0] * cells, [0] * cells
    busy = [[False] * cells for _ in range(chairs)]
    found: list[Taken] = []
    used = failures = 0
    wanted = share * chairs * (CLOSES - OPENS)
    while used < wanted and failures < 400 * chairs:
        chair, length = random.randrange(chairs), random.randint(16, 24)
        start = random.randint(OPENS // CELL, cells - length)
        drip = range(start, start + RULE.cannulation_minutes // CELL)
        after = range(drip.stop, start + length)
        if (
            any(busy[chair][start : start + length])
            or any(RULE.nurses_needed(cannulating[c] + 1, monitored[c]) > nurses for c in drip)
            or any(RULE.nurses_needed(cannulating[c], monitored[c] + 1) > nurses for c in after)
        ):
            failures += 1
            continue
        failures = 0
        busy[chair][start : start + length] = [True] * length
        for cell in drip:
            cannulating[cell] += 1
        for cell in after:
            monitored[cell] += 1
        used += length * CELL
        course = (day.toordinal(), len(found))
        found.append(Taken(chair + 1, day, start * CELL, (start + length) * CELL, course))
    return found


def some_requests(diary: Diary, number: int) -> list[CourseRequest]:
    """Courses of all kinds, targets anywhere in the year, some of them to be moved."""
    random = Random("requests")
    booked = [row for rows in diary.taken.values() for row in rows]
    requests = []
    for _ in range(number):
        target = FIRST + timedelta(days=random.randrange(DAYS - 7))
        away = target + timedelta(days=random.randint(-10, 10))
        own = random.choice(booked) if random.random() < 0.2 else None
        requests.append(
            CourseRequest(
                days=random.choices((1, 2, 3), (1, 8, 1))[0],
                minutes=15 * random.randint(16, 24),
                earliest=target - timedelta(days=14) if random.random() < 0.3 else None,
                target=target if random.random() < 0.9 else None,
                latest=target + timedelta(days=random.choice((7, 21, 60))) if random.random() < 0.3 else None,
                impossible_weekdays=frozenset({random.randrange(5)})
                if random.random() < 0.2
                else frozenset(),
                impossible_dates=((away, away + timedelta(days=5)),) if random.random() < 0.2 else (),
                not_before=random.choice((None, None, None, 9 * 60 + 30)),
                course_id=own.course if own else None,
            )
        )
    return requests
