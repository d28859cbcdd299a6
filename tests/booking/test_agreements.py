"""Agreeing and changing a course, through the pages."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from patients.models import AuditEvent
from scheduling.booking import agreements, bookings
from scheduling.errors import ChangedMeanwhile
from scheduling.models import Course, Unit
from tests import builders
from tests.reading import folded


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def patient(db):
    builders.unit()
    return builders.patient("Ada Lark")


def day_fields(name, day):
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def agreed(**fields):
    today = timezone.localdate()
    return {
        "decided_by": "Dr Wren",
        **day_fields("decided_on", today),
        "reason": "recurrence_of_pain",
        "days": "2",
        "minutes": "285",
        "priority": "1",
        **fields,
    }


def agree(page, patient, **fields):
    return page.post(reverse("scheduling:agree_course", args=[patient.pk]), agreed(**fields))


def test_an_agreed_course_joins_the_waiting_list_with_an_audit_row(page, patient, coordinator):
    today = timezone.localdate()
    agree(
        page,
        patient,
        **day_fields("earliest", today),
        **day_fields("target", today + timedelta(days=14)),
        **day_fields("latest", today + timedelta(days=60)),
        impossible_weekdays=["0", "4"],
        impossible_dates=f"24/3/{today.year + 1}\n1 April {today.year + 1} to 14 apr {today.year + 1}",
        not_before="9:30am",
        repeat_weeks="16",
        **day_fields("review_on", today + timedelta(days=100)),
    )
    course = Course.objects.get()
    assert (course.status, course.days, course.minutes, course.not_before) == ("waiting", 2, 285, time(9, 30))
    assert course.impossible_weekdays == [0, 4]
    assert [(r.first_day, r.last_day) for r in course.impossible_dates.all()] == [
        (date(today.year + 1, 3, 24), date(today.year + 1, 3, 24)),
        (date(today.year + 1, 4, 1), date(today.year + 1, 4, 14)),
    ]
    assert (course.repeat_weeks, course.review_on) == (16, today + timedelta(days=100))
    assert AuditEvent.objects.get(action="course.added").actor_id == coordinator.pk
    assert "Ada Lark" in page.get(reverse("scheduling:list_waiting")).content.decode()


def test_the_decision_is_of_today_unless_somebody_says_otherwise(page, patient):
    """Dates may be typed in one box too; what stands in the others beside it then does not count."""
    today = timezone.localdate()
    address = reverse("scheduling:agree_course", args=[patient.pk])
    shown = page.get(address).context["form"]["decided_on"].value()
    assert shown == today
    answer = agree(page, patient, decided_on_words="yesterday", target_words="in 3 weeks")
    course = Course.objects.get()
    assert (course.decided_on, course.target) == (today - timedelta(days=1), today + timedelta(days=21))
    assert long_date(course.target) in folded(page.get(answer.url))
    change = page.get(reverse("scheduling:change_course", args=[course.pk])).context["form"]
    assert change["decided_on"].value() == course.decided_on


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"decided_by": ""}, "Enter the clinician who decided"),
        ({"reason": ""}, "Select the reason for this course"),
        ({"days": ""}, "Select how many days"),
        ({"minutes": ""}, "Select how long each day is"),
        ({"minutes": "230"}, "Select how long each day is from the list"),
        ({"priority": ""}, "Select the priority"),
        ({"impossible_dates": "next week"}, "“next week” must be a date"),
        ({"impossible_dates": "14 4 2027 to 1 4 2027"}, "ends before it begins"),
        ({"not_before": "half nine"}, "must be a time"),
        ({"repeat_weeks": "0"}, "must be 1 or more"),
        (day_fields("decided_on", date(2099, 1, 1)), "Date of the decision must be today or in the past"),
        (day_fields("latest", date(2150, 1, 1)), "Latest first day must be within the next 2 years"),
        (day_fields("review_on", date(2062, 1, 1)), "Date of the review must be within the next 3 years"),
    ],
)
def test_wrong_input_is_said_in_words_and_nothing_is_saved(page, patient, change, message):
    response = agree(page, patient, **change)
    assert message in response.content.decode()
    assert "Dr Wren" in response.content.decode() or "decided_by" in change
    assert not Course.objects.exists()


def test_the_three_dates_have_to_be_in_order(page, patient):
    today = timezone.localdate()
    response = agree(
        page, patient, **day_fields("earliest", today + timedelta(days=9)), **day_fields("latest", today)
    )
    assert "Latest first day must be the earliest first day or after it" in response.content.decode()


def test_a_second_course_is_not_agreed_while_one_waits(page, patient):
    agree(page, patient)
    response = agree(page, patient)
    assert response.url == Course.objects.get().get_absolute_url()


def test_changing_a_course_logs_before_and_after(page, patient):
    agree(page, patient, impossible_dates="24 3 2027")
    course = Course.objects.get()
    page.post(
        reverse("scheduling:change_course", args=[course.pk]),
        agreed(minutes="300", impossible_dates="25 3 2027"),
    )
    assert AuditEvent.objects.get(action="course.changed").changes == {"minutes": [285, 300]}
    changes = AuditEvent.objects.filter(action="course.impossible_dates_changed").first().changes
    assert changes == {"impossible_dates": [[["2027-03-24", "2027-03-24"]], [["2027-03-25", "2027-03-25"]]]}


def test_what_was_agreed_comes_back_into_the_form(page, patient):
    agree(page, patient, impossible_dates="24 3 2027", not_before="9:30am")
    text = page.get(reverse("scheduling:change_course", args=[Course.objects.get().pk])).content.decode()
    assert "24 March 2027" in text
    assert 'value="9:30am"' in text


def test_a_booked_course_keeps_its_number_of_days(page, patient):
    agree(page, patient)
    course = Course.objects.get()
    Course.objects.update(status="booked")
    page.post(
        reverse("scheduling:change_course", args=[course.pk]), agreed(minutes="360", days="3", priority="0")
    )
    course.refresh_from_db()
    assert (course.minutes, course.days, course.priority) == (360, 2, 0)


def test_a_course_booked_since_it_was_read_is_not_saved_as_waiting(patient, coordinator):
    read = builders.course(patient)
    visits = builders.visits(read, builders.next_monday(2))
    bookings.book(course=read, visits=visits, by=coordinator)
    read.days, read.minutes = 3, 300
    with pytest.raises(ChangedMeanwhile, match="It is booked now"):
        agreements.save_agreed(course=read, impossible_dates=[], by=coordinator)
    stored = Course.objects.get()
    assert (stored.status, stored.days, stored.minutes) == ("booked", 2, 240)


def test_what_a_colleague_saved_since_a_course_was_read_stays(patient, coordinator):
    read, latest = builders.course(patient), timezone.localdate() + timedelta(days=50)
    Course.objects.update(latest=latest, priority=1)
    read.minutes, read.priority = 300, 0
    agreements.save_agreed(course=read, impossible_dates=[], fields=["minutes", "priority"], by=coordinator)
    stored = Course.objects.get()
    assert (stored.latest, stored.minutes, stored.priority) == (latest, 300, 0)


def test_the_most_urgent_wait_first_then_the_earliest_target(db):
    unit, today = builders.unit(), timezone.localdate()
    for name, priority, target in (
        ("no target", 2, None),
        ("late", 2, today + timedelta(days=40)),
        ("early", 2, today + timedelta(days=4)),
        ("urgent", 0, None),
    ):
        builders.course(builders.patient(name), unit, priority=priority, target=target)
    assert [c.patient.name for c in Course.objects.waiting()] == ["urgent", "early", "late", "no target"]


def test_without_a_unit_nothing_can_be_agreed(page, db):
    patient = builders.patient()
    response = agree(page, patient)
    assert response.url == patient.get_absolute_url()


def test_what_was_agreed_changes_under_the_lock_of_its_unit(patient, coordinator):
    course = builders.course(patient)
    before = Unit.objects.get().diary_version
    course.minutes = 300
    agreements.save_agreed(course=course, fields=["minutes"], impossible_dates=[], by=coordinator)
    assert Unit.objects.get().diary_version == before + 1
