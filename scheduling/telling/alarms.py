"""When a calendar reminds of a visit: the evening before, and in the morning in time to leave.

A unit sets both, or none. The one of the evening comes first, for Outlook keeps only the first.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from scheduling.models import Session


def alarms_of(session: Session, beside: Iterable[Session]) -> tuple[timedelta, ...]:
    """How long before the start of a visit its calendar entry reminds of it, the longest first.

    beside: the other days of the course. While the child has the drip on one of them, nothing rings: then it
    does at the end of that visit.
    """
    # In UTC: two times of one zone are subtracted as the clock on the wall shows them.
    unit, starts = session.course.unit, session.starts_at.astimezone(UTC)
    at: list[datetime] = []
    if unit.alarm_evening_at:
        day = timezone.localdate(starts) - timedelta(days=1)
        at.append(timezone.make_aware(datetime.combine(day, unit.alarm_evening_at)).astimezone(UTC))
    if unit.alarm_minutes:
        at.append(starts - timedelta(minutes=unit.alarm_minutes))
    days = [other for other in beside if other.is_live and other.ends_at <= starts]
    moments = {_after_the_drip(moment, days) for moment in at}
    return tuple(sorted((starts - moment for moment in moments if moment < starts), reverse=True))


def _after_the_drip(moment: datetime, days: Iterable[Session]) -> datetime:
    return next((day.ends_at for day in days if day.starts_at <= moment < day.ends_at), moment)
