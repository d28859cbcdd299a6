"""What a line of a spreadsheet says of a course: what was agreed, and its days if it is booked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time

from crmo_clinic.nhsuk.typed import read_number, read_time
from scheduling.models import Course, Priority, Reason
from scheduling.moving_in.cells import WrongLine, date_in, one_of, short_text
from scheduling.moving_in.columns import COLUMNS, OF_COURSE
from scheduling.moving_in.settings import Settings
from scheduling.rules.course import LENGTH_STEP, LONGEST, SHORTEST

# What lies further off is a slip, or stands for “never” and “not known”, as 31/12/9999 and 1/1/1900 do.
YEARS_AGO, YEARS_AHEAD = 10, 2
# Between two dates in one cell.
_BETWEEN = re.compile(r"\s*(?:[;&+\n]|\bto\b|\band\b|\s[-\u2013]\s)\s*")

_PRIORITIES = {
    Priority.URGENT: "urgent emergency high",
    Priority.SOON: "soon medium",
    Priority.ROUTINE: "routine normal standard low planned",
}
_REASONS = {
    Reason.FIRST: "first_course first new",
    Reason.PAIN: "recurrence_of_pain pain pain_has_come_back",
    Reason.IMAGING: "recurrence_on_imaging imaging mri",
    Reason.PLANNED: "planned_repeat planned repeat",
}


@dataclass(frozen=True)
class ReadCourse:
    """What a line says of a course. days_booked: empty of one that waits. chair: as the unit calls it."""

    priority: int
    minutes: int
    days: int
    decided_by: str
    decided_on: date
    reason: str
    earliest: date | None = None
    target: date | None = None
    latest: date | None = None
    days_booked: tuple[date, ...] = ()
    start: time | None = None
    chair: str = ""

    def fields(self) -> dict[str, object]:
        """What was agreed, as fields of a Course."""
        names = (
            "priority",
            "minutes",
            "days",
            "decided_by",
            "decided_on",
            "reason",
            "earliest",
            "target",
            "latest",
        )
        return {name: getattr(self, name) for name in names}


def read_course(texts: Mapping[str, str], settings: Settings, today: date) -> ReadCourse | None:
    """The course of a line; None where it says nothing of one. Raises WrongLine."""
    cells = {key: texts.get(key, "") for key in OF_COURSE}
    if not any(cells.values()):
        return None
    if not (decided_by := cells["decided_by"] or settings.decided_by):
        raise WrongLine("No clinician who decided is named: in this line, or for the whole file")
    minutes = _minutes(cells["hours"]) if cells["hours"] else settings.minutes
    if not minutes:
        raise WrongLine("The hours on each day are missing: in this line, or for the whole file")
    dates = {
        key: _near(cells[key], COLUMNS[key], today) for key in ("earliest", "target", "latest") if cells[key]
    }
    if "earliest" in dates and "latest" in dates and dates["earliest"] > dates["latest"]:
        raise WrongLine("The earliest first day is after the latest")
    decided_on = _near(cells["decided_on"], COLUMNS["decided_on"], today) if cells["decided_on"] else today
    if decided_on > today:
        raise WrongLine("The date of the decision must be today or in the past")
    booked = tuple(_booked(cells, today))
    number = (
        read_number(cells["days"].lower().removesuffix("days").removesuffix("day")) if cells["days"] else None
    )
    days = number or len(booked) or 2
    if (cells["days"] and number is None) or not 1 <= days <= 3:
        raise WrongLine("The number of days must be 1, 2 or 3")
    # Many a spreadsheet writes seconds.
    start = read_time(re.sub(r"(:\d\d):00$", r"\1", cells["start"])) if cells["start"] else None
    if booked and start is None:
        raise WrongLine("The start must be a time, like 9:30am or 09:30")
    return ReadCourse(
        priority=int(
            one_of(
                cells["priority"], _PRIORITIES, "Priority", "urgent, soon or routine", empty=settings.priority
            )
        ),
        minutes=minutes,
        days=days,
        decided_by=short_text(decided_by, Course, "decided_by", COLUMNS["decided_by"]),
        decided_on=decided_on,
        reason=str(
            one_of(
                cells["reason"],
                _REASONS,
                "Reason",
                "first course, pain, imaging or planned repeat",
                empty=settings.reason,
            )
        ),
        days_booked=booked
        if len(booked) != 1
        else tuple(date.fromordinal(booked[0].toordinal() + n) for n in range(days)),
        start=start,
        chair=cells["chair"],
        **dates,
    )


def _near(text: str, what: str, today: date) -> date:
    """A date of a course. Raises WrongLine where it is so far off that no course can have it."""
    found = date_in(text, what, "4/8/2026")
    if not today.year - YEARS_AGO <= found.year <= today.year + YEARS_AHEAD:
        raise WrongLine(
            f"{what} must be within the last {YEARS_AGO} and the next {YEARS_AHEAD} years: leave it empty if "
            "there is none"
        )
    return found


def _booked(cells: Mapping[str, str], today: date) -> Iterator[date]:
    """The days booked: a column for each, or all in the first, such as `4/8/2026 and 5/8/2026`."""
    for key in ("day_1", "day_2", "day_3"):
        for text in filter(None, _BETWEEN.split(cells[key])):
            yield _near(text, COLUMNS[key], today)


def _minutes(text: str) -> int:
    """The minutes in `4`, `4.5 hours`, `4h 30`, `4:30`, `270 min`."""
    plain = text.lower().replace(",", ".").strip()
    found: float | None = None
    if match := re.fullmatch(r"(\d{1,2}(?:\.\d+)?)\s*(?:h|hrs?|hours?)?", plain):
        found = float(match[1]) * 60
    elif match := re.fullmatch(r"(\d{1,2})\s*(?:h|hrs?|hours?|:)\s*(\d{2})\s*(?:m|mins?|minutes?)?", plain):
        found = int(match[1]) * 60 + int(match[2])
    elif match := re.fullmatch(r"(\d{3})\s*(?:m|mins?|minutes?)?", plain):
        found = int(match[1])
    if found is None or not SHORTEST <= found <= LONGEST or found % LENGTH_STEP:
        raise WrongLine("The hours on each day must be from 4 to 6, in quarters, like 4.5 or 4h 30")
    return int(found)
