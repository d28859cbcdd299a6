"""The first run of days by date, alone and one course after another."""

from datetime import timedelta

from hypothesis import given, settings

from scheduling.rules import (
    KeptBack,
    Obstacle,
    first_possible,
    nothing_before,
    objections,
    possible_in_turn,
    search_window,
    what_is_in_the_way,
)
from tests.rules.builders import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    NOW,
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
)
from tests.rules.oracle import placements
from tests.rules.strategies import problems

TRY = settings(max_examples=60, deadline=None)


def days(visits):
    return visits and [visit.day for visit in visits]


@TRY
@given(problems())
def test_it_is_the_earliest_day_on_which_any_placement_is_allowed(problem):
    request, diary = problem
    allowed = [p.first_day for p in placements(request, diary) if not objections(p, diary)]
    found = first_possible(request, diary)

    assert (found[0].day if found else None) == min(allowed, default=None)


def test_it_is_not_the_best_day_but_the_first():
    assert days(first_possible(a_course(target=THURSDAY), a_diary())) == [MONDAY, TUESDAY]


def test_one_after_another_none_takes_the_place_of_one_before():
    diary = a_diary(chairs=1)
    asked = [a_course(course_id=n, latest=WEDNESDAY) for n in range(3)]
    found = possible_in_turn(asked, diary)

    assert [days(visits) for visits in found] == [[MONDAY, TUESDAY], [WEDNESDAY, THURSDAY], None]
    assert days(first_possible(asked[2], diary)) == [MONDAY, TUESDAY]


def test_why_there_is_none_is_said_of_the_whole_window():
    full = a_diary(*fully_taken(MONDAY, TUESDAY, WEDNESDAY))
    at_once = a_course(latest=TUESDAY)
    assert what_is_in_the_way(at_once, full) == Obstacle.CHAIR
    assert nothing_before(at_once, full) == WEDNESDAY
    never = a_course(latest=FRIDAY, impossible_weekdays=frozenset(range(5)))
    assert what_is_in_the_way(never, a_diary()) == Obstacle.FAMILY
    apart = a_diary(calendar=a_calendar(weekdays=[0, 2]))
    assert what_is_in_the_way(a_course(latest=FRIDAY), apart) == Obstacle.NEXT_CLOSED
    over = a_course(earliest=NEXT_MONDAY, latest=NEXT_MONDAY)
    late = a_diary(now=a_diary().now.replace(day=SATURDAY.day + 5))
    assert search_window(over, late) == ()
    assert nothing_before(over, late) is what_is_in_the_way(over, late) is None


def test_what_was_looked_up_for_one_course_is_looked_up_anew_once_it_may_be_otherwise():
    everywhere = KeptBack(2, for_courses=False, released_days_before=2)
    kept = a_diary(kept_back=(everywhere,))
    full = a_diary(*(a_child(1, day, at(9), at(17), day) for day in (MONDAY, TUESDAY)), chairs=1)
    asked, later = a_course(latest=TUESDAY), a_course(earliest=THURSDAY, latest=THURSDAY)

    # Places are released from day to day.
    assert days(first_possible(a_course(), kept)) == [MONDAY, TUESDAY]
    assert first_possible(later, kept) is None
    assert days(first_possible(later, kept.at(NOW + timedelta(days=2)))) == [THURSDAY, FRIDAY]
    # Others leave.
    assert first_possible(asked, full) is None
    assert days(first_possible(asked, full.without(MONDAY).without(TUESDAY))) == [MONDAY, TUESDAY]
