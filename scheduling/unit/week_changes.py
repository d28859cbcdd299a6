"""Changing the usual week: hours and nurses by weekday, at once or from a date on."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from datetime import date, time

from django.db import transaction
from django.utils import timezone

from patients import audit
from scheduling.errors import Refused
from scheduling.models import OpeningHours, Unit, Weekday
from scheduling.unit.lock import lock_unit
from scheduling.unit.recheck import recheck_unit
from scheduling.unit.unfit import refuse_unseen, unfit_in
from scheduling.unit.weeks import Shifts, UsualWeek, calendar_of, load_weeks, week_on

Hours = Mapping[Weekday, tuple[time, time, int]]


@transaction.atomic
def set_opening_hours(
    *, unit: Unit, hours: Hours, seen: Collection[Hashable], by: audit.Actor, since: date | None = None
) -> None:
    """Replace the opening hours of the week. A weekday that is not in `hours` is closed.

    hours: by weekday, when the unit opens and closes and how many nurses are on. Each weekday that changes
    has its own log entry; its shifts stay. since: the date from which this holds, until a later version; None
    changes the week that holds today. seen: the keys of the courses that `by` was shown. Raises VisitsNotSeen
    if another course would no longer fit.
    """
    lock_unit(unit.pk)
    weeks, week = _weeks_and_version(unit, since)
    changed = {row.weekday: row for row in week.rows}
    for weekday in Weekday:
        row = changed.pop(weekday, None)
        if weekday in hours:
            changed[weekday] = row = row or OpeningHours(unit=unit, weekday=weekday, since=week.since)
            row.opens, row.closes, row.nurses = hours[weekday]
    _save_week(unit, weeks, week, changed, seen, by)


@transaction.atomic
def set_weekly_nurses(
    *,
    unit: Unit,
    weekdays: Collection[int],
    nurses: int,
    shifts: Shifts,
    seen: Collection[Hashable],
    by: audit.Actor,
    since: date | None = None,
) -> None:
    """Set the nurses of these weekdays of the week; the hours stay. Otherwise as `set_opening_hours`.

    Raises Refused if the unit is not open on one of them.
    """
    lock_unit(unit.pk)
    weeks, week = _weeks_and_version(unit, since)
    changed = {row.weekday: row for row in week.rows}
    for weekday in weekdays:
        if weekday not in changed:
            raise Refused(f"The unit is not open on {Weekday(weekday).label}s. Set its opening hours first.")
        changed[weekday].nurses, changed[weekday].shifts = nurses, list(map(list, shifts))
    _save_week(unit, weeks, week, changed, seen, by)


@transaction.atomic
def remove_week(*, unit: Unit, since: date, seen: Collection[Hashable], by: audit.Actor) -> None:
    """Remove a version of the week that is yet to come. The one before it goes on.

    Raises VisitsNotSeen as `set_opening_hours` does, Refused if there is none from that date or it holds by
    now.
    """
    lock_unit(unit.pk)
    weeks = load_weeks(unit)
    week = next((week for week in weeks if week.since == since), None)
    if week is None:
        raise Refused("Somebody else removed these hours. Nothing else was done.")
    if since <= timezone.localdate():
        raise Refused("These hours hold by now. Change them instead.")
    _save_week(unit, weeks, week, {}, seen, by)


def _weeks_and_version(unit: Unit, since: date | None) -> tuple[list[UsualWeek], UsualWeek]:
    """All versions, and the one from `since`: made from the one before it if it is not there yet."""
    weeks = load_weeks(unit)
    before = week_on(weeks, since or timezone.localdate())
    if since is None or before.since == since:
        return weeks, before
    copies = (
        OpeningHours(
            unit=unit,
            weekday=row.weekday,
            opens=row.opens,
            closes=row.closes,
            nurses=row.nurses,
            shifts=row.shifts,
            since=since,
        )
        for row in before.rows
    )
    return weeks, UsualWeek(since, tuple(copies))


def _save_week(
    unit: Unit,
    weeks: Sequence[UsualWeek],
    week: UsualWeek,
    changed: Mapping[int, OpeningHours],
    seen: Collection[Hashable],
    by: audit.Actor,
) -> None:
    """Save the rows of one version of the week, and remove those not in `changed`, if all was seen."""
    new = [UsualWeek(week.since, tuple(changed.values()))] if changed or week.since is None else []
    others = [other for other in weeks if other.since != week.since]
    unfit = unfit_in(unit, calendar_of([*others, *new]), timezone.now())
    refuse_unseen(unfit.misfits, seen, unfit)
    for row in week.rows:
        if row.pk and row.weekday not in changed:
            audit.delete(row, by=by)
    for row in changed.values():
        audit.save(row, by=by)
    recheck_unit(unit.pk, by=by)
