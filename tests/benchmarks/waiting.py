"""What the waiting list costs: 300 rows on one page, each with the next pair of days it could have."""

from collections.abc import Callable
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from tests import builders
from tests.benchmarks.figures import middle, tell, write
from tests.benchmarks.rows import a_big_unit, gather_statistics, write_bookings

ROWS, CHAIRS = 300, 16
# So the diary is nearly full for five months, and each row has to be looked for in it.
VISITS, SHARE = 4_000, 0.9
TIMES = 10
LIST = reverse("scheduling:list_waiting")


def a_long_list() -> None:
    """A unit with a full diary, and children who wait for it with all kinds of limits."""
    unit = a_big_unit(CHAIRS)
    last = write_bookings(unit, VISITS, builders.next_monday(), SHARE)
    today = timezone.localdate()
    for n in range(ROWS):
        builders.course(
            builders.patient(f"Waiting Child {n}"),
            unit,
            minutes=240 + 15 * (n % 5),
            priority=n % 3,
            target=today + timedelta(days=n % 90),
            latest=today + timedelta(days=60 + n) if n % 3 == 0 else None,
            impossible_weekdays=[n % 5] if n % 4 == 0 else [],
        )
    gather_statistics()
    write(f" Waiting list: {CHAIRS} chairs, {VISITS:,} visits ahead until {last}, through HTTP, one client")


def waiting(get: Callable[[str], float], used: Callable[[], float]) -> None:
    """get: gets the page at an address; how many milliseconds that took. used: processor seconds so far."""
    for words, address, goal in (
        (f"{ROWS} rows on one page", f"{LIST}?page=all", 300),
        ("the first page of 50 rows", LIST, None),
        (f"the first page, by the next possible days of all {ROWS}", f"{LIST}?sort=next", 300),
    ):
        get(address)
        before = used()
        took = middle([get(address) for _ in range(TIMES)])
        tell(f"{words}, diary kept: wall, median of {TIMES}", took, "ms", at_most=goal)
        tell("processor time of the web process alone", (used() - before) / TIMES * 1000, "ms")
