"""Mails that families write back, and the course that they are about."""

from datetime import timedelta

from django.utils import timezone

from patients.models import User
from scheduling.answers import incoming_mail
from scheduling.booking import bookings
from scheduling.models import CancelReason, Course, IncomingMail, Reply
from tests.builders.courses import course, next_monday, visits
from tests.builders.messages import all_sent
from tests.builders.people import contact
from tests.ical import answers


def invited_course(by: User) -> Course:
    """Booked on two days; Mia and Pa Lark have their invites."""
    made = course()
    contact(made.patient, "Mia Lark", email="mia.lark@family.example")
    contact(made.patient, "Pa Lark", email="pa.lark@family.example")
    bookings.book(course=made, visits=visits(made, next_monday(2)), by=by)
    all_sent()
    return Course.objects.get(pk=made.pk)


def later(of: Course, by: User) -> Course:
    """Move the course an hour later on the same days; everybody has the mail about it."""
    new = visits(of, next_monday(2), start=10 * 60)
    moved = bookings.move(course=of, visits=new, reason=CancelReason.FAMILY_REQUEST, by=by).course
    all_sent()
    return moved


def to(of: Course, day: int = 0, **changes) -> answers.Given:
    """An answer to that day of the course, given an hour ago; day: 0 for the first."""
    session = of.sessions.all()[day]
    stamp = f"{timezone.now() - timedelta(hours=1):%Y%m%dT%H%M%SZ}"
    given = {"uid": session.uid, "sequence": session.sequence, "stamp": stamp}
    number = Reply.objects.count() + IncomingMail.objects.count()
    return answers.GIVEN.but(**given | {"message_id": f"<{number}.{day}@family.example>"} | changes)


def take(given_or_raw: answers.Given | bytes, program=answers.gmail) -> IncomingMail | None:
    """Take in a mail as that program writes it."""
    raw = given_or_raw if isinstance(given_or_raw, bytes) else program(given_or_raw)
    return incoming_mail.take(raw=raw)
