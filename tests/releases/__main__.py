"""`python -m tests.releases write 0.2.0`, and `load`: on the database that DATABASE_URL names."""

import os
import sys

import django

from tests import releases

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmo_clinic.settings")
django.setup()
{"write": releases.write, "load": releases.load}[sys.argv[1]](sys.argv[2])
