"""What a plan promises, on units small enough to try everything and on some that are not."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from random import Random
from time import perf_counter

import pytest

from scheduling.planner import (
    Candidate,
    PinnedAway,
    Plan,
    Prices,
    Progress,
    Stage,
    Why,
    bound_of,
    changed,
    check,
    plan,
    why_not,
)
from scheduling.rules import (
    Care,
    Closure,
    CourseRequest,
    Diary,
    KeptBack,
    OpeningHours,
    Phase,
    Shift,
    Visit,
    by_day,
)
from tests.planner.brute import least_value
from tests.planner.instances import instance
from tests.planner.small import Small, small
from tests.processes import ROOT
from tests.rules.builders import (
    FRIDAY,
    MONDAY,
    NEXT_MONDAY,
    SUNDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    a_calendar,
    a_child,
    a_diary,
    at,
    fully_taken,
)

SMALL = range(int(os.environ.get("PLANNER_DIARIES", "150")))


def solved(question: Small, **more) -> Plan:
    return plan(
        question.candidates, question.diary, last_day=question.last_day, prices=question.prices, **more
    )


def a_candidate(course_id="mine", weight=1, due=MONDAY, pinned=(), child=None, **request) -> Candidate:
    asked = CourseRequest(**{"days": 2, "minutes": 300, "course_id": course_id} | request)
    return Candidate(request=asked, weight=weight, due=due, pinned=pinned, child=child)


def two_days(first, chair=1, start=540, minutes=300) -> tuple[Visit, ...]:
    return tuple(Visit(first + timedelta(n), chair, start, minutes) for n in range(2))


def test_no_plan_is_better_and_the_bound_is_true():
    for seed in SMALL:
        question = small(seed)
        found = solved(question)
        least = least_value(question.candidates, question.diary, question.last_day, question.prices)
        assert (seed, found.value) == (seed, least)
        assert (seed, 0 <= found.bound <= least) == (seed, True)
        assert check(found, question.candidates, question.diary, last_day=question.last_day) == ()
        assert (
            bound_of(question.candidates, question.diary, last_day=question.last_day, prices=question.prices)
            <= least
        )


def test_each_candidate_is_named_once_and_in_order():
    for seed in range(30):
        question = small(seed)
        found = solved(question)
        order = [each.request.course_id for each in question.candidates]
        placed, left = [p.course_id for p in found.placed], [each.course_id for each in found.left_out]
        assert placed == [each for each in order if each in placed]
        assert left == [each for each in order if each in left]
        assert sorted(placed + left) == sorted(order)
        assert all(each.sentence.endswith(".") for each in found.left_out)
        assert not found.cut_short
        assert found.solver.startswith("HiGHS 1.")


def test_what_is_pinned_stays_and_the_rest_is_planned_round_it():
    kept = 0
    for seed in range(60):
        question = small(seed)
        free = solved(question)
        if not free.placed:
            continue
        chosen = free.placed[-1]
        candidates = [
            replace(each, pinned=chosen.visits) if each.request.course_id == chosen.course_id else each
            for each in question.candidates
        ]
        found = solved(replace(question, candidates=tuple(candidates)))
        assert found.value == free.value
        assert {each.course_id: each.visits for each in found.placed}[chosen.course_id] == chosen.visits
        kept += 1
    assert kept > 30


def test_pinned_visits_that_break_a_rule_are_named():
    closed = a_diary(calendar=a_calendar(closures=(Closure(TUESDAY, TUESDAY, "deep clean"),)))
    mine, hers = a_candidate("mine", pinned=two_days(MONDAY)), a_candidate("hers", pinned=two_days(THURSDAY))
    with pytest.raises(PinnedAway) as raised:
        plan([mine, hers], closed, last_day=SUNDAY)
    assert list(raised.value.objections) == ["mine"]
    assert "deep clean" in str(raised.value.objections["mine"][0])
    with pytest.raises(PinnedAway) as raised:
        plan([replace(mine, pinned=two_days(THURSDAY)), hers], a_diary(), last_day=SUNDAY)
    assert set(raised.value.objections) == {"mine", "hers"}


def test_a_question_that_is_none_is_refused():
    diary, one = a_diary(), a_candidate()
    for candidates, last_day in (
        ([one, one], SUNDAY),
        ([a_candidate(course_id=None)], SUNDAY),
        ([replace(one, weight=0)], SUNDAY),
        ([replace(one, weight=1001)], SUNDAY),
        ([one], MONDAY - timedelta(1)),
    ):
        with pytest.raises(ValueError):
            plan(candidates, diary, last_day=last_day)
        with pytest.raises(ValueError):
            bound_of(candidates, diary, last_day=last_day)


def test_nothing_to_plan_is_an_empty_plan():
    found = plan([], a_diary(), last_day=SUNDAY)
    assert (found.placed, found.left_out, found.value, found.bound) == ((), (), 0, 0)


def test_the_rows_of_a_candidate_do_not_stand_in_its_way_or_in_that_of_another():
    booked = [a_child(chair, day, at(9), at(17), "mine") for chair in (1, 2) for day in (MONDAY, TUESDAY)]
    diary = a_diary(*booked)
    found = plan([a_candidate("hers"), a_candidate("mine")], diary, last_day=TUESDAY)
    assert [each.days_late for each in found.placed] == [0, 0]
    assert diary == a_diary(*booked)


def test_children_of_one_family_share_no_date():
    twins = [a_candidate(n, child="twin") for n in range(2)]
    found = plan(twins, a_diary(chairs=4), last_day=SUNDAY)
    days = [visit.day for each in found.placed for visit in each.visits]
    assert len(days) == len(set(days)) == 4
    alone = plan([a_candidate(n) for n in range(2)], a_diary(chairs=4), last_day=SUNDAY)
    assert alone.value == 0 < found.value


def test_alone_is_the_first_day_without_the_others():
    candidates = [a_candidate(n, weight=5 - n) for n in range(3)]
    found = plan(candidates, a_diary(chairs=1), last_day=NEXT_MONDAY + timedelta(6))
    assert [each.alone for each in found.placed] == [MONDAY] * 3
    assert [each.visits[0].day for each in found.placed] == [MONDAY, WEDNESDAY, NEXT_MONDAY]
    assert found.value == 4 * 2 + 3 * 7


def test_a_course_without_a_day_is_told_the_rule():
    diary = a_diary(*fully_taken(MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY))
    (left,) = plan([a_candidate()], diary, last_day=SUNDAY).left_out
    assert (left.why, left.sentence[:15]) == (Why.NO_DAY, "No chair is fre")
    (left,) = plan(
        [a_candidate(impossible_weekdays=frozenset(range(7)))], a_diary(), last_day=SUNDAY
    ).left_out
    assert "The family cannot do" in left.sentence
    (left,) = plan([a_candidate(earliest=NEXT_MONDAY)], a_diary(), last_day=SUNDAY).left_out
    assert left.sentence == (
        "It cannot start before Monday 10 August 2026, and the plan ends on Sunday 9 August 2026."
    )


def test_a_course_that_others_leave_no_room_says_so():
    candidates = [a_candidate(n, weight=2 - n) for n in range(2)]
    (left,) = plan(candidates, a_diary(chairs=1), last_day=TUESDAY).left_out
    assert (left.course_id, left.why) == (1, Why.CROWDED)
    assert left.sentence.startswith("On its own it could start on Monday 3 August 2026, but other courses")


def test_leaving_out_is_chosen_where_it_costs_less_than_being_late():
    late = a_candidate(due=MONDAY - timedelta(30))
    found = plan([late], a_diary(), last_day=SUNDAY, prices=Prices(left_out_days=10))
    assert (found.value, found.left_out[0].why) == (10, Why.CROWDED)


def test_more_room_is_never_worse():
    for seed in range(40):
        question = small(seed)
        value = solved(question).value
        for more in (
            changed(question.diary, chairs=1),
            changed(question.diary, nurses=dict.fromkeys(range(7), 1)),
            replace(question.diary, kept_back=()),
            replace(question.diary, taken={}),
        ):
            # A chair more lets places kept back bite later, never earlier.
            assert solved(replace(question, diary=more)).value <= value


def test_the_order_of_rows_and_candidates_does_not_change_the_value():
    question = instance(chairs=3, courses=14, weeks=2, seed=1)
    found = plan(question.candidates, question.diary, last_day=question.last_day)
    shuffled = list(question.candidates)
    Random(7).shuffle(shuffled)
    rows = [row for day in question.diary.taken.values() for row in day]
    Random(8).shuffle(rows)
    diary = replace(question.diary, taken=by_day(rows), chairs=question.diary.chairs[::-1])
    again = plan(shuffled, diary, last_day=question.last_day)
    assert (again.value, again.bound) == (found.value, found.bound)
    visits = {each.course_id: each.visits for each in found.placed}
    assert {each.course_id: each.visits for each in again.placed} == visits


@pytest.mark.processes
def test_another_process_with_another_hash_seed_finds_the_same_plan():
    said = [
        subprocess.run(
            [sys.executable, "-m", "tests.planner.solve_one"],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert b"Placed(" in said[0]
    assert said[0] == said[1]


@pytest.mark.processes
def test_importing_the_planner_loads_no_solver():
    command = [sys.executable, "-m", "tests.planner.import_planner"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert ran.stdout == b"scheduling.planner []\n"


def test_the_watch_is_told_how_far_it_is_and_ends_the_work():
    question = instance(chairs=4, courses=40, weeks=3, seed=3)
    seen: list[Progress] = []

    def stop_at(stage: Stage):
        def watch(progress: Progress) -> bool:
            seen.append(progress)
            return progress.stage != stage

        return watch

    for stage in (Stage.READING, Stage.FIRST, Stage.BETTER):
        seen.clear()
        found = plan(question.candidates, question.diary, last_day=question.last_day, watch=stop_at(stage))
        assert found.cut_short
        shares = [progress.share for progress in seen]
        assert shares == sorted(shares)
        assert seen[-1].stage == stage
        named = [each.course_id for each in (*found.placed, *found.left_out)]
        assert len(named) == len(set(named)) == 40
        assert check(found, question.candidates, question.diary, last_day=question.last_day) == ()
        if stage is Stage.READING:
            assert {each.why for each in found.left_out} == {Why.NOT_DECIDED}


def test_a_watch_that_fails_is_heard():
    def watch(progress: Progress) -> bool:
        if progress.stage is Stage.BETTER:
            raise KeyError("the row is gone")
        return True

    question = instance(chairs=3, courses=14, weeks=2, seed=1)
    with pytest.raises(KeyError, match="the row is gone"):
        plan(question.candidates, question.diary, last_day=question.last_day, watch=watch)


def test_the_work_ends_when_its_seconds_are_over():
    question = instance(chairs=8, courses=80, weeks=5, seed=1)
    began = perf_counter()
    found = plan(question.candidates, question.diary, last_day=question.last_day, seconds=0.0)
    assert found.cut_short
    assert perf_counter() - began < 3
    assert bound_of(question.candidates, question.diary, last_day=question.last_day, seconds=0.0) == 0


def test_a_plan_to_begin_from_never_makes_it_worse():
    question = instance(chairs=3, courses=14, weeks=3, seed=4)
    good = plan(question.candidates, question.diary, last_day=question.last_day, effort=20)
    for watch in (lambda progress: True, lambda progress: progress.stage is not Stage.BETTER):
        again = plan(
            question.candidates, question.diary, last_day=question.last_day, effort=1, start=good, watch=watch
        )
        assert again.value <= good.value
    at_once = plan(
        question.candidates, question.diary, last_day=question.last_day, start=good, watch=lambda p: False
    )
    assert (at_once.cut_short, at_once.value <= good.value) == (True, True)
    # What of it is no longer allowed is dropped; the rest is where it was, or better.
    closed = good.placed[0].visits[0].day
    diary = changed(question.diary, closed=[Closure(closed, closed, "flood")])
    weights = {each.request.course_id: each.weight for each in question.candidates}
    gone = [each for each in good.placed if closed in {visit.day for visit in each.visits}]
    most = good.value + sum(weights[each.course_id] * (365 - each.days_late) for each in gone)
    for watch in (lambda progress: True, lambda progress: False):
        again = plan(
            question.candidates, diary, last_day=question.last_day, effort=1, start=good, watch=watch
        )
        assert again.value <= most


def test_what_no_day_has_is_a_fault_of_a_plan_and_no_reason_to_give_up():
    candidates, diary = [a_candidate(n) for n in range(2)], a_diary(chairs=3)
    good = plan(candidates, diary, last_day=SUNDAY)
    for odd in ({"start": -5}, {"start": 5000}, {"minutes": 0}, {"minutes": -60}, {"minutes": 9999}):
        first, second = good.placed
        moved = replace(first, visits=tuple(replace(visit, **odd) for visit in first.visits))
        broken = replace(good, placed=(moved, second))
        assert any("no such time" in fault for fault in check(broken, candidates, diary, last_day=SUNDAY))
        for watch in (lambda progress: True, lambda progress: False):
            again = plan(candidates, diary, last_day=SUNDAY, start=broken, watch=watch)
            assert check(again, candidates, diary, last_day=SUNDAY) == ()
        pinned = [replace(candidates[0], pinned=moved.visits), candidates[1]]
        with pytest.raises(PinnedAway):
            plan(pinned, diary, last_day=SUNDAY)


def planted(found: Plan, diary: Diary) -> list[tuple[str, Plan]]:
    first, second = found.placed[0], found.placed[1]
    visit = first.visits[0]

    def with_first(**changes) -> Plan:
        moved = replace(first, visits=(replace(visit, **changes), *first.visits[1:]))
        return replace(found, placed=(moved, *found.placed[1:]))

    swapped = replace(second, visits=first.visits)
    return [
        ("taken from", replace(found, placed=(first, swapped, *found.placed[2:]))),
        ("start every", with_first(start=visit.start + 1)),
        ("not one the unit uses", with_first(chair=99)),
        ("would last", with_first(minutes=240)),
        ("not days in a row", with_first(day=visit.day + timedelta(7))),
        ("has one visit here", replace(found, placed=(replace(first, visits=(visit,)), *found.placed[1:]))),
        ("named 0 times", replace(found, placed=found.placed[1:])),
        ("named 2 times", replace(found, placed=(*found.placed, first))),
        ("not one of the candidates", replace(found, placed=(*found.placed, replace(first, course_id="x")))),
    ]


def test_check_finds_what_is_wrong():
    candidates, diary = [a_candidate(n) for n in range(3)], a_diary(chairs=3)
    found = plan(candidates, diary, last_day=SUNDAY)
    assert check(found, candidates, diary, last_day=SUNDAY) == ()
    for words, broken in planted(found, diary):
        assert any(words in fault for fault in check(broken, candidates, diary, last_day=SUNDAY)), words
    early = check(found, candidates, diary, last_day=MONDAY)
    assert any("after the last day of the plan" in fault for fault in early)
    twins = [replace(each, child="twin") for each in candidates]
    assert any("two visits on" in fault for fault in check(found, twins, diary, last_day=SUNDAY))
    pinned = [replace(candidates[0], pinned=two_days(THURSDAY)), *candidates[1:]]
    assert any("where it was pinned" in fault for fault in check(found, pinned, diary, last_day=SUNDAY))
    one_nurse = a_diary(chairs=3, calendar=a_calendar(nurses=1))
    assert any("nurses would be needed" in f for f in check(found, candidates, one_nurse, last_day=SUNDAY))


def test_wishes_come_after_the_days():
    found = plan([a_candidate(n) for n in range(2)], a_diary(), last_day=SUNDAY)
    assert (found.value, found.preferences) == (0, 2 * 2 * 4 * 9)
    assert all({visit.start for visit in each.visits} == {at(9)} for each in found.placed)
    by_due = plan([a_candidate(due=THURSDAY)], a_diary(), last_day=SUNDAY, prices=Prices(day_early=10))
    assert by_due.placed[0].visits[0].day == THURSDAY


def test_why_not_that_day():
    candidates = [a_candidate(n, weight=3 - n) for n in range(2)]
    diary = a_diary(chairs=1, calendar=a_calendar(closures=(Closure(FRIDAY, FRIDAY, "deep clean"),)))
    found = plan(candidates, diary, last_day=NEXT_MONDAY + timedelta(6))
    assert found.value == 2 * 2

    def ask(course_id, day):
        return why_not(found, course_id, day, candidates, diary, last_day=NEXT_MONDAY + timedelta(6))

    refused = ask(1, THURSDAY)
    assert (refused.why, refused.dearer) == (Why.NO_DAY, None)
    assert "deep clean" in refused.sentence
    crowded = ask(1, MONDAY)
    # The other would wait for two days at three points, instead of this one at two.
    assert (crowded.why, crowded.dearer) == (Why.CROWDED, 2)
    assert "at least 2 points more" in crowded.sentence
    with pytest.raises(ValueError):
        ask("nobody", MONDAY)


def test_a_day_so_late_that_leaving_out_counts_for_less_is_no_one_elses_fault():
    """Who has been due for years is left out by its price alone, and a place for it costs what it is late."""
    long_due = a_candidate(due=MONDAY - timedelta(400))
    found = plan([long_due], a_diary(), last_day=SUNDAY)
    assert (found.value, found.left_out[0].why) == (365, Why.CROWDED)
    asked = why_not(found, "mine", TUESDAY, [long_due], a_diary(), last_day=SUNDAY)
    assert (asked.why, asked.dearer) == (Why.CROWDED, 401 - 365)
    elsewhere = a_candidate("hers", pinned=two_days(TUESDAY))
    one_chair = a_diary(chairs=1)
    found = plan([long_due, elsewhere], one_chair, last_day=SUNDAY)
    asked = why_not(found, "mine", TUESDAY, [long_due, elsewhere], one_chair, last_day=SUNDAY)
    assert (asked.why, asked.dearer) == (Why.CROWDED, None)
    assert "places that a person chose for other courses" in asked.sentence


def test_a_changed_unit():
    shifts = Shift(at(9), at(13), 1), Shift(at(12), at(17), 2)
    diary = a_diary(chairs=3, calendar=a_calendar(staffing={MONDAY: 0, TUESDAY: shifts}, nurses=2))
    more = changed(diary, chairs=2, nurses={0: 1, 1: -1})
    assert [chair.id for chair in more.chairs] == [1, 2, 3, -1, -2]
    assert [chair.id for chair in changed(diary, chairs=-2).chairs] == [1]
    assert more.calendar.hours_on(MONDAY).nurses == 1
    assert more.calendar.hours_on(NEXT_MONDAY).nurses == 3
    steps = [nurses for _, _, nurses in more.calendar.hours_on(TUESDAY).nurses_steps()]
    assert steps == [0, 2, 1]
    assert more.calendar.hours_on(WEDNESDAY).nurses == 2
    fewer = changed(diary, nurses={0: -9})
    assert (fewer.calendar.hours_on(MONDAY).nurses, fewer.calendar.hours_on(NEXT_MONDAY).nurses) == (0, 0)
    opened = changed(diary, opening={5: OpeningHours(at(9), at(12), 1)})
    assert opened.calendar.is_open(SUNDAY - timedelta(1))
    assert not diary.calendar.is_open(SUNDAY - timedelta(1))
    shut = changed(diary, closed=[Closure(FRIDAY, FRIDAY, "flood")])
    assert not shut.calendar.is_open(FRIDAY)
    assert changed(diary) == diary


def test_who_is_looked_after_outside_the_chair_counts_beside_who_is_in_it_by_then():
    """After the drip a child has a nurse of its own for two hours, and the only chair is free again."""
    calendar = a_calendar(opens=at(8), closes=at(18), nurses=1)
    after = Phase(120, Care.OWN, in_chair=False)
    candidates = [a_candidate(n, days=1, minutes=240, after=after) for n in range(2)]
    found = plan(candidates, a_diary(chairs=1, calendar=calendar), last_day=TUESDAY)
    assert [each.visits[0].day for each in found.placed] == [MONDAY, TUESDAY]
    two_nurses = a_diary(chairs=1, calendar=a_calendar(opens=at(8), closes=at(18), nurses=2))
    found = plan(candidates, two_nurses, last_day=TUESDAY)
    assert [each.visits[0].day for each in found.placed] == [MONDAY, MONDAY]


def test_places_kept_back_are_kept():
    kept = a_diary(chairs=2, kept_back=(KeptBack(1, False, 0),), now=a_diary().now - timedelta(3))
    found = plan([a_candidate(n) for n in range(2)], kept, last_day=TUESDAY)
    assert len(found.left_out) == 1
