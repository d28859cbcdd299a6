"""A few seconds of `python -m tests.kills`: what was acknowledged stays, whatever is killed."""

import subprocess

import pytest

from tests import clock
from tests.kills import Found
from tests.processes import ROOT, environment

SECONDS = "8"


# The servers that it kills are its own, whatever engine is under test.
@pytest.mark.one_engine
@pytest.mark.no_cover
@pytest.mark.processes
def test_whatever_is_killed_nothing_acknowledged_is_lost():
    """Five minutes of it, on either engine, are for a person to run."""
    command = clock.python("-m", "tests.kills", "--seconds", SECONDS, "--engine", "postgresql")
    done = subprocess.run(command, cwd=ROOT, env=environment(""), capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    assert "0 lost" in done.stdout and "doctor: Nothing wrong." in done.stdout
    assert " 0 bookings acknowledged" not in done.stdout


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Found(doctor="Nothing wrong.\n"), []),
        (Found(doctor="Nothing wrong.\n", lost=[7]), ["lost: [7]"]),
        (Found(doctor="Nothing wrong.\n", unsent=2), ["2 mails never left"]),
        (Found(doctor="Nothing wrong.\n", repeats=1), ["1 repeats of 0 kills"]),
        (Found(doctor="Course 1: …\n1 thing is wrong.\n"), ["Course 1: …\n1 thing is wrong.\n"]),
    ],
)
def test_what_must_not_be_is_said(found, said):
    assert found.faults == said
