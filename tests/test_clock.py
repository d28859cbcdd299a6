"""All processes of a run are on one clock, on the day that was asked for."""

import os
import re
import subprocess
from datetime import UTC, datetime
from time import time_ns

import pytest
from time_machine import escape_hatch

from tests import clock
from tests.processes import ROOT

SECOND = 1_000_000_000


def ahead():
    return round(float(os.environ[clock.AHEAD]) * SECOND)


def told(*arguments, **changes):
    done = subprocess.run(
        clock.python(*arguments), cwd=ROOT, env=os.environ | changes, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return [int(each) for each in done.stdout.split()]


def is_on_the_clock(before, now, after):
    """With a little room, because a process may be kept waiting while its clock is set."""
    return before - SECOND // 20 <= now - ahead() <= after + SECOND // 20


def test_this_process_is_on_the_clock():
    assert is_on_the_clock(escape_hatch.time.time_ns(), time_ns(), escape_hatch.time.time_ns())


@pytest.mark.processes
@pytest.mark.one_engine
@pytest.mark.parametrize("zone", ["Europe/London", "Pacific/Auckland"])
@pytest.mark.parametrize(
    "program", [("-m", "tests.tell_time"), ("tests/tell_time.py",)], ids=["module", "file"]
)
def test_a_process_that_a_test_starts_is_on_it(program, zone):
    assert is_on_the_clock(*told(*program, TZ=zone))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2027-01-12", datetime(2027, 1, 12, 9, 20, tzinfo=UTC)),
        ("2027-06-08", datetime(2027, 6, 8, 8, 20, tzinfo=UTC)),
        ("2027-06-08T23:40", datetime(2027, 6, 8, 22, 40, tzinfo=UTC)),
    ],
)
def test_it_starts_in_london_on_a_morning_unless_a_time_is_said(text, found):
    assert clock.moment(text) == found


def test_a_day_that_is_none_is_refused():
    with pytest.raises(ValueError, match="neither a day nor a moment: “2027-02-29”"):
        clock.moment("2027-02-29")


def test_no_module_takes_the_date_of_a_moment_without_its_place():
    """`.date()` of what the database gives is a day in UTC: `timezone.localdate` asks where we are."""
    modules = [*(ROOT / "scheduling").rglob("*.py"), *(ROOT / "patients").rglob("*.py")]
    of_moments = re.compile(r"(_at|\bstamp)\.(date|time)\(\)")
    assert [path.name for path in modules if of_moments.search(path.read_text())] == []
