"""Acts of every kind that want one chair at once, or change what the unit can carry: one gets the chair."""

import json
import os

import pytest

from tests.processes import database_of_its_own, python

ROUNDS = int(os.environ.get("RACE_ROUNDS", "4"))
TAKE_THE_CHAIR = ("book", "override", "infusion", "chair")


@pytest.mark.processes
def test_one_gets_the_chair_and_all_others_are_refused_in_words(tmp_path):
    with database_of_its_own(tmp_path) as database:
        played = json.loads(python(database, "-m", "tests.unit_race", str(ROUNDS), timeout=300))
        diagnosis = python(database, "manage.py", "doctor")
    assert len(played["rounds"]) == ROUNDS
    for each in played["rounds"]:
        became = each["became"]
        assert set(became) == {*TAKE_THE_CHAIR, "nurses", "kept"}
        assert [became[name] for name in TAKE_THE_CHAIR].count("done") == each["stands"] == 1, became
        assert all(said == "done" or said.startswith("refused: ") for said in became.values())
    assert played["breaches"] == []
    assert diagnosis == "Nothing wrong.\n"
