"""Calendars of a unit for the phones of its staff: what is in them, and who has an address of one.

A phone gives its calendars to the company behind it, and whoever holds the phone reads them. So an entry has
no name and no number of a child: a label instead, which is another in each calendar, and which one finds in
the app, after signing in, behind the entry's address.
"""

import hmac
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from patients import audit
from patients.access import Permission, may
from patients.models import AuditEvent, User
from scheduling.ical import Entry
from scheduling.models import Booking, Session, StaffFeed, Unit
from scheduling.states import SessionStatus

# What is over is of use for a while only; what is further away changes still.
DAYS_BACK, DAYS_AHEAD = 14, 120
NEVER_SHOWN = (SessionStatus.HELD, SessionStatus.CANCELLED)


@transaction.atomic
def make(*, unit: Unit, by: User) -> str:
    """Give the user an address of the unit's calendar, in place of an earlier one. Returns its secret.

    It is told once: nobody can look it up later. Raises Clash if the user makes another at that moment.
    """
    secret = secrets.token_urlsafe(32)
    if earlier := StaffFeed.objects.filter(unit=unit, user=by).first():
        take_back(feed=earlier, by=by)
    audit.save(StaffFeed(unit=unit, user=by, secret_hash=_hash(secret)), by=by)
    return secret


def take_back(*, feed: StaffFeed, by: User) -> None:
    """From now on the address opens nothing. Raises Clash if that is so already."""
    audit.delete(feed, by=by)


def find(secret: str) -> StaffFeed | None:
    """The calendar with this secret; None if there is none, or its owner may no longer see the unit."""
    feed = StaffFeed.objects.filter(secret_hash=_hash(secret)).select_related("unit", "user").first()
    return feed if feed and feed.user.is_active and may(feed.user, Permission.VIEW) else None


@dataclass(frozen=True)
class Calendar:
    """The entries, earliest first, and when the last of them or the address was changed."""

    entries: list[Entry]
    changed_at: datetime


def calendar_of(feed: StaffFeed, secret: str, now: datetime) -> Calendar:
    """The visits and other infusions of the unit from two weeks ago to four months ahead. Three queries.

    None of a restricted child: nothing about it leaves the app.
    """
    first = timezone.localdate(now) - timedelta(days=DAYS_BACK)
    last = timezone.localdate(now) + timedelta(days=DAYS_AHEAD)
    visits = list(
        Session.objects.filter(course__unit=feed.unit, day__range=(first, last))
        .filter(course__patient__restricted=False)
        .exclude(status__in=NEVER_SHOWN)
        .select_related("course", "booking__chair")
    )
    start, end = (timezone.make_aware(datetime.combine(day, time())) for day in (first, last))
    others = Booking.objects.between(start, end).filter(chair__unit=feed.unit, infusion__isnull=False)
    revised = _revised({visit.course_id for visit in visits})
    entries = [
        *(_visit(visit, feed.unit, secret, revised) for visit in visits),
        *_others(others.select_related("chair", "infusion__kind"), feed.unit, secret),
    ]
    entries.sort(key=lambda entry: (entry.starts_at, entry.uid))
    return Calendar(entries, max([feed.made_at, *(entry.stamp for entry in entries)]))


def label(secret: str, patient_id: int) -> str:
    """`4F2A`: the same for a child's visits in one calendar, and another in every other."""
    return _code(secret, f"child {patient_id}")[:4].upper()


def _visit(visit: Session, unit: Unit, secret: str, revised: dict[int, datetime]) -> Entry:
    booking = getattr(visit, "booking", None)
    where = booking.chair.name if booking else "No chair"
    day = f", day {visit.number} of {visit.course.days}" if visit.course.days > 1 else ""
    return Entry(
        uid=f"{_code(secret, visit.uid)}@{settings.MAIL_DOMAIN}",
        sequence=visit.sequence,
        stamp=max(visit.created_at, revised.get(visit.course_id, visit.created_at)),
        created=visit.created_at,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        summary=f"{where}: infusion {label(secret, visit.course.patient_id)}{day}",
        description=f"{settings.PUBLIC_URL}{visit.get_absolute_url()}",
        location=unit.name,
    )


def _others(bookings: QuerySet[Booking], unit: Unit, secret: str) -> Iterator[Entry]:
    """Other infusions by their kind: their labels are free text."""
    for booking in bookings:
        infusion = booking.infusion
        yield Entry(
            uid=f"{_code(secret, f'infusion {infusion.pk}')}@{settings.MAIL_DOMAIN}",
            sequence=0,
            stamp=infusion.placed_at,
            created=infusion.placed_at,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            summary=f"{booking.chair.name}: {infusion.kind.name}",
            description=f"{settings.PUBLIC_URL}{infusion.get_absolute_url()}",
            location=unit.name,
        )


def _revised(courses: Iterable[int]) -> dict[int, datetime]:
    """When anything about each course was last written."""
    acts = AuditEvent.objects.filter(record="course", record_id__in=list(courses)).order_by()
    return dict(acts.values_list("record_id").annotate(Max("at")))


def _code(secret: str, what: str) -> str:
    return hmac.new(secret.encode(), what.encode(), sha256).hexdigest()[:24]


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
