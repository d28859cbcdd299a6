"""A draft is worked out from rows as a clinician typed them, and keeps what came out or what happened."""

from datetime import time, timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.booking.drafts import asking, deciding, pulse, working
from scheduling.booking.drafts.candidates import read_problem
from scheduling.errors import Refused
from scheduling.models import Booking, Course, Decide, Draft, Session, SharedDays
from tests import builders
from tests.booking.drafts.conftest import waiting
from tests.builders.reviews import review


def test_a_draft_proposes_days_for_each_and_books_nothing(unit, ask, fake):
    courses = waiting(unit, 3)
    draft = ask(*courses)
    assert (draft.status, draft.happened, draft.solver) == ("ready", "The plan is ready.", "Fake 1")
    lines = list(draft.lines.all())
    assert [line.course_id for line in lines] == [course.pk for course in courses]
    assert all(len(line.proposed) == 2 and line.reasons and line.alone for line in lines)
    assert not Booking.objects.exists() and not Session.objects.exists()
    assert set(unit.courses.values_list("status", flat=True)) == {"waiting"}
    assert draft.figures["waiting"] == [3, 0]
    assert draft.figures["chairs"][0] == 0 < draft.figures["chairs"][1]


def test_priority_window_and_length_reach_the_planner_as_they_were_typed(
    unit, ask, fake, django_assert_num_queries
):
    first = builders.next_monday(2)
    typed = {
        "earliest": first,
        "target": first + timedelta(1),
        "latest": first + timedelta(20),
        "minutes": 300,
    }
    (course,) = waiting(unit, 1, days=3, priority=0, **typed)
    (other,) = waiting(unit, 1, priority=1)
    before = dict(vars(course))
    ask(course, other)
    (one, two), _ = fake.given[0]
    assert {name: getattr(one.request, name) for name in typed} == typed
    assert (one.request.days, one.due, one.weight) == (3, typed["target"], 40)
    assert (two.due, two.weight) == (timezone.localdate(other.agreed_at), 20)
    course.refresh_from_db()
    fields = [field.attname for field in course._meta.concrete_fields]
    assert {name: getattr(course, name) for name in fields} == {name: before[name] for name in fields}


def test_the_planning_reads_no_review_no_test_and_no_diagnosis(unit, ask, fake):
    courses = waiting(unit, 2)
    review(courses[0].patient, pain=7)
    draft = ask(*courses, work=False)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        working.work_out(draft.pk)
    read = " ".join(query["sql"] for query in asked if query["sql"].startswith("SELECT"))
    clinical = (
        "review",
        "imaging",
        "medicine",
        "decision",
        "importedresult",
        "resultsimport",
        "activesite",
        "readinesscheck",
        "adverseeffect",
        "cannulaattempt",
        "checkin",
    )
    assert '"scheduling_course"' in read
    assert [name for name in clinical if f'"scheduling_{name}"' in read] == []
    assert "diagnos" not in read


def test_who_is_left_out_is_said_why_and_how_often_in_a_row(unit, ask, fake):
    (shut_out,) = waiting(unit, 1, impossible_weekdays=[0, 1, 2, 3, 4])
    (course,) = waiting(unit, 1)
    first = ask(shut_out, course)
    line = first.lines.get(course=shut_out)
    assert (line.why, line.times_left_out, line.proposed) == ("no-day", 1, [])
    assert line.sentence.endswith(".")
    assert ask(shut_out).lines.get().times_left_out == 1, "the same day counts once"
    a_day_before(Draft.objects.all())
    assert ask(shut_out).lines.get().times_left_out == 2
    a_day_before(Draft.objects.all())
    third = ask(shut_out, course)
    assert third.lines.get(course=shut_out).times_left_out == 3
    # Planning the same draft again is no further plan.
    again = asking.plan_again(draft=third, by=third.asked_by)
    working.work_out(again.pk)
    assert again.lines.get(course=shut_out).times_left_out == 3


def a_day_before(drafts):
    drafts.update(asked_at=F("asked_at") - timedelta(days=1))


def test_who_is_paused_or_shares_days_stands_apart_with_a_sentence(unit, ask, fake, coordinator):
    paused, sibling, other = waiting(unit, 3)
    today = timezone.localdate()
    until = {"paused_on": today, "paused_until": today + timedelta(40), "pause_reason": "away"}
    unit.courses.filter(pk=paused.pk).update(**until)
    link = SharedDays.objects.create(because="siblings", linked_by="Cora Coordinator")
    Course.objects.filter(pk=sibling.pk).update(shared=link)
    draft = ask(paused, sibling, other)
    why = {line.course_id: line.why for line in draft.lines.all()}
    assert why == {paused.pk: "paused", sibling.pk: "shared", other.pk: ""}
    assert len(fake.given[0][0]) == 1


def test_what_was_decided_is_kept_when_the_rest_is_planned_again(unit, ask, fake, coordinator):
    kept, same_days, moved, later = waiting(unit, 4)
    draft = ask(kept, same_days, moved, later)
    line = {each.course_id: each for each in draft.lines.all()}
    chosen = builders.visits(moved, builders.next_monday(3), start=11 * 60)
    for course, decision in ((kept, Decide.KEEP), (same_days, Decide.KEEP_DAYS), (later, Decide.NOT_NOW)):
        deciding.decide(line=line[course.pk], decision=decision, by=coordinator)
    deciding.decide(line=line[moved.pk], decision=Decide.OTHER_DAYS, visits=chosen, by=coordinator)
    again = asking.plan_again(draft=draft, by=coordinator)
    working.work_out(again.pk)
    candidates = {each.request.course_id: each for each in fake.given[-1][0]}
    assert list(candidates[kept.pk].pinned) == line[kept.pk].proposed
    assert list(candidates[moved.pk].pinned) == chosen
    first = line[same_days.pk].proposed[0].day
    asked = candidates[same_days.pk].request
    assert (asked.earliest, asked.latest, candidates[same_days.pk].pinned) == (first, first, ())
    assert later.pk not in candidates
    lines = {each.course_id: each for each in again.lines.all()}
    assert [lines[each.pk].decision for each in (kept, same_days, moved, later)] == [
        "keep",
        "keep_days",
        "other_days",
        "not_now",
    ]
    assert lines[moved.pk].proposed == chosen and lines[later.pk].is_left_out


def test_days_that_were_kept_and_are_taken_now_are_let_go_with_the_reason(unit, ask, fake, coordinator):
    (course,) = waiting(unit, 1)
    draft = ask(course)
    line = draft.lines.get()
    deciding.decide(line=line, decision=Decide.KEEP, by=coordinator)
    unit.staffing.create(day=line.proposed[0].day, nurses=0)
    again = asking.plan_again(draft=draft, by=coordinator)
    working.work_out(again.pk)
    line_again = again.lines.get()
    assert line_again.decision == "" and line_again.proposed != line.proposed
    assert line_again.sentence.startswith("The days that were kept cannot be any more: ")


def test_room_is_kept_free_for_urgent_children_to_come(unit, ask, fake):
    draft = ask(*waiting(unit, 1), kept_free=1, work=False)
    problem = read_problem(draft, timezone.now())
    day = builders.next_monday(2)
    assert len(problem.diary.taken_on(day)) == 1 and not problem.whole_diary.taken_on(day)


def test_the_points_of_the_unit_decide_between_plans_in_which_nobody_is_later(unit, ask, fake):
    unit.points_day_from_target, unit.points_different_chair = 7, 11
    draft = ask(*waiting(unit, 1), work=False)
    draft.unit = unit
    prices = read_problem(draft, timezone.now()).prices
    assert (prices.day_early, prices.different_chair, prices.left_out_days) == (7, 11, 365)


def test_notice_is_kept_but_for_who_can_come_at_short_notice(unit, ask, fake, coordinator):
    (slow,), (quick,) = waiting(unit, 1), waiting(unit, 1, short_notice=True)
    today = timezone.localdate()
    draft = asking.ask_for_plan(
        unit=unit,
        first_day=today,
        last_day=today + timedelta(40),
        courses=[slow.pk, quick.pk],
        notice_days=7,
        kept_free=0,
        by=coordinator,
    )
    working.work_out(draft.pk)
    first = {line.course_id: line.proposed[0].day for line in draft.lines.all()}
    assert first[slow.pk] >= today + timedelta(7) > first[quick.pk]


def test_equal_rows_give_an_equal_fingerprint_and_a_taken_chair_another(unit, ask, fake):
    draft = ask(*waiting(unit, 2, impossible_weekdays=[0, 2]), work=False)
    now = timezone.now()
    first = read_problem(draft, now).fingerprint
    assert read_problem(draft, now).fingerprint == first
    builders.take(unit.chairs.first(), builders.next_monday(2), time(9), time(10))
    assert read_problem(draft, now).fingerprint != first


def test_stopped_it_keeps_the_best_so_far_and_says_so(unit, ask, fake, coordinator):
    draft = ask(*waiting(unit, 2), work=False)
    fake.before_end = lambda: asking.stop(draft=draft, by=coordinator)
    working.work_out(draft.pk)
    draft.refresh_from_db()
    assert (draft.status, draft.lines.count()) == ("stopped", 2)
    assert draft.happened == "Stopped by a person: this is the best plan that had been found by then."


def test_cancelled_it_keeps_nothing(unit, ask, fake, coordinator):
    draft = ask(*waiting(unit, 2), work=False)
    fake.before_end = lambda: asking.cancel(draft=draft, by=coordinator)
    working.work_out(draft.pk)
    draft.refresh_from_db()
    assert (draft.status, draft.lines.count()) == ("cancelled", 0)


@pytest.fixture(autouse=True)
def each_beat_is_written(monkeypatch):
    monkeypatch.setattr(pulse, "EVERY", 0.0)


def test_a_planner_that_breaks_down_leaves_a_sentence_and_no_text_of_the_fault(unit, ask, fake, caplog):
    def broken():
        raise RuntimeError("Ada Lark’s row")

    fake.before_end = broken
    draft = ask(*waiting(unit, 1))
    assert draft.status == "failed" and draft.happened.startswith("The planner broke down")
    assert "RuntimeError" in caplog.text and "Lark" not in caplog.text


def test_a_draft_whose_weeks_are_over_before_a_worker_has_time_says_so(unit, ask, fake):
    draft = ask(*waiting(unit, 1), work=False)
    yesterday = timezone.localdate() - timedelta(days=1)
    Draft.objects.update(first_day=yesterday - timedelta(days=6), last_day=yesterday)
    working.work_out(draft.pk)
    draft.refresh_from_db()
    assert (draft.status, draft.happened) == ("failed", working.OVER)


def test_told_to_end_it_says_that_the_machine_was_restarted(unit, ask, fake):
    draft = ask(*waiting(unit, 1), work=False)
    working.work_out(draft.pk, stopping=lambda: True)
    draft.refresh_from_db()
    assert draft.status == "failed"
    assert draft.happened == ("The machine was restarted while this plan was being worked out. Plan again.")


def test_one_plan_of_a_unit_at_a_time_and_only_of_children_who_wait(unit, ask, fake, coordinator):
    courses = waiting(unit, 2)
    ask(courses[0], work=False)
    with pytest.raises(Refused, match="being worked out already"):
        ask(courses[1], work=False)
    Draft.objects.update(status="cancelled", ended_at=timezone.now(), happened="Cancelled.")
    booked = builders.book(unit, builders.next_monday(3), coordinator)
    with pytest.raises(Refused, match="waiting"):
        ask(booked, work=False)


def test_asking_working_and_deciding_are_in_the_log(unit, ask, fake, coordinator):
    (course,) = waiting(unit, 1)
    draft = ask(course)
    deciding.decide(line=draft.lines.get(), decision=Decide.KEEP, by=coordinator)
    acts = AuditEvent.objects.filter(record__in=["draft", "draftmove"]).order_by("pk")
    assert [(each.action, each.actor_name) for each in acts] == [
        ("draft.asked", coordinator.name),
        ("draft.worked_out", "worker"),
        ("draftmove.decided", coordinator.name),
    ]
    assert "4 days" in acts[0].changes["rates"][0]
    assert acts[2].patient_id == course.patient_id
