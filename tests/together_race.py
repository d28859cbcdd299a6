"""Courses that change places or move to new days, against others who book those places at the same moment.

`python -m tests.together_race ROUNDS`, on the database that DATABASE_URL names, prints JSON: of each round of
`ring`, how many changed the places, what the others were told, how many got a place that was never free, and
the SEQUENCE of each day; of each round of `accept_all`, what became of each line, why, and how many of those
places were booked by others.
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
from patients.access import Role  # noqa: E402
from patients.models import User  # noqa: E402
from scheduling.booking import bookings, together  # noqa: E402
from scheduling.booking.drafts import accepting  # noqa: E402
from scheduling.booking.replanning import moving  # noqa: E402
from scheduling.booking.together import Move  # noqa: E402
from scheduling.errors import Refused  # noqa: E402
from scheduling.models import Accept, CancelReason, Course, Session  # noqa: E402
from scheduling.rules import Visit  # noqa: E402
from tests import builders  # noqa: E402
from tests.builders.replans import replan  # noqa: E402

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


def ring(number: int) -> dict[str, object]:
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


def accept_all(number: int) -> dict[str, object]:
    """Two workers do all lines of a re-plan, while others book the places where four of its courses go."""
    unit = builders.unit(chairs=4, nurses=4, name=f"All {number}")
    lead = User.objects.create_user(f"all{number}@hospital.example", "Lead", None, (Role.LEAD,))
    later, moves = builders.next_monday(6), {}
    for chair in unit.chairs.all():
        course = builders.book(unit, builders.next_monday(2), lead, chair=chair)
        builders.contact(course.patient)
        moves[Course.objects.get(pk=course.pk)] = builders.visits(course, later, chair=chair)
    # Two more change places: whichever worker comes to one of them moves both.
    pair = [
        builders.book(unit, builders.next_monday(8), lead, chair=chair) for chair in unit.chairs.all()[:2]
    ]
    pair = [Course.objects.get(pk=course.pk) for course in pair]
    first, second = ([session.visit for session in course.live_sessions] for course in pair)
    moves = dict(zip(pair, (second, first), strict=True)) | moves
    draft = replan(lead, moves)
    keys = list(draft.lines.values_list("pk", flat=True))
    moving.accept(draft=draft, option=0, lines=keys, how=Accept.MOVE, by=lead)
    waiting = [builders.course(builders.patient(), unit) for _ in range(BOOKERS)]
    wanted = [places[0] for course, places in moves.items() if course not in pair]

    def book(number: int, course: Course) -> Callable[[], object]:
        chair = unit.chairs.get(pk=wanted[number % 4].chair)
        visits = builders.visits(course, later, chair=chair)
        return lambda: bookings.book(course=course, visits=visits, by=BY)

    acts = [accepting.make_real, accepting.make_real, *(book(n, each) for n, each in enumerate(waiting))]
    start = Barrier(len(acts))
    with ThreadPoolExecutor(len(acts)) as threads:
        said = [each.result() for each in [threads.submit(attempt, act, start) for act in acts]]
    lines = draft.lines.values_list("outcome", "refusal")
    return {"lines": [list(line) for line in lines], "booked": said[2:].count("")}


def main(rounds: int) -> None:
    races = (ring, accept_all)
    print(json.dumps({race.__name__: [race(number) for number in range(rounds)] for race in races}))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
