"""A day is the day in Europe/London: half an hour past midnight in summer is not yet that day in UTC."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from scheduling.booking.drafts.candidates import due_of
from scheduling.history.plots import day_of
from scheduling.history.when_due import CourseFacts
from scheduling.models import Course, Decision, NextStep
from scheduling.states import CourseStatus
from scheduling.telling.family_links import DAYS_WAITING, ends_on
from scheduling.telling.open_on_symptoms import open_until
from tests import builders

NIGHT = datetime(2027, 6, 15, 23, 30, tzinfo=UTC)
DAY = date(2027, 6, 16)


@pytest.mark.parametrize(
    "day",
    [
        lambda: day_of(NIGHT),
        lambda: due_of(Course(agreed_at=NIGHT)),
        lambda: CourseFacts(1, 1, CourseStatus.WAITING, NIGHT, None, None, None, None).agreed_on,
    ],
    ids=["of a check-in in the plot", "after which a course is late", "on which a course was agreed"],
)
def test_it_is_the_day_of_a_moment(day):
    assert day() == DAY


@pytest.mark.django_db
def test_it_ends_the_page_of_a_family_that_waits():
    course = builders.course(builders.patient("Ada Lark"), builders.unit())
    course.agreed_at = NIGHT
    assert ends_on(SimpleNamespace(course=course)) == DAY + timedelta(days=DAYS_WAITING)


@pytest.mark.django_db
def test_a_course_agreed_that_night_ends_being_open_on_symptoms():
    child = builders.patient("Ada Lark")
    decided = {
        "patient": child,
        "step": NextStep.OPEN,
        "decided_by": "Dr Wren",
        "reason": "So",
        "recorded_by": "Dr Wren",
    }
    Decision.objects.create(**decided, decided_on=DAY - timedelta(days=1), until=DAY + timedelta(days=9))
    course = builders.course(child, builders.unit())
    Course.objects.filter(pk=course.pk).update(agreed_at=NIGHT - timedelta(hours=2))
    assert open_until(child, DAY)
    Course.objects.filter(pk=course.pk).update(agreed_at=NIGHT)
    assert open_until(child, DAY) is None
