"""Prints the settings that it is asked for as this process has them, each in a line of its own."""

import sys

from crmo_clinic import settings

if __name__ == "__main__":
    for name in sys.argv[1:]:
        sys.stdout.write(f"{getattr(settings, name, None)}\n")
