"""Minutes that count only while the unit is open, and the next day on which it is."""

from datetime import date, datetime

import pytest

from scheduling.rules import Calendar, Closure, OpeningHours
from scheduling.rules.working_time import after_working_minutes, end_of_open_day, next_open_day

# Monday to Friday, 8am to 5pm; closed on Wednesday 9 June 2027.
HOURS = OpeningHours(8 * 60, 17 * 60, 3)
CALENDAR = Calendar(
    weekly=dict.fromkeys(range(5), HOURS),
    closures=(Closure(date(2027, 6, 9), date(2027, 6, 9), "training"),),
)
NEVER = Calendar(weekly={})


def on(day, hour, minute=0, second=0):
    return datetime(2027, 6, day, hour, minute, second)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (on(7, 9), on(7, 9, 30)),
        (on(7, 16, 29), on(7, 16, 59)),
        (on(7, 16, 30), on(7, 17)),
        (on(7, 16, 31), on(8, 8, 1)),
        (on(7, 16, 50), on(8, 8, 20)),
        (on(7, 16, 50, 1), on(8, 8, 21)),
        (on(7, 17), on(8, 8, 30)),
        (on(7, 3), on(7, 8, 30)),
        (on(8, 16, 50), on(10, 8, 20)),
        (on(11, 16, 50), on(14, 8, 20)),
        (on(12, 12), on(14, 8, 30)),
    ],
)
def test_30_minutes_are_counted_while_the_unit_is_open(now, end):
    assert after_working_minutes(now, 30, CALENDAR) == end


@pytest.mark.parametrize(
    ("now", "end"),
    [
        (on(7, 16, 59, 59), on(7, 17)),
        (on(7, 17), on(8, 17)),
        (on(8, 17, 1), on(10, 17)),
        (on(9, 9), on(10, 17)),
        (on(12, 9), on(14, 17)),
    ],
)
def test_a_day_ends_when_the_unit_closes_and_after_that_the_next_one_does(now, end):
    assert end_of_open_day(now, CALENDAR) == end


@pytest.mark.parametrize(("day", "then"), [(7, 8), (8, 10), (9, 10), (10, 11), (11, 14)])
def test_the_next_open_day_is_after_this_one(day, then):
    assert next_open_day(date(2027, 6, day), CALENDAR) == date(2027, 6, then)


def test_a_unit_that_never_opens_has_no_such_time():
    assert after_working_minutes(on(7, 9), 30, NEVER) is None
    assert end_of_open_day(on(7, 9), NEVER) is None
    assert next_open_day(date(2027, 6, 7), NEVER) is None
