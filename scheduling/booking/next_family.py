"""One family after another is asked about a place that became free, in the order of the list of who fits."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk.wording import clock_range, quantity, short_date
from patients import audit
from patients.models import User
from scheduling.booking import offers
from scheduling.booking.offers import Place
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import Course, FamilyOffer, Task, TaskKind, Unit
from scheduling.states import OfferStatus
from scheduling.tasks.opening import open_task
from scheduling.unit.freed_room import note_free_still
from scheduling.unit.hold_ends import answer_end, leaves_time, usual_answer_by
from scheduling.unit.lapse import lapse_holds_of
from scheduling.unit.lock import lock_unit
from scheduling.unit.matches import Match, find_matches, from_json

logger = logging.getLogger(__name__)


@transaction.atomic
def ask_first(*, task: Task, by: User) -> Course | None:
    """Ask the first family that fits into a place that became free; the others get their turn by themselves.

    Returns the course that was asked about; None if no family could be asked by mail: then tasks say whom to
    ring. Raises ChangedMeanwhile if the task is done already.
    """
    now = timezone.now()
    lock_unit(task.unit_id)
    lapse_holds_of(task.unit_id, now)
    task = Task.objects.select_related("unit").get(pk=task.pk)
    if not task.is_open:
        raise ChangedMeanwhile(task)
    return _ask_next(task.unit, Place(tuple(from_json(task.freed))), holder=by, by=by, now=now)


def pass_on(offer: FamilyOffer, *, by: audit.Actor) -> Course | None:
    """After an offer that came to nothing: ask the next family, if that was wanted, once.

    Under the unit's lock, in the transaction of what ended it. Returns the course that was asked about.
    """
    wanted = FamilyOffer.objects.filter(pk=offer.pk, asks_next=True)
    if not wanted.update(asks_next=False):
        return None
    place = Place(tuple(from_json(offer.freed)), tuple(offer.tried))
    now = timezone.now()
    found = _ask_next(offer.course.unit, place, holder=offer.asked_by, by=by, now=now)
    if found is None:
        note_free_still(offer.course.unit, place.visits, owner=offer.asked_by, now=now, by=by)
    return found


@dataclass(frozen=True)
class PassedOn:
    """How many offers without an answer were passed on in one round of the worker; false if none."""

    offers: int

    def __bool__(self) -> bool:
        return self.offers > 0

    def __str__(self) -> str:
        return f"Offers: {quantity(self.offers, 'offer')} without an answer passed on."


def pass_on_lapsed(*, stopping: Callable[[], bool] = lambda: False) -> PassedOn:
    """Ask the next family wherever one has not answered in time and that was wanted."""
    done = 0
    for offer in FamilyOffer.objects.filter(status=OfferStatus.LAPSED, asks_next=True):
        if stopping():
            break
        with transaction.atomic():
            lock_unit(offer.course.unit_id)
            offer.refresh_from_db()
            if offer.asks_next:
                pass_on(offer, by=audit.WORKER)
                done += 1
    return PassedOn(done)


def _ask_next(
    unit: Unit, place: Place, *, holder: User | None, by: audit.Actor, now: datetime
) -> Course | None:
    wanted = usual_answer_by(unit, now)
    for match in find_matches(unit, place.visits, now):
        course = match.course
        if course.pk in place.tried:
            continue
        place = replace(place, tried=(*place.tried, course.pk))
        until = answer_end(wanted, match.visits[0].starts_at)
        if not offers.contacts_to_ask(course):
            _ask_to_ring(match, "Nobody can be asked by mail.", holder, by, now)
        elif not leaves_time(until, now):
            _ask_to_ring(match, "The first day is too soon to wait for an answer to a mail.", holder, by, now)
        else:
            try:
                return offers.ask(
                    course=course,
                    visits=match.visits,
                    until=until,
                    asks_next=True,
                    place=place,
                    holder=holder,
                    by=by,
                ).course
            except Refused as refusal:
                _ask_to_ring(match, " ".join(refusal.reasons), holder, by, now)
    return None


def _ask_to_ring(match: Match, why: str, holder: User | None, by: audit.Actor, now: datetime) -> None:
    """A task for the next in turn whom no mail asks."""
    days = "; ".join(
        f"{short_date(visit.day)}, {clock_range(visit.start, visit.end)}, {chair}"
        for visit, chair in match.days
    )
    says = f"A place is free that fits: {days}. {why} Ring this family, and book or hold the days."
    today = timezone.localdate(now)
    open_task(TaskKind.OFFER, says[:400], about=match.course, due_on=today, owner=holder, by=by)
