"""Every reason against a placement, as a sentence for the coordinator.

A rule is a function that returns its objection in words, or None. The rules are in four tables, each looking
closer than the one before: the course as a whole, then for each visit its day, its time and its chair. The
search relies on that: it settles a day before it tries times, and a time before it tries chairs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from scheduling.rules.course import Placement, Visit, VisitRequest
from scheduling.rules.day_rules import (
    earliest_date,
    family_date,
    family_weekday,
    latest_date,
    notice,
    number_of_visits,
    open_day,
    other_visit,
    visits_on_days_in_a_row,
)
from scheduling.rules.diary import Diary
from scheduling.rules.time_rules import (
    chair_exists,
    chair_free,
    chair_kind,
    clock_change,
    closing_time,
    enough_nurses,
    family_time,
    grid,
    kept_back,
    length,
    opening_time,
    past,
    role_on_shift,
)


class Rule(StrEnum):
    """The rules, in the order in which their objections are given."""

    NUMBER_OF_VISITS = "number-of-visits"
    DAYS_IN_A_ROW = "days-in-a-row"
    EARLIEST_DATE = "earliest-date"
    LATEST_DATE = "latest-date"
    NOTICE = "notice"
    OPEN_DAY = "open-day"
    FAMILY_WEEKDAY = "family-weekday"
    FAMILY_DATE = "family-date"
    OTHER_VISIT = "other-visit"
    LENGTH = "length"
    GRID = "grid"
    PAST = "past"
    OPENING_TIME = "opening-time"
    CLOSING_TIME = "closing-time"
    FAMILY_TIME = "family-time"
    CLOCK_CHANGE = "clock-change"
    NURSES = "nurses"
    ROLE = "role"
    KEPT_BACK = "kept-back"
    CHAIR_EXISTS = "chair-exists"
    CHAIR_KIND = "chair-kind"
    CHAIR_FREE = "chair-free"


@dataclass(frozen=True, slots=True)
class Objection:
    """A rule that is broken, in words; `day` is that of the visit that breaks it, None if the course does.

    may_be_allowed: whether somebody with the right may have it so all the same, with a name and a reason.
    """

    rule: Rule
    sentence: str
    day: date | None = None
    may_be_allowed: bool = False

    def __str__(self) -> str:
        return self.sentence


CourseRule = Callable[[Placement, Diary], str | None]
VisitRule = Callable[[VisitRequest, Visit, Diary], str | None]

COURSE_RULES: dict[Rule, CourseRule] = {
    Rule.NUMBER_OF_VISITS: number_of_visits,
    Rule.DAYS_IN_A_ROW: visits_on_days_in_a_row,
    Rule.EARLIEST_DATE: earliest_date,
    Rule.LATEST_DATE: latest_date,
}
RULES_OF_NOTICE: dict[Rule, CourseRule] = {Rule.NOTICE: notice}
DAY_RULES: dict[Rule, VisitRule] = {
    Rule.OPEN_DAY: open_day,
    Rule.FAMILY_WEEKDAY: family_weekday,
    Rule.FAMILY_DATE: family_date,
    Rule.OTHER_VISIT: other_visit,
}
TIME_RULES: dict[Rule, VisitRule] = {
    Rule.LENGTH: length,
    Rule.GRID: grid,
    Rule.PAST: past,
    Rule.OPENING_TIME: opening_time,
    Rule.CLOSING_TIME: closing_time,
    Rule.FAMILY_TIME: family_time,
    Rule.CLOCK_CHANGE: clock_change,
    Rule.NURSES: enough_nurses,
    Rule.ROLE: role_on_shift,
    Rule.KEPT_BACK: kept_back,
}
CHAIR_RULES: dict[Rule, VisitRule] = {
    Rule.CHAIR_EXISTS: chair_exists,
    Rule.CHAIR_KIND: chair_kind,
    Rule.CHAIR_FREE: chair_free,
}
VISIT_RULES = DAY_RULES | TIME_RULES | CHAIR_RULES

# What a person may allow, with a name and a reason; and closing time, within what the unit has set.
SOFT_RULES = frozenset({Rule.EARLIEST_DATE, Rule.LATEST_DATE, Rule.NOTICE, Rule.NURSES, Rule.KEPT_BACK})


def objections(placement: Placement, diary: Diary) -> tuple[Objection, ...]:
    """All objections to a placement: those to the course, then to each visit in turn, in the order of `Rule`.

    The course's own visits in the diary are no objection, so that it can be moved. For a split course only
    the visits are judged, because a clinician has answered for the rest.
    """
    request = placement.request
    diary = diary.without(request.course_id)
    course_rules = {} if request.is_split else COURSE_RULES | RULES_OF_NOTICE
    found = [
        Objection(rule, sentence, None, rule in SOFT_RULES)
        for rule, objection in course_rules.items()
        if (sentence := objection(placement, diary))
    ]
    return (*found, *(each for visit in placement.visits for each in visit_objections(request, visit, diary)))


def visit_objections(request: VisitRequest, visit: Visit, diary: Diary) -> tuple[Objection, ...]:
    """All objections to one visit, of a course or of another infusion, in the order of `Rule`.

    `diary` is without whatever the visit belongs to.
    """
    return tuple(
        Objection(rule, sentence, visit.day, may_be_allowed(rule, visit, diary))
        for rule, objection in VISIT_RULES.items()
        if (sentence := objection(request, visit, diary))
    )


def may_be_allowed(rule: Rule, visit: Visit, diary: Diary) -> bool:
    """Whether a person may break a rule about a visit: never that of a chair that is taken."""
    if rule is Rule.CLOSING_TIME:
        hours = diary.calendar.hours_on(visit.day)
        return hours is not None and hours.closes < visit.end <= hours.closes + diary.may_overrun
    return rule in SOFT_RULES
