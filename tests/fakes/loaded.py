"""Whether the worker, once started, has loaded a library: `python -m tests.fakes.loaded msal`. Another module
than the worker's can be named after it."""

import os
import sys
from importlib import import_module

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmo_clinic.settings")
    django.setup()
    import_module(*(sys.argv[2:] or ["scheduling.management.commands.worker"]))
    sys.stdout.write("yes" if sys.argv[1] in sys.modules else "no")
