"""Tasks stand in the order of the visits they are about, and fall due on open days before them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from scheduling.answers import incoming_mail
from scheduling.answers.family_tells import ask, check_in
from scheduling.answers.unstored import ask_to_open
from scheduling.booking import bookings
from scheduling.booking.holds import hold
from scheduling.models import Ask, CancelReason, Closure, Course, Task, TaskKind
from scheduling.tasks.opening import open_task
from scheduling.telling.unreached import ask_to_tell
from scheduling.unit import setup
from scheduling.unit.lapse import lapse_holds_of
from tests import builders
from tests.ical.answers import GIVEN, words

pytestmark = pytest.mark.django_db
FRIDAY, MONDAY = date(2027, 1, 8), date(2027, 1, 11)
A_WEEK = timedelta(weeks=1)


def at_nine(day):
    moment = datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo("Europe/London"))
    return time_machine.travel(moment, tick=False)


@pytest.fixture(autouse=True)
def clock():
    """Nine on a Friday."""
    with at_nine(FRIDAY) as found:
        yield found


@pytest.fixture
def unit():
    return builders.unit()


def asks(course, coordinator, kind=Ask.UNWELL):
    contact = builders.contact(course.patient)
    return ask(course=course, contact=contact, kind=kind, says="", by=coordinator).tasks.get()


def in_order():
    """What is to do, but for the families that nobody may write to."""
    return list(Task.objects.open().exclude(kind=TaskKind.NOBODY_TOLD))


def test_a_child_unwell_in_nine_days_stands_above_a_place_free_in_two_months(unit, coordinator):
    left = builders.book(unit, MONDAY + 8 * A_WEEK, coordinator)
    builders.course(builders.patient("Rory Routine"), unit)
    reason = CancelReason.FAMILY_UNWELL
    bookings.cancel(course=left, reason=reason, back_to_waiting=False, by=coordinator)
    soon = builders.book(unit, MONDAY + A_WEEK, coordinator, name="Una Unwell")
    sooner = builders.book(unit, MONDAY, coordinator, name="Sam Sooner")
    asks(soon, coordinator)
    asks(sooner, coordinator)
    assert [task.course and task.course.patient.name for task in in_order()] == [
        "Sam Sooner",
        "Una Unwell",
        None,
    ]


def test_what_is_put_off_stands_below_what_is_due(unit, coordinator):
    soon = builders.book(unit, MONDAY, coordinator, name="Una Unwell")
    later = builders.book(unit, MONDAY + A_WEEK, coordinator, name="Lara Later")
    put_off = asks(soon, coordinator)
    Task.objects.filter(pk=put_off.pk).update(due_on=MONDAY)
    due = asks(later, coordinator)
    assert in_order() == [due, put_off]


def test_of_one_day_the_task_of_a_day_is_the_day_and_that_of_a_course_its_next_day(unit, coordinator):
    course = builders.book(unit, MONDAY, coordinator, name="Una Unwell")
    other = builders.book(unit, MONDAY + timedelta(days=1), coordinator, name="Ola Other", start=840)
    second = course.sessions.get(number=2)
    of_day = open_task(TaskKind.DECLINED, "No.", about=second, due_on=FRIDAY, by=coordinator)
    of_other = open_task(TaskKind.MISFIT, "No.", about=other, due_on=FRIDAY, by=coordinator)
    of_course = open_task(TaskKind.MISFIT, "No.", about=course, due_on=FRIDAY, by=coordinator)
    assert in_order() == [of_course, of_day, of_other]


@pytest.mark.parametrize(("weeks", "due"), [(0, FRIDAY), (1, date(2027, 1, 15)), (4, date(2027, 1, 15))])
def test_no_longer_fits_is_due_on_an_open_day_before_the_visit(unit, lead, coordinator, weeks, due):
    """A Sunday is none, and neither is a day on which the unit is closed."""
    course = builders.book(unit, MONDAY + weeks * A_WEEK, coordinator)
    day = MONDAY + weeks * A_WEEK
    seen = [course.pk]
    setup.close_days(
        closure=Closure(unit=unit, first_day=day, last_day=day, reason="deep clean"), seen=seen, by=lead
    )
    assert Task.objects.open().get(kind=TaskKind.MISFIT).due_on == due


def test_what_a_family_says_on_a_sunday_is_due_on_monday_or_before_its_visit(unit, coordinator):
    later = builders.book(unit, MONDAY + A_WEEK, coordinator, name="Lara Later")
    monday = builders.book(unit, MONDAY, coordinator, name="Mona Monday")
    sunday = MONDAY - timedelta(days=1)
    with at_nine(sunday):
        assert asks(later, coordinator).due_on == MONDAY
        assert asks(monday, coordinator).due_on == sunday


def a_family_says_how_it_went(course, by):
    contact = builders.contact(course.patient)
    check_in(course=course, contact=contact, pain=3, effects=None, note="", by=by)


def nobody_can_be_told(course, by):
    ask_to_tell(course, "the booking", by=by)


def a_mail_comes_of_a_child(course, by):
    builders.contact(course.patient, email="mia@example.com")
    incoming_mail.take(raw=words("Hello", GIVEN.but(sender="mia@example.com")))


def a_mail_comes_of_nobody(course, by):
    incoming_mail.take(raw=words("Hello"))


def a_mail_cannot_be_stored(course, by):
    ask_to_open("daycase imap.example INBOX", 3, None)


def a_hold_lapses(course, by):
    held = builders.course(builders.patient("Hana Held"), course.unit)
    hold(course=held, visits=builders.visits(held, MONDAY + 2 * A_WEEK), hours=24, by=by)
    Course.objects.filter(pk=held.pk).update(held_until=timezone.now())
    lapse_holds_of(course.unit_id, timezone.now())


@pytest.mark.parametrize(
    "happens",
    [
        a_family_says_how_it_went,
        nobody_can_be_told,
        a_mail_comes_of_a_child,
        a_mail_comes_of_nobody,
        a_mail_cannot_be_stored,
        a_hold_lapses,
    ],
)
def test_what_happens_on_a_sunday_is_due_on_monday_whatever_it_is(unit, coordinator, happens):
    course = builders.book(unit, MONDAY + A_WEEK, coordinator)
    Task.objects.all().delete()
    with at_nine(MONDAY - timedelta(days=1)):
        happens(course, coordinator)
    assert Task.objects.get().due_on == MONDAY
