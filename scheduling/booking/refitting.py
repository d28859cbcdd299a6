"""The days to come of a held or booked course get another length, or other needs, where they stand.

Called under the unit's lock, inside the act that changed what was agreed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from patients import audit
from scheduling.acts import Act, record
from scheduling.booking import overrides
from scheduling.booking.placing import Done
from scheduling.booking.retiming import put
from scheduling.errors import SlotGone
from scheduling.models import BookedPhases, Course
from scheduling.rules import Objection, Rule, Visit, visit_objections
from scheduling.states import CourseStatus
from scheduling.telling import queue
from scheduling.telling.unreached import see_that_told
from scheduling.unit.allowances import Allowance
from scheduling.unit.asks import Asked, as_booked, is_to_come, phases_of, phases_to_book
from scheduling.unit.course_requests import request_for
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.freed_room import note_freed, note_taken
from scheduling.unit.lapse import in_words
from scheduling.unit.misfits import PLACED

# What a longer visit or a new need can run into. What stood against the days before is no reason here.
RULES = frozenset(
    {
        Rule.CLOSING_TIME,
        Rule.CLOCK_CHANGE,
        Rule.NURSES,
        Rule.ROLE,
        Rule.KEPT_BACK,
        Rule.CHAIR_KIND,
        Rule.CHAIR_FREE,
    }
)
LEAD = "The booked days do not fit like that, so nothing was changed."


@dataclass(frozen=True)
class AskedFor:
    """What a course asks of each of its visits, apart from when."""

    minutes: int
    phases: BookedPhases
    kinds: frozenset[str]
    roles: frozenset[str]

    @classmethod
    def by(cls, course: Course) -> "AskedFor":
        kinds = frozenset(need.chair_kind for need in course.needs if need.chair_kind)
        roles = frozenset(need.role for need in course.needs if need.role)
        return cls(course.minutes, phases_of(course), kinds, roles)


def refit(
    course: Course, before: AskedFor, *, now: datetime, by: audit.Actor, allowance: Allowance | None = None
) -> Done:
    """Give the course's days to come what it asks for by now, at the same starts in the same chairs.

    before: what it asked for before the change. allowance: the rules that `by` lets it break. Raises SlotGone
    with every objection that nobody has allowed. Nothing is sent if no day lasts longer or shorter than the
    family was told.
    """
    after = AskedFor.by(course)
    sessions = [s for s in course.live_sessions if is_to_come(s, now)]
    of_needs = {session.booked_phases.of_needs for session in sessions}
    retimes = (before.minutes, before.phases) != (after.minutes, after.phases)
    retimes = retimes or of_needs != {after.phases.of_needs}
    if course.status not in PLACED or not sessions or (before == after and not retimes):
        return Done(course, False, [])
    request = request_for(course)
    asked = [Asked(request, tuple(sessions))] if retimes else as_booked(course, request, now)
    visits = {
        session.pk: replace(session.visit, minutes=each.request.length)
        for each in asked
        for session in each.sessions
    }
    to_come = [each for each in asked if set(each.sessions) & set(sessions)]
    broken = _refuse(course, to_come, visits, now, allowance)
    overrides.keep_of_days(course, [session.day for session in sessions], broken, allowance, by=by)
    if not retimes:
        return Done(course, False, [])
    said, stood = in_words(sessions), {session.pk: session.place for session in sessions}
    phases = phases_to_book(course, request)
    changed, withdrawn = put(sessions, [visits[session.pk] for session in sessions], phases, now)
    if not changed:
        return Done(course, False, [])
    record(Act.COURSE_REFITTED, course, by, {"days": [said, in_words(sessions)]})
    note_taken(course.unit, [session.place for session in sessions], by=by)
    freed = [_left_over(stood[session.pk], session.place) for session in sessions]
    note_freed(course, [visit for visit in freed if visit.minutes > 0], now=now, by=by)
    if course.status != CourseStatus.BOOKED:
        return Done(course, True, [])
    messages = withdrawn + queue.invite(changed, now=now)
    see_that_told("the new times", changed, messages, by=by)
    return Done(course, True, messages)


def _refuse(
    course: Course,
    asked: Sequence[Asked],
    visits: dict[int, Visit],
    now: datetime,
    allowance: Allowance | None,
) -> list[Objection]:
    """Raise SlotGone with what nobody has allowed; else the objections that somebody has."""
    days = [session.day for each in asked for session in each.sessions]
    diary = load_diary(course.unit, min(days), max(days), now).without(course.pk)
    found: list[Objection] = []
    for each in asked:
        for session in each.sessions:
            if is_to_come(session, now):
                against = visit_objections(each.request, visits[session.pk], diary)
                found += [objection for objection in against if objection.rule in RULES]
    first_day = course.live_sessions[0].day
    if refused := overrides.not_allowed(course, found, first_day, allowance):
        raise SlotGone(refused, LEAD)
    return found


def _left_over(before: Visit, after: Visit) -> Visit:
    """What the visit no longer takes at its end; of no length if it takes as much as before."""
    return Visit(before.day, before.chair, after.end, max(0, before.end - after.end))
