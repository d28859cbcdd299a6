"""The values: what a course asks for and what a visit is."""

from datetime import UTC, date, datetime, timedelta

import pytest

from scheduling.rules import CourseRequest, Placement
from tests.rules.builders import TUESDAY, WEDNESDAY, a_course, a_placement, a_visit, at


def test_a_course_is_two_days_unless_the_clinician_says_otherwise():
    assert CourseRequest(minutes=at(5)).days == 2


@pytest.mark.parametrize("minutes", [240, 255, 360])
def test_a_visit_of_four_to_six_hours_in_quarters_may_be_asked_for(minutes):
    assert a_course(minutes=minutes).minutes == minutes


@pytest.mark.parametrize("minutes", [0, 225, 250, 375])
def test_another_length_is_refused(minutes):
    with pytest.raises(ValueError, match="4 to 6 hours, in quarter hours"):
        a_course(minutes=minutes)


@pytest.mark.parametrize("days", [0, 4, -1])
def test_a_course_is_one_two_or_three_days(days):
    assert [a_course(days=possible).days for possible in (1, 2, 3)] == [1, 2, 3]
    with pytest.raises(ValueError, match="1, 2 or 3 days"):
        a_course(days=days)


@pytest.mark.parametrize("not_before", [-1, at(24)])
def test_the_familys_earliest_start_is_a_time_of_day(not_before):
    assert a_course(not_before=0).not_before == 0
    with pytest.raises(ValueError, match="time of day"):
        a_course(not_before=not_before)


def test_a_family_without_limits_has_none():
    assert not a_course().has_family_limits
    assert a_course(not_before=at(10)).has_family_limits
    assert not a_course(not_before=at(10)).has_impossible_days
    assert a_course(impossible_weekdays=frozenset({0})).has_impossible_days
    assert a_course(impossible_dates=((TUESDAY, TUESDAY),)).has_impossible_days


def test_a_placement_begins_with_its_first_visit():
    placement = a_placement(a_visit(TUESDAY), a_visit(WEDNESDAY))

    assert placement.first_day == TUESDAY
    assert placement.days == (TUESDAY, WEDNESDAY)


def test_a_placement_without_visits_is_refused():
    with pytest.raises(ValueError, match="at least one visit"):
        Placement(a_course(), ())


@pytest.mark.parametrize(
    ("day", "start_in_utc"),
    [
        (date(2026, 8, 4), datetime(2026, 8, 4, 8, tzinfo=UTC)),
        (date(2026, 12, 1), datetime(2026, 12, 1, 9, tzinfo=UTC)),
        (date(2026, 10, 24), datetime(2026, 10, 24, 8, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 9, tzinfo=UTC)),
    ],
)
def test_nine_oclock_is_nine_oclock_in_london_all_year(day, start_in_utc):
    visit = a_visit(day, at(9), minutes=at(5))

    assert visit.end == at(14)
    assert visit.starts_at == start_in_utc
    assert visit.ends_at == start_in_utc + timedelta(hours=5)


def test_a_visit_may_end_at_midnight():
    assert a_visit(TUESDAY, at(19)).ends_at == datetime(2026, 8, 4, 23, tzinfo=UTC)
