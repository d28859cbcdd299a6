"""What is late today, in sentences: a child not here, a drip not started, a drip that would end too late."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from django.utils import timezone

from crmo_clinic.nhsuk.wording import capitalised, clock
from scheduling.models import Session
from scheduling.rules import Calendar, latest_start
from scheduling.rules.course import local_moment
from scheduling.states import SessionStatus
from scheduling.unit.diary_rows import load_calendar
from scheduling.unit.weeks import minutes

# For how long it is not called late that a child is not here, or that the drip of a child who is here has not
# started.
GRACE_TO_COME, GRACE_TO_START = timedelta(minutes=30), timedelta(minutes=60)
TO_START = (SessionStatus.BOOKED, SessionStatus.ARRIVED)
UNDER_WAY = (SessionStatus.BOOKED, SessionStatus.ARRIVED, SessionStatus.STARTED)


def late_sentences(
    session: Session, of_day: Sequence[Session], calendar: Calendar, now: datetime
) -> Iterator[str]:
    """Sentences about one visit of today. of_day: all visits of the day; those in the same chair matter."""
    if session.status not in UNDER_WAY:
        return
    if session.status == SessionStatus.BOOKED and now - session.starts_at >= GRACE_TO_COME:
        yield f"Expected at {_clock(session.starts_at)}, and not here."
    if session.status == SessionStatus.ARRIVED and now - _could_start(session) >= GRACE_TO_START:
        yield f"Here since {_clock(session.arrived_at)}, and no drip yet."
    begins = session.started_at or max(session.cannulates_at, now)
    # All that is left of the visit once the cannulation begins.
    rest = timedelta(minutes=session.minutes - session.booked_phases.minutes_before)
    ends = (begins + rest).replace(second=0, microsecond=0)
    hours = calendar.hours_on(session.day)
    if hours and ends > local_moment(session.day, hours.closes):
        yield f"{_drip(session, begins, ends, now)}; the unit closes at {clock(hours.closes)}."
    leaves_chair = ends - timedelta(minutes=session.booked_phases.away_after)
    if following := _next_in_the_chair(session, of_day, leaves_chair):
        who, chair = following.course.patient, following.booking.chair
        drip = _drip(session, begins, ends, now)
        yield f"{drip}; {who} has {chair} from {_clock(following.booking.starts_at)}."


def latest_start_of(session: Session, calendar: Calendar, chair_needed_at: datetime | None) -> time | None:
    """Until when the drip can start, so that it ends before the unit closes and the chair is needed.

    None if it has started or will not, or the unit is closed on that day.
    """
    hours = calendar.hours_on(session.day)
    if hours is None or session.status not in TO_START:
        return None
    is_that_day = chair_needed_at is not None and timezone.localdate(chair_needed_at) == session.day
    taken = minutes(timezone.localtime(chair_needed_at)) if is_that_day else None
    booked = session.booked_phases
    start = latest_start(
        session.minutes - booked.minutes_before,
        closes=hours.closes,
        chair_taken=None if taken is None else taken + booked.away_after,
    )
    return time(*divmod(start, 60)) if start >= 0 else None


def latest_start_now(session: Session, now: datetime) -> time | None:
    """The same of one visit by itself; None once its day is over. Three queries."""
    if session.day < timezone.localdate(now) or session.status not in TO_START:
        return None
    needed = Session.objects.with_chair_needed().values_list("chair_needed_at", flat=True).get(pk=session.pk)
    return latest_start_of(session, load_calendar(session.course.unit, session.day, session.day), needed)


def late_now(session: Session, now: datetime) -> str:
    """The same of one visit by itself, as one text; empty on any day but its own. Three queries."""
    day = session.day
    if day != timezone.localdate(now) or session.status not in UNDER_WAY:
        return ""
    of_day = Session.objects.visits(day, day).filter(course__unit=session.course.unit_id)
    return " ".join(late_sentences(session, list(of_day), load_calendar(session.course.unit, day, day), now))


def _could_start(session: Session) -> datetime:
    """The earliest time at which the drip of a child who is here could have started."""
    before = timedelta(minutes=session.booked_phases.minutes_before)
    return max(session.starts_at, session.arrived_at or session.starts_at) + before


def _next_in_the_chair(session: Session, of_day: Sequence[Session], ends: datetime) -> Session | None:
    """The next visit in the same chair, if it starts before this one ends."""
    chair = session.booking.chair_id
    later = (
        other
        for other in of_day
        if other.pk != session.pk
        and hasattr(other, "booking")
        and other.booking.chair_id == chair
        and other.status in UNDER_WAY
        and session.booking.starts_at < other.booking.starts_at < ends
    )
    return min(later, key=lambda other: other.booking.starts_at, default=None)


def _drip(session: Session, begins: datetime, ends: datetime, now: datetime) -> str:
    has_after = session.booked_phases.minutes_after
    if session.started_at and has_after:
        words = f"the drip started at {_clock(begins)}, so the visit is over at {_clock(ends)}"
    elif session.started_at:
        words = f"the drip that started at {_clock(begins)} ends at {_clock(ends)}"
    elif now > session.cannulates_at:
        it = "the visit is over" if has_after else "it ends"
        words = f"if the drip starts now {it} at {_clock(ends)}"
    else:
        words = f"the visit is over at {_clock(ends)}" if has_after else f"the drip ends at {_clock(ends)}"
    return capitalised(words)


def _clock(moment: datetime | None) -> str:
    return clock(timezone.localtime(moment).time()) if moment else ""
