#!/usr/bin/env python
"""Run Django's commands for this project."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmo_clinic.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
