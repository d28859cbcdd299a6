"""What would make room: the nearest change of each kind, and each one tried."""

from dataclasses import fields, replace
from datetime import date, timedelta

from hypothesis import given, settings

from scheduling.rules import (
    Calendar,
    Change,
    Closure,
    NurseRule,
    OpeningHours,
    Shift,
    find_offers,
    find_relaxations,
    objections,
)
from tests.rules.builders import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    NEXT_TUESDAY,
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
from tests.rules.oracle import plain_offers
from tests.rules.strategies import problems

ALL_WEEK = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY)


def changes(request, diary):
    return {found.change: found.words for found in find_relaxations(request, diary)}


def test_the_first_possible_day_after_the_window():
    diary = a_diary(*fully_taken(*ALL_WEEK, NEXT_MONDAY))

    assert changes(a_course(latest=FRIDAY), diary) == {
        Change.LATER: "from Tuesday 11 August 2026, after the latest first day"
    }
    (later,) = find_relaxations(a_course(latest=FRIDAY), diary)
    assert later.request == a_course(latest=NEXT_TUESDAY)
    assert later.offer == find_offers(later.request, diary)[0]


def test_after_26_weeks_without_a_latest_date_nothing_has_to_be_agreed_anew():
    shut = a_calendar(closures=(Closure(MONDAY, date(2027, 2, 28), "moving house"),))
    (later,) = find_relaxations(a_course(), a_diary(calendar=shut))

    assert (later.words, later.request) == (
        "from Monday 1 March 2027, after the days searched",
        a_course(),
    )


def test_the_last_possible_day_before_the_earliest_date():
    diary = a_diary(calendar=a_calendar(closures=(Closure(THURSDAY, date(2027, 12, 31), "rebuilding"),)))
    request = a_course(earliest=FRIDAY)

    assert changes(request, diary) == {
        Change.SOONER: "from Tuesday 4 August 2026, before the earliest first day"
    }


def test_the_longest_visits_that_fit():
    late = [something_else(1, day, at(13, 40), at(17)) for day in (TUESDAY, WEDNESDAY)]
    diary = a_diary(*late, chairs=1, calendar=a_calendar(weekdays=[1, 2]))
    request = a_course(minutes=at(6), latest=TUESDAY)

    assert changes(request, diary)[Change.SHORTER] == "with visits of 4 hours 30 minutes"


def test_each_limit_of_the_family_by_itself():
    request = a_course(
        impossible_weekdays=frozenset({0, 2, 4}), impossible_dates=((THURSDAY, THURSDAY),), latest=FRIDAY
    )
    diary = a_diary(calendar=a_calendar(closures=(Closure(NEXT_MONDAY, date(2027, 12, 31), "rebuilding"),)))

    assert changes(request, diary) == {
        Change.FAMILY_WEEKDAY: "if the family could come on Wednesdays",
    }
    weekdays = [found.words for found in find_relaxations(request, diary)]
    assert weekdays == [
        "if the family could come on Mondays",
        "if the family could come on Wednesdays",
    ]


def test_the_dates_of_the_family():
    request = a_course(impossible_dates=((MONDAY, FRIDAY), (NEXT_MONDAY, date(2027, 12, 31))), latest=FRIDAY)

    assert (
        changes(request, a_diary())
        == {Change.FAMILY_DATE: "if the family could come from Monday 3 August 2026 to Friday 7 August 2026"}
        | {}
    )


def test_the_latest_start_before_the_familys_own():
    request = a_course(not_before=at(13), latest=FRIDAY)

    assert (
        changes(request, a_diary(slot_minutes=30))[Change.FAMILY_TIME]
        == "if the family could start at midday"
    )


def test_one_nurse_more_where_nurses_come_and_go_has_no_number():
    """One nurse until the evening, none at midday: with one more all day there is room."""
    hours = OpeningHours(at(9), at(17), 1, (Shift(at(9), at(12), 1), Shift(at(13), at(17), 1)))
    diary = a_diary(calendar=Calendar({1: hours}))
    request = a_course(days=1, earliest=TUESDAY, latest=TUESDAY)
    nurse = {each.change: each for each in find_relaxations(request, diary)}[Change.NURSE]

    assert nurse.words == "with one nurse more on Tuesday 4 August 2026"
    assert (nurse.short_day, nurse.nurses) == (TUESDAY, None)


def test_one_nurse_more_on_the_day_that_lacks_one():
    busy = a_child(1, WEDNESDAY, at(9), at(17))
    diary = a_diary(
        busy,
        calendar=a_calendar(nurses=1, weekdays=[1, 2]),
        nurse_rule=NurseRule(cannulation_minutes=60, children_per_nurse=1),
    )
    request = a_course(latest=TUESDAY)
    found = {relaxation.change: relaxation for relaxation in find_relaxations(request, diary)}
    nurse = found[Change.NURSE]

    assert nurse.words == "with a second nurse on Wednesday 5 August 2026"
    assert (nurse.short_day, nurse.nurses, nurse.request) == (WEDNESDAY, 2, request)


def test_nothing_is_said_when_no_single_change_would_do():
    shut = a_calendar(closures=(Closure(MONDAY, date(2028, 12, 31), "rebuilding"),))

    assert find_relaxations(a_course(), a_diary(calendar=shut)) == ()


@settings(max_examples=100, deadline=None)
@given(problems())
def test_every_change_offered_works_and_changes_one_thing(problem):
    request, diary = problem
    request = replace(request, latest=diary.today + timedelta(days=1))
    if find_offers(request, diary):
        return
    for found in find_relaxations(request, diary):
        relaxed = diary
        if found.change == Change.NURSE:
            hours = diary.calendar.hours_on(found.short_day)
            assert found.nurses == hours.nurses + 1
            staffing = {**diary.calendar.staffing, found.short_day: found.nurses}
            relaxed = replace(diary, calendar=replace(diary.calendar, staffing=staffing))
        changed = [
            f.name for f in fields(request) if getattr(request, f.name) != getattr(found.request, f.name)
        ]

        assert found.offer.placement.request == found.request
        assert len(changed) == (0 if found.change == Change.NURSE else 1)
        assert objections(found.offer.placement, relaxed) == ()
        assert plain_offers(found.request, relaxed)
