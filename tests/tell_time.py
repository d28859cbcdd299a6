"""Prints the machine's clock, the clock of the run, and the machine's again, in nanoseconds.

It loads Django first, because a real program takes time to start as well.
"""

import sys
from time import time_ns

import django.test  # noqa: F401
from time_machine import escape_hatch

if __name__ == "__main__":
    sys.stdout.write(f"{escape_hatch.time.time_ns()} {time_ns()} {escape_hatch.time.time_ns()}")
