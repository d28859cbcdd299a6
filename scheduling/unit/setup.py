"""Setting up a unit, where one save changes several rows or what the unit can carry."""

from collections.abc import Collection, Hashable
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from crmo_clinic.nhsuk import wording
from patients import audit
from patients.stale import Clash
from scheduling.errors import Refused
from scheduling.models import Booking, Chair, Closure, InfusionKind, KeptPlaces, Session, Staffing, Unit
from scheduling.models.opening import shifts_of
from scheduling.unit.diary_rows import load_calendar
from scheduling.unit.lapse import lapse_holds_of
from scheduling.unit.lock import lock_unit
from scheduling.unit.recheck import recheck_unit
from scheduling.unit.unfit import Unfit, others_in, refuse_unseen, short_of_nurses, unfit_closed
from scheduling.unit.weeks import Shifts

# What other acts keep in step with rows of their own, while somebody has a form about the unit open.
IN_STEP = ("diary_version", "has_needs", "roles", "gives_others", "keeps_places")
# The fields of a unit that decide whether a visit fits.
COUNTS = ("cannulation_minutes", "children_per_nurse", "overrun_minutes", "closed_on_bank_holidays")


@transaction.atomic
def save_unit(*, unit: Unit, by: audit.Actor) -> None:
    """Save a new or changed unit. Raises Clash if a colleague has just given another unit the same name."""
    if unit.pk:
        lock_unit(unit.pk)
        unit.refresh_from_db(fields=IN_STEP)
    counted = Unit.objects.filter(pk=unit.pk).values(*COUNTS).first()
    audit.save(unit, by=by)
    if counted and counted != {name: getattr(unit, name) for name in COUNTS}:
        recheck_unit(unit.pk, by=by)


@transaction.atomic
def close_days(*, closure: Closure, seen: Collection[Hashable], by: audit.Actor) -> list[Session]:
    """Save a new closure. Visits on its days stay booked until somebody moves them, and are returned.

    seen: the keys of the courses that `by` was shown. Raises VisitsNotSeen if a visit of another course is
    booked then, Refused if the unit is closed on one of these days already, or for that part of it.
    """
    lock_unit(closure.unit_id)
    first, last = closure.first_day, closure.last_day
    others = closure.unit.closures.filter(first_day__lte=last, last_day__gte=first)
    if closure.until:
        others = others.filter(since=None)
    elif closure.since:
        others = others.filter(until=None)
    else:
        others = others.filter(until=None, since=None)
    if other := others.first():
        raise Refused(f"The unit is closed already: {other.days_in_words} ({other.reason}).")
    booked = Session.objects.visits(first, last).filter(course__unit=closure.unit_id)
    visits = [visit for visit in booked if closure.hits(visit.visit.start, visit.visit.end)]
    is_asked = visits or closure.unit.gives_others
    refuse_unseen(visits, seen, unfit_closed(closure, timezone.now()) if is_asked else None)
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
    *,
    unit: Unit,
    day: date,
    nurses: int,
    note: str,
    seen: Collection[Hashable],
    by: audit.Actor,
    last_day: date | None = None,
    shifts: Shifts = (),
) -> list[date]:
    """Set the nurses of the open days from `day` to `last_day`, in place of what was set for them before.

    shifts: start and end in minutes after midnight and number of nurses of each; without any, `nurses` are on
    all day. Returns the days. seen: the keys of the courses that `by` was shown. Raises VisitsNotSeen if it
    is too few for another course, Refused if the unit is closed on all these days.
    """
    lock_unit(unit.pk)
    last = last_day or day
    calendar = load_calendar(unit, day, last)
    days = [each for n in range((last - day).days + 1) if calendar.is_open(each := day + timedelta(days=n))]
    if not days:
        raise Refused("The unit is closed on all these days.")
    unfit = short_of_nurses(unit, dict.fromkeys(days, shifts_of(shifts) or nurses), timezone.now())
    refuse_unseen(unfit.misfits, seen, unfit)
    rows = {row.day: row for row in unit.staffing.filter(day__range=(day, last))}
    for each in days:
        row = rows.get(each) or Staffing(unit=unit, day=each)
        row.nurses, row.shifts, row.note = nurses, list(map(list, shifts)), note
        audit.save(row, by=by)
    recheck_unit(unit.pk, by=by)
    return days


@transaction.atomic
def remove_staffing(*, staffing: Staffing, seen: Collection[Hashable], by: audit.Actor) -> None:
    """Go back to the weekly number of nurses.

    Raises VisitsNotSeen as `set_staffing` does, Refused if somebody else has removed the row.
    """
    lock_unit(staffing.unit_id)
    unfit = short_of_nurses(staffing.unit, {staffing.day: None}, timezone.now())
    refuse_unseen(unfit.misfits, seen, unfit)
    audit.delete(staffing, by=by)
    recheck_unit(staffing.unit_id, by=by)


@transaction.atomic
def save_chair(*, chair: Chair, seen: Collection[Hashable], by: audit.Actor) -> None:
    """Save a new or changed chair. Out of use it takes no new booking; its visits stay until they are moved.

    seen: the keys of the courses that `by` was shown. Raises VisitsNotSeen if a chair goes out of use that
    has a visit of another course, Refused if a colleague has just given another chair the same name.
    """
    lock_unit(chair.unit_id)
    if not chair.in_use and Chair.objects.in_use().filter(pk=chair.pk).exists():
        now = timezone.now()
        to_come = Session.objects.visits(timezone.localdate(now), date.max)
        visits = list(to_come.filter(booking__chair=chair, ends_at__gt=now))
        refuse_unseen(visits, seen, Unfit((), others=others_in(chair, now)))
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


def _taken(chair: Chair, bookings: list[Booking]) -> str:
    day = wording.long_date(timezone.localdate(bookings[0].starts_at))
    pieces = []
    for booking in bookings:
        start, end = (timezone.localtime(at).time() for at in (booking.starts_at, booking.ends_at))
        pieces.append(f"from {wording.clock_range(start, end)} ({booking.taken_for or 'a child’s visit'})")
    return f"{chair} is taken on {day} {wording.listed(pieces)}. Choose another time or another chair."
