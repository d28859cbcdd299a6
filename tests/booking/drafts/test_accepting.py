"""Lines are made real by the ordinary acts; stale is asked of each line; every refusal is a sentence."""

from datetime import time

import pytest
from django.utils import timezone

from scheduling.booking import bookings, holds
from scheduling.booking.drafts import accepting, deciding
from scheduling.booking.drafts.freshness import what_changed
from scheduling.doctor.breaches import find_breaches
from scheduling.errors import Refused
from scheduling.models import Accept, CancelReason, Course, Decide, Message, Outcome
from scheduling.states import SessionStatus
from scheduling.unit.course_requests import requests_for
from scheduling.unit.diary_rows import diary_for_search
from scheduling.visit import presses
from tests import builders
from tests.booking.drafts.conftest import waiting


def hold_all(draft, by, how=Accept.HOLD):
    keys = list(draft.lines.values_list("pk", flat=True))
    until = timezone.now() + timezone.timedelta(days=2)
    return accepting.accept(draft=draft, lines=keys, how=how, hold_until=until, by=by)


def changed(draft):
    courses = Course.objects.to_book().filter(unit=draft.unit).prefetch_related("sessions")
    found = what_changed(
        draft.lines.all(), requests_for(courses), diary_for_search(draft.unit, timezone.now())
    )
    return {draft.lines.get(pk=key).course_id: words for key, words in found.items()}


def test_a_hold_takes_the_days_and_sends_nothing(unit, ask, fake, coordinator):
    courses = waiting(unit, 3)
    for course in courses:
        builders.contact(course.patient)
    draft = ask(*courses)
    assert hold_all(draft, coordinator) == 3
    assert not unit.courses.filter(status="pending").exists(), "only the worker does it"
    assert str(accepting.make_real()) == "Drafts: 3 lines made real, 0 refused."
    assert accepting.make_real() is None
    held = {course.pk: [s.visit for s in course.live_sessions] for course in unit.courses.all()}
    assert held == {line.course_id: line.proposed for line in draft.lines.all()}
    assert set(unit.courses.values_list("status", "held_by")) == {("pending", coordinator.pk)}
    assert set(draft.lines.values_list("outcome", flat=True)) == {"held"}
    assert not Message.objects.exists()
    assert list(find_breaches(timezone.now())) == []


def test_booking_invites_the_families(unit, ask, fake, coordinator):
    (course,) = waiting(unit, 1)
    builders.contact(course.patient)
    draft = ask(course)
    hold_all(draft, coordinator, Accept.BOOK)
    accepting.make_real()
    course.refresh_from_db()
    assert (course.status, Message.objects.count()) == ("booked", 2)
    assert draft.lines.get().outcome == Outcome.BOOKED


def test_a_refusal_stops_only_its_own_line_and_names_the_next_days(unit, ask, fake, coordinator):
    courses = waiting(unit, 2)
    draft = ask(*courses)
    line, other = draft.lines.all()
    visit = line.proposed[0]
    builders.take(unit.chairs.get(pk=visit.chair), visit.day, time(8), time(18), "deep clean")
    hold_all(draft, coordinator)
    assert str(accepting.make_real()) == "Drafts: 1 line made real, 1 refused."
    line.refresh_from_db()
    assert line.outcome == "refused" and "is taken" in line.refusal and line.refusal.endswith(".")
    assert line.offered_next and line.offered_next != line.proposed
    # It may be given other days, and accepted again.
    next_days = line.offered_next
    deciding.decide(line=line, decision=Decide.OTHER_DAYS, visits=next_days, by=coordinator)
    line.refresh_from_db()
    accepting.accept(draft=draft, lines=[line.pk], how=Accept.BOOK, by=coordinator)
    assert accepting.make_real().done == 1
    assert [s.visit for s in line.course.live_sessions] == next_days
    other.refresh_from_db()
    assert other.outcome == "held"


def test_a_colleague_s_hold_is_not_moved_by_an_older_draft(unit, ask, fake, coordinator, lead):
    (course,) = waiting(unit, 1)
    draft = ask(course)
    days = builders.visits(course, builders.next_monday(4))
    holds.hold(course=course, visits=days, hours=48, by=lead)
    assert "Days are held for it since" in changed(draft)[course.pk][0]
    hold_all(draft, coordinator)
    accepting.make_real()
    line = draft.lines.get()
    assert line.outcome == "refused" and lead.name in line.refusal
    assert [s.visit for s in Course.objects.get().live_sessions] == days


def test_what_is_done_is_never_decided_or_accepted_again(unit, ask, fake, coordinator):
    draft = ask(*waiting(unit, 1))
    hold_all(draft, coordinator)
    line = draft.lines.get()
    with pytest.raises(Refused, match="being done"):
        deciding.decide(line=line, decision=Decide.NOT_NOW, by=coordinator)
    accepting.make_real()
    with pytest.raises(Refused, match="being done"):
        deciding.decide(line=line, decision=Decide.NOT_NOW, by=coordinator)
    with pytest.raises(Refused, match="Tick at least one"):
        hold_all(draft, coordinator)


def test_who_may_not_book_any_more_books_nothing(unit, ask, fake, coordinator):
    draft = ask(*waiting(unit, 1))
    hold_all(draft, coordinator)
    coordinator.groups.clear()
    accepting.make_real()
    assert draft.lines.get().refusal == "Whoever accepted this line may not book courses any more."


def test_pressing_arrived_leaves_a_draft_fresh(unit, ask, fake, coordinator):
    here = builders.begun_course(unit, timezone.localdate())
    draft = ask(*waiting(unit, 2))
    presses.press(session=here.live_sessions[0], status=SessionStatus.ARRIVED, by=coordinator)
    assert changed(draft) == {}


def test_taking_a_chair_makes_exactly_that_line_stale(unit, ask, fake, coordinator):
    one, two, three = waiting(unit, 3)
    draft = ask(one, two, three)
    visit = draft.lines.get(course=two).proposed[1]
    builders.take(unit.chairs.get(pk=visit.chair), visit.day, time(8), time(18), "deep clean")
    type(unit).objects.filter(pk=unit.pk).update(diary_version=99)
    stale = changed(draft)
    assert list(stale) == [two.pk] and "is taken from 8am to 6pm" in stale[two.pk][0]
    bookings.cancel(course=three, reason=CancelReason.NOT_NEEDED, back_to_waiting=False, by=coordinator)
    assert set(changed(draft)) == {two.pk, three.pk}
