"""A course from its booking to its second booking, played with the acts of the app.

`python -m tests.ical.life`, on the database that DATABASE_URL names, prints JSON: a list of steps, each
with its `name`; the `mails` that left because of it, in order, as [address, calendar part]; and in `due`, by
address, the visits its calendar must show then, as [UID, start, end, summary, alarms], moments in UTC.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import django
import time_machine

django.setup()

from patients import audit, changes  # noqa: E402
from patients.models import Contact  # noqa: E402
from scheduling.booking import bookings, lost_days  # noqa: E402
from scheduling.models import CancelReason, Course, LostBecause, Session  # noqa: E402
from scheduling.telling.delivery import deliver_due  # noqa: E402
from scheduling.telling.recipients import recipients  # noqa: E402
from tests import builders  # noqa: E402

LONDON = ZoneInfo("Europe/London")
# The clocks go back between the first two places of the course.
BEGINS = datetime(2026, 10, 12, 10, tzinfo=LONDON)
THURSDAY, MONDAY, LATER, AGAIN = (date(2026, *day) for day in ((10, 22), (10, 26), (11, 2), (11, 9)))
BY = audit.System("test")


class Mailbag:
    """A transport that keeps the calendars of what leaves."""

    def __init__(self) -> None:
        self.calendars: list[tuple[str, str]] = []

    def send(self, from_address: str, to_address: str, mime: bytes) -> None:
        mail = message_from_bytes(mime, policy=policy.default)
        parts = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
        self.calendars += [(to_address.casefold(), part.get_content()) for part in parts]


class Story:
    """A child whose family is told, and another of whom nobody may be told, booked beside each other."""

    def __init__(self) -> None:
        unit = builders.unit()
        child = builders.patient("Ada Lark")
        self.mother = builders.contact(child, "Mia Lark", email="Mia@family.example")
        self.father = builders.contact(child, "Ned Lark", relationship="father", email="ned@else.example")
        self.nan = builders.contact(
            child, "Zoë Łukasz", relationship="grandparent", email="zoe@third.example"
        )
        builders.contact(child, "Ola Stranger", email="ola@example.com", may_receive_invites=False)
        hidden = builders.patient("Wren Hidden", restricted=True, restricted_because="court order")
        builders.contact(hidden, "Rae Hidden", email="rae@example.com")
        self.of_child, self.of_hidden = (builders.course(patient, unit) for patient in (child, hidden))
        self.addresses = {contact.email.casefold() for contact in Contact.objects.all()}

    # The acts. Both courses do the same, in a chair each.

    def book(self, first: date) -> None:
        for course, visits in self._courses(first, 9 * 60):
            bookings.book(course=course, visits=visits, by=BY)

    def move(self, first: date, start: int) -> None:
        for course, visits in self._courses(first, start):
            bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=BY)

    def change_address(self, email: str) -> None:
        self.father.email = email
        self.addresses.add(self.father.email)
        changes.save(self.father, by=BY)

    def withdraw_permission(self) -> None:
        self.nan.may_receive_invites = False
        changes.save(self.nan, by=BY)

    def put_day_2_at_another_time(self) -> None:
        for course, visits in self._courses(LATER + timedelta(days=2), 10 * 60):
            lost_days.another_day(session=_day_2(course), visit=visits[1], approval=APPROVAL, by=BY)

    def leave_day_2_out(self) -> None:
        for course in (self.of_child, self.of_hidden):
            lost_days.leave_out(session=_day_2(course), approval=APPROVAL, by=BY)

    def cancel(self) -> None:
        for course in (self.of_child, self.of_hidden):
            bookings.cancel(course=course, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=True, by=BY)

    def _courses(self, first: date, start: int) -> Iterator[tuple[Course, list]]:
        for course, chair in zip(
            (self.of_child, self.of_hidden), self.of_child.unit.chairs.all(), strict=True
        ):
            yield course, builders.visits(course, first, start=start, chair=chair)

    # What calendars must show

    def due(self) -> dict[str, list[list[str]]]:
        course = Course.objects.get(pk=self.of_child.pk)
        told = {contact.email.casefold() for contact in recipients(course.patient)[0]}
        visits = [
            [session.uid, _utc(session.starts_at), _utc(session.ends_at), _summary(session), _rings(session)]
            for session in course.live_sessions
        ]
        return {address: visits if address in told else [] for address in sorted(self.addresses)}


APPROVAL = lost_days.Approval(LostBecause.UNWELL, "a cold", "Dr Wren")


def _day_2(course: Course) -> Session:
    return Course.objects.get(pk=course.pk).live_sessions[1]


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _rings(session: Session) -> str:
    """At 6pm of the day before and 90 minutes before, by the clock on the wall in London."""
    evening = datetime.combine(session.day - timedelta(days=1), time(18), LONDON)
    return f"{_utc(evening)}, {_utc(session.starts_at - timedelta(minutes=90))}"


def _summary(session: Session) -> str:
    return f"Hospital visit, day {session.number} of 2"


def steps(story: Story) -> list[tuple[str, Callable[[], None]]]:
    return [
        ("booked", lambda: story.book(THURSDAY)),
        ("moved over the change of the clocks", lambda: story.move(MONDAY, 9 * 60)),
        ("moved again", lambda: story.move(LATER, 10 * 60 + 30)),
        ("moved by an hour", lambda: story.move(LATER, 11 * 60 + 30)),
        ("one address changed", lambda: story.change_address("ned.new@else.example")),
        ("the address changed back", lambda: story.change_address("ned@else.example")),
        ("one permission withdrawn", story.withdraw_permission),
        ("day 2 at another time", story.put_day_2_at_another_time),
        ("day 2 left out", story.leave_day_2_out),
        ("cancelled", story.cancel),
        ("booked again", lambda: story.book(AGAIN)),
    ]


def main() -> None:
    played = []
    with time_machine.travel(BEGINS, tick=False) as clock:
        story = Story()
        for name, act in steps(story):
            clock.shift(timedelta(hours=1))
            act()
            bag = Mailbag()
            deliver_due(transport=bag)
            played.append({"name": name, "mails": bag.calendars, "due": story.due()})
    print(json.dumps(played))  # noqa: T201


if __name__ == "__main__":
    main()
