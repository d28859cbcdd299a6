"""Many processes want one slot at once: `python -m tests.scheduling.race CLIENTS ROUNDS`, prints JSON.

Each round every client books a course of its own into the same chair on the same two days. Printed, for
each round: how many won, and every other client's refusal in words.
"""

import json
import multiprocessing
import sys
from datetime import date, timedelta

import django

django.setup()

from django.db import connections  # noqa: E402

from patients.access import Role  # noqa: E402
from patients.models import User  # noqa: E402
from scheduling.actions import bookings  # noqa: E402
from scheduling.errors import Refused  # noqa: E402
from scheduling.models import Course  # noqa: E402
from tests.scheduling import builders  # noqa: E402

WON = "won"


def prepare(clients: int) -> tuple[list[int], int]:
    """A unit with one chair and a waiting course a client, each with a family to write to."""
    unit = builders.unit(chairs=1)
    courses = []
    for number in range(clients):
        patient = builders.patient(f"Child {number}")
        builders.contact(patient)
        courses.append(builders.course(patient, unit).pk)
    user = User.objects.create_user("race@hospital.example", "Racer", None, (Role.COORDINATOR,))
    return courses, user.pk


def client(course_pk: int, user_pk: int, days: list[date], start, answers) -> None:
    """One process: at each signal, try to book; answer how it went."""
    user, course = User.objects.get(pk=user_pk), Course.objects.select_related("unit").get(pk=course_pk)
    for day in days:
        visits = builders.visits(course, day)
        start.wait()
        try:
            bookings.book(course=course, visits=visits, by=user)
            answers.put(WON)
        except Refused as refusal:
            answers.put(str(refusal))
        except Exception as fault:
            answers.put(f"FAULT {type(fault).__name__}: {fault}")
        start.wait()


def main(clients: int, rounds: int) -> None:
    courses, user = prepare(clients)
    first = builders.next_monday(2)
    days = [first + timedelta(days=7 * n) for n in range(rounds)]
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    start, answers = fork.Barrier(clients + 1), fork.Queue()
    processes = [fork.Process(target=client, args=(pk, user, days, start, answers)) for pk in courses]
    for process in processes:
        process.start()
    found = []
    for _ in days:
        start.wait()
        found.append([answers.get(timeout=60) for _ in processes])
        start.wait()
    for process in processes:
        process.join(30)
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
