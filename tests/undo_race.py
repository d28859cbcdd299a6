"""Undoing against a worker that sends, and against colleagues who want the freed place, in threads.

`python -m tests.undo_race ROUNDS`, on the database that DATABASE_URL names, prints JSON: what came of each
course, as [how often undone, mails that left], or of each place, as [how many got it, how many stand there];
and what `doctor` would say afterwards.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import django

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from patients import audit  # noqa: E402
from scheduling.booking import bookings, undo  # noqa: E402
from scheduling.doctor.breaches import find_breaches  # noqa: E402
from scheduling.errors import CannotUndo, Refused  # noqa: E402
from scheduling.models import CancelReason, Course, Message, Unit  # noqa: E402
from scheduling.states import CourseStatus, MessageStatus  # noqa: E402
from scheduling.telling.delivery import deliver_due  # noqa: E402
from tests import builders  # noqa: E402
from tests.fakes.post import Post  # noqa: E402

BY = audit.System("race")
PERSONS, WORKERS = 2, 2
COURSES = 6


def in_thread(work: Callable[[], None], start: Barrier) -> None:
    start.wait()
    try:
        work()
    finally:
        connection.close()


def together(*works: Callable[[], None]) -> None:
    """Do all at once, each with a connection of its own."""
    start = Barrier(len(works))
    with ThreadPoolExecutor(len(works)) as threads:
        for done in [threads.submit(in_thread, work, start) for work in works]:
            done.result()


def waiting(unit: Unit) -> Course:
    child = builders.patient()
    builders.contact(child, email=f"parent{child.pk}@example.com")
    return builders.course(child, unit)


def against_the_worker(unit: Unit) -> list[tuple[int, int]]:
    """Courses just booked: people undo them, the last first, once a worker whose clock is ahead has begun."""
    booked = []
    for week in range(COURSES):
        course = waiting(unit)
        bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2 + week)), by=BY)
        booked.append(course)
    begun, undone = Event(), Counter[int]()
    post = Post(happen=begun.set)

    def undo_all() -> None:
        begun.wait()
        for course in reversed(booked):
            try:
                undo.undo(course=course, by=BY)
                undone[course.pk] += 1
            except Refused:
                pass

    def send_all() -> None:
        deliver_due(now=timezone.now() + timedelta(minutes=3), transport=post)

    together(*[undo_all] * PERSONS, *[send_all] * WORKERS)
    send_all()
    sent = Counter(address for address, _ in post.mails)
    return [(undone[course.pk], sent[course.patient.contacts.get().email]) for course in booked]


def against_a_colleague(unit: Unit) -> list[tuple[int, int]]:
    """A course was cancelled; one undoes it while another books its place for somebody else."""
    first, second = waiting(unit), waiting(unit)
    monday = builders.next_monday(2)
    bookings.book(course=first, visits=builders.visits(first, monday), by=BY)
    first.refresh_from_db()
    reason = CancelReason.CLINICAL
    bookings.cancel(course=first, reason=reason, back_to_waiting=True, by=BY)
    done = Counter[int]()

    def undo_it() -> None:
        try:
            undo.undo(course=first, by=BY)
            done[first.pk] += 1
        except CannotUndo:
            pass

    def book_it() -> None:
        try:
            bookings.book(course=second, visits=builders.visits(second, monday), by=BY)
            done[second.pk] += 1
        except Refused:
            pass

    together(undo_it, book_it)
    booked = Course.objects.filter(pk__in=(first.pk, second.pk), status=CourseStatus.BOOKED).count()
    return [(done[first.pk] + done[second.pk], booked)]


def main(rounds: str) -> None:
    races, found = (against_the_worker, against_a_colleague), {}
    for race in races:
        found[race.__name__] = []
        for _ in range(int(rounds)):
            unit = builders.unit(chairs=1, undo_minutes=2)
            found[race.__name__] += race(unit)
    in_hand = Message.objects.filter(status=MessageStatus.SENDING).count()
    breaches = [*find_breaches(timezone.now())]
    print(json.dumps({"found": found, "in_hand": in_hand, "breaches": breaches}))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
