"""A week that closes with booked courses in it, and proposals of a planner that needs no solver."""

import pytest

from scheduling import planner
from scheduling.booking.drafts import accepting, working
from scheduling.booking.replanning import asking
from scheduling.models import Course
from tests import builders
from tests.fakes.replanner import FakeReplanner
from tests.replans import close


@pytest.fixture
def unit(db):
    return builders.unit(chairs=2, nurses=3)


@pytest.fixture
def monday():
    return builders.next_monday(2)


@pytest.fixture
def replanner(monkeypatch):
    fake = FakeReplanner()
    monkeypatch.setattr(planner, "replan", fake.replan)
    return fake


@pytest.fixture
def hit(unit, monday, coordinator, lead):
    """Ada and Ben, booked on a Monday and Tuesday that are closed now; a parent of each gets mails."""
    booked = []
    for name, chair in zip(("Ada Lark", "Ben Finch"), unit.chairs.all(), strict=True):
        course = builders.book(unit, monday, coordinator, name=name, chair=chair)
        builders.contact(course.patient, "Mia Poole")
        booked.append(course)
    close(unit, monday, lead)
    return [Course.objects.get(pk=course.pk) for course in booked]


@pytest.fixture
def propose(replanner):
    """Ask for new days, and have them worked out as the process of a draft does."""

    def proposed(unit, by):
        draft = asking.ask(unit=unit, by=by)
        said = working.work_out(draft.pk)
        assert said.endswith(": ready."), said
        draft.refresh_from_db()
        return draft

    return proposed


@pytest.fixture
def worker():
    """What the worker does with lines that were accepted."""
    return accepting.make_real
