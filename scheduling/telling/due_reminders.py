"""Which notices are due now: asked of the rows as they stand, each time anew, and never queued ahead."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from patients.models import Contact
from scheduling.models import Channel, Course, Message, MessageKind, Session, Unit
from scheduling.states import HERE, CourseStatus, SessionStatus
from scheduling.telling import moments
from scheduling.telling.knowledge import load_told
from scheduling.telling.recipients import recipients
from scheduling.telling.text_messages import texts_are_on, uk_mobile

# Whoever was told of a visit later than this before a reminder's time has just read all of it.
FRESH = timedelta(hours=24)
LOOKING_BACK = (MessageKind.DAY_AFTER, MessageKind.DAY_3)
WITH_VISITS = (CourseStatus.BOOKED, CourseStatus.COMPLETED, CourseStatus.PART_GIVEN)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Due:
    """One notice for one contact. `only_once` names it: a message with this name was or is on its way.

    session: the visit to come, or for a note after a course its last day. told: what the address was told of
    that session last, if anything.
    """

    kind: MessageKind
    session: Session
    contact: Contact
    channel: Channel
    only_once: str
    told: Message | None = None

    @property
    def course(self) -> Course:
        return self.session.course


def due_notices(units: Iterable[Unit], now: datetime) -> list[Due]:
    """Every notice due now that is not on its way, for units that are not in their quiet hours.

    At most six queries, however many units and visits there are; none if every unit is quiet.
    """
    awake = {unit.pk: unit for unit in units if not moments.is_quiet(unit, now)}
    found = [due for course in _courses(awake, now) for due in _of_course(course, awake, now)]
    names = [due.only_once for due in found]
    made = (
        set(Message.objects.filter(only_once__in=names).values_list("only_once", flat=True)) if names else ()
    )
    left = [due for due in found if due.only_once not in made]
    return list(_for_those_who_know(left, now))


def _courses(units: dict[int, Unit], now: datetime) -> Sequence[Course]:
    if not units:
        return ()
    today = timezone.localdate(now)
    ahead = max((days for unit in units.values() for days in _reminder_days(unit)), default=1)
    days = (today - moments.DAYS_UNTIL_CHECK_IN * moments.A_DAY, today + max(ahead, 1) * moments.A_DAY)
    near = Session.objects.filter(course=OuterRef("pk"), day__range=days)
    courses = Course.objects.filter(Exists(near), unit__in=units, status__in=WITH_VISITS)
    return courses.select_related("patient").prefetch_related("sessions", "patient__contacts").order_by("pk")


def _reminder_days(unit: Unit) -> list[int]:
    return [days for days in unit.reminder_days if isinstance(days, int)]


def _of_course(course: Course, units: dict[int, Unit], now: datetime) -> list[Due]:
    """What is due about a course, to whom may be written to. A course that cannot be read is left out."""
    try:
        course.unit = units[course.unit_id]
        contacts = recipients(course.patient)[0]
        return [
            Due(kind, session, contact, channel, f"{name}:{session.pk}:{contact.pk}:{channel}")
            for kind, session, name in (_moments_of(course, now) if contacts else ())
            for contact in contacts
            for channel in _channels(kind, contact)
        ]
    except Exception as error:
        # Not its words, which may quote a row.
        logger.error("Course %s: what is due cannot be worked out (%s).", course.pk, type(error).__name__)
        return []


def _moments_of(course: Course, now: datetime) -> Iterator[tuple[MessageKind, Session, str]]:
    """What a course's days make due: the kind, the day it is about, and its name but for who gets it.

    The name says the SEQUENCE of a visit to come: moved, it is reminded of anew.
    """
    unit, live = course.unit, course.live_sessions
    for before, session in zip([None, *live], live, strict=False):
        session.course = course
        if session.status != SessionStatus.BOOKED or session.starts_at <= now:
            continue
        days = moments.reminder_due(session, _reminder_days(unit), now)
        if days is not None:
            yield MessageKind.REMINDER, session, f"reminder-{days}.{session.sequence}"
        follows = before and before.status in HERE and before.day == session.day - moments.A_DAY
        if follows and moments.is_evening_between(unit, session, now):
            yield MessageKind.BETWEEN, session, f"between.{session.sequence}"
    if live and all(session.status == SessionStatus.FULFILLED for session in live):
        last = live[-1]
        if moments.is_morning_after(last.day, 1, now):
            yield MessageKind.DAY_AFTER, last, "day_after"
        if unit.asks_how_it_went and moments.is_morning_after(last.day, moments.DAYS_UNTIL_CHECK_IN, now):
            yield MessageKind.DAY_3, last, "day_3"


def _channels(kind: MessageKind, contact: Contact) -> Iterator[Channel]:
    yield Channel.EMAIL
    if (
        kind == MessageKind.REMINDER
        and texts_are_on()
        and contact.may_receive_texts
        and uk_mobile(contact.phone)
    ):
        yield Channel.TEXT


def _for_those_who_know(found: Sequence[Due], now: datetime) -> Iterator[Due]:
    """Of visits to come only what somebody knows already, by mail or from a person, and a reminder only if no
    mail told them just now: a notice reminds, and whoever does not know the visit is for a person to tell."""
    told = load_told(list({due.session for due in found}), now) if found else {}
    for due in found:
        row = told[due.session.pk].of(due.contact)
        known = replace(due, told=row.entry if row else None)
        if due.kind in LOOKING_BACK or (row and row.knows and not _is_fresh(known, now)):
            yield known


def _is_fresh(due: Due, now: datetime) -> bool:
    """Of a reminder, whether the address was told of the visit less than a day before its time, or after."""
    days = moments.reminder_due(due.session, _reminder_days(due.course.unit), now)
    if due.kind != MessageKind.REMINDER or due.told is None or days is None:
        return False
    moment = moments.at(due.session.day - days * moments.A_DAY, moments.MORNING)
    return (due.told.sent_at or due.told.created_at) > moment - FRESH
