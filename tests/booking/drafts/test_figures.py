"""What a draft says of how it stands without it and with it, counted by hand."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from scheduling.booking.drafts import what_if
from scheduling.booking.drafts.asked import Changes
from scheduling.booking.drafts.candidates import read_problem
from scheduling.booking.drafts.figures import before_and_after, overdue
from scheduling.models import Course, Priority
from scheduling.planner import LeftOut, Placed, Plan, Why
from scheduling.unit.diary_rows import load_diary
from tests import builders
from tests.booking.drafts.conftest import waiting, weeks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_a_working_day")]
A_WEEK = timedelta(weeks=1)


@pytest.fixture
def problem(unit, ask):
    """One urgent course, two weeks late on the last day; a routine one, due a week before it; one due long
    after. Four weeks, agreed today, 2 and 30 days ago."""
    _, last = weeks()
    courses = []
    for ago, due, priority in ((0, last - 2 * A_WEEK, 0), (2, last - A_WEEK, 2), (30, last + 9 * A_WEEK, 2)):
        (course,) = waiting(unit, 1, priority=priority, target=due)
        agreed = datetime.combine(timezone.localdate() - timedelta(days=ago), time(12))
        Course.objects.filter(pk=course.pk).update(agreed_at=timezone.make_aware(agreed))
        courses.append(course)
    return read_problem(ask(*courses, work=False), timezone.now())


def placed(problem, number: int, first):
    """The place of the candidate of that number from that day on."""
    key = problem.candidates[number].request.course_id
    return {key: builders.visits(problem.courses[int(key)], first)}


def test_waits_and_days_late_are_counted_to_the_last_day_or_to_the_days_found(problem):
    today, last = timezone.localdate(), problem.last_day
    monday = builders.next_monday(2)
    places = placed(problem, 0, monday)
    found = before_and_after(problem, places)
    to_last = (last - today).days
    assert found["waiting"] == [3, 2]
    assert found["overdue_today"] == 0
    # On the last day; whoever has begun by then is not overdue any more.
    assert found["overdue"] == {"0": [1, 0], "1": [0, 0], "2": [1, 1]}
    assert found["days_late"] == [14 + 7, 7]
    assert found["longest_wait"] == [to_last + 30, to_last + 30]
    assert found["median_wait"] == [to_last + 2, to_last + 2]
    begun = before_and_after(problem, placed(problem, 2, monday))
    assert begun["longest_wait"] == [to_last + 30, (monday - today).days + 30]


def test_a_course_is_overdue_from_the_day_after_it_was_due_until_it_begins(problem):
    due = problem.candidates[0].due
    begins = {problem.candidates[0].request.course_id: due + timedelta(days=3)}
    by_day = [overdue(problem, Priority.URGENT, begins, due + timedelta(days=n)) for n in (0, 1, 2, 3, 4)]
    assert by_day == [0, 1, 1, 0, 0]
    assert overdue(problem, None, {}, problem.last_day) == 2


def test_of_a_what_if_those_overdue_are_counted_today_and_in_4_and_in_12_weeks(problem):
    first = problem.candidates[0]
    key = first.request.course_id
    visits = builders.visits(problem.courses[int(key)], builders.next_monday(2))
    left = tuple(LeftOut(each.request.course_id, Why.CROWDED, "No room.") for each in problem.candidates[1:])
    plan = Plan(
        placed=(Placed(key, visits, 0, visits[0].day),), left_out=left, value=200, bound=150, preferences=0
    )
    found = what_if._figures(problem, plan)
    # The second is overdue after four weeks, the third not yet after twelve.
    assert found["overdue"] == [0, 1, 1]
    assert (found["left_out"], found["gap"]) == (2, 25.0)
    assert found["longest"] == (problem.last_day - timezone.localdate()).days + 30


def test_a_day_that_is_opened_has_the_hours_of_the_first_that_is_open():
    unit = builders.unit(chairs=1, nurses=2)
    unit.opening_hours.filter(weekday=0).update(opens=time(9), closes=time(17))
    today = timezone.localdate()
    last = builders.next_monday(3)
    diary = load_diary(unit, today, last, timezone.now())
    then = what_if.changed(diary, Changes(opened=5), last)
    saturday = builders.next_monday(1) + timedelta(days=5)
    assert diary.calendar.hours_on(saturday) is None
    assert then.calendar.hours_on(saturday) == diary.calendar.hours_on(today)
