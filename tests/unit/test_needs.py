"""A unit's list of needs, who is on for them, and the children who have them."""

from datetime import time

import pytest

from patients.models import AuditEvent
from scheduling.booking import bookings
from scheduling.models import Task, TaskKind
from scheduling.unit.needs import remove_role_shift, save_need, set_needs
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def monday():
    return builders.next_monday()


def misfits():
    return Task.objects.open().filter(kind=TaskKind.MISFIT)


def test_a_unit_knows_whether_it_has_needs_and_which_roles_they_ask_for(coordinator):
    at = builders.unit()
    assert (at.has_needs, at.roles) == (False, [])
    need = builders.need(at, "Play", role="play specialist")
    builders.need(at, "Words", role="interpreter")
    assert (at.has_needs, at.roles) == (True, ["interpreter", "play specialist"])
    need.in_use = False
    save_need(need=need, by=coordinator)
    at.refresh_from_db()
    assert (at.has_needs, at.roles) == (True, ["interpreter"])


@pytest.mark.parametrize(
    ("asks", "words"),
    [
        ({}, "a note only"),
        ({"more_cannulation": 15}, "15 minutes more to cannulate"),
        ({"chair_kind": "bed", "role": "interpreter"}, "a bed and an interpreter on shift"),
    ],
)
def test_what_a_need_asks_in_words(asks, words):
    assert builders.need(builders.unit(), **asks).asks == words


def test_a_task_says_where_a_booked_visit_no_longer_fits_a_new_need(coordinator, monday):
    """Each way in which it may not fit, and that taking the need out settles it."""
    at = builders.unit()
    course = builders.book(at, monday, coordinator)
    for asks, says in (
        ({"chair_kind": "cubicle"}, "The child needs a cubicle, and Chair 1 is not one."),
        ({"role": "play specialist"}, "A play specialist is needed from 9am to 9:30am"),
        ({"more_cannulation": 15}, "would last 4 hours; each visit of this course lasts 4 hours 15 minutes."),
    ):
        need = builders.need(at, f"Need {says[:9]}", **asks)
        assert set_needs(patient=course.patient, needs=[need], by=coordinator)
        assert says in misfits().get().says
        assert set_needs(patient=course.patient, needs=[], by=coordinator)
        assert not misfits().exists()
    assert not set_needs(patient=course.patient, needs=[], by=coordinator)
    last = AuditEvent.objects.filter(action="patient.needs_changed").first()
    assert (last.patient_id, last.changes["needs"][1]) == (course.patient_id, [])


def test_who_is_on_decides_whether_a_booked_visit_still_fits(coordinator, monday):
    at = builders.unit()
    need = builders.need(at, "Play", role="play specialist")
    shifts = [builders.role_shift(at, weekday=weekday, starts=time(9)) for weekday in (0, 1)]
    need.patients.add(patient := builders.patient())
    made = builders.course(patient, at)
    bookings.book(course=made, visits=builders.visits(made, monday), by=coordinator)
    builders.role_shift(at, day=monday, starts=None, ends=None)
    assert "is not on that day" in misfits().get().says
    remove_role_shift(shift=at.role_shifts.get(day=monday), by=coordinator)
    assert not misfits().exists()
    remove_role_shift(shift=shifts[1], by=coordinator)
    assert misfits().exists()


def test_a_need_that_asks_for_more_than_before_is_asked_of_those_who_have_it(coordinator, monday):
    at = builders.unit()
    course = builders.book(at, monday, coordinator)
    need = builders.need(at, "Quiet")
    set_needs(patient=course.patient, needs=[need], by=coordinator)
    assert not misfits().exists()
    need.chair_kind = "cubicle"
    save_need(need=need, by=coordinator)
    assert "The child needs a cubicle" in misfits().get().says
    need.in_use = False
    save_need(need=need, by=coordinator)
    assert not misfits().exists()
