"""Diaries and waiting lists small enough to try every plan, with all that a unit and a course can set up."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from scheduling.planner import Candidate, Prices, Standing
from scheduling.rules import (
    Calendar,
    Care,
    Chair,
    Closure,
    CourseRequest,
    Diary,
    KeptBack,
    NurseRule,
    OpeningHours,
    Phase,
    RoleShift,
    Shift,
    Taken,
    by_day,
    taken_by,
)
from tests.planner.brute import placements
from tests.rules.builders import MONDAY, at

CUBICLE, PLAY = "cubicle", "play specialist"
NOWS = (datetime(2026, 8, 3, 8), datetime(2026, 8, 3, 10, 20), datetime(2026, 10, 22, 8))


@dataclass(frozen=True)
class Small:
    candidates: tuple[Candidate, ...]
    diary: Diary
    last_day: date
    prices: Prices


def small(seed: int) -> Small:
    """Up to four courses in five to seven days."""
    random = Random(seed)
    diary = a_small_diary(random)
    candidates = tuple(a_small_candidate(random, n, diary.today) for n in range(random.randrange(1, 5)))
    last_day = diary.today + timedelta(random.choice((4, 4, 5, 6)))
    return Small(candidates, diary, last_day, Prices(left_out_days=random.choice((365, 20, 3))))


def a_small_diary(random: Random) -> Diary:
    now = random.choice(NOWS)
    first = now.date()
    chairs, nurses = random.choice((1, 2, 2, 3)), random.choice((1, 2, 2, 3))
    shifts = Shift(at(8), at(12), nurses), Shift(at(11), at(18), max(1, nurses - 1))
    hours = OpeningHours(
        at(8),
        at(random.choice((16, 17, 18))),
        nurses,
        shifts=random.choice(((), (), shifts)),
        roles=(RoleShift(PLAY, at(8), at(11)),),
    )
    afternoon = Closure(
        first + timedelta(3), first + timedelta(3), "training", random.choice((at(10), at(14)))
    )
    kinds = frozenset(), frozenset({CUBICLE})
    return Diary(
        calendar=Calendar(
            dict.fromkeys(range(random.choice((5, 7))), hours),
            closures=(afternoon,) if random.random() < 0.3 else (),
            staffing={first + timedelta(1): random.choice((1, 2))},
        ),
        chairs=tuple(Chair(n, f"Chair {n}", random.choice(kinds)) for n in range(1, chairs + 1)),
        nurse_rule=NurseRule(random.choice((15, 30, 45)), random.choice((1, 2, 3))),
        now=now,
        taken=by_day(something(random, n, first, chairs) for n in range(random.randrange(5))),
        slot_minutes=random.choice((60, 90, 120)),
        kept_back=random.choice(
            (
                (),
                (
                    KeptBack(
                        1, False, random.choice((0, 2, 9)), frozenset(), at(8), random.choice((720, 1440))
                    ),
                ),
            )
        ),
        notice_days=random.choice((0, 0, 1)),
    )


def something(random: Random, n: int, first: date, chairs: int) -> Taken:
    day, chair = first + timedelta(random.randrange(6)), random.randrange(1, chairs + 1)
    start = at(random.choice((8, 9, 10, 12, 14)))
    end = min(start + random.choice((60, 120, 240, 300)), at(18))
    kind = random.random()
    if kind < 0.5:
        return Taken(chair, day, start, end, ("booked", n))
    if kind < 0.8:
        rest = Phase(end - start - 15, random.choice(list(Care)))
        phases = Phase(15, Care.SHARED, in_chair=False), Phase(15, Care.OWN), rest
        return Taken(chair, day, start, end, other=("other", n), phases=phases)
    return Taken(chair, day, start, end, None, "scan")


def a_small_candidate(random: Random, n: int, first: date) -> Candidate:
    def sometimes(share: float, **what: object) -> dict[str, object]:
        return what if random.random() < share else {}

    def around(minutes: int) -> Phase:
        return Phase(minutes, random.choice(list(Care)), in_chair=random.random() < 0.5)

    wishes = (
        sometimes(0.3, not_before=random.choice((at(9), at(10), at(11))))
        | sometimes(0.2, impossible_weekdays=frozenset({random.randrange(5)}))
        | sometimes(0.2, latest=first + timedelta(random.randrange(5)))
        | sometimes(0.2, earliest=first + timedelta(random.randrange(5)))
        | sometimes(0.2, chair_kinds=frozenset({CUBICLE}))
        | sometimes(0.15, roles=frozenset({PLAY}))
        | sometimes(0.2, before=around(random.choice((15, 30))))
        | sometimes(0.2, after=around(15))
        | sometimes(0.2, more_cannulation=random.choice((-15, 15)))
    )
    days, minutes = random.choice((1, 2, 2, 3)), random.choice((240, 240, 300, 360))
    return Candidate(
        request=CourseRequest(course_id=f"course {n}", days=days, minutes=minutes, **wishes),
        weight=random.choice((1, 2, 5)),
        due=first + timedelta(random.randrange(-3, 4)),
        child=random.choice((None, None, "twins")),
    )


@dataclass(frozen=True)
class Hit:
    """Booked courses, of which a closed day hits some."""

    standing: tuple[Standing, ...]
    diary: Diary
    last_day: date
    prices: Prices


def hit(seed: int) -> Hit:
    """Up to four courses in three or four days of two starts each."""
    random = Random(seed)
    days, chairs = random.choice((3, 4)), random.choice((1, 1, 2))
    calendar = Calendar(dict.fromkeys(range(7), OpeningHours(at(8), at(16), random.choice((1, 2)))))
    diary = Diary(
        calendar=calendar,
        chairs=tuple(Chair(n, f"Chair {n}") for n in range(1, chairs + 1)),
        nurse_rule=NurseRule(30, 3),
        now=datetime(2026, 8, 3, 7),
        slot_minutes=240,
    )
    last_day = MONDAY + timedelta(days - 1)
    booked = []
    for n in range(random.choice((2, 3, 3)) + (chairs == 1)):
        limits: dict[str, object] = {}
        if random.random() < 0.3:
            limits["impossible_weekdays"] = frozenset({random.randrange(days)})
        if random.random() < 0.3:
            limits["latest"] = MONDAY + timedelta(random.randrange(1, days))
        request = CourseRequest(course_id=n, days=random.choice((1, 1, 2)), minutes=240, **limits)
        if found := placements(request, diary, last_day):
            visits = random.choice(found)
            diary = diary.with_taken(taken_by(visit, n, request, diary.nurse_rule) for visit in visits)
            due = MONDAY + timedelta(random.randrange(days))
            booked.append((Candidate(request=request, weight=random.choice((1, 3)), due=due), visits))
    closed = MONDAY + timedelta(random.randrange(days))
    calendar = replace(calendar, closures=(Closure(closed, closed, "flood"),))
    standing = tuple(
        Standing(candidate=candidate, visits=visits, must_move=any(visit.day == closed for visit in visits))
        for candidate, visits in booked
    )
    prices = Prices(
        left_out_days=random.choice((365, 60)),
        moved_day=random.choice((40, 2)),
        moved_start=random.choice((12, 1)),
    )
    return Hit(standing, replace(diary, calendar=calendar), last_day, prices)
