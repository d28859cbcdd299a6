"""What migrations do to the rows that are there."""

import json

import pytest

from tests.processes import database_of_its_own, python

TICKED = """
import django
django.setup()
from django.utils import timezone
from tests import builders
course = builders.course()
asked = {"key": "asked", "ticked_by": "nurse"}
builders.checklist(course.unit, asked | {"private": True}, {"key": "bloods"})
builders.checklist(course.unit, asked, {"key": "bloods"}, number=2)
for key in ("asked", "bloods"):
    builders.check(course, key, timezone.localdate(), note="a note")
"""
SHOWN = """
import json
import django
django.setup()
from scheduling.doctor import missing_guards
from scheduling.models import ReadinessCheck
print(json.dumps([dict(ReadinessCheck.objects.values_list("key", "private")), list(missing_guards())]))
"""


@pytest.mark.processes
def test_a_note_on_what_was_once_private_becomes_private_and_no_row_can_be_changed_after(tmp_path):
    with database_of_its_own(tmp_path) as database:
        python(database, "-c", TICKED)
        for target in ("0010", "0011"):
            python(database, "manage.py", "migrate", "-v0", "scheduling", target)
        private, lost_guards = json.loads(python(database, "-c", SHOWN))

    assert private == {"asked": True, "bloods": False}
    assert lost_guards == []
