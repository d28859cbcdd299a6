"""Every database that a version left behind can be brought to now, and keeps all its rules."""

import pytest

from tests import clock, limits_moved, logs_migrated, releases
from tests.clerk import Clerk
from tests.processes import EMPTY, database_of_its_own, python, sql

RELEASED = releases.versions()


@pytest.mark.processes
@pytest.mark.parametrize("version", RELEASED)
def test_a_released_database_is_migrated_and_breaks_no_rule(tmp_path, version):
    # On the day it was written: what has passed since would be asked about.
    then = clock.as_on(clock.moment(clock.ORDINARY_DAY))
    with database_of_its_own(tmp_path, EMPTY) as database:
        python(database, "-m", "tests.releases", "load", version, **then)
        # A booked course that no longer fits, and somebody is asked to move it.
        [(task, course)] = sql(
            database,
            "SELECT task.id, course_id FROM scheduling_task task JOIN scheduling_course ON course_id = "
            "scheduling_course.id WHERE kind = 'declined' AND done_at IS NULL AND status = 'booked'",
        )
        sql(
            database,
            f"UPDATE scheduling_course SET earliest = NULL, latest = '2000-01-01' WHERE id = {course}",
        )
        sql(database, f"UPDATE scheduling_task SET kind = 'misfit', session_id = NULL WHERE id = {task}")
        python(database, "manage.py", "migrate", "-v0", **then)
        said = python(database, "manage.py", "doctor", **then)
        sql(database, f"DELETE FROM scheduling_task WHERE id = {task}")
        with pytest.raises(AssertionError):
            python(database, "manage.py", "doctor", **then)

    assert said == "Nothing wrong.\n"


@pytest.mark.processes
def test_limits_of_an_open_course_move_to_the_child_and_those_of_a_given_one_stay(tmp_path):
    with database_of_its_own(tmp_path, EMPTY) as database, Clerk(database) as clerk:
        found = clerk.ask(limits_moved.moved)

    said = sorted(found["child"], key=str)
    assert said == [
        ["Jo Halloway", [2], "09:00:00", [["2027-07-01", "2027-07-01"]], True],
        [None, [1, 3], "10:00:00", [], None],
    ]
    assert found["given"] == [[[0], "12:00:00", None]]
    assert found["waits"] == [[[], None, "2027-07-03"]]


@pytest.mark.processes
def test_logs_and_their_chains_hold_after_they_were_made_smaller(tmp_path):
    with database_of_its_own(tmp_path, EMPTY) as database, Clerk(database) as clerk:
        found = clerk.ask(logs_migrated.migrated)

    assert found["after"] == found["before"]
    assert found["broken"] == found["changed"] == []
    assert found["looks"] == [4, 3, 1]


def test_there_is_a_database_of_each_version_whose_rows_are_kept():
    assert "0.2.0" in RELEASED
