"""`manage.py doctor` finds each breach planted past the guards, says it in a sentence, and nothing else."""

from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from crmo_clinic.nhsuk.wording import listed, long_date
from patients import audit
from patients.constraints import TriggerConstraint
from patients.models import AuditEvent, User
from scheduling.booking import bookings, holds, lost_days
from scheduling.booking.missing_tasks import open_missing_tasks
from scheduling.models import (
    Booking,
    CancelReason,
    Chair,
    Course,
    FamilyOffer,
    LostBecause,
    Message,
    OpeningHours,
    Session,
    Staffing,
    Task,
    TaskKind,
)
from scheduling.tasks.opening import close_tasks, open_task
from scheduling.unit.recheck import recheck_course
from tests import builders

pytestmark = pytest.mark.django_db


def doctor() -> list[str]:
    """What it says; its exit status must agree."""
    out = StringIO()
    try:
        call_command("doctor", stdout=out)
        status = 0
    except SystemExit as end:
        status = end.code
    said = out.getvalue().splitlines()
    assert status == (said != ["Nothing wrong."])
    return said


def sql(statement: str, *values) -> None:
    """Past every act of the app, as somebody with a database client would."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def without_guards(model) -> None:
    """Drops the constraints of a table that would refuse the breach, until the test is rolled back."""
    table = model._meta.db_table
    # On PostgreSQL what is still to be checked at the end of the transaction keeps a table from changing.
    sqlite = connection.vendor == "sqlite"
    sql("PRAGMA ignore_check_constraints = ON" if sqlite else "SET CONSTRAINTS ALL IMMEDIATE")
    for constraint in model._meta.constraints:
        if isinstance(constraint, TriggerConstraint):
            if connection.vendor == "sqlite":
                for verb in ("INSERT", "UPDATE"):
                    sql(f"DROP TRIGGER {constraint.name}_{verb}")
            else:
                sql(f"ALTER TABLE {table} DROP CONSTRAINT {constraint.name}")
        elif getattr(constraint, "condition", None) is not None and hasattr(constraint, "fields"):
            sql(f"DROP INDEX {constraint.name}")
        elif connection.vendor == "postgresql":
            sql(f"ALTER TABLE {table} DROP CONSTRAINT {constraint.name}")


@pytest.fixture
def monday():
    return builders.next_monday(2)


@pytest.fixture
def course(monday, coordinator):
    """Booked on Monday and Tuesday, 9am to 1pm, and its family told."""
    unit = builders.unit()
    patient = builders.patient()
    builders.contact(patient)
    course = builders.course(patient, unit)
    return bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator).course


@pytest.fixture(autouse=True)
def checks_again():
    yield
    if connection.vendor == "sqlite":
        sql("PRAGMA ignore_check_constraints = OFF")


def test_an_empty_database_and_a_used_one_are_well(course, coordinator, monday):
    other = builders.course(builders.patient("Bea Lark"), course.unit)
    visits = builders.visits(other, monday, start=13 * 60)
    bookings.book(course=other, visits=visits, by=coordinator)
    later = builders.visits(other, monday + timedelta(days=1), start=13 * 60)
    bookings.move(course=other, visits=later, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    bookings.cancel(course=other, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=False, by=coordinator)
    builders.past_course(builders.patient("Cas Lark"), course.unit, date(2026, 3, 2))
    builders.take(course.unit.chairs.last(), monday, time(8), time(18))

    assert doctor() == ["Nothing wrong."]


@pytest.mark.parametrize("plant", ["shut", "no_nurse", "outside_the_window"])
def test_what_no_longer_fits_is_no_breach_once_a_task_asks_to_move_it(course, plant):
    globals()[plant](course)
    assert doctor() != ["Nothing wrong."]
    open_missing_tasks()
    assert Task.objects.open().get().kind == TaskKind.MISFIT
    assert doctor() == ["Nothing wrong."]


def test_what_no_longer_fits_is_no_breach_while_somebody_decides_about_the_day(course, coordinator):
    lost_days.report(session=second(course), because=LostBecause.FAMILY, by=coordinator)
    assert doctor() == ["Nothing wrong."]


def test_a_day_that_is_over_does_not_get_longer_with_what_was_agreed(course, coordinator, monday):
    Course.objects.filter(pk=course.pk).update(minutes=300)
    before_nine = timezone.make_aware(datetime.combine(monday + timedelta(days=1), time(8, 59)))
    with time_machine.travel(before_nine, tick=False):
        said = doctor()
    assert f"Course {course.pk}: session {second(course).pk} does not last 5 hours." in said
    assert not [line for line in said if f"session {first(course).pk} " in line]


def test_a_course_of_another_length_is_no_breach_once_a_task_asks_to_move_it(course, coordinator):
    Course.objects.filter(pk=course.pk).update(minutes=300)
    recheck_course(Course.objects.get(pk=course.pk), by=coordinator)
    assert Task.objects.open().get().kind == TaskKind.MISFIT
    assert doctor() == ["Nothing wrong."]


def first(course) -> Session:
    return course.sessions.get(number=1)


def second(course) -> Session:
    return course.sessions.get(number=2)


def lose_a_session(course):
    Booking.objects.filter(session=second(course)).delete()
    Message.objects.filter(session=second(course)).delete()
    lost = second(course).pk
    Session.objects.filter(pk=lost).delete()
    left = first(course).pk
    return f"Course {course.pk}: it is booked and has session {left} instead of one a day for 2 days."


def lose_a_chair(course):
    Booking.objects.filter(session=first(course)).delete()
    return f"Course {course.pk}: session {first(course).pk} holds no chair."


def wait_with_sessions(course):
    Course.objects.filter(pk=course.pk).update(status="waiting")
    both = f"{first(course).pk} and {second(course).pk}"
    return f"Course {course.pk}: it is waiting and still has sessions {both}."


def cancelled_in_a_chair(course):
    Course.objects.filter(pk=course.pk).update(status="waiting")
    Booking.objects.filter(session=first(course)).delete()
    course.sessions.update(status="cancelled")
    return f"Course {course.pk}: session {second(course).pk} is “cancelled” and still holds a chair."


def not_brought_in_a_chair(course):
    """Though a task asks what comes instead, the chair is not free."""
    missed = second(course)
    missed.status = "noshow"
    missed.save()
    open_task(TaskKind.DAY_LOST, "", about=missed, due_on=missed.day, by=audit.System("test"))
    return f"Course {course.pk}: session {missed.pk} is “was not brought” and still holds a chair."


def a_day_lost_without_a_word(course):
    """Nobody decided about it, and no task asks."""
    Booking.objects.filter(session=second(course)).delete()
    course.sessions.filter(number=2).update(status="noshow")
    left = first(course).pk
    return f"Course {course.pk}: it is booked and has session {left} instead of one a day for 2 days."


def half_held(course):
    course.sessions.filter(number=2).update(status="pending")
    return f"Course {course.pk}: it is booked and its session {second(course).pk} is “held”."


def a_gap(course):
    shift(second(course), days=2)
    days = listed(long_date(session.day) for session in course.sessions.all())
    return f"Course {course.pk}: its sessions are not on days in a row ({days})."


def shift(session, **by):
    """Session and booking together, so that only the days are wrong."""
    delta = timedelta(**by)
    rows = {"starts_at": session.starts_at + delta, "ends_at": session.ends_at + delta}
    Session.objects.filter(pk=session.pk).update(day=session.day + timedelta(days=delta.days), **rows)
    Booking.objects.filter(session=session).update(**rows)


def one_date(course):
    without_guards(Session)
    without_guards(Booking)
    shift(second(course), days=-1, hours=5)
    return f"Course {course.pk}: two of its sessions are on one date."


def another_day(course):
    Session.objects.filter(pk=first(course).pk).update(day=first(course).day + timedelta(days=7))
    return f"Course {course.pk}: session {first(course).pk} is kept under "


def another_length(course):
    ends_at = first(course).ends_at + timedelta(minutes=30)
    Session.objects.filter(pk=first(course).pk).update(ends_at=ends_at)
    Booking.objects.filter(session=first(course)).update(ends_at=ends_at)
    return f"Course {course.pk}: session {first(course).pk} does not last 4 hours."


def another_time_in_the_chair(course):
    booking = first(course).booking
    booking.starts_at, booking.ends_at = (
        booking.starts_at + timedelta(hours=1),
        booking.ends_at + timedelta(hours=1),
    )
    booking.save()
    return f"Course {course.pk}: session {first(course).pk} holds its chair at another time than its own."


def another_units_chair(course):
    chair = builders.unit().chairs.first()
    Booking.objects.filter(session=first(course)).update(chair=chair)
    return f"Course {course.pk}: session {first(course).pk} holds a chair of another unit."


def taken_twice(course):
    booking = first(course).booking
    without_guards(Booking)
    other = Booking.objects.create(
        chair=booking.chair,
        starts_at=booking.starts_at + timedelta(hours=1),
        ends_at=booking.ends_at + timedelta(hours=1),
        taken_for="bone scan",
    )
    when, both = f"{long_date(first(course).day)} at 10am", f"{booking.pk} and {other.pk}"
    return f"Chair 1 of {course.unit.name} is taken twice on {when} (bookings {both})."


def backwards(course):
    taken = builders.take(course.unit.chairs.last(), first(course).day, time(9), time(10))
    without_guards(Booking)
    Booking.objects.filter(pk=taken.pk).update(ends_at=taken.starts_at - timedelta(hours=1))
    return f"Chair 2 of {course.unit.name}: booking {taken.pk} ends before it starts."


def no_nurse(course):
    Staffing.objects.create(unit=course.unit, day=first(course).day, nurses=0)
    return f"Course {course.pk}: it is booked where it no longer fits. One nurse would be needed at 9am on "


def shut(course):
    course.unit.closures.create(first_day=first(course).day, last_day=first(course).day, reason="deep clean")
    return f"Course {course.pk}: it is booked where it no longer fits. The unit is closed (deep clean), so "


def after_closing(course):
    OpeningHours.objects.filter(weekday=0).update(closes=time(12))
    return f"Course {course.pk}: it is booked where it no longer fits. The visit on "


def chair_gone(course):
    Chair.objects.filter(pk=first(course).booking.chair_id).update(in_use=False)
    Booking.objects.filter(session=second(course)).update(chair=course.unit.chairs.last())
    return f"Course {course.pk}: it is booked where it no longer fits. The chair chosen for "


def outside_the_window(course):
    Course.objects.filter(pk=course.pk).update(earliest=second(course).day)
    return (
        f"Course {course.pk}: it is booked where it no longer fits. {long_date(first(course).day)} is before "
    )


def lost_mail(course):
    Message.objects.filter(pk=a_message().pk).update(mime=b"")
    return f"Message {a_message().pk} is kept without what it said."


def nameless_advice(course):
    Message.objects.filter(pk=a_message().pk).update(advice_version="")
    return f"Message {a_message().pk} does not say which advice it gave."


def telling_subject(course):
    Message.objects.filter(pk=a_message().pk).update(subject="Pamidronate on Monday")
    return f"Message {a_message().pk}: its subject names the child, the drug or the disease."


def telling_entry(course):
    course.patient.name = "Hospital visit"
    course.patient.save()
    return f"Message {a_message().pk}: its subject names the child, the drug or the disease."


def numbered_subject(course):
    course.patient.hospital_number = "K104482"
    course.patient.save()
    Message.objects.filter(pk=a_message().pk).update(subject="Visit of k104482, Monday")
    return f"Message {a_message().pk}: its subject names the child, the drug or the disease."


def a_message() -> Message:
    return Message.objects.order_by("pk").first()


def unrecorded(course):
    other = builders.course(builders.patient("Bea Lark"), course.unit, status="cancelled")
    return f"Course {other.pk}: it is cancelled, and the log does not say who did that."


def nobody(course):
    event = AuditEvent.objects.create(
        at=course.agreed_at, actor_name="", action="course.changed", record="course", record_id=course.pk
    )
    return f"Row {event.pk} of the log names nobody."


def hold_to_move(course):
    """Held to be moved to Wednesday and Thursday."""
    visits = builders.visits(course, second(course).day + timedelta(days=1))
    holds.hold(course=course, visits=visits, hours=4, by=User.objects.get())


def half_held_to_move(course):
    hold_to_move(course)
    Booking.objects.filter(held_for=course).last().delete()
    return f"Course {course.pk}: the days held to move it are not one for each of its days."


def held_to_move_without_an_end(course):
    hold_to_move(course)
    Course.objects.filter(pk=course.pk).update(held_until=None)
    return f"Course {course.pk}: the days held to move it are not one for each of its days."


def held_to_move_though_over(course):
    hold_to_move(course)
    Course.objects.filter(pk=course.pk).update(status="completed")
    return f"Course {course.pk}: days are held to move it, and it is completed."


def held_to_move_elsewhere(course):
    hold_to_move(course)
    chair = builders.unit().chairs.first()
    Booking.objects.filter(held_for=course).update(chair=chair)
    return f"Course {course.pk}: a chair of another unit is held to move it."


def asked_about_what_is_not_held(course):
    FamilyOffer.objects.create(course=course, days=[], until=timezone.now())
    return f"Course {course.pk}: its family is asked about days that are not held for it."


def another_time_than_its_phases(course):
    # The quarter hour more should pass outside the chair.
    Session.objects.filter(pk=first(course).pk).update(
        phases='[[15,"none",0],null,0,0]', ends_at=first(course).ends_at + timedelta(minutes=15)
    )
    Booking.objects.filter(session=first(course)).update(ends_at=first(course).ends_at)
    return (
        f"Course {course.pk}: session {first(course).pk} holds its chair at another time than its phases say."
    )


def not_in_a_cubicle(course):
    builders.need(course.unit, chair_kind="cubicle").patients.add(course.patient)
    return f"Course {course.pk}: it is booked where it no longer fits. The child needs a cubicle, and Chair 1"


def without_somebody_on_shift(course):
    builders.need(course.unit, role="play specialist").patients.add(course.patient)
    return f"Course {course.pk}: it is booked where it no longer fits. A play specialist is needed from 9am"


BREACHES = [
    *(half_held_to_move, held_to_move_without_an_end, held_to_move_though_over, held_to_move_elsewhere),
    asked_about_what_is_not_held,
    *(lose_a_session, lose_a_chair, wait_with_sessions, cancelled_in_a_chair, a_gap, one_date, another_day),
    *(another_length, another_time_in_the_chair, another_units_chair, taken_twice, backwards, no_nurse, shut),
    *(after_closing, chair_gone, outside_the_window, lost_mail, nameless_advice, telling_subject),
    *(
        telling_entry,
        numbered_subject,
        unrecorded,
        nobody,
        not_brought_in_a_chair,
        a_day_lost_without_a_word,
        half_held,
    ),
    *(another_time_than_its_phases, not_in_a_cubicle, without_somebody_on_shift),
]
# Where one fault is rightly said of more than one thing.
AS_WELL = {
    another_day: ("its sessions are not on days in a row",),
    taken_twice: ("it is booked where it no longer fits. Chair 1 is taken",),
    telling_entry: ("its subject names", "its calendar entry names"),
}


@pytest.mark.parametrize("plant", BREACHES, ids=lambda plant: plant.__name__)
def test_a_breach_is_said_in_a_sentence_and_nothing_else_is(course, plant):
    sentence = plant(course)
    *said, last = doctor()
    lost_guards = [line for line in said if line.startswith("The database has lost its guard")]
    found = [line for line in said if line not in lost_guards]

    assert [line for line in found if line.startswith(sentence)], said
    others = [line for line in found if not line.startswith(sentence)]
    assert [line for line in others if not any(words in line for words in AS_WELL.get(plant, ()))] == []
    assert last == ("1 thing is wrong." if len(said) == 1 else f"{len(said)} things are wrong.")


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Booking, "one_child_a_chair"),
        (Booking, "a_booking_ends_after_it_begins"),
        (Session, "one_session_of_a_course_a_day"),
        (Course, "one_waiting_course_a_child"),
        (AuditEvent, "patients_auditevent_append_only"),
    ],
)
def test_a_guard_that_is_gone_is_missed(db, model, name):
    with guard_dropped(model, name):
        said = doctor()

    assert [line for line in said if line.startswith(f"The database has lost its guard {name}")], said


@contextmanager
def guard_dropped(model, name):
    """A guard taken away as somebody with a database client would; back again afterwards."""
    constraint = next(c for c in model._meta.constraints if c.name == name)
    table, sqlite = model._meta.db_table, connection.vendor == "sqlite"
    if isinstance(constraint, TriggerConstraint):
        drop = [f"DROP TRIGGER {name}_UPDATE"] if sqlite else constraint.statements_to_drop("postgresql")
        for statement in drop:
            sql(statement % {"table": table} if "%(table)s" in statement else statement)
        yield
    elif hasattr(constraint, "fields"):
        sql(f"DROP INDEX {name}")
        yield
    elif sqlite:
        sql("PRAGMA writable_schema = ON")
        sql("UPDATE sqlite_master SET sql = replace(sql, %s, %s) WHERE name = %s", name, "anything", table)
        yield
        sql("UPDATE sqlite_master SET sql = replace(sql, %s, %s) WHERE name = %s", "anything", name, table)
        sql("PRAGMA writable_schema = OFF")
    else:
        sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        yield


def test_a_row_that_points_nowhere_is_found_where_the_engine_lets_it_in(course):
    """PostgreSQL lets none in before the transaction ends."""
    if connection.vendor == "postgresql":
        assert doctor() == ["Nothing wrong."]
        return
    first_session = first(course).pk
    sql("UPDATE scheduling_message SET contact_id = 99999 WHERE session_id = %s", first_session)

    assert doctor()[0].startswith("A row points to one that is gone.")
    sql("UPDATE scheduling_message SET contact_id = %s", course.patient.contacts.get().pk)


@pytest.mark.parametrize("number", ["7", "20270621", "T09"])
def test_a_number_that_is_part_of_a_time_names_no_child(course, number):
    course.patient.hospital_number = number
    course.patient.save()
    assert doctor() == ["Nothing wrong."]


def test_a_failed_mail_about_a_visit_to_come_has_a_task_open_or_done(coordinator, monday):
    course = builders.course(builders.patient())
    builders.contact(course.patient)
    bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    message = Message.objects.order_by("pk").last()
    Message.objects.filter(pk=message.pk).update(status="failed")
    assert doctor()[0] == f"Message {message.pk} could not be sent, and no task asks to ring the family."
    due_on = timezone.localdate()
    open_task(TaskKind.MAIL_FAILED, "Ring.", about=message, due_on=due_on, by=coordinator)
    assert doctor() == ["Nothing wrong."]
    close_tasks(Task.objects.all(), "Rang.", by=coordinator)
    assert doctor() == ["Nothing wrong."]
    Task.objects.update(done_at=message.created_at - timedelta(days=1))
    assert len(doctor()) == 2, "a call before the mail was written is none about it"
