"""Cannulation takes a nurse; the other children share one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.rules import Load, NurseRule, nurse_load
from scheduling.rules.capacity import stretches
from tests.rules.builders import at

RULE = NurseRule(cannulation_minutes=30, children_per_nurse=3)


@pytest.mark.parametrize(
    ("cannulating", "monitored", "nurses"),
    [(0, 0, 0), (1, 0, 1), (0, 1, 1), (0, 3, 1), (0, 4, 2), (2, 0, 2), (1, 3, 2), (1, 4, 3), (2, 7, 5)],
)
def test_nurses_needed(cannulating, monitored, nurses):
    assert RULE.nurses_needed(cannulating, monitored) == nurses


def load_of(visits, rule):
    """The load of visits in their usual phases, given as start and end."""
    return nurse_load(
        (stretch for start, end in visits for stretch in stretches(start, rule.usual_phases(end - start))),
        rule,
    )


def test_a_visit_is_cannulating_first_and_monitored_until_its_end():
    assert load_of([(at(9), at(13))], RULE) == (
        Load(at(9), at(9, 30), cannulating=1, monitored=0, nurses=1),
        Load(at(9, 30), at(13), cannulating=0, monitored=1, nurses=1),
    )


def test_staggered_visits_make_steps_without_gaps():
    assert load_of([(at(9), at(13)), (at(9, 15), at(13, 15))], RULE) == (
        Load(at(9), at(9, 15), 1, 0, 1),
        Load(at(9, 15), at(9, 30), 2, 0, 2),
        Load(at(9, 30), at(9, 45), 1, 1, 2),
        Load(at(9, 45), at(13), 0, 2, 1),
        Load(at(13), at(13, 15), 0, 1, 1),
    )


def test_an_empty_stretch_is_a_step_without_nurses():
    steps = load_of([(at(8), at(12)), (at(13), at(17))], RULE)

    assert Load(at(12), at(13), 0, 0, 0) in steps


def test_one_visit_leaving_as_the_next_arrives_are_never_both_there():
    steps = load_of([(at(8), at(12)), (at(12), at(16))], RULE)

    assert max(step.nurses for step in steps) == 1


def test_no_visit_is_no_load():
    assert load_of([], RULE) == ()


def test_without_cannulation_time_children_are_monitored_from_the_start():
    assert load_of([(at(9), at(13))], NurseRule(0, 3)) == (Load(at(9), at(13), 0, 1, 1),)


def test_a_visit_shorter_than_cannulation_is_cannulating_to_its_end():
    assert load_of([(at(9), at(9, 20))], RULE) == (Load(at(9), at(9, 20), 1, 0, 1),)


@pytest.mark.parametrize("rule", [(-1, 3), (30, 0)])
def test_an_impossible_nurse_rule_is_refused(rule):
    with pytest.raises(ValueError, match=r"\.$"):
        NurseRule(*rule)


visits = st.tuples(st.integers(0, 40), st.integers(1, 20)).map(lambda visit: (visit[0], sum(visit)))


@given(st.lists(visits, max_size=6), st.integers(0, 12), st.integers(1, 4))
def test_the_steps_agree_with_counting_children_minute_by_minute(children, cannulation, per_nurse):
    steps = load_of(children, NurseRule(cannulation, per_nurse))
    stepped = {
        minute: (step.cannulating, step.monitored) for step in steps for minute in range(step.start, step.end)
    }

    for minute in range(62):
        cannulating = sum(start <= minute < min(start + cannulation, end) for start, end in children)
        present = sum(start <= minute < end for start, end in children)
        assert stepped.get(minute, (0, 0)) == (cannulating, present - cannulating)
