"""Undoing at the moment in which a worker sends, or a colleague takes the place: one of the two happens."""

import json
import os

import pytest

from tests.processes import database_of_its_own, python

ROUNDS = int(os.environ.get("RACE_ROUNDS", "1"))


@pytest.mark.processes
def test_it_is_undone_and_nothing_left_or_refused_and_all_of_it_left(tmp_path):
    with database_of_its_own(tmp_path) as database:
        played = json.loads(python(database, "-m", "tests.undo_race", str(ROUNDS), timeout=300))
        diagnosis = python(database, "manage.py", "doctor")
    against_worker = played["found"]["against_the_worker"]
    assert len(against_worker) == 6 * ROUNDS
    # Undone by one of two people, or two days told to one parent, as at least the first that was booked.
    assert {tuple(each) for each in against_worker} <= {(1, 0), (0, 2)}
    assert against_worker[0] == [0, 2]
    assert {tuple(each) for each in played["found"]["against_a_colleague"]} == {(1, 1)}
    assert (played["in_hand"], played["breaches"]) == (0, [])
    assert diagnosis == "Nothing wrong.\n"
