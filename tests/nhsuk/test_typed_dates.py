"""Dates typed in one box. Today is Tuesday 8 June 2027."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmo_clinic.nhsuk.typed_dates import read_day

TODAY = date(2027, 6, 8)


@pytest.mark.parametrize(
    ("text", "ahead", "back"),
    [
        ("8/12", "2027-12-08", "2026-12-08"),
        ("8.12", "2027-12-08", "2026-12-08"),
        ("8-12", "2027-12-08", "2026-12-08"),
        ("8 12", "2027-12-08", "2026-12-08"),
        ("8 Dec", "2027-12-08", "2026-12-08"),
        ("8dec", "2027-12-08", "2026-12-08"),
        ("December 8th", "2027-12-08", "2026-12-08"),
        ("the 8th of December", "2027-12-08", "2026-12-08"),
        ("Wed 8 Dec", "2027-12-08", None),
        ("Tuesday, 8 December", None, "2026-12-08"),
        ("7/6", "2028-06-07", "2027-06-07"),
        ("8/6", "2027-06-08", "2027-06-08"),
        ("9/6", "2027-06-09", "2026-06-09"),
        ("29/2", "2028-02-29", "2024-02-29"),
        ("tue", "2027-06-15", "2027-06-01"),
        ("Wednesday", "2027-06-09", "2027-06-02"),
        ("mon", "2027-06-14", "2027-06-07"),
        ("weds", "2027-06-09", "2027-06-02"),
        ("thurs", "2027-06-10", "2027-06-03"),
        ("3 weeks", "2027-06-29", "2027-05-18"),
        ("a fortnight", "2027-06-22", "2027-05-25"),
    ],
)
def test_without_a_year_plans_lie_ahead_and_decisions_behind(text, ahead, back):
    for is_ahead, expected in ((True, ahead), (False, back)):
        read = read_day(text, TODAY, ahead=is_ahead)
        assert (read and read.isoformat()) == expected


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("8/12/2026", "2026-12-08"),
        ("8.12.26", "2026-12-08"),
        ("08/12/26", "2026-12-08"),
        ("2026-12-08", "2026-12-08"),
        ("Tue 8 Dec 2026", "2026-12-08"),
        ("8 \u200bDecember\u00a02026", "2026-12-08"),
        ("today", "2027-06-08"),
        ("Tomorrow", "2027-06-09"),
        ("yesterday", "2027-06-07"),
        ("next tue", "2027-06-15"),
        ("next mon", "2027-06-14"),
        ("this fri", "2027-06-11"),
        ("last tue", "2027-06-01"),
        ("on last monday", "2027-06-07"),
        ("in 3 weeks", "2027-06-29"),
        ("in three weeks", "2027-06-29"),
        ("in 1 day", "2027-06-09"),
        ("in 10 days", "2027-06-18"),
        ("in 3 months", "2027-09-08"),
        ("in a year", "2028-06-08"),
        ("2 weeks ago", "2027-05-25"),
    ],
)
def test_what_is_plain_means_the_same_both_ways(text, day):
    assert {read_day(text, TODAY, ahead=ahead).isoformat() for ahead in (True, False)} == {day}


@pytest.mark.parametrize(
    "text",
    [
        "", "8", "soon", "31/6", "0/6", "8/13", "12/25", "8/12/126", "Mon 8 Dec 2026", "in weeks",
        "in 3 weeks ago", "next", "tues 8", "8/12/2026 or later", "1000 weeks", "in many weeks", "tu", "m",
        "29/2/2027",
    ],
)  # fmt: skip
def test_what_is_half_understood_is_refused(text):
    assert read_day(text, TODAY, ahead=True) is None


def test_a_month_ahead_of_a_long_one_ends_with_the_short_one():
    assert read_day("in a month", date(2027, 1, 31), ahead=True) == date(2027, 2, 28)
    assert read_day("in 999 years", date(9500, 1, 31), ahead=True) is None


@given(st.text(), st.booleans())
def test_nothing_typed_breaks_it(text, ahead):
    assert read_day(text, TODAY, ahead=ahead) is None or isinstance(read_day(text, TODAY, ahead=ahead), date)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_date_is_read_back_as_it_is_written(day):
    for text in (
        f"{day:%d/%m/%Y}",
        f"{day:%d.%m.%y}",
        f"{day.isoformat()}",
        f"{day:%a} {day.day} {day:%b %Y}",
    ):
        assert read_day(text, TODAY, ahead=True) == day
