"""Families that have been told of visits to come and have not answered, with the last try to reach them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, prefetch_related_objects
from django.utils import timezone

from patients import audit
from patients.models import Contact
from scheduling.errors import Refused
from scheduling.models import ContactAttempt, Course, Message, Reply, Session, Unit
from scheduling.states import SessionStatus
from scheduling.telling.day_told import DayTold
from scheduling.telling.knowledge import load_told
from scheduling.telling.resend import send_again, why_not_again

OF_VISITS = ("course", "number", "status", "day", "starts_at", "ends_at", "sequence")
OF_MAILS = ("session", "to_address", "kind", "status", "attempts", "sequence", "created_at", "sent_at")


@dataclass(frozen=True)
class Unanswered:
    """A course with days that nobody of the family has answered.

    sessions: those days. contacts: who knows of them and has said nothing.
    """

    course: Course
    sessions: tuple[Session, ...]
    contacts: tuple[Contact, ...]

    @property
    def last_try(self) -> ContactAttempt | None:
        """The last attempt noted since the course was agreed. See `load_tries`."""
        tries = self.course.contact_attempts.all()
        return next((each for each in tries if each.at >= self.course.agreed_at), None)


def load_tries(families: Iterable[Unanswered]) -> None:
    """Read the attempts to reach these families. One query."""
    tries = Prefetch("contact_attempts", ContactAttempt.objects.order_by("-at", "-pk"))
    prefetch_related_objects([family.course for family in families], tries)


def unanswered(now: datetime, unit: Unit | None = None) -> list[Unanswered]:
    """The families, the soonest visit first. Five queries. Restricted children are left out: they get
    nothing, so they have nothing to answer.

    Of visits and mails only that is read by which it is decided: most pages show few of the families.
    """
    visits = Session.objects.filter(
        status=SessionStatus.BOOKED, starts_at__gt=now, course__patient__restricted=False
    )
    if unit:
        visits = visits.filter(course__unit=unit)
    # Of most visits to come somebody has answered: those need not be asked about.
    answered = Reply.objects.filter(session=OuterRef("pk"), sequence__gte=OuterRef("sequence"))
    visits = visits.exclude(Exists(answered)).order_by("starts_at", "pk")
    courses = Prefetch("course", Course.objects.select_related("patient"))
    sessions = list(visits.only(*OF_VISITS).prefetch_related(courses))
    told = load_told(sessions, now, Message.objects.that_told(sessions).only(*OF_MAILS))
    by_course: dict[int, list[DayTold]] = {}
    for day in told.values():
        if _is_open(day):
            by_course.setdefault(day.session.course_id, []).append(day)
    return [_family(days) for days in by_course.values()]


@transaction.atomic
def mail_again(*, course: Course, by: audit.Actor) -> list[Message]:
    """Send the invites of the days that nobody has answered again, to whoever has said nothing.

    Raises Refused if there is none that may be sent again.
    """
    now = timezone.now()
    sessions = list(course.sessions.filter(status=SessionStatus.BOOKED, starts_at__gt=now).order_by("number"))
    entries = [
        row.entry
        for day in load_told(sessions, now).values()
        if _is_open(day)
        for row in day.rows
        if row.entry and row.reply is None
    ]
    sent = [send_again(message=entry, by=by) for entry in entries if not why_not_again(entry)]
    if not sent:
        raise Refused("No invite of these days can be sent again. Ring the family, or write a letter.")
    return sent


def _is_open(day: DayTold) -> bool:
    """Whether somebody knows of the day, and nobody has answered it as it stands."""
    return any(row.knows for row in day.rows) and not any(row.reply and not row.is_stale for row in day.rows)


def _family(days: list[DayTold]) -> Unanswered:
    course = days[0].session.course
    contacts = dict.fromkeys(row.contact for day in days for row in day.rows if row.knows)
    return Unanswered(course, tuple(day.session for day in days), tuple(contacts))
