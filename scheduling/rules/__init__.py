"""The rules of the day unit, as pure functions of plain values: no Django, no clock, no randomness.

A `CourseRequest` says what a child's course asks for; a `Diary` says what a unit has: a `Calendar`, chairs,
nurses, and what is taken. A `Placement` is one way of giving the course its visits. `objections` gives every
reason against a placement, as sentences for the coordinator. Nothing else decides whether a placement is
allowed: forms, bookings and closures all ask it. `find_offers` finds the best placement for each first day
and says why; `other_starts` gives the other times on the same days. They search a day's starts as bits
(`index`); `tests/rules/oracle.py` is the same search without bits, and both must always agree. All times are
wall-clock minutes after midnight in Europe/London, all lengths minutes. If a course has no place, `refusals`
says why for each day, and `find_relaxations` what would make room. Read in this order: calendar, capacity,
school, chairs, course, diary, objections with day_rules and time_rules, pricing, offers; then grid, index and
search, which make it fast; no_place and relaxations, which explain; pairs, for the board;
together, for children who share their days.
"""

from scheduling.rules.calendar import Calendar, Closure, OpeningHours, RoleShift, Shift, days_in_a_row
from scheduling.rules.capacity import Care, Load, NurseRule, Phase, nurse_load
from scheduling.rules.chairs import Chair, KeptBack, Taken
from scheduling.rules.course import CourseRequest, Placement, Visit, VisitRequest, taken_by
from scheduling.rules.diary import Diary, by_day
from scheduling.rules.first_possible import (
    first_possible,
    nothing_before,
    possible_in_turn,
    what_is_in_the_way,
)
from scheduling.rules.latest_start import latest_start, latest_start_in
from scheduling.rules.no_place import Obstacle, Refusal, refusals
from scheduling.rules.objections import SOFT_RULES, Objection, Rule, objections, visit_objections
from scheduling.rules.offers import find_offers, offers_at_short_notice, other_starts, price
from scheduling.rules.pairs import DayUse, FreedRoom, best_in, courses_that_could_start, use_of
from scheduling.rules.pricing import Factor, Offer, Term, Weights
from scheduling.rules.relaxations import Change, Relaxation, find_relaxations
from scheduling.rules.school import SchoolDay, SchoolTerms
from scheduling.rules.search import Search
from scheduling.rules.window import search_window

__all__ = [
    "SOFT_RULES",
    "Calendar",
    "Care",
    "Chair",
    "Change",
    "Closure",
    "CourseRequest",
    "DayUse",
    "Diary",
    "Factor",
    "FreedRoom",
    "KeptBack",
    "Load",
    "NurseRule",
    "Objection",
    "Obstacle",
    "Offer",
    "OpeningHours",
    "Phase",
    "Placement",
    "Refusal",
    "Relaxation",
    "RoleShift",
    "Rule",
    "SchoolDay",
    "SchoolTerms",
    "Search",
    "Shift",
    "Taken",
    "Term",
    "Visit",
    "VisitRequest",
    "Weights",
    "best_in",
    "by_day",
    "courses_that_could_start",
    "days_in_a_row",
    "find_offers",
    "find_relaxations",
    "first_possible",
    "latest_start",
    "latest_start_in",
    "nothing_before",
    "nurse_load",
    "objections",
    "offers_at_short_notice",
    "other_starts",
    "possible_in_turn",
    "price",
    "refusals",
    "search_window",
    "taken_by",
    "use_of",
    "visit_objections",
    "what_is_in_the_way",
]
