"""Which notices are due now, and to whom: asked of the rows as they stand, each time anew, and never queued
ahead. When they are due, and until when, stands in `reminder_table`."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from crmo_clinic.nhsuk.phone import is_uk_mobile
from patients.models import Contact
from scheduling.models import Channel, Course, Message, Session, Unit
from scheduling.states import CourseStatus, SessionStatus
from scheduling.telling.clock_times import A_DAY, is_quiet
from scheduling.telling.knowledge import load_told
from scheduling.telling.recipients import recipients
from scheduling.telling.reminder_table import Reminder, Whom, days_in_reach, due_about
from scheduling.telling.text_messages import texts_are_on

# A contact whose invite was sent less than this long before a reminder is due has just read it all.
FRESH = timedelta(hours=24)
WITH_VISITS = (CourseStatus.BOOKED, CourseStatus.COMPLETED, CourseStatus.PART_GIVEN)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Due:
    """One notice for one contact. `only_once` is its unique name: a notice of that name is queued only once.

    session: the visit to come, or for a note after a course its last day. since: when it became due. told:
    what the address was told of that session last, if anything. days: the visits that it names, the session
    first. said_no: whether the contact answered that they cannot come to one of them.
    """

    reminder: Reminder
    session: Session
    since: datetime
    contact: Contact
    channel: Channel
    only_once: str
    told: Message | None = None
    days: tuple[Session, ...] = ()
    said_no: bool = False

    @property
    def course(self) -> Course:
        return self.session.course

    @property
    def is_the_last(self) -> bool:
        """Whether none of its kind comes later about this visit."""
        days = self.reminder.days(self.course.unit)
        return timezone.localdate(self.since) >= self.session.day + max(days) * A_DAY

    def is_let_go(self, now: datetime) -> bool:
        """Whether its last sensible time is over: it does not go any more."""
        return now >= self.reminder.last_time(self.session, self.since)


def due_notices(units: Iterable[Unit], now: datetime) -> list[Due]:
    """Every notice that is due now and was not queued before, for units that are not in their quiet hours.

    Among them are those that were let go within the last day.

    At most six queries, however many units and visits there are; none if every unit is quiet.
    """
    awake = {unit.pk: unit for unit in units if not is_quiet(unit, now)}
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
    days = days_in_reach(units.values(), timezone.localdate(now))
    near = Session.objects.filter(course=OuterRef("pk"), day__range=days)
    courses = Course.objects.filter(Exists(near), unit__in=units, status__in=WITH_VISITS, is_unsent=False)
    return courses.select_related("patient").prefetch_related("sessions", "patient__contacts").order_by("pk")


def _of_course(course: Course, units: dict[int, Unit], now: datetime) -> list[Due]:
    """What is due about a course, for contacts who may be written to. A course with bad rows is left out."""
    try:
        course.unit = units[course.unit_id]
        contacts = recipients(course.patient)[0]
        return [
            Due(
                reminder,
                session,
                since,
                contact,
                channel,
                f"{name}:{session.pk}:{contact.pk}:{channel}",
                days=days,
            )
            for reminder, session, since in (due_about(course, now) if contacts else ())
            for name in [reminder.only_once(session, since)]
            for days in [_days(reminder, session)]
            for contact in contacts
            for channel in _channels(reminder, contact)
        ]
    except Exception as error:
        # Not the error's own text, which may quote a row.
        logger.error("Course %s: what is due cannot be worked out (%s).", course.pk, type(error).__name__)
        return []


def _days(reminder: Reminder, session: Session) -> tuple[Session, ...]:
    """The visits that it names: its own, and those that are booked after it."""
    if not reminder.names_all:
        return (session,)
    booked = [other for other in session.course.live_sessions if other.status == SessionStatus.BOOKED]
    return tuple(sorted((s for s in booked if s.day >= session.day), key=lambda s: s.day))


def _channels(reminder: Reminder, contact: Contact) -> Iterator[Channel]:
    yield Channel.EMAIL
    may_have_a_text = contact.may_receive_texts and is_uk_mobile(contact.phone)
    if reminder.text_message and texts_are_on() and may_have_a_text:
        yield Channel.TEXT


def _for_those_who_know(found: Sequence[Due], now: datetime) -> Iterator[Due]:
    """Of visits to come only what somebody knows already, by mail or from a person, and a reminder only if no
    mail told them just now: a notice reminds, and whoever does not know the visit is for a person to tell."""
    told = load_told(list({day for due in found for day in due.days}), now) if found else {}
    for due in found:
        rows = {day: told[day.pk].of(due.contact) for day in due.days}
        if due.reminder.whom == Whom.EVERYBODY:
            row = rows[due.session]
            yield replace(due, told=row.entry if row else None)
            continue
        known = [day for day, row in rows.items() if row and row.knows]
        if not known:
            continue
        said_no = any(rows[day].cannot_come for day in known)
        first = replace(due, session=known[0], days=tuple(known), said_no=said_no, told=rows[known[0]].entry)
        if not _is_fresh(first):
            yield first


def _is_fresh(due: Due) -> bool:
    """Whether the address was sent the invite less than a day before a reminder became due, or later."""
    if due.reminder.whom != Whom.HAS_KNOWN_FOR_A_DAY or due.told is None:
        return False
    return (due.told.sent_at or due.told.created_at) > due.since - FRESH
