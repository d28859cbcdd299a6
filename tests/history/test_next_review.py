"""When a review is due: overdue first, and no child who had a course is ever lost from the list."""

from datetime import datetime, time, timedelta
from random import Random

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from patients.models import Patient
from scheduling.history.next_review import load_due, load_plans
from scheduling.history.record import load_record
from scheduling.history.when_due import CourseFacts, DueState, plan_of
from scheduling.models import Booking, CancelReason, Course, Decision, NextStep, Review
from scheduling.states import CourseStatus
from tests import builders
from tests.reading import folded

TODAY = timezone.localdate()


def ago(weeks: int):
    return TODAY - timedelta(weeks=weeks)


def course(
    status: str, *, agreed: int, last: int | None = None, lost: int | None = None, review_on=None
) -> CourseFacts:
    """Agreed, ended and its last day lost so many weeks ago."""
    at = timezone.make_aware(datetime.combine(ago(agreed), time(12)))
    end, lost_on = (None if weeks is None else ago(weeks) for weeks in (last, lost))
    return CourseFacts(1, 1, status, at, end, end, review_on, lost_on)


def decision(step: str, *, weeks_ago: int, until=None) -> Decision:
    return Decision(step=step, until=until, decided_by="Dr Wren", decided_on=ago(weeks_ago), reason="So")


def plan(*courses, decided=None):
    return plan_of(Patient(pk=1, name="Ada Lark"), courses, decided, None, TODAY)


GIVEN = course("completed", agreed=20, last=14)


def test_a_completed_course_without_a_review_date_is_due_since_it_ended():
    found = plan(GIVEN)
    assert found.due_on == ago(14)
    assert found.state(TODAY) == DueState.OVERDUE
    assert found.why == "No review date, and nothing was decided since the course"


def test_a_course_with_a_review_date_is_due_then():
    assert plan(course("completed", agreed=20, last=14, review_on=ago(-2))).due_on == ago(-2)


@pytest.mark.parametrize("step", ["review", "open"])
def test_a_decision_with_a_date_is_due_then(step):
    found = plan(GIVEN, decided=decision(step, weeks_ago=2, until=ago(-10)))
    assert found.due_on == ago(-10)
    assert found.state(TODAY) == DueState.LATER


def test_to_stop_takes_the_child_off_until_another_course_is_given():
    stop = decision("stop", weeks_ago=10)
    assert plan(GIVEN, decided=stop) is None
    assert plan(GIVEN, course("completed", agreed=6, last=4), decided=stop).due_on == ago(4)


def test_a_decision_from_before_the_course_ended_counts_no_more():
    old = decision("review", weeks_ago=15, until=ago(-30))
    assert plan(GIVEN, decided=old).due_on == ago(14)


def test_a_decision_on_the_last_day_of_the_course_counts():
    assert plan(GIVEN, decided=decision("review", weeks_ago=14, until=ago(-5))).due_on == ago(-5)


def test_to_repeat_is_due_until_a_course_is_agreed():
    repeat = decision("repeat", weeks_ago=3)
    found = plan(GIVEN, decided=repeat)
    assert (found.due_on, found.why) == (ago(3), "Repeat course decided, but no course is agreed")
    waiting = plan(GIVEN, course("waiting", agreed=2), decided=repeat)
    assert (waiting.due_on, waiting.why) == (None, "Course waiting")


def test_a_course_that_was_ended_before_it_was_given_is_due_for_a_decision():
    ended = course("cancelled", agreed=2)
    assert plan(ended).due_on == ago(2)
    assert plan(GIVEN, ended, decided=decision("stop", weeks_ago=3)).due_on == ago(2)
    assert plan(GIVEN, ended, decided=decision("stop", weeks_ago=1)) is None


def test_a_booked_course_whose_days_went_by_unrecorded_is_due():
    found = plan(course("booked", agreed=5, last=1))
    assert found.due_on == ago(1)
    assert "not recorded how it went" in found.why


@pytest.mark.parametrize(("lost", "since"), [(2, ago(2)), (None, ago(5))])
def test_a_booked_course_that_lost_all_its_days_is_due(lost, since):
    found = plan(course("booked", agreed=5, lost=lost), decided=decision("stop", weeks_ago=1))
    assert (found.due_on, found.state(TODAY)) == (since, DueState.OVERDUE)
    assert found.why == "The days of the course were lost, and nothing was decided about it"


def test_a_booked_course_that_lost_one_of_its_days_is_still_to_come():
    assert plan(course("booked", agreed=5, last=-1, lost=0)).due_on is None


@pytest.mark.parametrize("days", [{"last": 6}, {"lost": 6}])
@pytest.mark.parametrize("newer", [course("waiting", agreed=1), course("booked", agreed=1, last=-2)])
def test_a_newer_course_does_not_hide_one_of_which_nobody_said_how_it_went(days, newer):
    older = course("booked", agreed=9, **days)
    found = plan(older, newer)
    assert (found.course, found.due_on) == (older, ago(6))


def test_a_review_decided_after_a_course_was_agreed_is_due_all_the_same():
    decided = decision("review", weeks_ago=1, until=ago(-1))
    assert plan(course("waiting", agreed=3), decided=decided).due_on == ago(-1)


statuses = st.sampled_from(CourseStatus.values)
weeks = st.integers(-20, 120)


@given(
    st.lists(st.tuples(statuses, weeks, weeks, st.booleans(), st.booleans()), min_size=1, max_size=5),
    st.none() | st.tuples(st.sampled_from(NextStep.values), st.integers(0, 120), weeks),
)
def test_only_the_decision_to_stop_ends_a_plan(courses, decided):
    facts = []
    for status, agreed, last, has_review, is_lost in sorted(courses, key=lambda each: -each[1]):
        days = {"lost": last} if is_lost and status == "booked" else {"last": last}
        days = days if status in ("completed", "part_given", "booked") else {}
        review_on = ago(last) if has_review else None
        facts.append(course(status, agreed=agreed, review_on=review_on, **days))
    known = None
    if decided:
        step, since, until = decided
        known = decision(step, weeks_ago=since, until=ago(until) if step in ("review", "open") else None)
    found = plan(*facts, decided=known)
    if found is None:
        assert known is not None
        assert known.step == NextStep.STOP
        given_since = [
            c for c in facts if c.status in ("completed", "part_given") and c.last_day > known.decided_on
        ]
        assert not given_since
        assert not any(c.status in ("waiting", "pending", "booked") for c in facts)
    elif found.due_on is None:
        assert found.course.status in ("waiting", "pending", "booked")
        # A course is to come only if one is: no booked one is past, or has no day left.
        assert all(c.last_day and c.last_day >= TODAY for c in facts if c.status == "booked")


# The list


@pytest.fixture
def unit(db):
    return builders.unit()


def test_every_child_who_had_a_course_is_on_the_list_and_the_overdue_stand_first(unit, client, nurse):
    late, soon, waits, stopped = (builders.patient(name) for name in ("Zoe", "Ben", "Ada", "Cy"))
    builders.past_course(late, unit, ago(30))
    near = builders.past_course(soon, unit, ago(8))
    Course.objects.filter(pk=near.pk).update(review_on=ago(-1))
    builders.course(waits, unit)
    builders.past_course(stopped, unit, ago(40))
    Decision.objects.create(
        patient=stopped, step="stop", decided_by="Dr Wren", decided_on=ago(2), reason="Moved", recorded_by="N"
    )
    builders.course(builders.patient("Mia"), unit, status="cancelled", cancel_reason=CancelReason.MISTAKE)
    builders.patient("Never had one")

    assert [p.patient.name for p in load_plans(TODAY)] == ["Zoe", "Ben", "Ada"]
    assert load_plans(TODAY) == [load_record(child).plan(TODAY) for child in (late, soon, waits)]
    assert load_record(stopped).plan(TODAY) is None
    client.force_login(nurse)
    page = folded(client.get("/reviews/"))
    assert page.index(">Zoe, K") < page.index(">Ben, K") < page.index(">Ada, K")
    assert "3 children with an open plan" in page
    narrowed = folded(client.get("/reviews/?state=overdue&state=rubbish"))
    assert "1 of 3 children" in narrowed
    assert ">Ben, K" not in narrowed


def test_what_orders_the_list_is_what_each_plan_says(unit):
    """Of a child only the course given last is read; a list of chance children comes out the same."""
    chance, other = Random(6), builders.unit(name="Beech")
    for n in range(60):
        child = builders.patient(f"Child {chance.randrange(20)}", hospital_number=f"C{n}")
        for _ in range(chance.randrange(4)):
            given_some_time(child, chance.choice([unit, other]), chance)
        if chance.random() < 0.3:
            last = given_some_time(child, unit, chance)
            last.sessions.update(status=chance.choice(["noshow", "cancelled"]))
        if chance.random() < 0.4:
            ended = builders.course(child, other, status=chance.choice(["cancelled", "waiting", "booked"]))
            agreed = timezone.make_aware(datetime.combine(ago(chance.randrange(120)), time(12)))
            Course.objects.filter(pk=ended.pk).update(agreed_at=agreed)
        if chance.random() < 0.3:
            step = chance.choice(["stop", "review", "repeat"])
            on, until = ago(chance.randrange(60)), ago(-9) if step == "review" else None
            said = {"decided_by": "Dr Wren", "reason": "So", "recorded_by": "N"}
            Decision.objects.create(patient=child, step=step, decided_on=on, until=until, **said)
    Course.objects.filter(pk__in=Course.objects.order_by("?").values("pk")[:20]).update(review_on=ago(3))

    plans = load_plans(TODAY)
    assert len(plans) > 25
    assert [(due.patient_id, due.due_on, due.unit_id) for due in load_due(TODAY)] == [
        (plan.patient.pk, plan.due_on, plan.course.unit_id) for plan in plans
    ]
    some = [plan.patient.pk for plan in plans[5:15]]
    assert load_plans(TODAY, some) == plans[5:15]


def given_some_time(child, unit, chance) -> Course:
    """Its chair is free again, for others may have been given theirs on the same days."""
    made = builders.past_course(child, unit, ago(chance.randrange(2, 120)))
    Booking.objects.filter(session__course=made).delete()
    return made


def test_a_child_who_was_brought_on_no_day_is_on_the_list_and_overdue(unit):
    lost = builders.begun_course(unit, ago(2))
    lost.sessions.update(status="noshow")
    [found] = load_plans(TODAY)
    assert (found.due_on, found.state(TODAY)) == (ago(2) + timedelta(days=1), DueState.OVERDUE)
    assert load_record(lost.patient).plan(TODAY) == found


def test_a_review_alone_takes_nobody_off(unit, nurse):
    child = builders.patient()
    builders.past_course(child, unit, ago(30))
    Review.objects.create(patient=child, on=ago(1), source="nurse", pain=0, recorded_by="N")
    [found] = load_plans(TODAY)
    assert found.state(TODAY) == DueState.OVERDUE
    assert found.reviewed_on == ago(1)


@pytest.mark.parametrize("children", [1, 40])
def test_the_list_asks_as_many_questions_for_many_children(
    unit, client, nurse, django_assert_num_queries, children
):
    for n in range(children):
        child = builders.patient(f"Child {n}")
        builders.course(child, unit, status="completed")
    client.force_login(nurse)
    client.get("/reviews/")
    # What orders the list is asked of all children, the plans only of those on the page.
    with django_assert_num_queries(16):
        client.get("/reviews/")
