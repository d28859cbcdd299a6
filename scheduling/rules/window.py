"""The first days that the search tries for a course."""

from datetime import date, timedelta

from scheduling.rules.course import CourseRequest
from scheduling.rules.diary import Diary

# How far to look when the clinician names no latest date.
SEARCH_WEEKS = 26


def search_start(request: CourseRequest, diary: Diary) -> date:
    """The earliest date, or the first day of which the family hears in time if that is later."""
    first = diary.today if request.at_short_notice else diary.first_with_notice
    return max(request.earliest or first, first)


def search_window(request: CourseRequest, diary: Diary) -> tuple[date, ...]:
    """The first days to try, up to and including the latest date.

    Without a latest date, up to 26 weeks after the start of the search or the target, whichever is later.
    """
    start = search_start(request, diary)
    end = request.latest or max(start, request.target or start) + timedelta(weeks=SEARCH_WEEKS)
    return tuple(map(date.fromordinal, range(start.toordinal(), end.toordinal() + 1)))
