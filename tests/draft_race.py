"""Everything in a draft is accepted while colleagues book the same places for others, in threads.

`python -m tests.draft_race ROUNDS`, on the database that DATABASE_URL names, prints JSON: for each line of
each round, as [what came of it, its refusal, whether next days were found, how many colleagues got its
place]; what the colleagues who were refused were told; and what `doctor` would say afterwards.
"""

import json
import sys
from collections import Counter

import django

django.setup()

from django.utils import timezone  # noqa: E402

from patients.access import Role  # noqa: E402
from patients.models import User  # noqa: E402
from scheduling.booking import bookings  # noqa: E402
from scheduling.booking.drafts import accepting  # noqa: E402
from scheduling.doctor.breaches import find_breaches  # noqa: E402
from scheduling.errors import Refused  # noqa: E402
from scheduling.models import Accept, Course, DraftMove, Unit  # noqa: E402
from tests import builders  # noqa: E402
from tests.builders.drafts import draft  # noqa: E402
from tests.undo_race import together, waiting  # noqa: E402

LINES, BOOKERS, WORKERS = 6, 16, 2


def play(unit: Unit, by: User) -> tuple[list[list[object]], list[str]]:
    """One round: half of the lines are to be held, half booked; the colleagues want the places of all of
    them.
    """
    mondays = [builders.next_monday(2 + week) for week in range(LINES)]
    places = {
        course: builders.visits(course, day)
        for course, day in zip([waiting(unit) for _ in mondays], mondays, strict=True)
    }
    made = draft(by, places)
    keys = list(made.lines.values_list("pk", flat=True))
    until = timezone.now() + timezone.timedelta(days=2)
    accepting.accept(draft=made, lines=keys[::2], how=Accept.HOLD, hold_until=until, by=by)
    accepting.accept(draft=made, lines=keys[1::2], how=Accept.BOOK, by=by)
    got, told = Counter[int](), list[str]()

    def accept_all() -> None:
        while DraftMove.objects.to_do().exists():
            accepting.make_real()

    def book(number: int, course: Course) -> None:
        week = number % LINES
        try:
            bookings.book(course=course, visits=builders.visits(course, mondays[week]), by=by)
            got[week] += 1
        except Refused as refusal:
            told.append(str(refusal))

    rivals = [waiting(unit) for _ in range(BOOKERS)]
    acts = [lambda number=number, course=course: book(number, course) for number, course in enumerate(rivals)]
    together(*acts, *[accept_all] * WORKERS)
    lines = [
        [line.outcome, line.refusal, bool(line.next_offer), got[number]]
        for number, line in enumerate(made.lines.order_by("number"))
    ]
    return lines, told


def main(rounds: str) -> None:
    by = User.objects.create_user("cora@hospital.example", "Cora Coordinator", None, (Role.COORDINATOR,))
    lines, told = [], []
    for number in range(int(rounds)):
        found, said = play(builders.unit(chairs=1, nurses=2, name=f"Race {number}"), by)
        lines += found
        told += said
    breaches = list(find_breaches(timezone.now()))
    print(json.dumps({"lines": lines, "told": told, "breaches": breaches}, default=str))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
