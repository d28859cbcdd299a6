"""Booking days that a family knows from elsewhere: the course is booked, and nothing is sent.

For a unit that moves in. The rules are asked as for any booking; those that a person may break are broken in
the name of whoever moves the course in, for the days stand already. Until somebody tells the family, nothing
about the course leaves by itself (`Course.is_unsent`).
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from patients import audit
from scheduling.acts import Act, record
from scheduling.booking import overrides, placing
from scheduling.errors import SlotGone
from scheduling.models import Course
from scheduling.rules import Objection, Placement, Visit, objections
from scheduling.states import SessionStatus
from scheduling.unit.allowances import Allowance
from scheduling.unit.asks import phases_of
from scheduling.unit.course_requests import request_for
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.freed_room import note_taken
from scheduling.unit.lapse import in_words, lapse_holds_of
from scheduling.unit.lock import lock_unit

BECAUSE = "It was booked like this before the unit moved in"


def visit_minutes(course: Course) -> int:
    """How long each visit of the course is, from arrival to its end."""
    return course.minutes + phases_of(course).minutes


@transaction.atomic
def book_unsent(
    *, course: Course, choices: Sequence[Sequence[Visit]], may_override: bool, by: audit.Actor
) -> list[Objection]:
    """Save a new course as booked, in the first of these choices that the rules allow; nobody is told.

    course: booked and unsent, and not saved yet. choices: of its visits, in the order in which they are
    tried, such as one for each chair. may_override: whether `by` may break a rule. Returns the rules that it
    breaks by permission of `by`. Raises SlotGone with the objections to the first choice if there is none.
    """
    now = timezone.now()
    lock_unit(course.unit_id)
    lapse_holds_of(course.unit_id, now)
    audit.save(course, by=by, patient=course.patient_id)
    request = request_for(course)
    days = [visit.day for visits in choices for visit in visits]
    diary = load_diary(course.unit, min(days) - timedelta(days=1), max(days) + timedelta(days=1), now)
    judged = [(objections(Placement(request, tuple(visits)), diary), visits) for visits in choices]
    possible = [
        (found, visits)
        for found, visits in judged
        if all(objection.may_be_allowed and may_override for objection in found)
    ]
    if not possible:
        raise SlotGone(judged[0][0])
    broken, visits = min(possible, key=lambda choice: len(choice[0]))
    sessions = placing.make_sessions(course, request, visits, SessionStatus.BOOKED, now)
    record(Act.COURSE_BOOKED, course, by, {"days": in_words(sessions)})
    if broken:
        allowance = Allowance(overrides.keys_of(broken, visits[0].day), BECAUSE)
        overrides.keep(course, broken, visits[0].day, allowance, by=by)
    note_taken(course.unit, [session.place for session in sessions], by=by)
    return list(broken)
