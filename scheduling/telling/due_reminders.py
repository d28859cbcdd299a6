"""Which notices are due now, and for whom. This is worked out from the rows each time; nothing is queued
ahead. When each is due is in `reminder_table`."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from crmo_clinic.nhsuk.phone import is_uk_mobile
from patients.models import Contact
from scheduling.models import Channel, Course, Message, Session, Unit
from scheduling.states import CourseStatus
from scheduling.telling.clock_times import is_quiet
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

    session: the visit to come or, for a follow-up message, the last day of the course. since: when it became
    due. told: the invite to that session that their calendar has, if any.
    """

    reminder: Reminder
    session: Session
    since: datetime
    contact: Contact
    channel: Channel
    only_once: str
    told: Message | None = None

    @property
    def course(self) -> Course:
        return self.session.course


def due_notices(units: Iterable[Unit], now: datetime) -> list[Due]:
    """Every notice that is due now and was not queued before, for units that are not in their quiet hours.

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
    courses = Course.objects.filter(Exists(near), unit__in=units, status__in=WITH_VISITS)
    return courses.select_related("patient").prefetch_related("sessions", "patient__contacts").order_by("pk")


def _of_course(course: Course, units: dict[int, Unit], now: datetime) -> list[Due]:
    """What is due about a course, for contacts who may be written to. A course with bad rows is left out."""
    try:
        course.unit = units[course.unit_id]
        contacts = recipients(course.patient)[0]
        return [
            Due(reminder, session, since, contact, channel, f"{name}:{session.pk}:{contact.pk}:{channel}")
            for reminder, session, since in (due_about(course, now) if contacts else ())
            for name in [reminder.only_once(session, since)]
            for contact in contacts
            for channel in _channels(reminder, contact)
        ]
    except Exception as error:
        # Not the error's own text, which may quote a row.
        logger.error("Course %s: what is due cannot be worked out (%s).", course.pk, type(error).__name__)
        return []


def _channels(reminder: Reminder, contact: Contact) -> Iterator[Channel]:
    yield Channel.EMAIL
    may_have_a_text = contact.may_receive_texts and is_uk_mobile(contact.phone)
    if reminder.text_message and texts_are_on() and may_have_a_text:
        yield Channel.TEXT


def _for_those_who_know(found: Sequence[Due], now: datetime) -> Iterator[Due]:
    """Leave out contacts who do not know the visit yet, by mail or from a person: telling them is a person's
    task, and a notice only reminds. A reminder also leaves out those whom a mail told within the last day."""
    told = load_told(list({due.session for due in found}), now) if found else {}
    for due in found:
        row = told[due.session.pk].of(due.contact)
        known = replace(due, told=row.entry if row else None)
        knows = row and row.knows and not _is_fresh(known)
        if knows or due.reminder.whom == Whom.EVERYBODY:
            yield known


def _is_fresh(due: Due) -> bool:
    """Whether the address was sent the invite less than a day before a reminder became due, or later."""
    if due.reminder.whom != Whom.HAS_KNOWN_FOR_A_DAY or due.told is None:
        return False
    return (due.told.sent_at or due.told.created_at) > due.since - FRESH
