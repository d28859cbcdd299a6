"""Families to ring: whom no mail reaches about visits to come, and who is to know of them (`day_told`). Among
them is whoever was told of the course by a person, until a person tells them how it stands now.

It includes contacts whom a person told about the course, until a person tells them how it is now. It only
reads, and decides nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from crmo_clinic.nhsuk.wording import birthday
from patients.models import AGE_TO_DECIDE, Contact, Relationship
from scheduling.models import CALENDAR_KINDS, Course, Message, Session, Telling
from scheduling.models.message import LATE, WAITS
from scheduling.states import UNREACHED, SessionStatus
from scheduling.telling.day_told import DayTold
from scheduling.telling.knowledge import load_told
from scheduling.telling.recipients import RESPONSIBLE


@dataclass(frozen=True)
class Family:
    """A course with coming visits that somebody has to be told about, by phone or letter.

    contacts: whom to ring, each with why no mail told them. ask_young_person: the child is 16, and says who
    may be told.
    """

    course: Course
    sessions: tuple[Session, ...]
    contacts: tuple[tuple[Contact, str], ...]
    ask_young_person: bool


def families_to_ring(now: datetime) -> list[Family]:
    """The families to ring, the soonest visit first. Four queries.

    Families of restricted children are left out: they are for the safeguarding lead. So are those whose days
    were moved in from elsewhere and nobody was told of by this app: they know them from there.
    """
    visits = (
        Session.objects.filter(
            status=SessionStatus.BOOKED,
            starts_at__gt=now,
            course__patient__restricted=False,
            course__is_unsent=False,
        )
        .filter(course__in=_in_question(now))
        .select_related("course__patient", "course__unit")
        .order_by("starts_at", "pk")
    )
    by_course: dict[int, list[Session]] = {}
    for session in visits:
        by_course.setdefault(session.course_id, []).append(session)
    told = load_told([session for sessions in by_course.values() for session in sessions], now)
    today = timezone.localdate(now)
    found = []
    for sessions in by_course.values():
        days = [told[session.pk] for session in sessions]
        course = sessions[0].course
        rows = {row.contact: row for day in days for row in day.rows if row.is_to_be_rung}
        contacts = tuple((contact, row.words) for contact, row in rows.items())
        if not any(row.may_be_told for row in rows.values()):
            contacts = tuple(_anybody(days)) or contacts
        if contacts or _nobody(days):
            young = today >= course.patient.decides_from and not any(r.may_be_told for r in days[0].rows)
            found.append(Family(course, tuple(sessions), contacts, young))
    return found


def _in_question(now: datetime) -> QuerySet[Course]:
    """All courses whose family could be on the list, and few others: most are told of every visit by mail
    and need not be read. Who is really on it is for `load_told` to say."""
    today = timezone.localdate(now)
    of_child = Contact.objects.filter(patient=OuterRef("patient"))
    mailed = of_child.filter(may_receive_invites=True, returned_at=None).exclude(email="")
    unmailed = of_child.filter(
        Q(may_receive_invites=True, returned_at__isnull=False)
        | Q(email="") & (Q(may_receive_invites=True) | Q(parental_responsibility__in=RESPONSIBLE))
    )
    mails = Message.objects.filter(course=OuterRef("pk"), kind__in=CALENDAR_KINDS)
    astray = mails.filter(Q(status__in=UNREACHED) | Q(status__in=WAITS, created_at__lt=now - LATE))
    by_person = Telling.objects.filter(session__course=OuterRef("pk"))
    # What parents agreed to lapses on the 16th birthday; a few days early is soon enough to look closely.
    grown = Q(patient__birth_date__lte=birthday(today, -AGE_TO_DECIDE) + timedelta(days=3))
    to_come = Session.objects.filter(status=SessionStatus.BOOKED, starts_at__gt=now)
    return Course.objects.filter(
        ~Exists(mailed) | Exists(unmailed) | Exists(astray) | Exists(by_person) | grown,
        pk__in=to_come.values("course"),
    ).order_by()


def _nobody(days: list[DayTold]) -> bool:
    """Whether there is a day that nobody knows about and nobody can be written to about."""
    return any(not any(row.gets_mail or row.knows for row in day.rows) for day in days)


def _anybody(days: list[DayTold]) -> Iterator[tuple[Contact, str]]:
    """If nobody may be written to: all with a phone, the young person first, then who brings the child."""
    if not _nobody(days):
        return
    rows = [row for row in days[0].rows if row.contact.phone]
    for row in sorted(rows, key=lambda row: _order(row.contact)):
        yield row.contact, row.words


def _order(contact: Contact) -> tuple[bool, bool]:
    return contact.relationship != Relationship.YOUNG_PERSON, not contact.brings_child
