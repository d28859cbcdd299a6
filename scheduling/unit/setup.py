"""Setting up a unit, where one save changes several rows or what the unit can carry."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, time

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from patients import audit
from patients.stale import Clash
from scheduling.errors import Refused, VisitsNotSeen
from scheduling.models import (
    Booking,
    Chair,
    Closure,
    InfusionKind,
    KeptPlaces,
    OpeningHours,
    Session,
    Staffing,
    Unit,
    Weekday,
)
from scheduling.unit.lapse import lapse_holds_of
from scheduling.unit.lock import lock_unit
from scheduling.unit.misfits import Misfit, short_of_nurses
from scheduling.unit.recheck import recheck_unit

Hours = Mapping[Weekday, tuple[time, time, int]]

# The fields of a unit that decide whether a visit fits.
COUNTS = ("cannulation_minutes", "children_per_nurse", "overrun_minutes", "closed_on_bank_holidays")


@transaction.atomic
def save_unit(*, unit: Unit, by: audit.Actor) -> None:
    """Save a new or changed unit. Raises Clash if a colleague has just given another unit the same name."""
    if unit.pk:
        lock_unit(unit.pk)
        unit.refresh_from_db(fields=["diary_version"])
    counted = Unit.objects.filter(pk=unit.pk).values(*COUNTS).first()
    audit.save(unit, by=by)
    if counted and counted != {name: getattr(unit, name) for name in COUNTS}:
        recheck_unit(unit.pk, by=by)


@transaction.atomic
def set_opening_hours(*, unit: Unit, hours: Hours, by: audit.Actor) -> None:
    """Replace the opening hours of the week. A weekday that is not in `hours` is closed.

    hours: by weekday, when the unit opens and closes and how many nurses are on. Each weekday that changes
    has its own log entry.
    """
    lock_unit(unit.pk)
    rows = {row.weekday: row for row in unit.opening_hours.all()}
    for weekday in Weekday:
        row = rows.get(weekday)
        if weekday in hours:
            row = row or OpeningHours(unit=unit, weekday=weekday)
            row.opens, row.closes, row.nurses = hours[weekday]
            audit.save(row, by=by)
        elif row:
            audit.delete(row, by=by)
    recheck_unit(unit.pk, by=by)


@transaction.atomic
def close_days(*, closure: Closure, seen: Collection[int], by: audit.Actor) -> list[Session]:
    """Save a new closure. Visits on its days stay booked until somebody moves them, and are returned.

    seen: the keys of the courses that `by` was shown. Raises VisitsNotSeen if a visit of another course is
    booked on these days, Refused if the unit is closed on one of them already.
    """
    lock_unit(closure.unit_id)
    first, last = closure.first_day, closure.last_day
    if other := closure.unit.closures.filter(first_day__lte=last, last_day__gte=first).first():
        raise Refused(f"The unit is closed already: {other.days_in_words} ({other.reason}).")
    visits = list(Session.objects.visits(first, last).filter(course__unit=closure.unit_id))
    _refuse_unseen(visits, seen)
    audit.save(closure, by=by)
    recheck_unit(closure.unit_id, by=by)
    return visits


@transaction.atomic
def remove_closure(*, closure: Closure, by: audit.Actor) -> None:
    """Remove a closure: the unit is open again. Raises Refused if somebody else has removed it."""
    lock_unit(closure.unit_id)
    audit.delete(closure, by=by)
    recheck_unit(closure.unit_id, by=by)


@transaction.atomic
def save_infusion_kind(*, kind: InfusionKind, by: audit.Actor) -> None:
    """Save a kind of infusion that is not a course. What is placed keeps the length and care that it has."""
    lock_unit(kind.unit_id)
    audit.save(kind, by=by)
    Unit.objects.filter(pk=kind.unit_id).update(gives_others=True)


@transaction.atomic
def keep_places(*, kept: KeptPlaces, by: audit.Actor) -> None:
    """Keep places back from now on. Courses booked on them already stay, with a task for each."""
    lock_unit(kept.unit_id)
    audit.save(kept, by=by)
    _note_kept(kept.unit, by=by)


@transaction.atomic
def keep_no_longer(*, kept: KeptPlaces, by: audit.Actor) -> None:
    """Anybody may have these places again. Raises Refused if somebody else has removed the row."""
    lock_unit(kept.unit_id)
    audit.delete(kept, by=by)
    _note_kept(kept.unit, by=by)


def _note_kept(unit: Unit, *, by: audit.Actor) -> None:
    Unit.objects.filter(pk=unit.pk).update(keeps_places=unit.kept_places.exists())
    recheck_unit(unit.pk, by=by)


@transaction.atomic
def set_staffing(
    *, unit: Unit, day: date, nurses: int, note: str, seen: Collection[int], by: audit.Actor
) -> None:
    """Set the number of nurses of one day, in place of what was set for it before.

    seen: the keys of the courses that `by` was shown. Raises VisitsNotSeen if it is too few for another
    course.
    """
    lock_unit(unit.pk)
    _refuse_unseen(short_of_nurses(unit, day, nurses, timezone.now()), seen)
    row = unit.staffing.filter(day=day).first() or Staffing(unit=unit, day=day)
    row.nurses, row.note = nurses, note
    audit.save(row, by=by)
    recheck_unit(unit.pk, by=by)


@transaction.atomic
def remove_staffing(*, staffing: Staffing, seen: Collection[int], by: audit.Actor) -> None:
    """Go back to the weekly number of nurses.

    Raises VisitsNotSeen as `set_staffing` does, Refused if somebody else has removed the row.
    """
    lock_unit(staffing.unit_id)
    _refuse_unseen(short_of_nurses(staffing.unit, staffing.day, None, timezone.now()), seen)
    audit.delete(staffing, by=by)
    recheck_unit(staffing.unit_id, by=by)


@transaction.atomic
def save_chair(*, chair: Chair, seen: Collection[int], by: audit.Actor) -> None:
    """Save a new or changed chair. Out of use it takes no new booking; its visits stay until they are moved.

    seen: the keys of the courses that `by` was shown. Raises VisitsNotSeen if a chair goes out of use that
    has a visit of another course, Refused if a colleague has just given another chair the same name.
    """
    lock_unit(chair.unit_id)
    if not chair.in_use and Chair.objects.in_use().filter(pk=chair.pk).exists():
        now = timezone.now()
        to_come = Session.objects.visits(timezone.localdate(now), date.max)
        _refuse_unseen(list(to_come.filter(booking__chair=chair, ends_at__gt=now)), seen)
    audit.save(chair, by=by)
    recheck_unit(chair.unit_id, by=by)


@transaction.atomic
def take_chair(*, booking: Booking, by: audit.Actor) -> None:
    """Take a chair for something other than a visit. Raises Refused if it is out of use or taken."""
    lock_unit(booking.chair.unit_id)
    lapse_holds_of(booking.chair.unit_id, timezone.now())
    if not Chair.objects.in_use().filter(pk=booking.chair_id).exists():
        raise Refused(f"{booking.chair} was taken out of use just now. Choose another chair.")
    if there := list(booking.chair.bookings.between(booking.starts_at, booking.ends_at)):
        raise Refused(_taken(booking.chair, there))
    try:
        audit.save(booking, by=by)
    except Clash:
        raise Refused("Somebody else took this chair just now. Choose another time.") from None


@transaction.atomic
def release_chair(*, booking: Booking, by: audit.Actor) -> None:
    """Free a chair that was taken by something other than a visit. Raises Refused if somebody else has."""
    lock_unit(booking.chair.unit_id)
    audit.delete(booking, by=by)


def _refuse_unseen(affected: Sequence[Session | Misfit], seen: Collection[int]) -> None:
    if not {row.course.pk for row in affected} <= set(seen):
        raise VisitsNotSeen(affected)


def _taken(chair: Chair, bookings: list[Booking]) -> str:
    day = wording.long_date(timezone.localdate(bookings[0].starts_at))
    pieces = []
    for booking in bookings:
        start, end = (timezone.localtime(at).time() for at in (booking.starts_at, booking.ends_at))
        pieces.append(f"from {wording.clock_range(start, end)} ({booking.taken_for or 'a child’s visit'})")
    return f"{chair} is taken on {day} {wording.listed(pieces)}. Choose another time or another chair."
