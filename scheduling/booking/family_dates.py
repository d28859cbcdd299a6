"""What follows for the search from "the family cannot come": that date is one they cannot do."""

from collections.abc import Collection, Sequence
from datetime import date

from django.db import transaction

from patients import audit
from scheduling.acts import Act, record
from scheduling.models import Answer, Course, ImpossibleDates, LostBecause, Reply, Session
from scheduling.unit.lock import lock_unit


def note_cannot_come(course: Course, days: Collection[date], *, by: audit.Actor) -> None:
    """Let these be dates that the family cannot do, written down by staff. In the transaction of an act."""
    rows = ImpossibleDates.objects.filter(course=course)
    before = sorted({(row.first_day, row.last_day) for row in rows})
    new = [day for day in sorted(set(days)) if not any(first <= day <= last for first, last in before)]
    if not new:
        return
    ImpossibleDates.objects.bulk_create(
        ImpossibleDates(course=course, first_day=day, last_day=day) for day in new
    )
    after = sorted([*before, *((day, day) for day in new)])
    record(Act.COURSE_IMPOSSIBLE_DATES_CHANGED, course, by, {"impossible_dates": [before, after]})


@transaction.atomic
def say_cannot_come(*, session: Session, because: LostBecause, by: audit.Actor) -> None:
    """Somebody says why a day cannot happen, and is about to look for another: not on that date."""
    if because == LostBecause.FAMILY:
        lock_unit(session.course.unit_id)
        note_cannot_come(session.course, [session.day], by=by)


def days_refused(sessions: Sequence[Session]) -> list[date]:
    """Of a course that its family asked to give up: the days they said no to.

    To ask for another day is not to say that one cannot come on this one: their page would show it among the
    days that they gave, and no search would offer it again.
    """
    said_no = Reply.objects.filter(session__in=sessions, answer=Answer.DECLINED).counting()
    refused = {reply.session_id for reply in said_no if not reply.is_stale}
    return [session.day for session in sessions if session.pk in refused]
