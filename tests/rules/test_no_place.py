"""Why a run of days has no place: one obstacle, the first after which nothing is left."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.rules import (
    Closure,
    Diary,
    NurseRule,
    Obstacle,
    Visit,
    find_offers,
    refusals,
)
from scheduling.rules.objections import CHAIR_RULES, TIME_RULES, Rule
from tests.rules.builders import (
    FRIDAY,
    MONDAY,
    SATURDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_calendar,
    a_child,
    a_course,
    a_diary,
    at,
    fully_taken,
    something_else,
)
from tests.rules.oracle import allowed_runs
from tests.rules.strategies import problems

ONE_AT_A_TIME = NurseRule(cannulation_minutes=60, children_per_nurse=1)


def refusal(diary: Diary, first_day: date, **course):
    found = refusals(a_course(**course), diary, [first_day])[first_day]
    return found and (found.obstacle, found.day, found.sentence)


def test_a_day_with_a_place_is_not_refused():
    assert refusals(a_course(), a_diary(), [MONDAY]) == {MONDAY: None}


@pytest.mark.parametrize(
    ("first_day", "course", "diary", "answer"),
    [
        (
            MONDAY,
            {"earliest": TUESDAY},
            a_diary(),
            (
                Obstacle.WINDOW,
                MONDAY,
                "Monday 3 August 2026 is before the clinician’s earliest date, Tuesday 4 August 2026.",
            ),
        ),
        (
            SATURDAY,
            {},
            a_diary(),
            (
                Obstacle.CLOSED,
                SATURDAY,
                "The unit is not open on Saturdays, so there can be no visit on Saturday 8 August 2026.",
            ),
        ),
        (
            FRIDAY,
            {},
            a_diary(),
            (
                Obstacle.NEXT_CLOSED,
                SATURDAY,
                "The unit is not open on Saturdays, so there can be no visit on Saturday 8 August 2026.",
            ),
        ),
        (
            MONDAY,
            {},
            a_diary(calendar=a_calendar(closures=(Closure(TUESDAY, TUESDAY, "deep clean"),))),
            (
                Obstacle.NEXT_CLOSED,
                TUESDAY,
                "The unit is closed (deep clean), so there can be no visit on Tuesday 4 August 2026.",
            ),
        ),
        (
            MONDAY,
            {"impossible_weekdays": frozenset({1})},
            a_diary(),
            (Obstacle.FAMILY, TUESDAY, "The family cannot do Tuesdays, so not Tuesday 4 August 2026."),
        ),
        (
            TUESDAY,
            {"impossible_dates": ((WEDNESDAY, THURSDAY),)},
            a_diary(),
            (
                Obstacle.FAMILY,
                WEDNESDAY,
                "The family cannot do Wednesday 5 August 2026 to Thursday 6 August 2026, "
                "so not Wednesday 5 August 2026.",
            ),
        ),
        (
            TUESDAY,
            {"other_visits": frozenset({TUESDAY})},
            a_diary(),
            (Obstacle.OTHER_VISIT, TUESDAY, "The child already has another visit on Tuesday 4 August 2026."),
        ),
        (
            TUESDAY,
            {"not_before": at(13)},
            a_diary(),
            (
                Obstacle.TOO_LATE,
                TUESDAY,
                "To finish 5 hours before the unit closes, a visit on Tuesday 4 August 2026 starts by "
                "midday; the family cannot start before 1pm.",
            ),
        ),
        (
            MONDAY,
            {},
            a_diary(now=datetime(2026, 8, 3, 12, 1)),
            (
                Obstacle.TOO_LATE,
                MONDAY,
                "To finish 5 hours before the unit closes, a visit on Monday 3 August 2026 had to start by "
                "midday.",
            ),
        ),
        (
            MONDAY,
            {},
            a_diary(now=datetime(2026, 8, 5, 9)),
            (Obstacle.TOO_LATE, MONDAY, "Monday 3 August 2026 has passed."),
        ),
        (
            TUESDAY,
            {},
            a_diary(calendar=a_calendar(opens=at(9), closes=at(13))),
            (
                Obstacle.TOO_LATE,
                TUESDAY,
                "A visit of 5 hours does not fit into Tuesday 4 August 2026: "
                "the unit is open from 9am to 1pm.",
            ),
        ),
        (
            TUESDAY,
            {},
            a_diary(*fully_taken(WEDNESDAY)),
            (Obstacle.CHAIR, WEDNESDAY, "No chair is free for 5 hours on Wednesday 5 August 2026."),
        ),
        (
            TUESDAY,
            {"not_before": at(10)},
            a_diary(something_else(1, TUESDAY, at(14, 30), at(17)), chairs=1),
            (
                Obstacle.CHAIR,
                TUESDAY,
                "No chair is free for 5 hours from 10am on, on Tuesday 4 August 2026.",
            ),
        ),
        (
            TUESDAY,
            {},
            a_diary(
                a_child(1, TUESDAY, at(9), at(14)),
                something_else(2, TUESDAY, at(14, 30), at(17)),
                calendar=a_calendar(nurses=1),
                nurse_rule=ONE_AT_A_TIME,
            ),
            (
                Obstacle.CANNULATION,
                TUESDAY,
                "There is a chair for a start from 9am to 9:30am, but no nurse is free to start the drip. "
                "Two nurses would be needed at 9am on Tuesday 4 August 2026 and one is on.",
            ),
        ),
        (
            TUESDAY,
            {},
            a_diary(
                a_child(1, TUESDAY, at(12), at(17)),
                something_else(2, TUESDAY, at(14), at(17)),
                calendar=a_calendar(nurses=1),
                nurse_rule=ONE_AT_A_TIME,
            ),
            (
                Obstacle.MONITORING,
                TUESDAY,
                "There is a chair for a start at 9am, but there are too few nurses for the hours after. "
                "Two nurses would be needed at midday on Tuesday 4 August 2026 and one is on.",
            ),
        ),
    ],
)
def test_a_refusal_names_the_obstacle_the_day_and_the_reason(first_day, course, diary, answer):
    assert refusal(diary, first_day, **course) == answer


def test_what_is_known_of_the_days_comes_before_what_is_known_of_the_times():
    diary = a_diary(*fully_taken(THURSDAY))

    assert refusal(diary, THURSDAY, impossible_weekdays=frozenset({4}))[0] == Obstacle.FAMILY


@settings(max_examples=100, deadline=None)
@given(problems())
def test_exactly_the_days_without_a_place_are_refused(problem):
    request, diary = problem
    days = [diary.today + timedelta(days=n) for n in range(-1, 8)]
    possible = {run[0][0].day for run in allowed_runs(request, diary, days)}
    refused = refusals(request, diary, days)

    assert {day for day in days if refused[day] is None} == possible
    for offer in find_offers(request, diary):
        assert refused[offer.placement.first_day] is None
    for found in filter(None, refused.values()):
        assert "None" not in found.sentence


@settings(max_examples=100, deadline=None)
@given(problems(), st.data())
def test_the_obstacle_of_a_day_is_the_rule_that_left_no_start(problem, data):
    """The rules one after another, each asked of every start and chair by hand."""
    request, diary = problem
    diary = diary.without(request.course_id)
    for found in filter(None, refusals(request, diary, days_of(diary)).values()):
        hours = diary.calendar.hours_on(found.day)
        if found.obstacle in (Obstacle.CHAIR, Obstacle.CANNULATION, Obstacle.MONITORING):
            visits = [
                Visit(found.day, chair, start, request.minutes)
                for start in hours.starts_for(request.minutes, diary.slot_minutes)
                for chair in diary.chair_ids
            ]
            in_time = [visit for visit in visits if passes(TIME_RULES, visit, request, diary, Rule.NURSES)]
            with_chair = [visit for visit in in_time if passes(CHAIR_RULES, visit, request, diary)]
            assert in_time or not diary.chairs
            assert bool(with_chair) == (found.obstacle != Obstacle.CHAIR)
            assert not any(passes(TIME_RULES, visit, request, diary) for visit in with_chair)


def days_of(diary: Diary) -> list[date]:
    return [diary.today + timedelta(days=n) for n in range(8)]


def passes(rules, visit, request, diary, but: Rule | None = None) -> bool:
    return not any(rule(request, visit, diary) for name, rule in rules.items() if name != but)
