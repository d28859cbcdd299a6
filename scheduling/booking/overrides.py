"""Rules that a person lets a course break, with a name and a reason: which, and what is kept of it.

Only what `scheduling.rules` says may be allowed: never a chair that is taken. What is in force stands on the
course (`overridden`), so that asking costs nothing; who allowed it and why is kept in `RuleOverride`.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from patients import audit
from scheduling.acts import Act, record
from scheduling.errors import ChangedMeanwhile, Refused
from scheduling.models import Course, RuleOverride
from scheduling.rules import Objection, Rule
from scheduling.states import LIVE, CourseStatus
from scheduling.unit.allowances import Allowance, Key, beyond, key_of, keys_of
from scheduling.unit.lock import lock_course
from scheduling.unit.misfits import misfits_of
from scheduling.unit.recheck import recheck_course

# What a course breaks as a whole, kept with its first day.
OF_THE_WHOLE = frozenset({Rule.EARLIEST_DATE, Rule.LATEST_DATE, Rule.NOTICE})


def not_allowed(
    course: Course, found: Sequence[Objection], first_day: date, allowance: Allowance | None
) -> list[Objection]:
    """Those of the objections that nobody has allowed, or could."""
    return beyond(found, first_day, _keys(course), allowance)


def keep(
    course: Course,
    found: Sequence[Objection],
    first_day: date,
    allowance: Allowance | None,
    *,
    by: audit.Actor,
) -> None:
    """Note which rules the course breaks where it stands now. Inside the transaction of the act.

    found: the objections to where it stands; all of them allowed.
    """
    _replace(course, _keys(course), found, first_day, allowance, by=by)


def keep_of_days(
    course: Course,
    days: Collection[date],
    found: Sequence[Objection],
    allowance: Allowance | None,
    *,
    by: audit.Actor,
) -> None:
    """The same for an act on some days of a course only: what it breaks on the others stays as it is, and so
    does what the course breaks as a whole while it has the day.

    days: those that the act is about, before it and after it.
    """
    about = {day.isoformat() for day in days}
    has = course.sessions.filter(status__in=LIVE).values_list("day", flat=True)
    gone = about - {day.isoformat() for day in has}
    before = {
        (rule, day)
        for rule, day in _keys(course)
        if day in about and (rule not in OF_THE_WHOLE or day in gone)
    }
    _replace(course, before, found, min(days), allowance, by=by)


@transaction.atomic
def allow(*, course: Course, allowance: Allowance, by: audit.Actor, seen: str | None = None) -> None:
    """Let a booked course stay where it no longer fits.

    Raises ChangedMeanwhile if it changed since `seen`, or something else is against it by now; Refused if a
    rule against it is not one that a person may break.
    """
    now = timezone.now()
    course = lock_course(course, now, seen)
    if course.status != CourseStatus.BOOKED:
        raise ChangedMeanwhile(course)
    first_day = course.live_sessions[0].day
    against = misfits_of(course, now)
    if hard := [str(objection) for objection in against if not objection.may_be_allowed]:
        raise Refused("The course cannot stay where it is.", *hard)
    if not against or not_allowed(course, against, first_day, allowance):
        raise ChangedMeanwhile(course)
    _put(course, keys_of(against, first_day) | _keys(course), by=by)
    _record(course, against, first_day, allowance, by=by)
    recheck_course(course, by=by)


def _replace(
    course: Course,
    before: set[Key],
    found: Sequence[Objection],
    first_day: date,
    allowance: Allowance | None,
    *,
    by: audit.Actor,
) -> None:
    """Put what is broken now in the place of `before`, and record what is new among it."""
    _put(course, (_keys(course) - before) | keys_of(found, first_day), by=by)
    new = [objection for objection in found if key_of(objection, first_day) not in before]
    if new and allowance:
        _record(course, new, first_day, allowance, by=by)


def _keys(course: Course) -> set[Key]:
    return {(rule, day) for rule, day, _ in course.overridden}


def _put(course: Course, keys: Iterable[Key], *, by: audit.Actor) -> None:
    """Who allowed a rule before still answers for it."""
    known = {(rule, day): who for rule, day, who in course.overridden}
    now = sorted([rule, day, known.get((rule, day), by.name)] for rule, day in keys)
    if now != course.overridden:
        course.overridden = now
        course.save(update_fields=["overridden"])


def _record(
    course: Course, new: Sequence[Objection], first_day: date, allowance: Allowance, *, by: audit.Actor
) -> None:
    RuleOverride.objects.bulk_create(
        RuleOverride(
            course=course,
            rule=objection.rule,
            day=objection.day or first_day,
            sentence=objection.sentence,
            reason=allowance.reason.strip(),
            allowed_by=by.name,
        )
        for objection in new
    )
    details = {"rules": [objection.sentence for objection in new], "reason": allowance.reason.strip()}
    record(Act.COURSE_RULE_OVERRIDDEN, course, by, details)


def in_force(course: Course) -> list[RuleOverride]:
    """Who let it break which rule where it stands now, and why. No query for a course that breaks none."""
    if not course.overridden:
        return []
    keys = _keys(course)
    rows = {(row.rule, row.day.isoformat()): row for row in course.overrides.all()}
    return [row for key, row in rows.items() if key in keys]
