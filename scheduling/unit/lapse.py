"""Holds whose time is over are released by whatever locks the unit, and a task is opened for each."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from crmo_clinic.nhsuk import wording
from patients.audit import WORKER
from scheduling.acts import Act, record
from scheduling.models import Booking, Course, FamilyOffer, Session, TaskKind
from scheduling.states import CourseStatus, OfferStatus, SessionStatus
from scheduling.tasks.opening import open_task
from scheduling.unit.due_days import due_before
from scheduling.unit.recheck import close_fitting

STILL_BOOKED = "The course stays booked where it is. Ring the family, and move it or hold other days."


def lapse_holds_of(unit_id: int, now: datetime) -> int:
    """Release the unit's holds whose time is over, each with a task, under its lock. Returns how many."""
    lapsed = list(Course.objects.lapsed(now).filter(unit=unit_id).select_related("unit", "held_by"))
    for course in lapsed:
        holder, happened, then = course.held_by, "The hold has lapsed", STILL_BOOKED
        days = in_words(held_days(course))
        if course.status == CourseStatus.HELD:
            then = "Ring the family, and book or hold other days."
            Course.objects.filter(pk=course.pk).exclude(overridden=[]).update(overridden=[])
        if let_go(course, OfferStatus.LAPSED):
            happened = "The family has not answered in time, so the hold has lapsed"
        close_fitting(course.unit, now=now, by=WORKER)
        record(Act.COURSE_HOLD_LAPSED, course, WORKER, {"days": days})
        says = f"{happened}: {'; '.join(days)}. {then}"
        due_on = due_before(course)
        open_task(TaskKind.HOLD_LAPSED, says, about=course, due_on=due_on, owner=holder, by=WORKER)
    return len(lapsed)


def held_days(course: Course) -> Sequence[Session | Booking]:
    """The days that are held for a course, to book it or to move it there, first day first."""
    return course.live_sessions if course.status == CourseStatus.HELD else course.places_to_move_to


def let_go(course: Course, offer_is: OfferStatus = OfferStatus.WITHDRAWN) -> bool:
    """Let the held days go, whatever they are held for.

    offer_is: what becomes of an offer of these days that nobody has answered. Returns whether there was one.
    """
    drop = drop_hold if course.status == CourseStatus.HELD else drop_places
    return drop(course, offer_is)


def drop_hold(course: Course, offer_is: OfferStatus = OfferStatus.WITHDRAWN) -> bool:
    """Let a held course wait again, as `let_go`. Its sessions are deleted: nobody was told about them."""
    sessions = course.sessions.filter(status=SessionStatus.HELD)
    Booking.objects.filter(session__in=sessions).delete()
    sessions.delete()
    course.move_to(CourseStatus.WAITING, held_until=None, held_by=None)
    return _end_offer(course, offer_is)


def drop_places(course: Course, offer_is: OfferStatus = OfferStatus.WITHDRAWN) -> bool:
    """Let go of the days held to move a booked course there, as `let_go`. It stays where it is."""
    Booking.objects.filter(held_for=course).delete()
    Course.objects.filter(pk=course.pk).update(held_until=None, held_by=None)
    course.held_until = course.held_by = None
    return _end_offer(course, offer_is)


def _end_offer(course: Course, offer_is: OfferStatus) -> bool:
    offer = FamilyOffer.objects.filter(course=course, status=OfferStatus.ASKED).first()
    if offer:
        offer.move_to(offer_is, ended_at=timezone.now())
    return offer is not None


def in_words(places: Sequence[Session | Booking]) -> list[str]:
    """The days with their chairs in words, for the log: the rows of their bookings are deleted."""
    words = []
    for place in places:
        start, end = timezone.localtime(place.starts_at), timezone.localtime(place.ends_at)
        when = f"{wording.long_date(start)}, {wording.clock_range(start.time(), end.time())}"
        booking = place if isinstance(place, Booking) else getattr(place, "booking", None)
        words.append(f"{when}, {booking.chair}" if booking else when)
    return words
