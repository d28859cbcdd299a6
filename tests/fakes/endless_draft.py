"""The process of a draft that goes on until it is told to end: `python -m tests.fakes.endless_draft 7`."""

import os
import sys
from time import sleep
from typing import Any

import django


def main(draft: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmo_clinic.settings")
    django.setup()
    from django.core.management import call_command

    from scheduling import planner
    from scheduling.planner import Progress, Stage

    real = planner.plan

    def plan(*given: Any, watch: Any, **asked: Any) -> planner.Plan:
        while watch(Progress(Stage.BETTER, None, None, 0.5)):
            sleep(0.02)
        return real(*given, watch=watch, **asked)

    planner.plan = plan
    call_command("solve_draft", draft)


if __name__ == "__main__":
    main(*sys.argv[1:])
