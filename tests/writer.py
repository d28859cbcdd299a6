"""Books course after course until it is ended: `python -m tests.writer`, on the database of DATABASE_URL.

Prints the number of each course once its booking was acknowledged. While the database is away it waits, and
goes on with the next course.
"""

import sys
import time
from datetime import timedelta

import django

django.setup()

from django.db import DatabaseError, close_old_connections  # noqa: E402

from patients.access import Role  # noqa: E402
from patients.models import User  # noqa: E402
from scheduling.booking import bookings  # noqa: E402
from tests import builders  # noqa: E402

CHAIRS = 4


def main() -> None:
    by = User.objects.create_user(
        "cora@hospital.example", "Cora Coordinator", "a-long-test-password", [Role.LEAD]
    )
    unit = builders.unit(chairs=CHAIRS, nurses=9)
    chairs, number = list(unit.chairs.order_by("pk")), 0
    while True:
        number += 1
        try:
            child = builders.patient(f"Child {number}")
            builders.contact(child, "Pat Parent", email=f"pat{number}@family.example")
            course = builders.course(child, unit)
            tuesday = builders.next_monday(2 + number // CHAIRS) + timedelta(days=1)
            visits = builders.visits(course, tuesday, chair=chairs[number % CHAIRS])
            bookings.book(course=course, visits=visits, by=by)
        except DatabaseError as error:
            say(f"away {type(error).__name__}")
            time.sleep(0.2)
            close_old_connections()
        else:
            say(str(course.pk))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
