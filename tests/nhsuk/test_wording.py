"""Dates, times and amounts in the NHS content style."""

from datetime import date, datetime, time

import pytest

from crmo_clinic.nhsuk import wording


def test_dates_are_written_in_three_lengths():
    day = date(2026, 8, 4)

    assert wording.long_date(day) == "Tuesday 4 August 2026"
    assert wording.plain_date(day) == "4 August 2026"
    assert wording.short_date(day) == "Tue 4 Aug 2026"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (time(9), "9am"),
        (time(9, 30), "9:30am"),
        (time(9, 5), "9:05am"),
        (time(12), "midday"),
        (time(12, 15), "12:15pm"),
        (time(0), "midnight"),
        (time(0, 30), "12:30am"),
        (time(23, 59), "11:59pm"),
        (540, "9am"),
        (0, "midnight"),
        (1440, "midnight"),
        (1439, "11:59pm"),
    ],
)
def test_a_time_is_written_as_the_nhs_writes_it(at, words):
    assert wording.clock(at) == words


@pytest.mark.parametrize("minutes", [-1, 1441])
def test_minutes_outside_a_day_are_no_time(minutes):
    with pytest.raises(ValueError, match="within one day"):
        wording.clock(minutes)


def test_a_range_of_times():
    assert wording.clock_range(480, 1080) == "8am to 6pm"


@pytest.mark.parametrize(
    ("minutes", "long", "short"),
    [
        (270, "4 hours 30 minutes", "4h 30"),
        (240, "4 hours", "4h"),
        (60, "1 hour", "1h"),
        (61, "1 hour 1 minute", "1h 01"),
        (45, "45 minutes", "45m"),
        (0, "0 minutes", "0m"),
    ],
)
def test_a_length_of_time(minutes, long, short):
    assert wording.duration(minutes) == long
    assert wording.short_duration(minutes) == short


def test_a_length_of_time_is_never_negative():
    with pytest.raises(ValueError, match="negative"):
        wording.duration(-1)


@pytest.mark.parametrize(
    ("born", "day", "words"),
    [
        (date(2016, 3, 15), date(2026, 3, 14), "9 years"),
        (date(2016, 3, 15), date(2026, 3, 15), "10 years"),
        (date(2016, 2, 29), date(2026, 2, 28), "9 years"),
        (date(2016, 2, 29), date(2026, 3, 1), "10 years"),
        (date(2024, 9, 1), date(2026, 8, 31), "23 months"),
        (date(2026, 8, 1), date(2026, 8, 31), "30 days"),
        (date(2026, 8, 1), date(2026, 8, 1), "0 days"),
    ],
)
def test_age_changes_on_the_birthday(born, day, words):
    assert wording.age(born, day) == words


def test_age_in_years_counts_whole_years():
    assert wording.age_in_years(date(2016, 8, 5), date(2026, 8, 4)) == 9


def test_nobody_has_an_age_before_birth():
    with pytest.raises(ValueError, match="on or after the birth date"):
        wording.age(date(2026, 8, 4), date(2026, 8, 3))


def test_amounts_and_lists():
    assert wording.quantity(1, "child", "children") == "1 child"
    assert wording.quantity(0, "child", "children") == "0 children"
    assert wording.quantity(2, "day") == "2 days"
    assert wording.listed([]) == ""
    assert wording.listed(["a"]) == "a"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"
    assert wording.listed(["a", "b"], last="or") == "a or b"
    assert wording.capitalised("nHS number") == "NHS number"


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 8, 4), "at 10:42am today"),
        (date(2026, 8, 5), "at 10:42am yesterday"),
        (date(2026, 8, 6), "at 10:42am on Tuesday 4 August 2026"),
    ],
)
def test_a_moment_of_the_last_days_is_told_by_the_day_it_was(today, words):
    assert wording.moment(datetime(2026, 8, 4, 10, 42, 59), today) == words


@pytest.mark.parametrize(
    ("days", "said"), [(0, "0 days"), (1, "1 day"), (13, "13 days"), (14, "2 weeks"), (27, "3 weeks")]
)
def test_days_become_weeks_from_a_fortnight_on(days, said):
    assert wording.days_or_weeks(days) == said
