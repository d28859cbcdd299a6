"""`make bench`: figures to compare within one run. Machines are noisy, so the ratios matter more."""

import sys
from collections.abc import Callable
from datetime import timedelta
from random import Random
from time import process_time

from scheduling.rules import Diary, Taken, find_offers
from tests.invites.samples import a_mail
from tests.rules.builders import MONDAY, a_calendar, a_course, a_diary, at


def main() -> None:
    write("Processor time; best of five runs.")
    write()
    first = None
    for chairs in (6, 12, 24):
        diary = a_busy_diary(chairs=chairs, weeks=17)
        latest = MONDAY + timedelta(weeks=16)
        request = a_course(minutes=at(4), target=MONDAY + timedelta(weeks=6), latest=latest)
        seconds = best(lambda diary=diary, request=request: find_offers(request, diary))
        first = first or seconds
        write(
            f"find_offers, {chairs:2} chairs, 16 weeks, 35 % full: "
            f"{seconds * 1000:7.1f} ms  ({seconds / first:.1f} × 6 chairs)"
        )
    mails = 200
    seconds = best(lambda: [a_mail() for _ in range(mails)])
    write(f"mails with calendar entry, from values:      {mails / seconds:7.0f} a second a core")


def best(action: Callable[[], object]) -> float:
    """The least processor time of five runs, in seconds."""

    def once() -> float:
        began = process_time()
        action()
        return process_time() - began

    return min(once() for _ in range(5))


def a_busy_diary(chairs: int, weeks: int) -> Diary:
    """About 35 % of all chair time between 8am and 6pm taken by children, always the same."""
    random = Random("a busy diary")
    taken = []
    for n in range(weeks * 7):
        for chair in range(1, chairs + 1):
            minutes = random.randrange(at(4), at(6) + 1, 15)
            if random.random() < 0.7:
                start = random.randrange(at(8), at(18) - minutes + 1, 15)
                taken.append(Taken(chair, MONDAY + timedelta(days=n), start, start + minutes, (n, chair)))
    return a_diary(
        *taken, chairs=chairs, calendar=a_calendar(opens=at(8), closes=at(18), nurses=2 * chairs // 3)
    )


def write(line: str = "") -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
