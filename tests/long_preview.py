"""Somebody reads check pages whose mails take long to write, while a colleague books in the same unit.

`python -m tests.long_preview`, on the database that DATABASE_URL names, prints JSON: for each page, whether
the colleague had booked before its mails were written.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from unittest import mock

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from patients.access import Role  # noqa: E402
from patients.models import User  # noqa: E402
from scheduling.booking import bookings  # noqa: E402
from scheduling.pages.booking.placement_forms import check_address, placement_fields  # noqa: E402
from scheduling.telling import queue  # noqa: E402
from tests import builders  # noqa: E402

# A colleague who waits so long stands behind the page.
SECONDS = 10


def main() -> None:
    unit = builders.unit(chairs=1, nurses=2)
    lead = User.objects.create_user("lead@hospital.example", "Lead", None, (Role.LEAD,))
    weeks = iter(range(2, 40))

    def a_course(booked: bool):
        child = builders.patient()
        builders.contact(child)
        course = builders.course(child, unit)
        visits = builders.visits(course, builders.next_monday(next(weeks)))
        return bookings.book(course=course, visits=visits, by=lead).course if booked else course

    waits, booked = a_course(False), a_course(True)
    day = booked.live_sessions[0]
    free = builders.visits(waits, builders.next_monday(next(weeks)))
    before = builders.visits(waits, builders.next_monday(1))
    pages = {
        "book": ("get", check_address(waits, free), {}),
        "move": ("get", check_address(booked, free), {}),
        "cancel": (
            "post",
            reverse("scheduling:cancel_course", args=[booked.pk]),
            {"reason": "family_unwell", "then": "back"},
        ),
        "other day": (
            "get",
            reverse("scheduling:check_day", args=[day.pk]),
            {"because": "unwell", **placement_fields(before[:1])},
        ),
    }
    found = {}
    for name, (method, path, fields) in pages.items():
        client = Client(HTTP_HOST="localhost")
        client.force_login(lead)
        read = partial(getattr(client, method), path, fields)
        with ThreadPoolExecutor(1) as others:
            found[name] = read_slowly(read, others, a_course)
    print(json.dumps(found))  # noqa: T201


def read_slowly(read, others: ThreadPoolExecutor, a_course) -> bool:
    """Whether a colleague books while the page writes its mails."""
    booked = Event()

    def book() -> None:
        try:
            a_course(True)
            booked.set()
        finally:
            connection.close()

    colleagues, in_time = [], []

    def slow(*args, **more):
        if not colleagues:
            colleagues.append(others.submit(book))
            in_time.append(booked.wait(SECONDS))
        return write(*args, **more)

    write = queue.write_letter
    with mock.patch.object(queue, "write_letter", slow):
        assert read().status_code == 200
    colleagues[0].result()
    return in_time == [True]


if __name__ == "__main__":
    main()
