"""Offer days to a family: they are held, and its page asks whether they are good, until an end.

`answer_offer` takes its answer, `next_family` asks one family after another about a place that became free.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed
from patients import audit
from patients.models import Contact, User
from scheduling.acts import Act, record
from scheduling.booking import holds
from scheduling.booking.placing import Done
from scheduling.errors import ChangedMeanwhile, NotReadyToWrite, Refused
from scheduling.ical import InvalidInvitation
from scheduling.models import CancelReason, Course, FamilyOffer, Message, Moment, UndoableAct
from scheduling.rules import Visit
from scheduling.states import CourseStatus
from scheduling.telling.notices import write_offer_notice
from scheduling.telling.recipients import recipients
from scheduling.telling.texts import INVITE_MOMENTS, missing
from scheduling.unit.lapse import held_days, in_words
from scheduling.unit.lock import lock_course
from scheduling.unit.matches import to_json
from scheduling.unit.shared_days import OPEN, would_leave


@dataclass(frozen=True)
class Place:
    """A place that became free, and whose turn it was already.

    visits: what stood there. tried: keys of courses, in the order of their turns.
    """

    visits: tuple[Visit, ...]
    tried: tuple[int, ...] = ()


def contacts_to_ask(course: Course) -> list[Contact]:
    """Who can be asked by mail: whoever may be written to and has a page that opens."""
    closed = {link.contact_id for link in course.family_links.all() if link.revoked_at}
    return [each for each in recipients(course.patient)[0] if each.pk not in closed]


def missing_to_offer(course: Course) -> list[str]:
    """What the unit lacks before it can offer days: the text of the mail, and what a "yes" then sends."""
    moments = [Moment.OFFER, *INVITE_MOMENTS[: course.days]]
    return missing(course, moments, today=timezone.localdate())


@transaction.atomic
def ask(
    *,
    course: Course,
    visits: Sequence[Visit],
    until: datetime,
    by: audit.Actor,
    asks_next: bool = False,
    place: Place | None = None,
    move_because: CancelReason | None = None,
    holder: User | None = None,
    seen: str | None = None,
) -> Done:
    """Hold days for a course, and ask its family whether they are good: to book it, or to move a booked one.

    until: when the hold ends, and with it the time to answer; never after the start of the first visit.
    asks_next: whether the next family is asked about the place after a "no" or no answer. place: what became
    free; the days themselves if left out. move_because: why a booked course would be moved. holder: whose
    hold it is, if not that of `by`. Raises as `holds.hold` does, Refused if nobody can be asked by mail or
    the child shares its days with another, NotReadyToWrite if the unit lacks a text.
    """
    now = timezone.now()
    course = lock_course(course, now, seen)
    if course.status not in OPEN or (course.status == CourseStatus.BOOKED) != bool(move_because):
        raise ChangedMeanwhile(course)
    if others := would_leave(course):
        names = listed(other.patient.short_name for other in others)
        raise Refused(
            f"This child shares the days with {names}, and no family is asked by mail about shared days. "
            "Hold them for all of the children, ring the families, and then book them together."
        )
    contacts = contacts_to_ask(course)
    if not contacts:
        raise Refused("Nobody can be asked by mail about this child. Hold the days, and ring the family.")
    if lacking := missing_to_offer(course):
        raise NotReadyToWrite(course.unit, lacking)
    course = holds.hold(course=course, visits=visits, until=until, by=by, holder=holder).course
    tried = place.tried if place else ()
    offer = FamilyOffer.objects.create(
        course=course,
        days=to_json(visits),
        until=course.held_until,
        asked_at=now,
        asked_by=course.held_by,
        asks_next=asks_next,
        move_because=move_because or "",
        freed=to_json(place.visits if place else visits),
        tried=list(dict.fromkeys([*tried, course.pk])),
    )
    messages = [_queue(offer, contact, now) for contact in contacts]
    # The question may leave at any moment, so the hold is released and no longer undone.
    UndoableAct.objects.filter(course=course).delete()
    said = {"days": in_words(held_days(course)), "until": offer.until}
    record(Act.COURSE_OFFERED, course, by, said | {"to": sorted(contact.name for contact in contacts)})
    return Done(course, True, messages)


def _queue(offer: FamilyOffer, contact: Contact, now: datetime) -> Message:
    try:
        message = write_offer_notice(offer, contact, now=now)
    except InvalidInvitation as fault:
        raise Refused(f"The mail to {contact} cannot be written. {fault}") from fault
    message.save(force_insert=True)
    return message
