"""Finds places for the courses of the demo data by the app's own rules, in a diary that is read once."""

from collections.abc import Hashable
from dataclasses import replace
from datetime import date, timedelta

from scheduling.models import Unit
from scheduling.rules import CourseRequest, Taken, Visit, by_day, days_in_a_row, find_offers
from scheduling.unit.booking_rows import day_bounds
from scheduling.unit.diary_rows import load_diary

DAYS_TO_TRY = 21


class DemoDiary:
    """The unit's diary, kept up to date here: reading it again for each course would take most of the time.

    Its `now` is the start of `first`, so that the past can be filled like the future.
    """

    def __init__(self, unit: Unit, first: date, last: date) -> None:
        self._diary = load_diary(unit, first, last, now=day_bounds(first, first)[0])

    def is_open(self, first_day: date, days: int = 1) -> bool:
        return self._diary.calendar.run(days_in_a_row(first_day, days)).is_whole

    def place(self, request: CourseRequest, soonest: date) -> tuple[Visit, ...]:
        """The visits of the best offer on the first possible days from `soonest`; from now on they are taken.

        The clinician's own dates are ignored. Raises LookupError if there is no place within three weeks.
        """
        for first_day in (soonest + timedelta(days=n) for n in range(DAYS_TO_TRY)):
            if self.is_open(first_day, request.days):
                only = replace(request, earliest=first_day, target=first_day, latest=first_day)
                for offer in find_offers(only, self._diary, limit=1):
                    self._take(request.course_id, offer.placement.visits)
                    return offer.placement.visits
        raise LookupError(f"No place for {request} within {DAYS_TO_TRY} days from {soonest}.")

    def _take(self, course: Hashable, visits: tuple[Visit, ...]) -> None:
        taken = [row for rows in self._diary.taken.values() for row in rows if row.course != course]
        taken += (Taken(visit.chair, visit.day, visit.start, visit.end, course) for visit in visits)
        self._diary = replace(self._diary, taken=by_day(taken))
