"""Several colleagues who make three courses change places at once, against others who book those places.

`python -m tests.together_race ROUNDS`, on the database that DATABASE_URL names, prints JSON: for each
round how many changed the places, what the others were told, how many got a place that was never free, and
the SEQUENCE of each day.
"""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import django

django.setup()

from django.db import connection  # noqa: E402

from patients import audit  # noqa: E402
from scheduling.booking import bookings, together  # noqa: E402
from scheduling.booking.together import Move  # noqa: E402
from scheduling.errors import Refused  # noqa: E402
from scheduling.models import CancelReason, Course, Session  # noqa: E402
from scheduling.rules import Visit  # noqa: E402
from tests import builders  # noqa: E402

BY = audit.System("race")
MOVERS, BOOKERS = 6, 6


def attempt(act: Callable[[], object], start: Barrier) -> str:
    """Do it when all are ready. Why it was refused; empty if it was not."""
    start.wait()
    try:
        act()
    except Refused as refusal:
        return str(refusal)
    finally:
        connection.close()
    return ""


def play(number: int) -> dict[str, object]:
    unit = builders.unit(chairs=1, name=f"Together {number}")
    courses = []
    for week in range(3):
        child = builders.patient(f"Child {week}")
        builders.contact(child)
        course = builders.course(child, unit)
        visits = builders.visits(course, builders.next_monday(2) + timedelta(weeks=week))
        courses.append(bookings.book(course=course, visits=visits, by=BY).course)
    courses = list(Course.objects.filter(pk__in=[course.pk for course in courses]).order_by("pk"))
    places: list[list[Visit]] = [[session.visit for session in each.live_sessions] for each in courses]
    moves = [
        Move(course, visits, course.version)
        for course, visits in zip(courses, [*places[1:], places[0]], strict=True)
    ]
    waiting = [builders.course(builders.patient(), unit) for _ in range(BOOKERS)]

    def change() -> object:
        return together.move_together(moves=moves, reason=CancelReason.UNIT_CLOSED, by=BY)

    def book(course: Course, visits: list[Visit]) -> Callable[[], object]:
        return lambda: bookings.book(course=course, visits=visits, by=BY)

    movers = [change] * MOVERS
    bookers = [book(course, places[n % 3]) for n, course in enumerate(waiting)]
    start = Barrier(MOVERS + BOOKERS)
    with ThreadPoolExecutor(MOVERS + BOOKERS) as threads:
        sent = [threads.submit(attempt, act, start) for act in [*movers, *bookers]]
        said = [each.result() for each in sent]
    return {
        "changed": said[:MOVERS].count(""),
        "refused": [words for words in said[:MOVERS] if words],
        "booked": said[MOVERS:].count(""),
        "sequences": list(Session.objects.filter(course__in=courses).values_list("sequence", flat=True)),
    }


if __name__ == "__main__":
    print(json.dumps({"rounds": [play(number) for number in range(int(sys.argv[1]))]}))  # noqa: T201
