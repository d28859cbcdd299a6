"""What a family cannot do, and who of it said so: separated parents are not shown each other's days.

A course keeps one set of limits for everybody who has a say. Who entered which of them stands in the log, and
nobody can change that; what it does not name as a contact's own is somebody else's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from patients import audit
from patients.models import AuditEvent, Contact
from scheduling.acts import Act
from scheduling.models import Course, DateRange

ACTIONS = (Act.COURSE_ADDED, Act.COURSE_CHANGED, Act.COURSE_IMPOSSIBLE_DATES_CHANGED)
# Kept as lists, to which each may add.
LISTS = ("impossible_dates", "impossible_weekdays")


@dataclass(frozen=True)
class Limits:
    """Dates, first and last included, weekdays (Monday is 0), the earliest time of arrival, short notice."""

    dates: frozenset[DateRange] = frozenset()
    weekdays: frozenset[int] = frozenset()
    not_before: time | None = None
    short_notice: bool | None = None


def on_their_page(contact: Contact) -> audit.System:
    """The contact as an actor in the log: nobody signed in, but somebody had the address."""
    return audit.System(f"{contact.name[:120]}, on the family’s page")


def limits_of(course: Course) -> Limits:
    """All that is known of a course. One query."""
    return Limits(
        frozenset((row.first_day, row.last_day) for row in course.impossible_dates.all()),
        frozenset(course.impossible_weekdays),
        course.not_before,
        course.short_notice,
    )


def own_limits(course: Course, contact: Contact) -> Limits:
    """Of the limits of a course those that this contact entered on their page. Three queries.

    None for two contacts of one name, whom the log cannot tell apart.
    """
    namesakes = Contact.objects.filter(patient=course.patient_id, name=contact.name)
    if namesakes.count() > 1:
        return Limits()
    limits, who = limits_of(course), _who_entered(course)
    name = on_their_page(contact).name
    own = {key for key, event in who.items() if (event.actor_id, event.actor_name) == (None, name)}
    return Limits(
        frozenset(d for d in limits.dates if ("impossible_dates", _key([d[0], d[1]])) in own),
        frozenset(n for n in limits.weekdays if ("impossible_weekdays", _key(n)) in own),
        limits.not_before if ("not_before", "") in own else None,
        limits.short_notice if ("short_notice", "") in own else None,
    )


def merged(now: Limits, own: Limits, said: Limits) -> Limits:
    """The limits after a contact put `said` in the place of their own: those of others stay.

    Of two times of arrival the later counts; of two answers about short notice the one given last.
    """
    others_time = None if own.not_before else now.not_before
    answer = said.short_notice
    if answer is None and own.short_notice is None:
        answer = now.short_notice
    return Limits(
        (now.dates - own.dates) | said.dates,
        (now.weekdays - own.weekdays) | said.weekdays,
        max(filter(None, (others_time, said.not_before)), default=None),
        answer,
    )


def is_less(before: Limits, after: Limits, today: date) -> bool:
    """Whether something that could not be done can be done now; days that are past do not count."""
    return (
        bool(_days(before.dates, today) - _days(after.dates, today))
        or bool(before.weekdays - after.weekdays)
        or (before.not_before or time.min) > (after.not_before or time.min)
        or (before.short_notice is False and after.short_notice is not False)
    )


def _who_entered(course: Course) -> dict[tuple[str, str], AuditEvent]:
    """The log's entry by which each limit came to stand, by field and value; of a single value by field."""
    who: dict[tuple[str, str], AuditEvent] = {}
    events = AuditEvent.objects.filter(record="course", record_id=course.pk, action__in=ACTIONS)
    for event in events.order_by("pk"):
        for name, (before, after) in _changed(event):
            if name in LISTS:
                old, new = ({_key(value) for value in values or ()} for values in (before, after))
                who |= {(name, value): event for value in new - old}
            else:
                who[name, ""] = event
    return who


def _changed(event: AuditEvent) -> list[tuple[str, Any]]:
    names = (*LISTS, "not_before", "short_notice")
    return [(name, event.changes[name]) for name in names if name in event.changes]


def _key(value: Any) -> str:
    """A weekday, or the two ends of a range, as text: the log has dates in ISO format."""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _days(ranges: Iterable[DateRange], today: date) -> set[date]:
    return {
        first + timedelta(days=n)
        for first, last in ranges
        for n in range((last - first).days + 1)
        if first + timedelta(days=n) >= today
    }
