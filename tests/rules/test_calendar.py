"""When the unit is open, and what "consecutive" means."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from scheduling.rules import Calendar, Closure, OpeningHours, Shift
from tests.rules.builders import (
    EVERY_DAY,
    FRIDAY,
    MONDAY,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_calendar,
    at,
)

GOOD_FRIDAY = date(2026, 4, 3)
DEEP_CLEAN = Closure(TUESDAY, THURSDAY, "deep clean")


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 8, 14), None),
        (date(2026, 8, 15), "not open on Saturdays"),
        (date(2026, 8, 16), "not open on Sundays"),
        (GOOD_FRIDAY, "closed for a bank holiday (Good Friday)"),
        (MONDAY, None),
        (TUESDAY, "closed (deep clean)"),
        (WEDNESDAY, "closed (deep clean)"),
        (THURSDAY, "closed (deep clean)"),
        (FRIDAY, None),
    ],
)
def test_a_closed_day_says_why(day, why):
    calendar = a_calendar(closures=(DEEP_CLEAN,), bank_holidays={GOOD_FRIDAY: "Good Friday"})

    assert calendar.why_closed(day) == why
    assert calendar.is_open(day) is (why is None)
    assert (calendar.hours_on(day) is None) is (why is not None)


def test_a_day_closed_for_several_reasons_gives_the_most_lasting_one():
    calendar = a_calendar(
        closures=(Closure(FRIDAY, SUNDAY, "building work"),),
        bank_holidays={FRIDAY: "A holiday", SATURDAY: "A holiday"},
    )

    assert calendar.why_closed(FRIDAY) == "closed for a bank holiday (A holiday)"
    assert calendar.why_closed(SATURDAY) == "not open on Saturdays"


def test_staffing_of_a_day_replaces_the_weekly_nurses_and_nothing_else():
    calendar = a_calendar(opens=at(8), closes=at(18), nurses=3, staffing={TUESDAY: 1, WEDNESDAY: 0})

    assert calendar.hours_on(MONDAY) == OpeningHours(at(8), at(18), 3)
    assert calendar.hours_on(TUESDAY) == OpeningHours(at(8), at(18), 1)
    assert calendar.hours_on(WEDNESDAY) == OpeningHours(at(8), at(18), 0)


def test_staffing_does_not_open_a_closed_day():
    assert a_calendar(staffing={SATURDAY: 3}).hours_on(SATURDAY) is None


@pytest.mark.parametrize(
    ("days", "in_a_row", "closed"),
    [
        ([MONDAY], True, []),
        ([MONDAY, TUESDAY], True, []),
        ([WEDNESDAY, THURSDAY, FRIDAY], True, []),
        ([THURSDAY, FRIDAY, SATURDAY], True, [SATURDAY]),
        ([FRIDAY], True, []),
        ([FRIDAY, SATURDAY], True, [SATURDAY]),
        ([FRIDAY, FRIDAY + timedelta(days=3)], False, []),
        ([MONDAY, WEDNESDAY], False, []),
        ([TUESDAY, MONDAY], False, []),
        ([MONDAY, MONDAY], False, []),
        ([SATURDAY], True, [SATURDAY]),
        ([SUNDAY, SATURDAY], False, [SATURDAY, SUNDAY]),
        ([], True, []),
    ],
)
def test_a_run_is_of_calendar_days_in_a_row_all_open(days, in_a_row, closed):
    run = a_calendar().run(days)

    assert (run.days, run.in_a_row, sorted(run.closed)) == (tuple(days), in_a_row, closed)
    assert run.is_whole is (in_a_row and not closed)


def test_a_weekend_that_is_open_joins_friday_to_monday():
    assert a_calendar(weekdays=EVERY_DAY).run([FRIDAY, SATURDAY, SUNDAY]).is_whole


def test_a_bank_holiday_or_a_closure_breaks_a_run_and_says_why():
    thursday_before = date(2026, 4, 2)
    pair = [thursday_before, GOOD_FRIDAY]

    assert a_calendar().run(pair).is_whole
    closed = a_calendar(bank_holidays={GOOD_FRIDAY: "Good Friday"}).run(pair).closed
    assert closed == {GOOD_FRIDAY: "closed for a bank holiday (Good Friday)"}
    assert a_calendar(closures=(DEEP_CLEAN,)).run([MONDAY, TUESDAY]).closed


def test_a_run_may_cross_the_end_of_a_year():
    assert a_calendar().run([date(2026, 12, 31), date(2027, 1, 1)]).is_whole


@pytest.mark.parametrize(
    ("opens", "closes", "minutes", "grid", "starts"),
    [
        (at(9), at(17), at(7, 30), 15, [at(9), at(9, 15), at(9, 30)]),
        (at(9), at(17), at(8), 15, [at(9)]),
        (at(9), at(16, 59), at(8), 15, []),
        (at(8, 50), at(17), at(8), 15, [at(9)]),
        (at(9), at(17, 20), at(8), 15, [at(9), at(9, 15)]),
        (at(9), at(17), at(6), 60, [at(9), at(10), at(11)]),
        (at(18), at(24), at(6), 15, [at(18)]),
    ],
)
def test_starts_lie_on_the_grid_and_leave_time_before_closing(opens, closes, minutes, grid, starts):
    assert list(OpeningHours(opens, closes, 1).starts_for(minutes, grid)) == starts


@pytest.mark.parametrize("hours", [(-1, 60, 1), (60, 60, 1), (120, 60, 1), (0, 1441, 1), (0, 60, -1)])
def test_impossible_opening_hours_are_refused(hours):
    with pytest.raises(ValueError, match=r"\.$"):
        OpeningHours(*hours)


def test_a_closure_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="must not end before it starts"):
        Closure(TUESDAY, MONDAY, "deep clean")


@pytest.mark.parametrize(
    ("shifts", "steps"),
    [
        ([], [(at(8), at(18), 3)]),
        ([(at(8), at(18), 2)], [(at(8), at(18), 2)]),
        ([(at(8), at(12), 1), (at(12), at(18), 2)], [(at(8), at(12), 1), (at(12), at(18), 2)]),
        ([(at(8), at(12), 2), (at(12), at(18), 2)], [(at(8), at(18), 2)]),
        (
            [(at(8), at(16), 1), (at(10), at(18), 2)],
            [(at(8), at(10), 1), (at(10), at(16), 3), (at(16), at(18), 2)],
        ),
        ([(at(9), at(12), 1)], [(at(8), at(9), 0), (at(9), at(12), 1), (at(12), at(18), 0)]),
        ([(at(7), at(20), 1)], [(at(8), at(18), 1)]),
        ([(at(6), at(8), 4), (at(18), at(20), 4)], [(at(8), at(18), 0)]),
    ],
)
def test_the_nurses_of_shifts_add_up_through_the_opening_hours(shifts, steps):
    hours = OpeningHours(at(8), at(18), 3, tuple(Shift(*shift) for shift in shifts))

    assert hours.nurses_steps() == tuple(steps)
    assert (hours.most_nurses, hours.fewest_nurses) == (
        max(nurses for _, _, nurses in steps),
        min(nurses for _, _, nurses in steps),
    )
    for start, end, nurses in steps:
        assert [hours.nurses_at(start), hours.nurses_at(end - 1)] == [nurses, nurses]
    assert [hours.nurses_at(at(8) - 1), hours.nurses_at(at(18))] == [0, 0]


@pytest.mark.parametrize("shift", [(-1, 60, 1), (60, 60, 1), (120, 60, 1), (0, 1441, 1), (0, 60, -1)])
def test_impossible_shifts_are_refused(shift):
    with pytest.raises(ValueError, match=r"\.$"):
        Shift(*shift)


def test_later_weekly_hours_hold_from_their_date_on():
    """A weekday can be opened, closed, or staffed in another way, from a date on."""
    january, march = date(2027, 1, 4), date(2027, 3, 1)
    first, second = OpeningHours(at(9), at(17), 4), OpeningHours(at(8), at(20), 5)
    calendar = replace(
        a_calendar(opens=at(8), closes=at(18), nurses=3, closures=(DEEP_CLEAN,)),
        later=((january, {0: first, 5: first}), (march, {0: second})),
    )
    sunday = january - timedelta(days=1)

    assert calendar.hours_on(january - timedelta(days=7)) == OpeningHours(at(8), at(18), 3)
    assert calendar.why_closed(sunday) == "not open on Sundays"
    assert calendar.hours_on(january) == calendar.usual_hours(january) == first
    assert calendar.why_closed(january + timedelta(days=1)) == "not open on Tuesdays"
    assert calendar.hours_on(january + timedelta(days=5)) == first
    assert calendar.hours_on(march - timedelta(days=7)) == first
    assert calendar.hours_on(march) == second
    assert calendar.why_closed(march + timedelta(days=5)) == "not open on Saturdays"
    assert calendar.weekly_on(march - timedelta(days=1)) == {0: first, 5: first}


def test_shifts_of_a_day_replace_its_weekly_nurses():
    morning = (Shift(at(8), at(12), 1),)
    usual = OpeningHours(at(8), at(18), 3, (Shift(at(8), at(18), 2),))
    calendar = Calendar(dict.fromkeys(range(5), usual), staffing={TUESDAY: morning, WEDNESDAY: 4})

    assert calendar.hours_on(MONDAY).nurses_steps() == ((at(8), at(18), 2),)
    assert calendar.hours_on(TUESDAY).nurses_steps() == ((at(8), at(12), 1), (at(12), at(18), 0))
    assert calendar.hours_on(WEDNESDAY).nurses_steps() == ((at(8), at(18), 4),)
    assert calendar.usual_hours(TUESDAY) == usual


@pytest.mark.parametrize(
    ("parts", "hours", "why"),
    [
        ([(None, at(12))], (at(12), at(18)), None),
        ([(at(13), None)], (at(8), at(13)), None),
        ([(at(13), None), (None, at(12))], (at(12), at(13)), None),
        ([(None, at(7))], (at(8), at(18)), None),
        ([(at(18), None)], (at(8), at(18)), None),
        ([(None, at(18))], None, "closed until 6pm (training)"),
        ([(at(8), None)], None, "closed from 8am (training)"),
        (
            [(at(12), None), (None, at(12))],
            None,
            "closed from midday (training) and closed until midday (training)",
        ),
        ([(None, None), (None, at(12))], None, "closed (training)"),
    ],
)
def test_a_closed_morning_or_afternoon_narrows_the_hours(parts, hours, why):
    closures = tuple(Closure(TUESDAY, TUESDAY, "training", *part) for part in parts)
    calendar = a_calendar(opens=at(8), closes=at(18), nurses=3, closures=closures)

    assert calendar.hours_on(TUESDAY) == (OpeningHours(*hours, 3) if hours else None)
    assert calendar.why_closed(TUESDAY) == why
    assert calendar.run([MONDAY, TUESDAY]).is_whole is (hours is not None)
    assert calendar.hours_on(WEDNESDAY) == OpeningHours(at(8), at(18), 3)


def test_a_closure_in_the_middle_of_the_day_is_refused():
    with pytest.raises(ValueError, match="never in the middle"):
        Closure(TUESDAY, TUESDAY, "training", at(12), at(13))
