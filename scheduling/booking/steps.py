"""Acts in three steps, so that several courses can take them side by side.

A course leaves the places it has, takes the new ones, and tells the family and the unit.
"""

from collections.abc import Generator, Sequence

from scheduling.booking import undoable
from scheduling.booking.placing import Done

# An act that pauses after leaving its places, and after taking the new ones.
Steps = Generator[None, None, Done]


def side_by_side(acts: Sequence[Steps]) -> list[Done]:
    """Do acts step by step: all leave their places before any is judged, all have taken theirs before any
    family is told. They are undone as one."""
    for _ in ("leave", "take"):
        for act in acts:
            next(act)
    done = [_finish(act) for act in acts]
    undoable.keep_as_one(done)
    return done


def _finish(act: Steps) -> Done:
    try:
        next(act)
    except StopIteration as ended:
        done: Done = ended.value
        return done
    raise AssertionError("A booking or a move has three steps.")
