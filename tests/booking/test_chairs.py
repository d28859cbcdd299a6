"""Another chair for a visit, and two visits that swap theirs: one act, judged together, nothing sent."""

from datetime import datetime, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking import bookings, chairs, holds
from scheduling.doctor.breaches import find_breaches
from scheduling.errors import ChangedMeanwhile, Refused, SlotGone
from scheduling.models import Booking, CancelReason, Message, Session, Task, TaskKind
from tests import builders

pytestmark = pytest.mark.django_db
MONDAY = builders.next_monday(2)


@pytest.fixture
def unit():
    return builders.unit(chairs=3)


@pytest.fixture
def ada(unit, coordinator):
    return builders.book(unit, MONDAY, coordinator, name="Ada Lark")


@pytest.fixture
def ben(unit, coordinator):
    return builders.book(unit, MONDAY, coordinator, name="Ben Wren", chair=unit.chairs.all()[1])


def day(course, number=1):
    rows = Session.objects.select_related("course__patient", "course__unit", "booking__chair")
    return rows.get(course=course, number=number)


def chairs_of(*courses):
    """The numbers of the chairs of each day."""
    return [[day(course, number).booking.chair.name.split()[-1] for number in (1, 2)] for course in courses]


def swap(course, other, by, **more):
    one, two = day(course), day(other)
    return chairs.change_chair(session=one, chair=two.booking.chair, other=two, by=by, **more)


def test_two_visits_swap_chairs_on_that_day_only_and_nothing_is_sent(ada, ben, coordinator):
    sent = Message.objects.count()
    swap(ada, ben, coordinator)
    assert chairs_of(ada, ben) == [["2", "1"], ["1", "2"]]
    assert Message.objects.count() == sent
    assert {session.sequence for session in Session.objects.all()} == {0}
    logged = AuditEvent.objects.filter(action="course.chair_changed").order_by("pk")
    assert [event.patient_id for event in logged] == [ada.patient_id, ben.patient_id]
    for event, (was, now) in zip(logged, (("1", "2"), ("2", "1")), strict=True):
        [before], [after] = event.changes["days"]
        assert before.endswith(f"Chair {was}")
        assert after.endswith(f"Chair {now}")
    assert "Ben" not in str(logged[0].changes)
    assert list(find_breaches(timezone.now())) == []


def test_a_visit_goes_to_a_free_chair(ada, unit, coordinator):
    chairs.change_chair(session=day(ada, 2), chair=unit.chairs.all()[2], by=coordinator)
    assert chairs_of(ada) == [["1", "3"]]
    with pytest.raises(Refused, match="in this chair already"):
        chairs.change_chair(session=day(ada, 2), chair=unit.chairs.all()[2], by=coordinator)


def test_visits_of_other_times_swap_only_where_both_fit(ada, unit, coordinator):
    """Cal comes from 1pm to 5pm; before that, chair 2 has something from 8am to 9am, or to 9:15am."""
    chair_1, chair_2, _ = unit.chairs.all()
    cal = builders.book(unit, MONDAY, coordinator, name="Cal Finch", chair=chair_2, start=13 * 60)
    just_fits = builders.take(chair_2, MONDAY, time(8), time(9))
    in_chair_1 = builders.take(chair_1, MONDAY, time(17), time(18))
    assert chairs.new_chair(day(ada), f"with-{day(cal).pk}", timezone.now()).against == ()
    just_fits.delete()
    builders.take(chair_2, MONDAY, time(8), time(9, 15))
    with pytest.raises(SlotGone, match=r"Chair 2 is taken from 8am to 9:15am"):
        swap(ada, cal, coordinator)
    in_chair_1.delete()
    builders.take(chair_1, MONDAY, time(16, 45), time(18))
    with pytest.raises(SlotGone, match=r"Chair 1 is taken from 4:45pm to 6pm"):
        swap(cal, ada, coordinator)
    assert chairs_of(ada, cal) == [["1", "1"], ["2", "2"]]


def test_what_is_against_a_visit_where_it_stands_does_not_keep_it_there(ada, ben, unit, coordinator):
    """The unit has no nurse any more: the visits have to be moved, but may swap chairs until then."""
    unit.opening_hours.update(nurses=0)
    swap(ada, ben, coordinator)
    unit.chairs.filter(name="Chair 3").update(in_use=False)
    with pytest.raises(SlotGone, match="not one the unit uses"):
        chairs.change_chair(session=day(ada), chair=unit.chairs.all()[2], by=coordinator)


@pytest.mark.parametrize("begun", ["the one", "the other"])
def test_a_visit_that_has_begun_keeps_its_chair(ada, ben, coordinator, begun):
    nine = timezone.make_aware(datetime.combine(MONDAY, time(9)))
    with time_machine.travel(nine - timedelta(seconds=1), tick=False):
        swap(ada, ben, coordinator)
        arrived = {"status": "arrived", "arrived_at": timezone.now()}
        course = ada if begun == "the one" else ben
        Session.objects.filter(pk=day(course).pk).update(**arrived)
        with pytest.raises(Refused, match=rf"{course.patient.name}.*has begun"):
            swap(ada, ben, coordinator)
    Session.objects.update(status="booked", arrived_at=None)
    with time_machine.travel(nine, tick=False), pytest.raises(Refused, match="has begun"):
        swap(ada, ben, coordinator)
    assert chairs_of(ada, ben) == [["2", "1"], ["1", "2"]]


def test_held_days_change_chairs_too_and_stay_held_until_they_lapse(unit, ada, coordinator):
    bo = builders.course(builders.patient("Bo Finch"), unit)
    visits = builders.visits(bo, MONDAY, chair=unit.chairs.all()[1])
    holds.hold(course=bo, visits=visits, hours=4, by=coordinator)
    swap(ada, bo, coordinator)
    assert [day(bo).status, day(bo).booking.chair.name] == ["pending", "Chair 1"]
    one, two = day(ada), day(bo)
    later = time_machine.travel(timezone.now() + timedelta(hours=6), tick=False)
    with later, pytest.raises(ChangedMeanwhile):
        chairs.change_chair(session=one, chair=two.booking.chair, other=two, by=coordinator)
    assert chairs_of(ada) == [["2", "1"]]


def test_a_page_drawn_before_either_changed_is_refused_by_name(ada, ben, unit, coordinator):
    seen = chairs.versions_of(day(ada), day(ben))
    chairs.change_chair(session=day(ben), chair=unit.chairs.all()[2], by=coordinator)
    with pytest.raises(ChangedMeanwhile, match=f"{coordinator.name} changed the chair of a day"):
        swap(ada, ben, coordinator, seen=seen)
    with pytest.raises(ChangedMeanwhile):
        swap(ada, ben, coordinator, seen=seen.split()[0])
    swap(ada, ben, coordinator, seen=chairs.versions_of(day(ada), day(ben)))
    assert chairs_of(ada, ben) == [["3", "1"], ["1", "2"]]


def test_only_visits_of_one_day_in_one_unit_swap(ada, unit, coordinator):
    later = builders.book(unit, MONDAY + timedelta(days=2), coordinator, name="Ben Wren")
    ward = builders.unit(name="Ward B", chairs=1)
    there = builders.book(ward, MONDAY, coordinator, name="Cal Finch")
    for other in (later, there):
        with pytest.raises(Refused):
            swap(ada, other, coordinator)
        assert chairs.new_chair(day(ada), f"with-{day(other).pk}", timezone.now()) is None
    assert Booking.objects.filter(chair=ward.chairs.first()).count() == 2


def test_a_free_place_that_is_a_task_goes_with_the_visit(coordinator):
    """The afternoons are taken, so what Ben gave up in chair 2 is the only chance for Cal, who waits."""
    unit = builders.unit(chairs=2)
    ada = builders.book(unit, MONDAY, coordinator, name="Ada Lark")
    ben = builders.book(unit, MONDAY, coordinator, name="Ben Wren", chair=unit.chairs.last())
    for chair in unit.chairs.all():
        for n in (0, 1):
            builders.take(chair, MONDAY + timedelta(days=n), time(13), time(18))
    builders.course(builders.patient("Cal Finch"), unit, earliest=MONDAY, latest=MONDAY)
    bookings.cancel(course=ben, reason=CancelReason.FAMILY_UNWELL, back_to_waiting=False, by=coordinator)
    places = Task.objects.open().filter(kind=TaskKind.FREED)
    assert "Chair 2" in places.get().says
    chairs.change_chair(session=day(ada), chair=unit.chairs.last(), by=coordinator)
    assert "Chair 1" in places.get().says


def test_no_place_is_announced_as_free_by_a_change_of_chairs_alone(ada, unit, coordinator):
    builders.course(builders.patient("Cal Finch"), unit)
    chairs.change_chair(session=day(ada), chair=unit.chairs.last(), by=coordinator)
    assert not Task.objects.open().filter(kind=TaskKind.FREED).exists()
