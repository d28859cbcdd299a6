"""A start typed by hand gets a chair that the child may have."""

from dataclasses import replace

from scheduling.rules import Chair, Phase
from scheduling.rules.capacity import Care
from scheduling.rules.typed_times import objections_to_typed
from tests.rules.builders import TUESDAY, a_child, a_diary, a_placement, a_visit, at

CREAM = Phase(45, Care.NONE, in_chair=False)
CHAIRS = (Chair(1, "Chair 1"), Chair(2, "Cubicle 2", frozenset({"cubicle"})))


def typed(*taken, minutes=240, **asked):
    """Any free chair from 9am on a Tuesday, for a course of one day."""
    placement = a_placement(a_visit(TUESDAY, chair=0, minutes=minutes), minutes=240, **asked)
    return objections_to_typed(placement, replace(a_diary(*taken), chairs=CHAIRS))


def test_only_a_chair_of_the_kind_is_chosen():
    placement, found = typed(chair_kinds=frozenset({"cubicle"}))
    assert (placement.visits[0].chair, found) == (2, ())


def test_if_none_of_the_kind_is_free_one_sentence_says_so():
    _, found = typed(a_child(2, TUESDAY, at(8), at(12)), chair_kinds=frozenset({"cubicle"}))
    assert [str(each).split(" on ")[0] for each in found] == ["No cubicle chair is free from 9am to 1pm"]


def test_a_chair_has_to_be_free_only_once_the_child_needs_it():
    taken = [a_child(chair, TUESDAY, at(8), at(9, 45)) for chair in (1, 2)]
    placement, found = typed(*taken, minutes=285, before=CREAM)
    assert (placement.visits[0].chair, found) == (1, ())
