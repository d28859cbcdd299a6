"""Each rule alone, in its words; then the boundaries of each."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from scheduling.rules import (
    Calendar,
    Chair,
    Closure,
    KeptBack,
    NurseRule,
    Objection,
    OpeningHours,
    RoleShift,
    Rule,
    Shift,
    objections,
)
from scheduling.rules.objections import CHAIR_RULES, COURSE_RULES, DAY_RULES, RULES_OF_NOTICE, TIME_RULES
from tests.rules.builders import (
    EVERY_DAY,
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    NEXT_TUESDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_calendar,
    a_child,
    a_diary,
    a_placement,
    a_visit,
    at,
    something_else,
)

CLOCKS_BACK, CLOCKS_FORWARD = date(2026, 10, 25), date(2027, 3, 28)
CHRISTMAS_EVE, CHRISTMAS = date(2026, 12, 24), date(2026, 12, 25)
# What a person may allow.
SOFT = {Rule.EARLIEST_DATE, Rule.LATEST_DATE, Rule.NOTICE, Rule.NURSES, Rule.KEPT_BACK}
PLAY_UNTIL_20_PAST_10 = (RoleShift("play specialist", at(9), at(10, 20)),)
OPEN_AT_NIGHT = a_calendar(opens=0, closes=at(24), weekdays=EVERY_DAY)


def broken(placement, diary) -> list[Rule]:
    return [objection.rule for objection in objections(placement, diary)]


def test_an_ordinary_placement_has_no_objection():
    assert objections(a_placement(), a_diary()) == ()


# For each rule: a placement in a diary, the day to blame and the sentence.
ALONE = {
    Rule.NUMBER_OF_VISITS: (
        a_placement(a_visit(TUESDAY), days=2),
        a_diary(),
        None,
        "The course needs two visits, one a day, and has one visit here.",
    ),
    Rule.DAYS_IN_A_ROW: (
        a_placement(a_visit(FRIDAY), a_visit(NEXT_MONDAY)),
        a_diary(),
        None,
        "Friday 7 August 2026 and Monday 10 August 2026 are not days in a row: "
        "choose days that follow each other.",
    ),
    Rule.EARLIEST_DATE: (
        a_placement(earliest=WEDNESDAY),
        a_diary(),
        None,
        "Tuesday 4 August 2026 is before the clinician’s earliest date, Wednesday 5 August 2026.",
    ),
    Rule.LATEST_DATE: (
        a_placement(latest=MONDAY),
        a_diary(),
        None,
        "Tuesday 4 August 2026 is after the clinician’s latest date, Monday 3 August 2026.",
    ),
    Rule.OPEN_DAY: (
        a_placement(a_visit(CHRISTMAS_EVE), a_visit(CHRISTMAS)),
        a_diary(calendar=a_calendar(bank_holidays={CHRISTMAS: "Christmas Day"})),
        CHRISTMAS,
        "The unit is closed for a bank holiday (Christmas Day), "
        "so there can be no visit on Friday 25 December 2026.",
    ),
    Rule.FAMILY_WEEKDAY: (
        a_placement(impossible_weekdays=frozenset({2})),
        a_diary(),
        WEDNESDAY,
        "The family cannot do Wednesdays, so not Wednesday 5 August 2026.",
    ),
    Rule.FAMILY_DATE: (
        a_placement(impossible_dates=((WEDNESDAY, FRIDAY),)),
        a_diary(),
        WEDNESDAY,
        "The family cannot do Wednesday 5 August 2026 to Friday 7 August 2026, "
        "so not Wednesday 5 August 2026.",
    ),
    Rule.OTHER_VISIT: (
        a_placement(other_visits=frozenset({WEDNESDAY})),
        a_diary(),
        WEDNESDAY,
        "The child already has another visit on Wednesday 5 August 2026.",
    ),
    Rule.LENGTH: (
        a_placement(a_visit(TUESDAY), a_visit(WEDNESDAY, minutes=at(4, 30))),
        a_diary(),
        WEDNESDAY,
        "The visit on Wednesday 5 August 2026 would last 4 hours 30 minutes; "
        "each visit of this course lasts 5 hours.",
    ),
    Rule.GRID: (
        a_placement(a_visit(TUESDAY), a_visit(WEDNESDAY, at(9, 5))),
        a_diary(),
        WEDNESDAY,
        "Visits start every 15 minutes, so not at 9:05am on Wednesday 5 August 2026: try 9am or 9:15am.",
    ),
    Rule.PAST: (
        a_placement(a_visit(TUESDAY), a_visit(WEDNESDAY)),
        a_diary(now=datetime(2026, 8, 4, 9, 1)),
        TUESDAY,
        "9am on Tuesday 4 August 2026 has already passed.",
    ),
    Rule.OPENING_TIME: (
        a_placement(a_visit(TUESDAY), a_visit(WEDNESDAY, at(8, 45))),
        a_diary(),
        WEDNESDAY,
        "The visit on Wednesday 5 August 2026 would start at 8:45am; the unit opens at 9am.",
    ),
    Rule.CLOSING_TIME: (
        a_placement(a_visit(TUESDAY), a_visit(WEDNESDAY, at(12, 30))),
        a_diary(),
        WEDNESDAY,
        "The visit on Wednesday 5 August 2026 would end at 5:30pm; "
        "the unit closes at 5pm, so the latest start is midday.",
    ),
    Rule.FAMILY_TIME: (
        a_placement(a_visit(TUESDAY, at(10)), a_visit(WEDNESDAY, at(9)), not_before=at(10)),
        a_diary(),
        WEDNESDAY,
        "The visit on Wednesday 5 August 2026 would start at 9am; the family cannot start before 10am.",
    ),
    Rule.CLOCK_CHANGE: (
        a_placement(a_visit(CLOCKS_BACK, 0)),
        a_diary(calendar=OPEN_AT_NIGHT),
        CLOCKS_BACK,
        "The clocks change during the visit on Sunday 25 October 2026, so it would not last 5 hours: "
        "start at 2am or later, or on another day.",
    ),
    Rule.NURSES: (
        a_placement(a_visit(TUESDAY, at(9, 15))),
        a_diary(
            a_child(2, TUESDAY, at(9), at(13)),
            a_child(3, TUESDAY, at(9), at(13)),
            chairs=3,
            calendar=a_calendar(nurses=2),
        ),
        TUESDAY,
        "Three nurses would be needed at 9:15am on Tuesday 4 August 2026 and two are on.",
    ),
    Rule.NOTICE: (
        a_placement(a_visit(TUESDAY), a_visit(WEDNESDAY)),
        a_diary(notice_days=2),
        None,
        "Tuesday 4 August 2026 gives the family less than two working days’ notice: "
        "the first day with it is Wednesday 5 August 2026.",
    ),
    Rule.ROLE: (
        a_placement(a_visit(TUESDAY, at(10)), roles=frozenset({"play specialist"})),
        a_diary(calendar=Calendar({1: OpeningHours(at(9), at(17), 9, roles=PLAY_UNTIL_20_PAST_10)})),
        TUESDAY,
        "A play specialist is needed from 10am to 10:30am on Tuesday 4 August 2026 "
        "and is on from 9am to 10:20am.",
    ),
    Rule.KEPT_BACK: (
        a_placement(a_visit(TUESDAY, at(9), chair=2)),
        a_diary(
            a_child(1, TUESDAY, at(12), at(16)),
            kept_back=(KeptBack(1, for_courses=False, released_days_before=0, start=at(13), end=at(15)),),
        ),
        TUESDAY,
        "On Tuesday 4 August 2026 one place is kept for other infusions from 1pm to 3pm: "
        "anybody may have it from Tuesday 4 August 2026 on.",
    ),
    Rule.CHAIR_KIND: (
        a_placement(a_visit(TUESDAY, chair=2), chair_kinds=frozenset({"cubicle", "bed"})),
        replace(a_diary(), chairs=(Chair(2, "Chair 2", frozenset({"bed"})),)),
        TUESDAY,
        "The child needs a cubicle, and Chair 2 is not one.",
    ),
    Rule.CHAIR_EXISTS: (
        a_placement(a_visit(TUESDAY, chair=7)),
        a_diary(),
        TUESDAY,
        "The chair chosen for Tuesday 4 August 2026 is not one the unit uses: choose another.",
    ),
    Rule.CHAIR_FREE: (
        a_placement(a_visit(TUESDAY, chair=2)),
        a_diary(something_else(2, TUESDAY, at(13), at(17))),
        TUESDAY,
        "Chair 2 is taken from 1pm to 5pm on Tuesday 4 August 2026.",
    ),
}


@pytest.mark.parametrize("rule", Rule)
def test_each_rule_can_be_the_only_objection(rule):
    placement, diary, day, sentence = ALONE[rule]

    assert objections(placement, diary) == (Objection(rule, sentence, day, rule in SOFT),)
    assert str(objections(placement, diary)[0]) == sentence


def test_every_rule_stands_in_one_table_in_the_order_of_the_list():
    assert [*COURSE_RULES, *RULES_OF_NOTICE, *DAY_RULES, *TIME_RULES, *CHAIR_RULES] == list(Rule)


def test_all_objections_come_course_first_then_visit_by_visit():
    diary = a_diary(
        something_else(1, MONDAY, at(10), at(12)),
        something_else(1, FRIDAY, at(10), at(12)),
        calendar=a_calendar(closures=(Closure(FRIDAY, FRIDAY, "deep clean"),)),
        now=datetime(2026, 8, 3, 12),
    )
    visits = a_visit(FRIDAY), a_visit(MONDAY, at(8, 5), minutes=at(6))
    placement = a_placement(*visits, days=3, earliest=NEXT_MONDAY, latest=THURSDAY, not_before=at(9))

    assert [(objection.rule, objection.day) for objection in objections(placement, diary)] == [
        (Rule.NUMBER_OF_VISITS, None),
        (Rule.DAYS_IN_A_ROW, None),
        (Rule.EARLIEST_DATE, None),
        (Rule.LATEST_DATE, None),
        (Rule.OPEN_DAY, FRIDAY),
        (Rule.CHAIR_FREE, FRIDAY),
        (Rule.LENGTH, MONDAY),
        (Rule.GRID, MONDAY),
        (Rule.PAST, MONDAY),
        (Rule.OPENING_TIME, MONDAY),
        (Rule.FAMILY_TIME, MONDAY),
        (Rule.CHAIR_FREE, MONDAY),
    ]


# Number and days


@pytest.mark.parametrize("days", [1, 2, 3])
def test_a_course_has_as_many_visits_as_it_asks_for(days):
    for planned in (1, 2, 3):
        placement = a_placement(
            *[a_visit(day) for day in (TUESDAY, WEDNESDAY, THURSDAY)[:planned]], days=days
        )
        assert broken(placement, a_diary()) == ([] if planned == days else [Rule.NUMBER_OF_VISITS])


@pytest.mark.parametrize(
    "days",
    [
        (TUESDAY, THURSDAY),
        (WEDNESDAY, TUESDAY),
        (TUESDAY, TUESDAY),
        (MONDAY, TUESDAY, THURSDAY),
        (FRIDAY, NEXT_MONDAY, NEXT_TUESDAY),
    ],
)
def test_days_with_a_gap_backwards_or_twice_are_not_in_a_row(days):
    assert broken(a_placement(*map(a_visit, days)), a_diary()) == [Rule.DAYS_IN_A_ROW]


def test_both_days_closed_are_two_objections():
    diary = a_diary(calendar=a_calendar(closures=(Closure(MONDAY, FRIDAY, "building work"),)))

    assert [(objection.rule, objection.day) for objection in objections(a_placement(), diary)] == [
        (Rule.OPEN_DAY, TUESDAY),
        (Rule.OPEN_DAY, WEDNESDAY),
    ]


# The clinician's window


@pytest.mark.parametrize(
    ("window", "rules"),
    [
        ({"earliest": TUESDAY}, []),
        ({"earliest": WEDNESDAY}, [Rule.EARLIEST_DATE]),
        ({"latest": TUESDAY}, []),
        ({"latest": MONDAY}, [Rule.LATEST_DATE]),
        ({"earliest": TUESDAY, "latest": TUESDAY}, []),
        ({"target": NEXT_MONDAY}, []),
        ({"earliest": THURSDAY, "latest": MONDAY}, [Rule.EARLIEST_DATE, Rule.LATEST_DATE]),
    ],
)
def test_the_clinicians_window_is_about_the_first_day_and_includes_its_ends(window, rules):
    assert broken(a_placement(a_visit(TUESDAY), a_visit(WEDNESDAY), **window), a_diary()) == rules


# The family


@pytest.mark.parametrize(
    ("weekday", "rules"), [(0, []), (1, [Rule.FAMILY_WEEKDAY]), (2, [Rule.FAMILY_WEEKDAY]), (3, [])]
)
def test_a_weekday_the_family_cannot_do_rules_out_any_day_of_the_course(weekday, rules):
    assert broken(a_placement(impossible_weekdays=frozenset({weekday})), a_diary()) == rules


@pytest.mark.parametrize(
    ("dates", "rules"),
    [
        ((MONDAY, MONDAY), []),
        ((MONDAY, TUESDAY), [Rule.FAMILY_DATE]),
        ((WEDNESDAY, FRIDAY), [Rule.FAMILY_DATE]),
        ((THURSDAY, FRIDAY), []),
        ((MONDAY, FRIDAY), [Rule.FAMILY_DATE, Rule.FAMILY_DATE]),
    ],
)
def test_dates_the_family_cannot_do_include_the_first_and_the_last(dates, rules):
    assert broken(a_placement(impossible_dates=(dates,)), a_diary()) == rules


def test_a_day_in_two_of_the_familys_ranges_is_named_once():
    placement = a_placement(a_visit(TUESDAY), impossible_dates=((TUESDAY, TUESDAY), (MONDAY, FRIDAY)))

    assert [str(objection) for objection in objections(placement, a_diary())] == [
        "The family cannot do Tuesday 4 August 2026."
    ]


@pytest.mark.parametrize(("not_before", "rules"), [(at(8), []), (at(9), []), (at(9, 1), [Rule.FAMILY_TIME])])
def test_a_visit_may_start_at_the_familys_earliest_time(not_before, rules):
    assert broken(a_placement(a_visit(TUESDAY, at(9)), not_before=not_before), a_diary()) == rules


# Time of day


@pytest.mark.parametrize(
    ("start", "slot_minutes", "rules"),
    [
        (at(9, 30), 15, []),
        (at(9, 30), 30, []),
        (at(9, 30), 60, [Rule.GRID]),
        (at(9, 45), 30, [Rule.GRID]),
        (at(9, 14), 15, [Rule.GRID]),
        (at(9, 16), 15, [Rule.GRID]),
        (at(9, 16), 1, []),
    ],
)
def test_a_visit_starts_on_the_units_grid(start, slot_minutes, rules):
    assert broken(a_placement(a_visit(TUESDAY, start)), a_diary(slot_minutes=slot_minutes)) == rules


@pytest.mark.parametrize(
    ("now", "rules"),
    [
        (datetime(2026, 8, 3, 23, 59), []),
        (datetime(2026, 8, 4, 9), []),
        (datetime(2026, 8, 4, 9, 0, 0, 1), [Rule.PAST]),
        (datetime(2026, 8, 5, 0), [Rule.PAST]),
    ],
)
def test_a_visit_may_start_now_and_not_a_moment_ago(now, rules):
    assert broken(a_placement(a_visit(TUESDAY, at(9))), a_diary(now=now)) == rules


@pytest.mark.parametrize(
    ("start", "minutes", "rules"),
    [
        (at(9), at(4), []),
        (at(8, 45), at(4), [Rule.OPENING_TIME]),
        (at(13), at(4), []),
        (at(13, 15), at(4), [Rule.CLOSING_TIME]),
        (at(11), at(6), []),
        (at(11, 15), at(6), [Rule.CLOSING_TIME]),
        (at(23), at(4), [Rule.CLOSING_TIME]),
    ],
)
def test_a_visit_may_not_start_before_opening_nor_cross_closing_time(start, minutes, rules):
    assert broken(a_placement(a_visit(TUESDAY, start, minutes=minutes), minutes=minutes), a_diary()) == rules


@pytest.mark.parametrize(
    ("closes", "minutes", "words"),
    [
        (at(17), at(6), "end at 5:30pm; the unit closes at 5pm, so the latest start is 11am."),
        (at(17, 10), at(6), "end at 5:30pm; the unit closes at 5:10pm, so the latest start is 11am."),
        (at(14), at(6), "end at 5:30pm; the unit closes at 2pm, so it does not fit on that day."),
    ],
)
def test_a_visit_that_would_end_too_late_is_told_the_latest_start(closes, minutes, words):
    placement = a_placement(a_visit(TUESDAY, at(11, 30), minutes=minutes), minutes=minutes)

    assert str(objections(placement, a_diary(calendar=a_calendar(closes=closes)))[0]).endswith(words)


def test_a_visit_that_would_run_past_midnight_ends_the_next_day():
    placement = a_placement(a_visit(TUESDAY, at(21)))
    diary = a_diary(calendar=a_calendar(closes=at(24)))

    assert [str(objection) for objection in objections(placement, diary)] == [
        "The visit on Tuesday 4 August 2026 would end at 2am the next day; "
        "the unit closes at midnight, so the latest start is 7pm."
    ]


@pytest.mark.parametrize("day", [CLOCKS_BACK, CLOCKS_FORWARD])
@pytest.mark.parametrize(
    ("start", "rules"),
    [(0, [Rule.CLOCK_CHANGE]), (at(1), [Rule.CLOCK_CHANGE]), (at(1, 45), [Rule.CLOCK_CHANGE]), (at(2), [])],
)
def test_a_visit_may_not_lie_across_a_change_of_the_clocks(day, start, rules):
    assert broken(a_placement(a_visit(day, start)), a_diary(calendar=OPEN_AT_NIGHT)) == rules


@pytest.mark.parametrize(
    "day", [date(2026, 10, 24), date(2026, 10, 26), date(2027, 3, 27), date(2027, 3, 29)]
)
def test_the_nights_around_a_change_of_the_clocks_are_ordinary(day):
    assert broken(a_placement(a_visit(day, 0)), a_diary(calendar=OPEN_AT_NIGHT)) == []
    assert broken(a_placement(a_visit(day, at(19))), a_diary(calendar=OPEN_AT_NIGHT)) == []


# Nurses


@pytest.mark.parametrize(
    ("start", "rules"),
    [
        (at(9), [Rule.NURSES]),
        (at(9, 15), [Rule.NURSES]),
        (at(9, 30), []),
        (at(10), []),
    ],
)
def test_one_nurse_cannulates_one_child_at_a_time(start, rules):
    """With two nurses: one monitors or cannulates, so a second child waits until the first is settled."""
    others = a_child(2, TUESDAY, at(8), at(12)), a_child(3, TUESDAY, at(9), at(13))
    diary = a_diary(*others, chairs=3, calendar=a_calendar(opens=at(8), nurses=2))

    assert broken(a_placement(a_visit(TUESDAY, start)), diary) == rules


@pytest.mark.parametrize(("children", "rules"), [(3, []), (4, [Rule.NURSES])])
def test_a_nurse_monitors_so_many_children_and_no_more(children, rules):
    others = [a_child(chair, TUESDAY, at(9), at(14)) for chair in range(2, children + 1)]
    diary = a_diary(*others, chairs=4, nurse_rule=NurseRule(0, 3), calendar=a_calendar(nurses=1))

    assert broken(a_placement(a_visit(TUESDAY)), diary) == rules


def test_the_children_who_come_later_count_too():
    other = a_child(2, TUESDAY, at(12), at(16))
    diary = a_diary(other, calendar=a_calendar(nurses=1))

    assert [str(objection) for objection in objections(a_placement(a_visit(TUESDAY)), diary)] == [
        "Two nurses would be needed at midday on Tuesday 4 August 2026 and one is on."
    ]


@pytest.mark.parametrize("others_come", [at(8), at(17)])
def test_only_the_moments_of_the_visit_count(others_come):
    """One nurse is on for two children who come at once, before or after this visit: not its fault."""
    others = [a_child(chair, TUESDAY, others_come, others_come + at(4)) for chair in (1, 2)]
    diary = a_diary(*others, calendar=a_calendar(opens=at(8), closes=at(21), nurses=1))

    assert broken(a_placement(a_visit(TUESDAY, at(12))), diary) == []


def test_a_chair_taken_by_something_else_needs_no_nurse():
    other = something_else(2, TUESDAY, at(9), at(13))

    assert broken(a_placement(a_visit(TUESDAY)), a_diary(other, calendar=a_calendar(nurses=1))) == []


def test_the_nurses_are_asked_at_every_minute_of_their_shifts():
    """A second child arrives at 9am; the second nurse leaves at midday, or a minute after the visits end."""
    other, rule = a_child(2, TUESDAY, at(9), at(14)), NurseRule(30, 1)

    def refusals(*shifts: Shift) -> list[str]:
        hours = OpeningHours(at(8), at(17), 9, shifts)
        diary = a_diary(other, calendar=Calendar({1: hours, 2: hours}), nurse_rule=rule)
        return [str(each) for each in objections(a_placement(a_visit(TUESDAY)), diary)]

    all_day = Shift(at(8), at(17), 1)
    assert refusals(all_day, Shift(at(8), at(14), 1)) == []
    assert refusals(all_day, Shift(at(9), at(14), 1)) == []
    assert refusals(all_day, Shift(at(9, 1), at(14), 1)) == [
        "Two nurses would be needed at 9am on Tuesday 4 August 2026 and one is on."
    ]
    assert refusals(all_day, Shift(at(8), at(13, 59), 1)) == [
        "Two nurses would be needed at 1:59pm on Tuesday 4 August 2026 and one is on."
    ]
    assert refusals(Shift(at(12), at(17), 2)) == [
        "Two nurses would be needed at 9am on Tuesday 4 August 2026 and none is on."
    ]


def test_the_nurses_of_the_day_count_and_not_the_weekly_number():
    diary = a_diary(calendar=a_calendar(staffing={WEDNESDAY: 0}))

    assert [str(objection) for objection in objections(a_placement(), diary)] == [
        "One nurse would be needed at 9am on Wednesday 5 August 2026 and none is on."
    ]


def test_numbers_above_nine_are_figures():
    others = [a_child(chair, TUESDAY, at(9), at(13)) for chair in range(2, 13)]
    diary = a_diary(*others, chairs=12, calendar=a_calendar(nurses=10))

    assert [str(objection) for objection in objections(a_placement(a_visit(TUESDAY)), diary)] == [
        "12 nurses would be needed at 9am on Tuesday 4 August 2026 and 10 are on."
    ]


# Chairs


@pytest.mark.parametrize(
    ("taken", "rules"),
    [
        (something_else(1, TUESDAY, at(9), at(10)), []),
        (something_else(1, TUESDAY, at(9), at(10, 1)), [Rule.CHAIR_FREE]),
        (something_else(1, TUESDAY, at(15), at(17)), []),
        (something_else(1, TUESDAY, at(14, 59), at(17)), [Rule.CHAIR_FREE]),
        (something_else(1, TUESDAY, at(11), at(12)), [Rule.CHAIR_FREE]),
        (something_else(1, TUESDAY, at(9), at(17)), [Rule.CHAIR_FREE]),
        (something_else(2, TUESDAY, at(9), at(17)), []),
        (something_else(1, WEDNESDAY, at(9), at(17)), []),
        (a_child(1, TUESDAY, at(10), at(15)), [Rule.CHAIR_FREE]),
    ],
)
def test_a_chair_takes_one_at_a_time_and_may_be_used_back_to_back(taken, rules):
    assert broken(a_placement(a_visit(TUESDAY, at(10))), a_diary(taken)) == rules


def test_a_chair_taken_twice_is_one_objection_with_both_times():
    diary = a_diary(something_else(1, TUESDAY, at(9), at(10)), something_else(1, TUESDAY, at(13), at(17)))

    assert [str(objection) for objection in objections(a_placement(a_visit(TUESDAY)), diary)] == [
        "Chair 1 is taken from 9am to 10am and 1pm to 5pm on Tuesday 4 August 2026."
    ]


def test_a_course_does_not_stand_in_its_own_way():
    own = a_child(1, TUESDAY, at(10), at(15), "mine"), a_child(1, WEDNESDAY, at(10), at(15), "mine")
    diary = a_diary(*own, chairs=1, calendar=a_calendar(nurses=1))

    assert broken(a_placement(course_id="mine"), diary) == []
    assert broken(a_placement(course_id="hers"), diary) == [Rule.NURSES, Rule.CHAIR_FREE] * 2
    assert broken(a_placement(), diary) == [Rule.NURSES, Rule.CHAIR_FREE] * 2
