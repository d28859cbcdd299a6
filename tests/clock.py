"""The clock of a run of the tests: all its processes live on one day, whatever day it is outside.

TODAY names the day, `2027-03-28`, or the moment, `2027-03-28T23:40`, in Europe/London. The clock starts there
when the run starts, and ticks. `python -m tests.clock manage.py check` runs a program on it, as `python
manage.py check` would on the clock of the machine.
"""

import os
import runpy
import sys
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import time_machine

LONDON = ZoneInfo("Europe/London")
# A Tuesday in summer time, far from bank holidays.
ORDINARY_DAY = "2027-06-08"
MORNING = time(9, 20)
# By how many seconds the clock of this run is ahead of the machine's; set by the first process of the run.
AHEAD = "CRMO_TEST_CLOCK_AHEAD"


def start() -> time_machine.travel:
    """Put this process on the clock of the run, and begin the run if there is none.

    Returns what stops it. Raises ValueError if TODAY is neither a day nor a moment.
    """
    if AHEAD not in os.environ:
        asked = moment(os.environ.get("TODAY") or ORDINARY_DAY)
        os.environ[AHEAD] = str((asked - datetime.now(UTC)).total_seconds())
    # By a difference, not to a moment: a moment would bring its time zone along.
    travel = time_machine.travel(timedelta(seconds=float(os.environ[AHEAD])))
    # The clock stands still until it is asked for the first time, so processes would drift apart.
    travel.start().time_ns()
    return travel


def as_on(then: datetime) -> dict[str, str]:
    """What to put into the environment of a process so that it lives at another moment than the run."""
    ahead = float(os.environ[AHEAD]) + (then - datetime.now(UTC)).total_seconds()
    return {AHEAD: str(ahead)}


def moment(text: str) -> datetime:
    """What TODAY says, in London; a day alone means its morning. Raises ValueError if it says neither."""
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"TODAY is neither a day nor a moment: “{text}”.") from None
    return (said if "T" in text else datetime.combine(said, MORNING)).replace(tzinfo=LONDON)


def python(*arguments: str) -> list[str]:
    """The command that runs Python with those arguments, on the clock of the run if there is one."""
    return [sys.executable, *(("-m", "tests.clock") if AHEAD in os.environ else ()), *arguments]


def run(*arguments: str) -> None:
    """What `python` does with those arguments: `-m module …` or `file …`."""
    option, *rest = arguments
    if option == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [option, *rest]
        runpy.run_path(option, run_name="__main__")


if __name__ == "__main__":
    start()
    run(*sys.argv[1:])
