"""Which days can start a course, and what freed room makes possible, against trying every placement."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.rules import (
    DayUse,
    FreedRoom,
    NurseRule,
    Search,
    Visit,
    best_in,
    by_day,
    courses_that_could_start,
    objections,
    price,
    use_of,
)
from tests.rules.builders import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    SATURDAY,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_calendar,
    a_child,
    a_course,
    a_diary,
    a_placement,
    at,
    fully_taken,
    something_else,
)
from tests.rules.oracle import placements
from tests.rules.strategies import problems

TRY = settings(max_examples=60, deadline=None)


def uses(diary, **course):
    search = Search(a_course(**course), diary)
    return [use_of(search, MONDAY + timedelta(days=n)) for n in range(7)]


def test_an_empty_week_starts_courses_from_monday_to_thursday():
    weekend = [DayUse.CLOSED] * 2
    assert uses(a_diary()) == [DayUse.STARTS] * 4 + [DayUse.CONTINUES, *weekend]
    assert uses(a_diary(), days=1) == [DayUse.STARTS] * 5 + weekend
    assert uses(a_diary(), days=3) == [DayUse.STARTS] * 3 + [DayUse.CONTINUES] * 2 + weekend


def test_a_free_day_between_full_ones_is_stranded():
    assert uses(a_diary(*fully_taken(MONDAY, WEDNESDAY)))[:4] == [
        DayUse.FULL,
        DayUse.STRANDED,
        DayUse.FULL,
        DayUse.STARTS,
    ]


def test_yesterday_can_start_nothing():
    assert use_of(Search(a_course(), a_diary()), SUNDAY - timedelta(days=7)) == DayUse.PAST


def test_without_a_nurse_to_start_the_drip_a_day_is_full():
    assert uses(a_diary(calendar=a_calendar(nurses=0)))[0] == DayUse.FULL


@TRY
@given(problems())
def test_the_use_of_a_day_agrees_with_every_placement_there_is(problem):
    request, diary = problem
    search = Search(request, diary)
    days = [diary.today + timedelta(days=n) for n in range(-1, 9)]
    first_days = [days[0] + timedelta(days=n) for n in range(-2, 12)]
    runs = [placement.days for placement in placements(request, diary, first_days)]
    for day in days:
        use = use_of(search, day)
        assert (use == DayUse.STARTS) == any(run[0] == day for run in runs)
        in_a_run = any(day in run for run in runs)
        assert (use in (DayUse.STARTS, DayUse.CONTINUES)) == in_a_run
        if use == DayUse.STRANDED:
            alone = replace(request, days=1, earliest=None, latest=None)
            assert any(placements(alone, diary, [day]))


@TRY
@given(problems(), st.data())
def test_the_best_in_a_chair_is_the_best_of_all_placements_that_begin_there(problem, data):
    request, diary = problem
    day = diary.today + timedelta(days=data.draw(st.integers(0, 6)))
    chair = data.draw(st.sampled_from([*diary.chair_ids, 99]))
    start, end = sorted((data.draw(st.integers(0, 24 * 60)), data.draw(st.integers(0, 24 * 60))))
    there = [
        price(placement, diary.without(request.course_id)).rank
        for placement in placements(request, diary, [day])
        if (first := placement.visits[0]).chair == chair and start <= first.start and first.end <= end
    ]
    found = best_in(Search(request, diary), day, chair, start, end)
    if not there:
        assert found is None
    else:
        assert price(a_placement(*found), diary).placement.visits == found
        ranked = price(replace(a_placement(*found), request=request), diary.without(request.course_id)).rank
        assert ranked == min(there)


def test_courses_are_counted_one_after_another():
    assert courses_that_could_start(a_course(), a_diary(), MONDAY) == 2
    assert courses_that_could_start(a_course(), a_diary(*fully_taken(TUESDAY)), MONDAY) == 0
    taken = [something_else(1, TUESDAY, at(9), at(17))]
    assert courses_that_could_start(a_course(), a_diary(*taken), MONDAY) == 1
    assert courses_that_could_start(a_course(minutes=240), a_diary(), MONDAY) == 4
    assert courses_that_could_start(a_course(), a_diary(), FRIDAY) == 0


def test_nurses_limit_how_many_courses_could_start():
    one = a_diary(chairs=6, calendar=a_calendar(nurses=1), nurse_rule=NurseRule(60, 3))
    assert courses_that_could_start(a_course(), one, MONDAY) < courses_that_could_start(
        a_course(), a_diary(chairs=6), MONDAY
    )


def freed(*visits: Visit, diary, **course):
    return [found.days for found in FreedRoom(diary, visits).placements(a_course(**course))]


def test_a_freed_day_helps_only_where_its_neighbour_has_room():
    diary = a_diary(*fully_taken(MONDAY, WEDNESDAY, THURSDAY, FRIDAY))
    on_tuesday = Visit(TUESDAY, 1, at(9), at(5))
    assert freed(on_tuesday, diary=diary) == []

    with_monday = a_diary(
        *fully_taken(WEDNESDAY, THURSDAY, FRIDAY), something_else(2, TUESDAY, at(9), at(17))
    )
    assert freed(on_tuesday, diary=with_monday) == [(MONDAY, TUESDAY)]


def test_room_that_was_there_before_is_not_freed():
    """Chair 2 had the same hours free all the time; what is new is chair 1."""
    found = list(FreedRoom(a_diary(), [Visit(MONDAY, 1, at(9), at(8))]).placements(a_course(latest=MONDAY)))
    assert [placement.visits[0].chair for placement in found] == [1]


def test_a_freed_nurse_is_freed_room():
    """One nurse, who was busy with the cannulation in chair 1 at the only start there is."""
    diary = a_diary(
        something_else(2, MONDAY, at(14), at(17)),
        something_else(1, MONDAY, at(10), at(17)),
        calendar=a_calendar(nurses=1),
    )
    found = FreedRoom(diary, [Visit(MONDAY, 1, at(9), at(1))]).placements(a_course(latest=MONDAY))
    assert [placement.visits[0] for placement in found] == [Visit(MONDAY, 2, at(9), at(5))]


@TRY
@given(problems(), st.data())
def test_freed_room_gives_what_was_impossible_before(problem, data):
    request, diary = problem
    diary = diary.without(request.course_id)
    booked = [row for rows in diary.taken.values() for row in rows if row.course not in (None, "mine")]
    courses = sorted({str(row.course) for row in booked})
    if not courses:
        return
    gone = data.draw(st.sampled_from(courses))
    visits = [
        Visit(row.day, row.chair, row.start, row.end - row.start) for row in booked if str(row.course) == gone
    ]
    rest = [row for rows in diary.taken.values() for row in rows if row.course != gone]
    after = replace(diary, taken=by_day(rest))

    now = list(placements(request, after))
    new = [placement for placement in now if objections(placement, diary)]
    best = {}
    for placement in new:
        rank = price(placement, after).rank
        best[placement.first_day] = min(best.get(placement.first_day, rank), rank)

    found = list(FreedRoom(after, visits).placements(request))
    assert {placement.first_day: price(placement, after).rank for placement in found} == best


def test_a_child_s_own_visits_do_not_stand_in_its_way():
    mine = [a_child(1, day, at(9), at(14), "mine") for day in (MONDAY, TUESDAY)]
    diary = a_diary(*mine, chairs=1)
    assert use_of(Search(a_course(course_id="mine"), diary), MONDAY) == DayUse.STARTS
    assert use_of(Search(a_course(), diary), MONDAY) == DayUse.FULL


def test_a_weekend_between_friday_and_monday_breaks_the_pair():
    diary = a_diary(*fully_taken(THURSDAY))
    assert use_of(Search(a_course(), diary), FRIDAY) == DayUse.STRANDED
    assert use_of(Search(a_course(), diary), SATURDAY) == DayUse.CLOSED
    assert use_of(Search(a_course(), diary), NEXT_MONDAY) == DayUse.STARTS
