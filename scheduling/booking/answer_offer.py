"""What a family answers about days that were offered to it: yes books or moves, no lets them go."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from patients import audit
from patients.models import Contact
from scheduling.acts import Act, record
from scheduling.booking import bookings
from scheduling.booking.next_family import pass_on
from scheduling.errors import OfferOver, Refused
from scheduling.models import CancelReason, Course, FamilyOffer, TaskKind
from scheduling.states import OfferStatus
from scheduling.tasks.opening import open_task
from scheduling.unit.lapse import held_days, in_words, let_go
from scheduling.unit.lock import lock_course
from scheduling.unit.matches import from_json
from scheduling.unit.recheck import close_fitting


def answer(*, offer: FamilyOffer, contact: Contact, yes: bool, by: audit.Actor) -> OfferStatus:
    """Take a family's answer. The first of a child's contacts who answers, answers for the course.

    Returns what became of the offer: if the days could not be booked after a "yes", they stay held, and a
    task asks the holder to ring. Raises OfferOver if it was over already.
    """
    if not yes:
        return _say_no(offer, contact, by)
    try:
        return _say_yes(offer, contact, by)
    except OfferOver:
        raise
    except Refused as refusal:
        return _ask_to_ring(offer, contact, refusal.reasons, by)


@transaction.atomic
def _say_yes(offer: FamilyOffer, contact: Contact, by: audit.Actor) -> OfferStatus:
    course, offer = _locked(offer)
    _end(offer, course, contact, OfferStatus.BOOKED, by)
    visits = from_json(offer.days)
    if offer.move_because:
        bookings.move(course=course, visits=visits, reason=CancelReason(offer.move_because), by=by)
    else:
        bookings.book(course=course, visits=visits, by=by)
    return OfferStatus.BOOKED


@transaction.atomic
def _say_no(offer: FamilyOffer, contact: Contact, by: audit.Actor) -> OfferStatus:
    course, offer = _locked(offer)
    days = in_words(held_days(course))
    _end(offer, course, contact, OfferStatus.DECLINED, by)
    let_go(course)
    record(Act.COURSE_HOLD_RELEASED, course, by, {"days": days})
    close_fitting(course.unit, now=timezone.now(), by=by)
    stays = " The course stays booked where it is." if offer.move_because else ""
    says = f"The family said no to {'; '.join(days)}.{stays} Ring them, or find other days."
    _open(offer, course, says, by)
    pass_on(offer, by=by)
    return OfferStatus.DECLINED


@transaction.atomic
def _ask_to_ring(
    offer: FamilyOffer, contact: Contact, reasons: Sequence[str], by: audit.Actor
) -> OfferStatus:
    course, offer = _locked(offer)
    days = "; ".join(in_words(held_days(course)))
    _end(offer, course, contact, OfferStatus.REFUSED, by)
    not_done = "the course could not be moved there" if offer.move_because else "it could not be booked"
    _open(offer, course, f"The family said yes to {days}, but {not_done}. {' '.join(reasons)} Ring them.", by)
    return OfferStatus.REFUSED


def _locked(offer: FamilyOffer) -> tuple[Course, FamilyOffer]:
    """The course and its offer as they are under the unit's lock, after lapsed holds were let go."""
    course = lock_course(offer.course, timezone.now(), None)
    offer = FamilyOffer.objects.select_related("asked_by").get(pk=offer.pk)
    if not offer.is_open:
        raise OfferOver(offer)
    offer.course = course
    return course, offer


def _end(offer: FamilyOffer, course: Course, contact: Contact, status: OfferStatus, by: audit.Actor) -> None:
    offer.move_to(status, ended_at=timezone.now(), answered_by=contact)
    said = {"days": in_words(held_days(course)), "answer": status.label}
    record(Act.COURSE_OFFER_ANSWERED, course, by, said)


def _open(offer: FamilyOffer, course: Course, says: str, by: audit.Actor) -> None:
    today = timezone.localdate()
    open_task(TaskKind.OFFER, says[:400], about=course, due_on=today, owner=offer.asked_by, by=by)
