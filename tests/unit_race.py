"""One place of a unit, wanted at once by acts of every kind, in threads.

`python -m tests.unit_race ROUNDS`, on the database that DATABASE_URL names, prints JSON: for each round what
became of each act, what stands in the place afterwards, and what `doctor` would say.
"""

import json
import sys
from collections.abc import Callable
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402

from patients import audit  # noqa: E402
from scheduling.booking import bookings, chairs  # noqa: E402
from scheduling.doctor.breaches import find_breaches  # noqa: E402
from scheduling.errors import Refused  # noqa: E402
from scheduling.models import Booking, InfusionKind, KeptPlaces  # noqa: E402
from scheduling.rules import Care  # noqa: E402
from scheduling.unit import other_infusions, setup  # noqa: E402
from scheduling.unit.allowances import Allowance  # noqa: E402
from tests import builders  # noqa: E402
from tests.undo_race import together, waiting  # noqa: E402

BY = audit.System("race")
NINE = 9 * 60


def play(number: int) -> dict[str, object]:
    """Chair 1 on a Monday at nine: booked, booked against the nurse rule, taken by another infusion and by a
    child from the other chair, while somebody takes a nurse away and somebody keeps a place back."""
    unit = builders.unit(chairs=2, nurses=2)
    wanted, beside = unit.chairs.all()
    monday = builders.next_monday(2 + number)
    there = waiting(unit)
    there = bookings.book(course=there, visits=builders.visits(there, monday, chair=beside), by=BY).course
    # It asks for no nurse: no act looks at what becomes of other infusions when a nurse is taken away.
    kind = InfusionKind(unit=unit, name="Tablets", minutes=90, cannulates=False, care=Care.NONE)
    setup.save_infusion_kind(kind=kind, by=BY)
    first, second = waiting(unit), waiting(unit)
    days = (monday, monday + timedelta(days=1))
    allowance = Allowance(frozenset(("nurses", day.isoformat()) for day in days), "The ward sends a nurse")
    kept = KeptPlaces(unit=unit, kept_for="others", places=1, weekdays=[0], released_days_before=1)
    acts: dict[str, Callable[[], object]] = {
        "book": lambda: bookings.book(course=first, visits=builders.visits(first, monday), by=BY),
        "override": lambda: bookings.book(
            course=second, visits=builders.visits(second, monday), allowance=allowance, by=BY
        ),
        "infusion": lambda: other_infusions.place(
            kind=kind, label="", days=[monday], start=NINE, chair=wanted.pk, by=BY
        ),
        "chair": lambda: chairs.change_chair(session=there.live_sessions[0], chair=wanted, by=BY),
        "nurses": lambda: setup.set_staffing(
            unit=unit, day=monday, nurses=1, note="ill", seen=[there.pk], by=BY
        ),
        "kept": lambda: setup.keep_places(kept=kept, by=BY),
    }
    became: dict[str, str] = {}

    def tried(name: str, act: Callable[[], object]) -> Callable[[], None]:
        def try_it() -> None:
            try:
                act()
                became[name] = "done"
            except Refused as refusal:
                became[name] = f"refused: {refusal}"

        return try_it

    together(*(tried(name, act) for name, act in acts.items()))
    stands = Booking.objects.filter(chair=wanted, starts_at__date=monday).count()
    return {"became": became, "stands": stands}


def main(rounds: str) -> None:
    played = [play(number) for number in range(int(rounds))]
    print(json.dumps({"rounds": played, "breaches": [*find_breaches(timezone.now())]}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
