"""Quiet hours across midnight and times by the clock on the wall, over both changes of the clocks."""

from datetime import UTC, date, datetime, time

import pytest

from scheduling.models import Unit
from scheduling.telling import clock_times

# The clocks went forward on 28 March 2027 at 1am UTC, and back on 31 October 2027 at 1am UTC.
FORWARD, BACK = date(2027, 3, 28), date(2027, 10, 31)


def a_unit(quiet_from=time(20), quiet_until=time(8), **fields) -> Unit:
    return Unit(quiet_from=quiet_from, quiet_until=quiet_until, **fields)


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
    assert clock_times.is_quiet(a_unit(), clock_times.at(day, clock)) == quiet


def test_quiet_hours_may_lie_within_a_day_or_not_be_at_all():
    midday = a_unit(time(11), time(13))
    assert clock_times.is_quiet(midday, clock_times.at(FORWARD, time(12)))
    assert not clock_times.is_quiet(midday, clock_times.at(FORWARD, time(13)))
    assert not clock_times.is_quiet(a_unit(time(8), time(8)), clock_times.at(FORWARD, time(8)))


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
    assert clock_times.is_quiet(a_unit(), now)
    assert clock_times.quiet_until(a_unit(), now) == ends
    assert not clock_times.is_quiet(a_unit(), ends)


def test_a_time_that_the_clocks_skip_is_an_hour_later_and_one_that_comes_twice_the_first():
    half_past_one = [clock_times.at(day, time(1, 30)).astimezone(UTC) for day in (FORWARD, BACK)]
    assert half_past_one == [
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC),
        datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("begins", "ends", "inside"),
    [
        (time(20), time(8), [time(20), time(23, 59), time(0), time(7, 59)]),
        (time(11), time(13), [time(11), time(12, 59)]),
        (time(8), time(8), []),
        (None, time(8), []),
        (time(20), None, []),
    ],
)
def test_hours_begin_with_their_first_minute_and_end_before_their_last(begins, ends, inside):
    clocks = [time(20), time(19, 59), time(23, 59), time(0), time(7, 59), time(8), time(8, 1)]
    clocks += [time(10, 59), time(11), time(12, 59), time(13)]
    assert {clock for clock in clocks if clock_times.is_between(clock, begins, ends)} == set(inside)
