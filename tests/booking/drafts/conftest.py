"""A unit with children who wait, and drafts worked out without a solver and without a process."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from patients.models import User
from scheduling.booking.drafts import asking, what_if, working
from scheduling.models import Course, Draft, Unit
from tests import builders
from tests.fakes.planner import FakePlanner


@pytest.fixture
def fake(monkeypatch) -> FakePlanner:
    made = FakePlanner()
    monkeypatch.setattr(working, "planner", made)
    monkeypatch.setattr(what_if, "planner", made)
    return made


@pytest.fixture
def unit(db) -> Unit:
    return builders.unit(chairs=2, nurses=3)


def waiting(at: Unit, number: int, **fields) -> list[Course]:
    return [builders.course(builders.patient(f"Ada Lark {n}"), at, **fields) for n in range(number)]


def weeks(number: int = 4) -> tuple[date, date]:
    monday = builders.next_monday(1)
    return monday, monday + timedelta(days=7 * number - 1)


Asks = Callable[..., Draft]


@pytest.fixture
def ask(unit, coordinator) -> Asks:
    """Ask for a plan of these courses and, unless told otherwise, work it out."""

    def asked(*courses: Course, by: User = coordinator, number: int = 4, work: bool = True, **more) -> Draft:
        first, last = weeks(number)
        settings = {"notice_days": 7, "kept_free": 0} | more
        keys = [course.pk for course in courses]
        draft = asking.ask_for_plan(
            unit=unit, first_day=first, last_day=last, courses=keys, by=by, **settings
        )
        if work:
            working.work_out(draft.pk)
            draft.refresh_from_db()
        return draft

    return asked
