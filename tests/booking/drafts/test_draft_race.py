"""Accept all of a draft against 16 colleagues who book its places: each place is given once."""

import json
import os

import pytest

from tests.processes import database_of_its_own, python

ROUNDS = int(os.environ.get("RACE_ROUNDS", "2"))


@pytest.mark.processes
def test_each_place_is_given_once_and_every_refusal_is_a_sentence(tmp_path):
    with database_of_its_own(tmp_path) as database:
        played = json.loads(python(database, "-m", "tests.draft_race", str(ROUNDS), timeout=300))
        diagnosis = python(database, "manage.py", "doctor")
    assert len(played["lines"]) == 6 * ROUNDS
    for outcome, refusal, has_next, rivals in played["lines"]:
        assert (outcome in ("held", "booked")) + rivals == 1, "one of all has the place"
        if outcome == "refused":
            assert refusal.endswith(".") and "is taken" in refusal and has_next
    assert len(played["told"]) == 16 * ROUNDS - sum(line[3] for line in played["lines"])
    assert all("is taken" in words and words.endswith(".") for words in played["told"])
    assert played["breaches"] == []
    assert diagnosis == "Nothing wrong.\n"
