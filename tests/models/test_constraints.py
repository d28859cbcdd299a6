"""What the database itself refuses, on both engines."""

from datetime import time, timedelta

import pytest
from django.db import IntegrityError, connection, connections, models, transaction
from django.test.utils import isolate_apps
from django.utils import timezone

from patients.constraints import NoOverlap
from scheduling.models import Booking, Closure, Course, Session
from tests import builders
from tests.builders.messages import a_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def chair():
    chair = builders.unit().chairs.first()
    builders.take(chair, builders.next_monday(), time(9), time(12))
    return chair


@pytest.mark.parametrize(("start", "end"), [(8, 10), (11, 13), (10, 11), (8, 13), (9, 12)])
def test_a_chair_is_never_taken_twice(chair, start, end):
    with pytest.raises(IntegrityError), transaction.atomic():
        builders.take(chair, builders.next_monday(), time(start), time(end))


@pytest.mark.parametrize(("start", "end"), [(8, 9), (12, 13)])
def test_bookings_that_only_touch_are_allowed(chair, start, end):
    builders.take(chair, builders.next_monday(), time(start), time(end))
    assert chair.bookings.count() == 2


def test_another_chair_and_another_day_are_free(chair):
    builders.take(chair.unit.chairs.last(), builders.next_monday(), time(9), time(12))
    builders.take(chair, builders.next_monday(2), time(9), time(12))


def test_a_booking_may_not_be_moved_onto_another(chair):
    other = builders.take(chair, builders.next_monday(), time(13), time(14))
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.filter(pk=other.pk).update(starts_at=other.starts_at - timedelta(hours=2))


@pytest.fixture
def a_connection_of_its_own():
    """SQLite alters tables only outside a transaction, so it gets a database in memory."""
    if connection.vendor != "sqlite":
        yield connection
        return
    own = connection.copy("altered")
    own.settings_dict = own.settings_dict | {"NAME": ":memory:"}
    connections["altered"] = own
    yield own
    own.close()
    del connections["altered"]


def test_texts_made_by_chance_are_never_the_same():
    one, other = a_session(), a_session()
    other.uid = one.uid
    with pytest.raises(IntegrityError), transaction.atomic():
        other.save()


@isolate_apps("scheduling")
def test_overlaps_are_still_refused_after_the_table_was_altered(a_connection_of_its_own):
    class Room(models.Model):
        chair = models.BigIntegerField()
        starts_at = models.DateTimeField()
        ends_at = models.DateTimeField()
        label = models.CharField(max_length=5)

        class Meta:
            app_label = "scheduling"
            constraints = [NoOverlap(resource="chair", start="starts_at", end="ends_at", name="one_room")]

    colour = models.CharField(max_length=5, default="")
    colour.set_attributes_from_name("colour")
    longer = models.CharField(max_length=200)
    longer.set_attributes_from_name("label")
    with a_connection_of_its_own.schema_editor() as editor:
        editor.create_model(Room)
    with a_connection_of_its_own.schema_editor() as editor:
        editor.alter_field(Room, Room._meta.get_field("label"), longer)
        editor.add_field(Room, colour)

    def insert(start, end):
        with a_connection_of_its_own.cursor() as cursor:
            cursor.execute(
                "INSERT INTO scheduling_room (chair, starts_at, ends_at, label, colour)"
                " VALUES (1, %s, %s, '', '')",
                [f"2027-03-01 {start}:00+00:00", f"2027-03-01 {end}:00+00:00"],
            )

    insert("09:00", "12:00")
    insert("12:00", "13:00")
    with pytest.raises(IntegrityError):
        insert("11:00", "12:30")


def test_a_course_has_no_two_sessions_on_a_date():
    course = builders.course()
    visit = builders.visits(course, builders.next_monday())[0]
    fields = {"course": course, "day": visit.day, "starts_at": visit.starts_at, "ends_at": visit.ends_at}
    Session.objects.create(number=1, **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.create(number=2, **fields)


def test_a_child_has_one_waiting_course():
    course = builders.course()
    with pytest.raises(IntegrityError), transaction.atomic():
        builders.course(course.patient, course.unit)


@pytest.mark.parametrize(
    "fields",
    [{"days": 4}, {"days": 0}, {"minutes": 225}, {"minutes": 375}],
)
def test_a_course_keeps_its_bounds(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        builders.course(**fields)


def test_a_window_does_not_end_before_it_begins():
    today = timezone.localdate()
    with pytest.raises(IntegrityError), transaction.atomic():
        builders.course(earliest=today, latest=today - timedelta(days=1))


def test_a_closure_does_not_end_before_it_begins():
    today = timezone.localdate()
    with pytest.raises(IntegrityError), transaction.atomic():
        Closure.objects.create(
            unit=builders.unit(), first_day=today, last_day=today - timedelta(days=1), reason="x"
        )


def test_a_chair_is_taken_for_a_session_or_for_something_never_for_nothing():
    chair = builders.unit().chairs.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        builders.take(chair, builders.next_monday(), time(9), time(10), why="")


def test_a_restriction_has_a_reason():
    with pytest.raises(IntegrityError), transaction.atomic():
        builders.patient(restricted=True)


def test_courses_keep_their_history_from_deletion():
    course = builders.course()
    with pytest.raises(models.ProtectedError):
        course.patient.delete()
    assert Course.objects.count() == 1


def test_a_weekday_has_its_hours_once_in_each_version_of_the_week():
    unit = builders.unit()
    later = {"weekday": 0, "nurses": 1, "since": builders.next_monday()}
    unit.opening_hours.create(**later)
    for again in (later, later | {"since": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            unit.opening_hours.create(**again)
    unit.opening_hours.create(**later | {"since": builders.next_monday(2)})


def test_a_closed_part_of_a_day_is_its_beginning_or_its_end():
    day = builders.next_monday()
    closed = {"unit": builders.unit(), "first_day": day, "last_day": day, "reason": "training"}
    Closure.objects.create(**closed, until=time(12))
    Closure.objects.create(**closed, since=time(13))
    with pytest.raises(IntegrityError), transaction.atomic():
        Closure.objects.create(**closed, until=time(12), since=time(13))
