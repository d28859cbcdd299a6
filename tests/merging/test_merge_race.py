"""Two who merge the same two records both ways at once, and colleagues who write about them meanwhile."""

import json
import os

import pytest

from tests.processes import database_of_its_own, python

ROUNDS = int(os.environ.get("RACE_ROUNDS", "6"))


@pytest.mark.processes
def test_one_merge_is_done_and_nothing_is_lost(tmp_path):
    with database_of_its_own(tmp_path) as database:
        played = json.loads(python(database, "-m", "tests.merge_race", str(ROUNDS), timeout=300))
    assert played["breaches"] == []
    for each in played["rounds"]:
        one, other, booked, *_ = each["said"]
        # Both may find that a colleague was quicker; both can never be done.
        assert one or other, each
        assert each["left"] == (1 if not (one and other) else 2), each
        assert each["lost"] == 0
        assert (booked == "") == (each["booked"] == "booked"), each
    assert any(each["left"] == 1 for each in played["rounds"])
