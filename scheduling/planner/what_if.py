"""The diary of a what-if: a chair, a nurse or an opening day more or less."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from scheduling.rules import Calendar, Chair, Closure, Diary, OpeningHours, Shift
from scheduling.rules.calendar import Nurses


def changed_diary(
    diary: Diary,
    chairs: int,
    nurses: Mapping[int, int],
    opening: Mapping[int, OpeningHours],
    closed: Sequence[Closure],
) -> Diary:
    """The diary as the unit would be; what is taken stays as it is."""
    calendar = diary.calendar
    weekly = [calendar.weekly, *(week for _, week in calendar.later)]
    weekly = [{**week, **opening} for week in weekly]
    staffing: dict[date, Nurses] = dict(calendar.staffing)
    if any(nurses.values()):
        weekly = [
            {weekday: _with_more(hours, nurses.get(weekday, 0)) for weekday, hours in week.items()}
            for week in weekly
        ]
        for day, on in staffing.items():
            hours = opening.get(day.weekday()) or calendar.usual_hours(day)
            if hours is not None:
                staffing[day] = _more(on, nurses.get(day.weekday(), 0), hours)
            elif isinstance(on, int):
                staffing[day] = max(0, on + nurses.get(day.weekday(), 0))
    return replace(
        diary,
        calendar=Calendar(
            weekly=weekly[0],
            closures=(*calendar.closures, *closed),
            bank_holidays=calendar.bank_holidays,
            staffing=staffing,
            later=tuple((since, week) for (since, _), week in zip(calendar.later, weekly[1:], strict=True)),
            roles_of_weekdays=calendar.roles_of_weekdays,
            roles_of_days=calendar.roles_of_days,
        ),
        chairs=_chairs(diary.chairs, chairs),
    )


def _chairs(chairs: tuple[Chair, ...], more: int) -> tuple[Chair, ...]:
    if more >= 0:
        lowest = min([0, *(chair.id for chair in chairs)])
        return (*chairs, *(Chair(lowest - n, f"Extra chair {n}") for n in range(1, more + 1)))
    gone = set(sorted((chair.id for chair in chairs), reverse=True)[:-more])
    return tuple(chair for chair in chairs if chair.id not in gone)


def _with_more(hours: OpeningHours, more: int) -> OpeningHours:
    if not more:
        return hours
    on = _more(hours.shifts or hours.nurses, more, hours)
    return replace(hours, nurses=on, shifts=()) if isinstance(on, int) else replace(hours, shifts=on)


def _more(on: Nurses, more: int, hours: OpeningHours) -> Nurses:
    """So many nurses more or fewer through the whole of the hours, at no moment below none."""
    if isinstance(on, int):
        return max(0, on + more)
    steps = replace(hours, shifts=on).nurses_steps() if on else ((hours.opens, hours.closes, 0),)
    return tuple(Shift(start, end, max(0, count + more)) for start, end, count in steps)
