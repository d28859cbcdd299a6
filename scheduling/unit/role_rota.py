"""Who is on besides nurses, and when, as the rules use it."""

from collections import defaultdict
from dataclasses import replace
from datetime import date

from django.db.models import Q

from scheduling.models import RoleShift, Unit
from scheduling.rules import Calendar
from scheduling.rules import RoleShift as Shift


def with_roles(calendar: Calendar, unit: Unit, first: date, last: date) -> Calendar:
    """The calendar with the shifts of the roles that the unit's needs ask for.

    On a date with shifts of its own for a role, that role's weekly ones do not count. One query, and none if
    no need asks for a role.
    """
    if not unit.roles:
        return calendar
    shifts = unit.role_shifts.filter(Q(day=None) | Q(day__range=(first, last)), role__in=unit.roles)
    weekly: dict[int, list[Shift]] = defaultdict(list)
    of_days: dict[date, list[RoleShift]] = defaultdict(list)
    for row in shifts:
        if row.day:
            of_days[row.day].append(row)
        else:
            weekly[row.weekday].append(_shift(row))
    dated = {}
    for day, rows in of_days.items():
        differing = {row.role for row in rows}
        usual = [shift for shift in weekly[day.weekday()] if shift.role not in differing]
        dated[day] = (*usual, *(_shift(row) for row in rows if row.starts))
    return replace(
        calendar,
        roles_of_weekdays={weekday: tuple(found) for weekday, found in weekly.items()},
        roles_of_days=dated,
    )


def _shift(row: RoleShift) -> Shift:
    start, end = row.starts, row.ends
    return Shift(row.role, start.hour * 60 + start.minute, end.hour * 60 + end.minute)
