"""What else there is in the unit of the demo data: other infusions, places kept back, children with needs,
siblings who come on the same days, and days that a family is asked about."""

from dataclasses import replace
from datetime import date, time, timedelta

from django.utils import timezone

from patients import audit
from scheduling.booking import offers, sharing, together
from scheduling.booking.together import Move
from scheduling.management.demo_diary import DemoDiary
from scheduling.management.demo_future import Desk
from scheduling.management.demo_people import Cast, Family
from scheduling.management.demo_unit import week_day
from scheduling.models import (
    CancelReason,
    Course,
    InfusionKind,
    KeptFor,
    KeptPlaces,
    SharedBecause,
    Unit,
    Weekday,
)
from scheduling.rules.together import find_shared_offers
from scheduling.unit import other_infusions
from scheduling.unit.course_requests import request_for
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.hold_ends import usual_answer_by
from scheduling.unit.needs import set_needs
from scheduling.unit.setup import keep_places, save_infusion_kind

# Name, minutes, and the kind of chair it asks for.
KINDS = (("Iron infusion", 90, ""), ("Antibody infusion", 150, "bed"))
# Of each kind in this order: weekday, start in minutes, weeks between two, and what is written on the board.
SERIES = ((Weekday.THURSDAY, 16 * 60, 1, "Ward 4"), (Weekday.WEDNESDAY, 14 * 60, 2, "Rheumatology"))
SERIES_WEEKS = 8
# In this week the siblings come, and in this one the family is asked to come.
SIBLINGS_IN_WEEK, ASKED_IN_WEEK = 5, 3
SIBLINGS = ("Rhys Trevanion", "Carys Trevanion")


def share_the_unit(
    unit: Unit, cast: Cast, desk: Desk, diary: DemoDiary, today: date, *, by: audit.Actor
) -> None:
    """After all else was booked, so that it stands where there is room."""
    _give_needs(unit, by)
    _ask_a_family(diary, today, by)
    _bring_siblings([family for family in cast.others if family.patient.name in SIBLINGS], desk, today, by)
    kept = KeptPlaces(
        unit=unit,
        kept_for=KeptFor.OTHERS,
        places=1,
        weekdays=[Weekday.THURSDAY],
        starts=time(16),
        ends=time(18),
        released_days_before=2,
    )
    keep_places(kept=kept, by=by)
    _give_other_infusions(unit, today, by)


def _give_needs(unit: Unit, by: audit.Actor) -> None:
    """Of children who wait: a booked visit would have to be moved for some."""
    waiting = Course.objects.waiting().filter(unit=unit, latest=None, held_until=None)
    for course, need in zip(waiting, unit.needs.order_by("name"), strict=False):
        set_needs(patient=course.patient, needs=[need], by=by)


def _bring_siblings(families: list[Family], desk: Desk, today: date, by: audit.Actor) -> None:
    monday = week_day(today, SIBLINGS_IN_WEEK)
    courses = [desk.agree(family, monday) for family in families]
    sharing.link(course=courses[0], other=courses[1], because=SharedBecause.SIBLINGS, by=by)
    last = monday + timedelta(weeks=3)
    diary = load_diary(courses[0].unit, monday - timedelta(days=3), last, timezone.now())
    asked = [replace(request_for(course), earliest=monday, latest=last) for course in courses]
    (best,) = find_shared_offers(asked, diary, limit=1)
    moves = [Move(course, visits) for course, visits in zip(courses, best.visits, strict=True)]
    together.move_together(moves=moves, reason=CancelReason.HOSPITAL_OTHER, by=by)


def _ask_a_family(diary: DemoDiary, today: date, by: audit.Actor) -> None:
    """The first that may be written to and has no other wish than its days."""
    waiting = Course.objects.waiting().filter(
        days=2, earliest=None, latest=None, paused_until=None, tasks=None
    )
    asked = next(course for course in waiting.reverse() if offers.contacts_to_ask(course))
    visits = diary.place(request_for(asked), week_day(today, ASKED_IN_WEEK))
    until = usual_answer_by(asked.unit, timezone.now())
    offers.ask(course=asked, visits=visits, until=until, asks_next=True, by=by)


def _give_other_infusions(unit: Unit, today: date, by: audit.Actor) -> None:
    """Each series on those of its days where there is room."""
    for (name, minutes, chair_kind), (weekday, start, weeks, label) in zip(KINDS, SERIES, strict=True):
        kind = InfusionKind(unit=unit, name=name, minutes=minutes, chair_kind=chair_kind)
        save_infusion_kind(kind=kind, by=by)
        days = [week_day(today, n, weekday) for n in range(1, SERIES_WEEKS, weeks)]
        planned = other_infusions.plan(kind, days, start, None)
        free = [each.visit.day for each in planned if not each.objections]
        other_infusions.place(kind=kind, label=label, days=free, start=start, chair=None, by=by)
