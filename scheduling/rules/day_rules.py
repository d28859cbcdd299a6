"""The rules that look at days alone: the days of a course, and the day of a visit.

Each is a function that returns its objection as a sentence for the coordinator, or None. `objections` asks
them.
"""

from crmo_clinic.nhsuk.wording import DAYS, listed, long_date
from scheduling.rules.course import Placement, Visit, VisitRequest
from scheduling.rules.diary import Diary
from scheduling.rules.words import counted, number_of

# The course as a whole


def number_of_visits(placement: Placement, diary: Diary) -> str | None:
    needed, planned = placement.request.days, len(placement.visits)
    if planned == needed:
        return None
    return (
        f"The course needs {counted(needed, 'visit')}, one a day, and has {counted(planned, 'visit')} here."
    )


def visits_on_days_in_a_row(placement: Placement, diary: Diary) -> str | None:
    run = diary.calendar.run(placement.days)
    if run.in_a_row:
        return None
    return f"{listed(map(long_date, run.days))} are not days in a row: choose days that follow each other."


def earliest_date(placement: Placement, diary: Diary) -> str | None:
    earliest = placement.request.earliest
    if earliest is None or placement.first_day >= earliest:
        return None
    return f"{long_date(placement.first_day)} is before the clinician’s earliest date, {long_date(earliest)}."


def latest_date(placement: Placement, diary: Diary) -> str | None:
    latest = placement.request.latest
    if latest is None or placement.first_day <= latest:
        return None
    return f"{long_date(placement.first_day)} is after the clinician’s latest date, {long_date(latest)}."


def notice(placement: Placement, diary: Diary) -> str | None:
    """The search leaves such days out, and `offers_at_short_notice` finds them."""
    request, first_day = placement.request, placement.first_day
    if request.at_short_notice or first_day in request.known_days:
        return None
    if not diary.today <= first_day < diary.first_with_notice:
        return None
    days = "one working day’s" if diary.notice_days == 1 else f"{number_of(diary.notice_days)} working days’"
    return (
        f"{long_date(first_day)} gives the family less than {days} notice: "
        f"the first day with it is {long_date(diary.first_with_notice)}."
    )


# A visit's day


def open_day(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    closed = diary.calendar.run([visit.day]).closed
    if not closed:
        return None
    return f"The unit is {closed[visit.day]}, so there can be no visit on {long_date(visit.day)}."


def family_weekday(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    weekday = visit.day.weekday()
    if weekday not in request.impossible_weekdays:
        return None
    return f"The family cannot do {DAYS[weekday]}s, so not {long_date(visit.day)}."


def family_date(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    for first, last in request.impossible_dates:
        if first <= visit.day <= last:
            if first == last:
                return f"The family cannot do {long_date(first)}."
            dates = f"{long_date(first)} to {long_date(last)}"
            return f"The family cannot do {dates}, so not {long_date(visit.day)}."
    return None


def other_visit(request: VisitRequest, visit: Visit, diary: Diary) -> str | None:
    if visit.day not in request.other_visits:
        return None
    return f"The child already has another visit on {long_date(visit.day)}."
