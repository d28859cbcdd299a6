"""Visits and other infusions to come that no longer fit their unit, and chairs that are taken twice."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max
from django.utils import timezone

from scheduling.doctor.courses import asked_to_move, moment
from scheduling.models import Booking, Session, Unit
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.misfits import find_misfits
from scheduling.unit.other_misfits import all_other_misfits, open_tasks_about_others


def overlaps() -> Iterator[str]:
    """Bookings of one chair that overlap, and bookings that end before they start."""
    bookings = Booking.objects.order_by("chair", "starts_at", "pk")
    columns = ("chair", "chair__name", "chair__unit__name", "pk", "starts_at", "ends_at")
    last: tuple[int, int, datetime] | None = None
    for chair, name, unit, pk, starts_at, ends_at in bookings.values_list(*columns):
        if starts_at >= ends_at:
            yield f"{name} of {unit}: booking {pk} ends before it starts."
        if last and last[0] == chair and starts_at < last[2]:
            yield f"{name} of {unit} is taken twice on {moment(starts_at)} (bookings {last[1]} and {pk})."
        if not last or last[0] != chair or ends_at > last[2]:
            last = chair, pk, ends_at


def no_longer_fitting(unit: Unit, broken: set[int], now: datetime) -> Iterator[str]:
    """Objections of the rules to the visits from today on: days, hours, nurses, agreed dates."""
    today = timezone.localdate(now)
    last = Session.objects.filter(course__unit=unit).aggregate(last=Max("day"))["last"]
    if last is None or last < today:
        return
    diary = load_diary(unit, today, last, now)
    for misfit in find_misfits(unit, diary, today, last, leaving_out=broken | asked_to_move()):
        for objection in misfit.objections:
            yield f"Course {misfit.course.pk}: it is booked where it no longer fits. {objection}"


def infusions_that_do_not_fit(unit: Unit, now: datetime) -> Iterator[str]:
    """Objections of the rules to other infusions to come, unless a task says so by now.

    No query for a unit that gives none.
    """
    if not unit.gives_others or open_tasks_about_others(unit).exists():
        return
    for misfit in all_other_misfits(unit, now):
        for objection in misfit.objections:
            number = misfit.booking.infusion_id
            yield f"Infusion {number}: it stands where it does not fit. {objection}"
