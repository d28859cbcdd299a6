"""What migrations do to the rows that are there."""

import pytest
from django.utils import timezone

from scheduling.doctor import missing_guards
from scheduling.models import ReadinessCheck
from tests import builders
from tests.clerk import Clerk
from tests.processes import database_of_its_own, python


def tick() -> None:
    """A note on an item that is private in one version of the checklist, and on one that never is."""
    course = builders.course()
    asked = {"key": "asked", "ticked_by": "nurse"}
    builders.checklist(course.unit, asked | {"private": True}, {"key": "bloods"})
    builders.checklist(course.unit, asked, {"key": "bloods"}, number=2)
    for key in ("asked", "bloods"):
        builders.check(course, key, timezone.localdate(), note="a note")


def show() -> tuple[dict[str, bool], list[str]]:
    """Which ticks are private, and which guards of the database are lost."""
    return dict(ReadinessCheck.objects.values_list("key", "private")), list(missing_guards())


@pytest.mark.processes
def test_a_note_on_what_was_once_private_becomes_private_and_no_row_can_be_changed_after(tmp_path):
    with database_of_its_own(tmp_path) as database:
        with Clerk(database) as clerk:
            clerk.ask(tick)
        for target in ("0010", "0011"):
            python(database, "manage.py", "migrate", "-v0", "scheduling", target)
        with Clerk(database) as clerk:
            private, lost_guards = clerk.ask(show)

    assert private == {"asked": True, "bloods": False}
    assert lost_guards == []
