"""Why a search found nothing, or nothing sooner, and what would help, as the pages show it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse

from crmo_clinic.nhsuk.wording import long_date, quantity
from scheduling.models import Course
from scheduling.pages.booking.course_address import change_address
from scheduling.rules import (
    Change,
    CourseRequest,
    Diary,
    Obstacle,
    Refusal,
    Relaxation,
    Visit,
    find_relaxations,
)

# A first day and what refused it; None if the course could start on it.
Answer = tuple[date, Refusal | None]

# Short words for each obstacle, in the order in which they are looked for.
IN_SHORT = {
    Obstacle.WINDOW: "outside the clinician’s dates",
    Obstacle.CLOSED: "unit closed",
    Obstacle.NEXT_CLOSED: "next day closed",
    Obstacle.FAMILY: "family cannot come",
    Obstacle.OTHER_VISIT: "another visit of the child",
    Obstacle.TOO_LATE: "too late to finish",
    Obstacle.CHAIR: "no chair free for long enough",
    Obstacle.CANNULATION: "no nurse to start the drip",
    Obstacle.MONITORING: "too few nurses for the hours after",
    Obstacle.ROLE: "somebody who is needed is not on",
    Obstacle.KEPT_BACK: "kept for others",
}
MOST_DATES = 3
CLINICIAN, FAMILY, LEAD = "Ask the clinician", "Ask the family", "Ask the unit lead"
WHO_DECIDES = {
    Change.LATER: CLINICIAN,
    Change.SOONER: CLINICIAN,
    Change.NOTICE: FAMILY,
    Change.SHORTER: CLINICIAN,
    Change.FAMILY_WEEKDAY: FAMILY,
    Change.FAMILY_DATE: FAMILY,
    Change.FAMILY_TIME: FAMILY,
    Change.NURSE: LEAD,
}


@dataclass(frozen=True)
class RefusedDays:
    """First days, each with what refused it: counted, and week by week."""

    answers: Sequence[Answer]

    @property
    def counts(self) -> list[str]:
        """`no chair free for long enough (12 days)`, for each obstacle there was."""
        found = Counter(refusal.obstacle for _, refusal in self.answers if refusal)
        words = [f"{words} ({quantity(found[it], 'day')})" for it, words in IN_SHORT.items() if it in found]
        fits = len(self.answers) - found.total()
        return [*words, *([f"possible ({quantity(fits, 'day')})"] if fits else [])]

    @property
    def weeks(self) -> list[tuple[str, "RefusedDays"]]:
        """Each week's heading, `Week of Monday 1 March 2027`, and its days."""
        weeks: dict[date, list[Answer]] = defaultdict(list)
        for day, refusal in self.answers:
            weeks[day - timedelta(days=day.weekday())].append((day, refusal))
        return [(f"Week of {long_date(monday)}", RefusedDays(days)) for monday, days in weeks.items()]


@dataclass(frozen=True)
class Way:
    """A change that would make room. words: follow "It would fit". days: the first place it would give.

    address: where to make the change; empty if the user may not.
    """

    words: str
    days: list[tuple[Visit, str]]
    address: str


def ways(
    course: Course, asked: CourseRequest, diary: Diary, *, may_change_days: bool
) -> list[tuple[str, list[Way]]]:
    """The nearest changes that would make room for a course without a place, by who decides about them."""
    booked = tuple(session.visit for session in course.live_sessions)
    found, dates = defaultdict(list), 0
    for relaxation in find_relaxations(asked, diary, course.unit.weights):
        # A booked course has its chairs for this length.
        possible = relaxation.change != Change.SHORTER if booked else True
        # A weekday that ends one day comes as its dates, of which there may be a hundred.
        dates += relaxation.change == Change.FAMILY_DATE
        possible = possible and (relaxation.change != Change.FAMILY_DATE or dates <= MOST_DATES)
        if possible and relaxation.offer.placement.visits != booked:
            address = _address(course, asked, relaxation, may_change_days)
            visits = with_chairs(relaxation.offer.placement.visits, diary)
            found[WHO_DECIDES[relaxation.change]].append(Way(relaxation.words, visits, address))
    return list(found.items())


def with_chairs(visits: Iterable[Visit], diary: Diary) -> list[tuple[Visit, str]]:
    """The visits, each with the name of its chair."""
    names = {chair.id: chair.name for chair in diary.chairs}
    return [(visit, names[visit.chair]) for visit in visits]


def _address(course: Course, asked: CourseRequest, relaxation: Relaxation, may_change_days: bool) -> str:
    if relaxation.change == Change.NURSE:
        staffing = f"{reverse('scheduling:set_staffing', args=[course.unit_id])}?day={relaxation.short_day}"
        number = "" if relaxation.nurses is None else f"&nurses={relaxation.nurses}"
        return staffing + number if may_change_days else ""
    if relaxation.request == asked:
        first_day = relaxation.offer.placement.first_day
        return f"{reverse('scheduling:find_slot', args=[course.pk])}?only={first_day}"
    return change_address(course, asked, relaxation.request)
