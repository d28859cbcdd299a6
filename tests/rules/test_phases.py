"""A visit's phases: how long it is, when it needs its chair and the nurses."""

import pytest

from scheduling.rules import Care, NurseRule, Phase, Taken, Visit, VisitRequest, objections, taken_by
from scheduling.rules.capacity import Stretch
from tests.rules.builders import TUESDAY, a_child, a_course, a_diary, a_placement, a_visit, at

RULE = NurseRule(cannulation_minutes=30, children_per_nurse=3)
CREAM = Phase(45, Care.NONE, in_chair=False)
FLUSH = Phase(15, Care.SHARED)


@pytest.mark.parametrize(
    ("asked", "length", "in_chair", "care"),
    [
        ({}, 300, (0, 300), [(0, 30, "own"), (30, 300, "shared")]),
        (
            {"before": CREAM, "after": FLUSH},
            360,
            (45, 360),
            [(45, 75, "own"), (75, 345, "shared"), (345, 360, "shared")],
        ),
        ({"before": Phase(15), "after": Phase(30, Care.OWN, in_chair=False)}, 345, (0, 315), None),
        # The drip lasts as agreed, 4 hours 30 minutes, however long the cannulation.
        ({"more_cannulation": 15}, 315, (0, 315), [(0, 45, "own"), (45, 315, "shared")]),
        ({"more_cannulation": -15}, 285, (0, 285), [(0, 15, "own"), (15, 285, "shared")]),
        ({"more_cannulation": -30}, 270, (0, 270), [(0, 270, "shared")]),
    ],
)
def test_what_a_visit_takes_up(asked, length, in_chair, care):
    request = a_course(minutes=300, **asked)
    shape = request.shape(RULE)

    assert request.length == shape.length == length
    assert (shape.chair_from, shape.chair_to) == in_chair
    assert care is None or list(shape.care) == [Stretch(*each[:2], Care(each[2])) for each in care]


@pytest.mark.parametrize(
    "asked",
    [{"before": Phase(20)}, {"after": Phase(5)}, {"more_cannulation": 10}, {"more_cannulation": -300}],
)
def test_only_quarter_hours_and_something_left_of_the_visit(asked):
    with pytest.raises(ValueError, match=r"quarter hours|take some time"):
        a_course(minutes=240, **asked)


def test_another_infusion_may_be_short_and_need_no_cannulation():
    request = VisitRequest(minutes=45, cannulates=False, care=Care.OWN)

    assert request.phases(RULE) == (Phase(45, Care.OWN),)
    assert not request.is_for_course


def test_the_chair_is_free_for_somebody_else_while_the_cream_works():
    request = a_course(minutes=at(5), days=1, before=CREAM)
    visit = Visit(TUESDAY, 1, at(9), request.length)
    placement = a_placement(visit, minutes=at(5), before=CREAM)

    assert taken_by(visit, "mine", request, RULE).start == at(9, 45)
    assert objections(placement, a_diary(a_child(1, TUESDAY, at(8), at(9, 45)))) == ()
    assert len(objections(placement, a_diary(a_child(1, TUESDAY, at(8), at(9, 46))))) == 1


def test_another_childs_phases_count_at_their_times():
    """One nurse: she cannulates the other child from 9:45am, after its cream."""
    rule = NurseRule(30, 3)
    phases = (CREAM, Phase(30, Care.OWN), Phase(270))
    other = Taken(2, TUESDAY, at(9, 45), at(14, 45), "hers", phases=phases)
    diary = a_diary(other, nurse_rule=rule, calendar=None)
    nurses = [(care.start, care.end, care.care) for care in diary.care_on(TUESDAY)]

    assert nurses == [(at(9, 45), at(10, 15), Care.OWN), (at(10, 15), at(14, 45), Care.SHARED)]
    assert other.arrives == at(9)


def test_the_usual_visit_is_written_down_as_it_always_was():
    request = a_course(minutes=at(5))

    assert taken_by(a_visit(TUESDAY), "mine", request, RULE) == a_child(1, TUESDAY, at(9), at(14), "mine")
