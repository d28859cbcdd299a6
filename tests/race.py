"""Colleagues who want the same thing at the same moment, through the real web server.

`python -m tests.race WORKERS ROUNDS [SCENARIO …]`, on the database that DATABASE_URL names, prints
JSON: for each scenario and round what each client was answered, as [who, status, words]; what `doctor` would
say after each scenario; and what the server complained of. Every round is in a week of its own, and all
its clients send at once, each the form of a page it has seen before.
"""

import http.client
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from importlib import import_module
from pathlib import Path
from threading import Barrier
from urllib.parse import urlencode, urlsplit

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from patients.access import Role  # noqa: E402
from patients.models import User  # noqa: E402
from scheduling.booking import bookings, holds, offers  # noqa: E402
from scheduling.doctor.breaches import find_breaches  # noqa: E402
from scheduling.models import Course, Unit  # noqa: E402
from scheduling.pages.booking.placement_forms import placement_fields  # noqa: E402
from scheduling.telling.family_links import link_for  # noqa: E402
from tests import builders  # noqa: E402
from tests.family_pages import path  # noqa: E402
from tests.processes import serving  # noqa: E402

CLIENTS = 32
OTHERS = 3
NINE = 9 * 60
# What a server says when all is well: that it starts and ends, and that somebody was refused.
ORDINARY = re.compile(r"\[INFO\]|django\.request: Conflict")


@dataclass(frozen=True)
class Act:
    """A form that somebody sends."""

    who: str
    path: str
    fields: dict[str, str]


class Office:
    """A unit of one chair, a lead who may do everything, and as many waiting courses as are asked for."""

    def __init__(self) -> None:
        number = Unit.objects.count()
        self.unit = builders.unit(chairs=1, nurses=2, name=f"Race {number}")
        self.user = User.objects.create_user(
            f"race{number}@hospital.example", "Lead of the race", None, (Role.LEAD,)
        )

    def course(self) -> Course:
        patient = builders.patient("Ada Lark")
        builders.contact(patient)
        return builders.course(patient, self.unit)

    def booked(self, first_day: date) -> Course:
        course = self.course()
        visits = builders.visits(course, first_day, start=NINE)
        return bookings.book(course=course, visits=visits, by=self.user).course

    def cookies(self) -> str:
        """The cookies of somebody who has just signed in."""
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session["_auth_user_id"] = str(self.user.pk)
        session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
        session["_auth_user_hash"] = self.user.get_session_auth_hash()
        session.save()
        return f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={'a' * 32}"


def placing(who: str, course: Course, first_day: date, **more: str) -> Act:
    """Sending the page that confirms a booking or a move."""
    fields = placement_fields(builders.visits(course, first_day, start=NINE))
    fields |= {"seen": Course.objects.get(pk=course.pk).version, **more}
    return Act(who, reverse("scheduling:check_slot", args=[course.pk]), fields)


def typed(day: date, name: str) -> dict[str, str]:
    return {f"{name}_{part}": str(getattr(day, part)) for part in ("day", "month", "year")}


# Each scenario gives the acts of one round for every Monday.


def one_slot(office: Office, mondays: list[date]) -> Iterator[list[Act]]:
    """Many book the same chair on the same two days."""
    waiting = [office.course() for _ in range(CLIENTS)]
    for monday in mondays:
        yield [placing(f"book {course.pk}", course, monday) for course in waiting]
        still = set(Course.objects.waiting().values_list("pk", flat=True))
        waiting = [course if course.pk in still else office.course() for course in waiting]


def against(rival: Callable[[Office, date], Act]) -> Callable[[Office, list[date]], Iterator[list[Act]]]:
    """A few book while a colleague does something else about the same days."""

    def rounds(office: Office, mondays: list[date]) -> Iterator[list[Act]]:
        for monday in mondays:
            others = [office.course() for _ in range(OTHERS)]
            yield [
                rival(office, monday),
                *(placing(f"book {course.pk}", course, monday) for course in others),
            ]

    return rounds


def move(office: Office, monday: date) -> Act:
    """Move a course from Wednesday and Thursday to the days that the others want."""
    return placing("move", office.booked(monday + timedelta(days=2)), monday, reason="family_request")


def hold(office: Office, monday: date) -> Act:
    """Hold days on which a lapsed hold has not been released yet."""
    lapsed = office.course()
    holds.hold(course=lapsed, visits=builders.visits(lapsed, monday, start=NINE), hours=4, by=office.user)
    Course.objects.filter(pk=lapsed.pk).update(held_until=timezone.now())
    return placing("hold", office.course(), monday, hold="yes", lasts="48")


def cancel(office: Office, monday: date) -> Act:
    """Cancel the course that has the days the others want."""
    course = office.booked(monday)
    fields = {"reason": "family_request", "then": "back", "confirmed": "yes", "seen": course.version}
    return Act("cancel", reverse("scheduling:cancel_course", args=[course.pk]), fields)


def close(office: Office, monday: date) -> Act:
    fields = typed(monday, "first_day") | typed(monday, "last_day") | {"reason": "deep clean"}
    return Act("close", reverse("scheduling:add_closure", args=[office.unit.pk]), fields)


def staff(office: Office, monday: date) -> Act:
    """Set the nurses of that Monday to none."""
    fields = typed(monday, "day") | {"nurses": "0"}
    return Act("staff", reverse("scheduling:set_staffing", args=[office.unit.pk]), fields)


def offer(office: Office, mondays: list[date]) -> Iterator[list[Act]]:
    """Two parents answer, one yes and one no, while the time to answer ends and others book the days."""
    for monday in mondays:
        course, until = office.course(), timezone.now() + timedelta(days=1)
        contacts = [
            course.patient.contacts.get(),
            builders.contact(course.patient, email="pa@family.example"),
        ]
        visits = builders.visits(course, monday, start=NINE)
        offers.ask(course=course, visits=visits, until=until, by=office.user)
        asked = course.offers.get()
        others = [placing(f"book {other.pk}", other, monday) for other in (office.course(), office.course())]
        answers = [
            Act(
                said,
                path(link_for(course, contact), "answer_offer_of_days"),
                {"offer": str(asked.pk), "answer": said},
            )
            for contact, said in zip(contacts, ("yes", "no"), strict=True)
        ]
        soon = timezone.now() + timedelta(milliseconds=60)
        Course.objects.filter(pk=course.pk).update(held_until=soon)
        course.offers.update(until=soon)
        yield [*answers, *others]


SCENARIOS = {
    "one_slot": one_slot,
    "move": against(move),
    "hold": against(hold),
    "cancel": against(cancel),
    "close": against(close),
    "staff": against(staff),
    "offer": offer,
}


def send(address: str, cookies: str, act: Act, start: Barrier) -> tuple[str, int, str]:
    """Send the form when all are ready. Who sent it, the status, and the errors or where it redirects."""
    server = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    body = urlencode(act.fields | {"csrfmiddlewaretoken": "a" * 32})
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded", "Connection": "close"}
    start.wait()
    server.request("POST", act.path, body, headers)
    response = server.getresponse()
    page = response.read().decode()
    summary = re.search(r'error-summary__list">(.*?)</ul>', page, re.DOTALL)
    words = re.sub(r"<[^>]*>", " ", summary[1]) if summary else response.headers.get("Location", "")
    return act.who, response.status, " ".join(unescape(words).split())


def play(scenario: str, address: str, rounds: int) -> list[list[tuple[str, int, str]]]:
    office = Office()
    mondays = [builders.next_monday(2 + n) for n in range(rounds)]
    cookies = [office.cookies() for _ in range(CLIENTS)]
    found = []
    with ThreadPoolExecutor(CLIENTS) as clients:
        for acts in SCENARIOS[scenario](office, mondays):
            start = Barrier(len(acts))
            pairs = zip(cookies, acts, strict=False)
            sent = [clients.submit(send, address, cookie, act, start) for cookie, act in pairs]
            found.append([answer.result() for answer in sent])
    return found


def main(workers: str, rounds: str, *scenarios: str) -> None:
    answers, breaches = {}, []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        options = ("--preload", "--workers", workers)
        with serving(os.environ["DATABASE_URL"], log, *options, application="tests.warm") as address:
            for name in scenarios or SCENARIOS:
                answers[name] = play(name, address, int(rounds))
                breaches += find_breaches(timezone.now())
        complaints = [line for line in log.read_text().splitlines() if not ORDINARY.search(line)]
    print(json.dumps({"answers": answers, "breaches": breaches, "complaints": complaints}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
