"""When notices may leave: quiet hours across midnight, mornings, evenings, both changes of the clocks."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone

from scheduling.models import Session, Unit
from scheduling.telling import moments

# The clocks went forward on 28 March 2027 at 1am UTC, and back on 31 October 2027 at 1am UTC.
FORWARD, BACK = date(2027, 3, 28), date(2027, 10, 31)


def a_unit(quiet_from=time(20), quiet_until=time(8), **fields) -> Unit:
    return Unit(quiet_from=quiet_from, quiet_until=quiet_until, **fields)


def visit(day: date) -> Session:
    starts_at = moments.at(day, time(9))
    return Session(day=day, starts_at=starts_at, ends_at=starts_at + timedelta(hours=4))


@pytest.mark.parametrize("day", [date(2027, 2, 10), FORWARD, date(2027, 7, 7), BACK])
@pytest.mark.parametrize(
    ("clock", "quiet"),
    [
        (time(7, 59, 59), True),
        (time(8), False),
        (time(12), False),
        (time(19, 59, 59), False),
        (time(20), True),
        (time(23, 59, 59), True),
        (time(0), True),
    ],
)
def test_quiet_hours_go_across_midnight_by_the_clock_on_the_wall(day, clock, quiet):
    assert moments.is_quiet(a_unit(), moments.at(day, clock)) == quiet


def test_quiet_hours_may_lie_within_a_day_or_not_be_at_all():
    midday = a_unit(time(11), time(13))
    assert moments.is_quiet(midday, moments.at(FORWARD, time(12)))
    assert not moments.is_quiet(midday, moments.at(FORWARD, time(13)))
    assert not moments.is_quiet(a_unit(time(8), time(8)), moments.at(FORWARD, time(8)))


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        # 8am is 8:00 UTC in winter and 7:00 UTC in summer.
        (datetime(2027, 3, 27, 21, 0, tzinfo=UTC), datetime(2027, 3, 28, 7, 0, tzinfo=UTC)),
        (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), datetime(2027, 3, 28, 7, 0, tzinfo=UTC)),
        (datetime(2027, 10, 30, 19, 0, tzinfo=UTC), datetime(2027, 10, 31, 8, 0, tzinfo=UTC)),
        (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), datetime(2027, 10, 31, 8, 0, tzinfo=UTC)),
        (datetime(2027, 10, 31, 21, 0, tzinfo=UTC), datetime(2027, 11, 1, 8, 0, tzinfo=UTC)),
    ],
)
def test_the_end_of_the_quiet_hours_is_right_over_a_change_of_the_clocks(now, ends):
    assert moments.is_quiet(a_unit(), now)
    assert moments.quiet_until(a_unit(), now) == ends
    assert not moments.is_quiet(a_unit(), ends)


@pytest.mark.parametrize("first", [date(2027, 3, 29), date(2027, 11, 1), date(2027, 6, 1)])
def test_a_reminder_is_due_at_9am_so_many_days_before_whatever_the_clocks_do(first):
    session = visit(first)
    for days in (7, 1):
        nine = moments.at(first - timedelta(days=days), time(9))
        second = timedelta(seconds=1)
        assert timezone.localtime(nine).hour == 9
        assert moments.reminder_due(session, [7, 1], nine - second) == (None if days == 7 else 7)
        assert moments.reminder_due(session, [7, 1], nine) == days
    assert moments.reminder_due(session, [7, 1], session.starts_at - second) == 1
    assert moments.reminder_due(session, [7, 1], session.starts_at) is None
    assert moments.reminder_due(session, [], session.starts_at - second) is None


def test_the_evening_between_is_on_the_day_before_from_its_time_to_midnight():
    unit, session = a_unit(evening_at=time(18)), visit(date(2027, 6, 2))
    evening = date(2027, 6, 1)
    assert not moments.is_evening_between(unit, session, moments.at(evening, time(17, 59)))
    assert moments.is_evening_between(unit, session, moments.at(evening, time(18)))
    assert moments.is_evening_between(unit, session, moments.at(evening, time(23, 59)))
    assert not moments.is_evening_between(unit, session, moments.at(session.day, time(0)))
    assert not moments.is_evening_between(a_unit(evening_at=None), session, moments.at(evening, time(18)))


def test_a_morning_after_is_of_that_day_alone():
    assert not moments.is_morning_after(FORWARD, 1, moments.at(date(2027, 3, 29), time(8, 59)))
    assert moments.is_morning_after(FORWARD, 1, moments.at(date(2027, 3, 29), time(9)))
    assert not moments.is_morning_after(FORWARD, 1, moments.at(date(2027, 3, 30), time(9)))
    assert moments.is_morning_after(BACK, 3, moments.at(date(2027, 11, 3), time(19)))
