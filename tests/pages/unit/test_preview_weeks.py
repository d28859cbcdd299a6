"""The next eight weeks of a unit, and the booked courses that no longer fit into them."""

import re
from datetime import date, time

import pytest
from django.urls import reverse

from patients.models import AccessEvent
from scheduling.booking import bookings
from scheduling.models import CancelReason, Closure, Course, ImpossibleDates, OpeningHours, Staffing
from scheduling.unit.lock import lock_unit
from tests import builders
from tests.unit_pages import page

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (date(2027, 3, day) for day in range(8, 14))
EVERYTHING_FITS = "Every booked course fits."


@pytest.fixture(autouse=True)
def first_of_march(time_machine):
    """It is 8am on Monday 1 March 2027; Good Friday is 26 March."""
    time_machine.move_to("2027-03-01T08:00+00:00", tick=False)
    return time_machine


@pytest.fixture(autouse=True)
def signed_in_as_reader(client, reader, first_of_march):
    client.force_login(reader)


@pytest.fixture
def unit():
    return builders.unit(closed_on_bank_holidays=True)


def preview(client, unit):
    return page(client, "preview_weeks", unit.pk)


def row_of(day, shown):
    """The words of one day's row."""
    rows = [" ".join(re.sub("<[^>]*>", " ", row).split()) for row in shown.split("<tr")]
    return next((row for row in rows if f"{day} Open" in row), None)


def test_it_goes_from_today_over_the_next_eight_whole_weeks(client, reader, unit, first_of_march):
    first_of_march.move_to("2027-03-04T08:00+00:00", tick=False)
    client.force_login(reader)
    shown = preview(client, unit)
    assert row_of("Wed 3 Mar 2027", shown) is None
    assert row_of("Thu 4 Mar 2027", shown)
    assert row_of("Fri 30 Apr 2027", shown)
    assert row_of("Mon 3 May 2027", shown) is None
    assert shown.count("Week of Monday") == 9


def test_an_ordinary_day_shows_hours_nurses_and_visits(client, coordinator, unit):
    builders.book(unit, MONDAY, coordinator)
    row = row_of("Mon 8 Mar 2027", preview(client, unit))
    assert "Open 8am to 6pm Nurses 3 Visits booked 1 Chairs taken by something else None" in row
    assert EVERYTHING_FITS in preview(client, unit)


def test_a_closed_day_says_why(client, unit):
    Closure.objects.create(unit=unit, first_day=MONDAY, last_day=TUESDAY, reason="deep clean")
    shown = preview(client, unit)
    assert "Open Closed (deep clean) Nurses None" in row_of("Tue 9 Mar 2027", shown)
    assert "Open Closed for a bank holiday (Good Friday)" in row_of("Fri 26 Mar 2027", shown)
    assert row_of("Sat 13 Mar 2027", shown) is None


def test_another_number_of_nurses_is_marked(client, unit):
    Staffing.objects.create(unit=unit, day=MONDAY, nurses=5)
    Staffing.objects.create(unit=unit, day=TUESDAY, nurses=3)
    shown = preview(client, unit)
    assert "Nurses 5 instead of 3 Visits" in row_of("Mon 8 Mar 2027", shown)
    assert "Nurses 3 Visits" in row_of("Tue 9 Mar 2027", shown)


def test_a_chair_taken_by_something_else_is_named_even_on_a_day_never_open(client, unit):
    builders.take(unit.chairs.last(), SATURDAY, time(9), time(12, 30), "Repair")
    row = row_of("Sat 13 Mar 2027", preview(client, unit))
    assert "Open Not open on Saturdays" in row
    assert "Chair 2, 9am to 12:30pm: Repair" in row


def test_a_unit_that_is_never_open_says_so(client):
    unit = builders.unit()
    unit.opening_hours.all().delete()
    assert "The unit is not open on any day yet." in preview(client, unit)


def test_another_unit_is_none_of_its_business(client, coordinator, unit):
    other = builders.unit()
    builders.book(other, MONDAY, coordinator)
    Closure.objects.create(unit=other, first_day=MONDAY, last_day=MONDAY, reason="deep clean")
    shown = preview(client, unit)
    assert "Visits booked 0" in row_of("Mon 8 Mar 2027", shown)
    assert "deep clean" not in shown


def close(course):
    Closure.objects.create(unit=course.unit, first_day=TUESDAY, last_day=TUESDAY, reason="deep clean")


def send_nurses_home(course):
    Staffing.objects.create(unit=course.unit, day=TUESDAY, nurses=0)


def take_the_chair_out_of_use(course):
    course.unit.chairs.update(in_use=False)


def shorten_tuesdays(course):
    OpeningHours.objects.filter(unit=course.unit, weekday=1).update(closes=time(12))


def set_a_later_earliest_day(course):
    Course.objects.filter(pk=course.pk).update(earliest=TUESDAY)


def tell_of_a_day_the_family_cannot_do(course):
    ImpossibleDates.objects.create(course=course, first_day=TUESDAY, last_day=TUESDAY)


@pytest.mark.parametrize(
    ("what_happens", "day", "sentence"),
    [
        (close, "Tue 9 Mar 2027", "The unit is closed (deep clean), so there can be no visit on Tuesday"),
        (send_nurses_home, "Tue 9 Mar 2027", "One nurse would be needed at 9am on Tuesday 9 March 2027"),
        (take_the_chair_out_of_use, "Mon 8 Mar 2027", "is not one the unit uses"),
        (shorten_tuesdays, "Tue 9 Mar 2027", "the unit closes at midday"),
        (set_a_later_earliest_day, "Mon 8 Mar 2027", "Monday 8 March 2027 is before the clinician"),
        (tell_of_a_day_the_family_cannot_do, "Tue 9 Mar 2027", "The family cannot do Tuesday 9 March 2027."),
    ],
)
def test_a_booked_course_that_no_longer_fits_is_flagged(
    what_happens, day, sentence, client, coordinator, unit
):
    course = builders.book(unit, MONDAY, coordinator, name="Ada Lark")
    builders.book(unit, THURSDAY, coordinator, name="Finn Wren", start=10 * 60, chair=unit.chairs.last())
    what_happens(course)
    shown = preview(client, unit)
    row = row_of(day, shown)
    assert "No longer fits Ada Lark" in row
    assert sentence in row.replace("&#x27;", "'")
    assert course.get_absolute_url() in shown
    assert EVERYTHING_FITS not in shown


def test_who_is_flagged_is_logged_and_nobody_else(client, coordinator, reader, unit):
    flagged = builders.book(unit, MONDAY, coordinator)
    builders.book(unit, WEDNESDAY, coordinator)
    close(flagged)
    preview(client, unit)
    looks = AccessEvent.objects.filter(actor_id=reader.pk, page="scheduling:preview_weeks")
    assert [look.patient_id for look in looks] == [flagged.patient_id]


def test_the_page_of_the_unit_counts_the_courses_that_no_longer_fit(client, coordinator, unit):
    course = builders.book(unit, MONDAY, coordinator)
    assert "no longer" not in page(client, "show_unit", unit.pk)
    Closure.objects.create(unit=unit, first_day=MONDAY, last_day=FRIDAY, reason="deep clean")
    lock_unit(unit.pk)
    assert "1 booked course no longer fits" in page(client, "show_unit", unit.pk)
    assert course.patient.name not in page(client, "show_unit", unit.pk)


def test_a_course_moved_out_of_a_closure_fits_again(client, coordinator, unit):
    course = builders.book(unit, MONDAY, coordinator)
    close(course)
    visits = builders.visits(course, WEDNESDAY)
    bookings.move(course=course, visits=visits, reason=CancelReason.HOSPITAL_OTHER, by=coordinator)
    assert EVERYTHING_FITS in preview(client, unit)


def test_a_course_that_has_begun_is_no_misfit(client, coordinator, unit, first_of_march):
    builders.book(unit, MONDAY, coordinator)
    for moment in ("2027-03-08T11:00+00:00", "2027-03-09T11:00+00:00"):
        first_of_march.move_to(moment, tick=False)
        client.force_login(coordinator)
        assert EVERYTHING_FITS in preview(client, unit)


def test_the_number_of_queries_does_not_grow_with_the_bookings(
    client, coordinator, django_assert_max_num_queries
):
    unit = builders.unit(chairs=4, nurses=9)
    address = reverse("scheduling:preview_weeks", args=[unit.pk])
    for chair in unit.chairs.all():
        builders.book(unit, MONDAY, coordinator, chair=chair)
        builders.book(unit, WEDNESDAY, coordinator, chair=chair)
    Closure.objects.create(unit=unit, first_day=MONDAY, last_day=FRIDAY, reason="deep clean")
    with django_assert_max_num_queries(17):
        shown = client.get(address).content.decode()
    assert shown.count("No longer fits</strong>") == 16
