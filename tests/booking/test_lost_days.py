"""One day cannot happen: it is left out, or given at another time, by a named decision; or a task asks."""

import re
from datetime import datetime, time, timedelta
from email import message_from_bytes, policy
from itertools import pairwise

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from crmo_clinic.nhsuk.wording import long_date
from scheduling.booking import bookings, lost_days
from scheduling.booking.lost_days import Approval
from scheduling.doctor.breaches import find_breaches
from scheduling.errors import ChangedMeanwhile, Refused, SlotGone, Undecided
from scheduling.models import (
    Booking,
    CancelReason,
    Course,
    DayDecision,
    LostBecause,
    Message,
    Session,
    Task,
    TaskKind,
    Unit,
)
from scheduling.rules import Visit
from scheduling.states import SessionStatus
from scheduling.tasks import doing
from scheduling.tasks.opening import open_task
from scheduling.unit.course_requests import request_for
from scheduling.unit.matches import to_json
from scheduling.unit.misfits import misfits_of
from scheduling.visit import presses, recording
from tests import builders
from tests.reading import folded

pytestmark = pytest.mark.django_db
MONDAY = builders.next_monday(2)
APPROVAL = Approval(LostBecause.UNWELL, "A fever since the night", "Dr Wren")


@pytest.fixture
def unit():
    return builders.unit()


@pytest.fixture
def booked(unit, coordinator):
    child = builders.patient()
    builders.contact(child)
    course = builders.course(child, unit, earliest=MONDAY, latest=MONDAY)
    bookings.book(course=course, visits=builders.visits(course, MONDAY), by=coordinator)
    return again(course)


def again(course):
    return Course.objects.get(pk=course.pk)


def on(day, hour):
    """That hour of a day of the course: 0 is its first."""
    at = datetime.combine(MONDAY + timedelta(days=day), time(hour))
    return time_machine.travel(timezone.make_aware(at), tick=False)


def give(session, by, *statuses):
    for status in statuses or (SessionStatus.ARRIVED, SessionStatus.STARTED, SessionStatus.FULFILLED):
        session = presses.press(session=session, status=status, by=by)
    return Session.objects.get(pk=session.pk)


def place(session, days, start=9 * 60):
    """A visit for that session so many days after the Monday."""
    return Visit(MONDAY + timedelta(days=days), session.course.unit.chairs.first().pk, start, 240)


def nothing_is_wrong():
    return list(find_breaches(timezone.now())) == []


class TestLeaveOut:
    def test_a_day_to_come_frees_its_chair_and_only_it_is_cancelled_with_the_family(
        self, booked, coordinator
    ):
        first, second = booked.live_sessions
        done = lost_days.leave_out(session=second, approval=APPROVAL, by=coordinator, seen=booked.version)
        second.refresh_from_db()
        assert (second.status, second.lost_because, second.sequence) == ("cancelled", "unwell", 1)
        assert [(m.kind, m.session_id, m.sequence) for m in done.messages] == [("cancellation", second.pk, 1)]
        assert list(Booking.objects.values_list("session", flat=True)) == [first.pk]
        assert again(booked).status == "booked"
        decision = DayDecision.objects.get()
        assert (decision.session, decision.instead, decision.approved_by) == (second, "leave_out", "Dr Wren")
        assert nothing_is_wrong()

    def test_where_nobody_may_be_written_to_somebody_is_asked_to_tell_the_family(self, unit, coordinator):
        course = builders.book(unit, MONDAY, coordinator)
        lost_days.leave_out(session=course.live_sessions[1], approval=APPROVAL, by=coordinator)
        [asked] = Task.objects.open().filter(kind=TaskKind.NOBODY_TOLD)
        assert "a day that is left out (Tue" in asked.says

    def test_after_the_other_day_is_given_the_course_ends_part_given(self, booked, coordinator):
        first, second = booked.live_sessions
        lost_days.leave_out(session=second, approval=APPROVAL, by=coordinator)
        with on(0, 9):
            give(first, coordinator)
        assert again(booked).status == "part_given"

    def test_a_second_day_left_out_after_the_first_was_given_ends_the_course_at_once(
        self, booked, coordinator
    ):
        first, second = booked.live_sessions
        with on(0, 9):
            give(first, coordinator)
            assert again(booked).status == "booked"
            lost_days.leave_out(session=second, approval=APPROVAL, by=coordinator)
            assert again(booked).status == "part_given"
            assert nothing_is_wrong()

    def test_the_last_day_left_is_not_left_out_but_cancelled(self, booked, coordinator):
        first, second = booked.live_sessions
        lost_days.leave_out(session=second, approval=APPROVAL, by=coordinator)
        with pytest.raises(Refused, match="Cancel the course as a whole"):
            lost_days.leave_out(session=first, approval=APPROVAL, by=coordinator)

    def test_what_is_left_is_no_misfit_and_moves_as_one_day(self, booked, coordinator):
        first, second = booked.live_sessions
        lost_days.leave_out(session=first, approval=APPROVAL, by=coordinator)
        left = again(booked)
        assert misfits_of(left, timezone.now()) == (), "its first day is after the latest first day by now"
        assert request_for(left).days == 1
        left.latest = None
        left.save()
        visit = place(second, 3)
        bookings.move(course=left, visits=[visit], reason=CancelReason.FAMILY_REQUEST, by=coordinator)
        assert [s.day for s in again(booked).live_sessions] == [visit.day]
        assert nothing_is_wrong()

    def test_a_whole_course_again_after_it_went_back_to_the_waiting_list(self, booked, coordinator):
        lost_days.leave_out(session=booked.live_sessions[1], approval=APPROVAL, by=coordinator)
        bookings.cancel(
            course=again(booked), reason=CancelReason.FAMILY_UNWELL, back_to_waiting=True, by=coordinator
        )
        assert request_for(again(booked)).days == 2


class TestAnotherDay:
    def test_a_day_to_come_keeps_its_entry_and_moves_alone(self, booked, coordinator):
        first, second = booked.live_sessions
        uid, visit = second.uid, place(second, 3, start=600)
        done = lost_days.another_day(session=second, visit=visit, approval=APPROVAL, by=coordinator)
        second = Session.objects.get(pk=second.pk)
        assert (second.uid, second.sequence, second.visit) == (uid, 1, visit)
        assert [(m.kind, m.session_id) for m in done.messages] == [("invite", second.pk)]
        assert Session.objects.get(pk=first.pk).sequence == 0
        assert misfits_of(again(booked), timezone.now()) == ()
        assert nothing_is_wrong()

    def test_moved_as_a_whole_later_it_has_days_in_a_row_again(self, booked, coordinator):
        second = booked.live_sessions[1]
        lost_days.another_day(session=second, visit=place(second, 3), approval=APPROVAL, by=coordinator)
        apart = [place(second, 0), place(second, 2)]
        with pytest.raises(SlotGone, match="not days in a row"):
            bookings.move(
                course=again(booked), visits=apart, reason=CancelReason.FAMILY_REQUEST, by=coordinator
            )

    def test_a_day_that_was_not_brought_gets_a_session_of_its_own(self, booked, coordinator):
        first, second = booked.live_sessions
        with on(0, 9):
            give(first, coordinator)
        with on(1, 10):
            presses.not_brought(session=second, because=LostBecause.NOT_BROUGHT, by=coordinator)
            done = lost_days.another_day(
                session=second, visit=place(second, 3), approval=APPROVAL, by=coordinator
            )
            assert [s.status for s in booked.sessions.order_by("pk")] == ["fulfilled", "noshow", "booked"]
            new = Session.objects.last()
            assert (new.number, new.sequence) == (2, 0)
            assert new.uid != second.uid
            assert [m.session_id for m in done.messages] == [new.pk]
            assert {task.kind for task in Task.objects.open()} == {"not_brought"}
            assert nothing_is_wrong()
        with on(3, 9):
            give(new, coordinator)
        assert again(booked).status == "completed"

    def test_a_day_that_has_its_answer_gets_no_second_one(self, booked, coordinator):
        first, second = booked.live_sessions
        with on(0, 9):
            give(first, coordinator)
        with on(1, 10):
            presses.not_brought(session=second, because=LostBecause.NOT_BROUGHT, by=coordinator)
            lost_days.another_day(session=second, visit=place(second, 3), approval=APPROVAL, by=coordinator)
            with pytest.raises(ChangedMeanwhile):
                lost_days.another_day(
                    session=second, visit=place(second, 4), approval=APPROVAL, by=coordinator
                )
            with pytest.raises(ChangedMeanwhile):
                lost_days.leave_out(session=second, approval=APPROVAL, by=coordinator)

    def test_day_one_comes_before_day_two(self, booked, coordinator):
        first, second = booked.live_sessions
        with pytest.raises(Refused, match="before day 2"):
            lost_days.another_day(session=first, visit=place(first, 2), approval=APPROVAL, by=coordinator)
        with pytest.raises(Refused, match="after day 1"):
            lost_days.another_day(session=second, visit=place(second, 0), approval=APPROVAL, by=coordinator)

    def test_chairs_nurses_and_the_family_are_asked_all_the_same(self, booked, unit, coordinator):
        second = booked.live_sessions[1]
        builders.take(unit.chairs.first(), MONDAY + timedelta(days=3), time(8), time(18))
        with pytest.raises(SlotGone, match="is taken"):
            lost_days.another_day(session=second, visit=place(second, 3), approval=APPROVAL, by=coordinator)
        assert not DayDecision.objects.exists()

    def test_a_day_given_another_time_and_lost_again_can_be_decided_again(self, booked, coordinator):
        first, second = booked.live_sessions
        with on(0, 9):
            give(first, coordinator)
            lost_days.another_day(session=second, visit=place(second, 3), approval=APPROVAL, by=coordinator)
        with on(3, 10):
            presses.not_brought(session=second, because=LostBecause.FAMILY, by=coordinator)
            presses.undo(session=second, by=coordinator)
            presses.not_brought(session=second, because=LostBecause.FAMILY, by=coordinator)
            lost_days.leave_out(session=second, approval=APPROVAL, by=coordinator)
            assert again(booked).status == "part_given"
            assert nothing_is_wrong()

    def test_the_place_of_a_freed_task_is_taken_by_a_day_at_another_time(self, booked, unit, coordinator):
        second = booked.live_sessions[1]
        visit = place(second, 3)
        task = open_task(
            TaskKind.FREED, "Free now", about=unit, due_on=MONDAY, freed=to_json([visit]), by=coordinator
        )
        lost_days.another_day(session=second, visit=visit, approval=APPROVAL, by=coordinator)
        task.refresh_from_db()
        assert not task.is_open

    def test_three_days_with_a_gap_move_as_a_whole(self, unit, coordinator):
        child = builders.patient("Bo Finch")
        course = builders.course(child, unit, days=3)
        bookings.book(course=course, visits=builders.visits(course, MONDAY), by=coordinator)
        _, second, third = course.live_sessions
        lost_days.another_day(session=third, visit=place(third, 4), approval=APPROVAL, by=coordinator)
        lost_days.another_day(session=second, visit=place(second, 3), approval=APPROVAL, by=coordinator)
        whole = builders.visits(course, MONDAY + timedelta(days=1))
        bookings.move(course=again(course), visits=whole, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
        assert [s.visit for s in again(course).live_sessions] == whole


class TestMails:
    """What the family reads of one day, and of the days beside it."""

    def text(self, message):
        return (
            message_from_bytes(bytes(message.mime), policy=policy.default).get_body(("plain",)).get_content()
        )

    def test_the_cancellation_of_one_day_says_that_the_other_stands(self, booked, coordinator):
        second = booked.live_sessions[1]
        done = lost_days.leave_out(session=second, approval=APPROVAL, by=coordinator)
        text = self.text(done.messages[0])
        assert "Only this day is cancelled" in text
        assert long_date(MONDAY) in text
        assert "All days" not in text

    def test_of_three_days_the_second_one_left_out_does_not_cancel_all(self, unit, coordinator):
        child = builders.patient("Bo Finch")
        builders.contact(child)
        course = builders.course(child, unit, days=3)
        bookings.book(course=course, visits=builders.visits(course, MONDAY), by=coordinator)
        _, second, third = course.live_sessions
        lost_days.leave_out(session=second, approval=APPROVAL, by=coordinator)
        done = lost_days.leave_out(session=third, approval=APPROVAL, by=coordinator)
        assert "All days" not in self.text(done.messages[0])

    def test_a_day_after_a_gap_is_not_said_to_follow_the_day_before(self, booked, coordinator):
        second = booked.live_sessions[1]
        done = lost_days.another_day(
            session=second, visit=place(second, 3), approval=APPROVAL, by=coordinator
        )
        [message] = done.messages
        whole = bytes(message.mime)
        assert "as on the day before" not in self.text(message)
        entry = next(p for p in message_from_bytes(whole).walk() if p.get_content_type() == "text/calendar")
        assert "day before" not in entry.get_payload(decode=True).decode().replace("\r\n ", "")


class TestReport:
    def test_a_day_to_come_stays_booked_until_somebody_decides(self, booked, nurse):
        second = booked.live_sessions[1]
        lost_days.report(session=second, because=LostBecause.UNWELL, by=nurse, seen=booked.version)
        task = Task.objects.get()
        assert (task.kind, task.session, task.course) == ("day_lost", second, booked)
        assert Booking.objects.count() == 2
        assert not Message.objects.filter(kind="cancellation").exists()

    def test_a_child_whose_cannula_failed_frees_the_chair_at_once(self, booked, nurse):
        first = booked.live_sessions[0]
        with on(0, 9):
            give(first, nurse, SessionStatus.ARRIVED)
            lost_days.report(session=first, because=LostBecause.CANNULA, by=nurse)
            first.refresh_from_db()
            assert (first.status, first.lost_because) == ("not_given", "cannula")
            assert not Booking.objects.filter(session=first).exists()
            assert nothing_is_wrong()

    def test_day_2_does_not_start_before_it_is_decided_that_it_goes_ahead(self, client, booked, coordinator):
        first, second = booked.live_sessions
        with on(0, 9):
            presses.not_brought(session=first, because=LostBecause.UNWELL, by=coordinator)
        with on(1, 9):
            client.force_login(coordinator)
            give(second, coordinator, SessionStatus.ARRIVED)
            with pytest.raises(Undecided, match="whether day 2 goes ahead"):
                give(second, coordinator, SessionStatus.STARTED)
            press = reverse("scheduling:press_visit", args=[second.pk])
            asked = client.post(press, {"seen": "arrived"})
            assert asked.url == reverse("scheduling:go_on", args=[second.pk])
            assert "was not given: child unwell" in folded(client.get(asked.url))
            said = client.post(asked.url, {"approved_by": "Dr Wren", "reason": "Well today"})
            assert said.url == second.get_absolute_url(), "the drip comes next"
            client.post(press, {"seen": "arrived"})
            second.refresh_from_db()
            assert second.status == SessionStatus.STARTED
            assert client.get(asked.url).status_code == 302, "nobody asks any more"

    def test_a_day_1_that_is_left_out_asks_nothing_more_of_day_2(self, booked, coordinator):
        first, second = booked.live_sessions
        with on(0, 9):
            presses.not_brought(session=first, because=LostBecause.UNWELL, by=coordinator)
            lost_days.leave_out(session=first, approval=APPROVAL, by=coordinator)
        with on(1, 9):
            assert give(second, coordinator).status == SessionStatus.FULFILLED

    def test_a_course_with_an_undecided_day_does_not_end(self, booked, coordinator):
        first, second = booked.live_sessions
        with on(0, 9):
            give(first, coordinator, SessionStatus.ARRIVED)
            lost_days.report(session=first, because=LostBecause.CANNULA, by=coordinator)
        with on(1, 9):
            recording.go_on(session=second, approved_by="Dr Wren", reason="Well today", by=coordinator)
            assert Task.objects.open().get().kind == "day_lost", "day 1 is another question"
            give(second, coordinator)
            assert again(booked).status == "booked"
            with pytest.raises(Refused, match="before day 2"):
                lost_days.another_day(session=first, visit=place(first, 4), approval=APPROVAL, by=coordinator)
            lost_days.leave_out(session=first, approval=APPROVAL, by=coordinator)
            assert again(booked).status == "part_given"
            assert not Task.objects.open().exists()


def test_a_task_that_asks_for_a_decision_is_not_done_without_one(booked, coordinator):
    first, second = booked.live_sessions
    with on(0, 10):
        lost_days.report(session=second, because=LostBecause.UNWELL, by=coordinator)
        presses.not_brought(session=first, because=LostBecause.FAMILY, by=coordinator)
        about_first, about_second = (Task.objects.get(kind="day_lost", session=s) for s in (first, second))
        with pytest.raises(Refused, match="Decide first"):
            doing.finish(task=about_first, note="Rang", by=coordinator)
        doing.finish(task=about_second, note="The child is well again", by=coordinator)
        assert nothing_is_wrong()


def test_a_lost_first_day_lets_the_whole_course_be_found_new_days(booked, coordinator):
    first = booked.live_sessions[0]
    with on(0, 10):
        presses.not_brought(session=first, because=LostBecause.FAMILY, by=coordinator)
        bookings.cancel(
            course=again(booked), reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator
        )
        course = again(booked)
        assert (course.status, course.live_sessions) == ("waiting", [])
        course.latest = None
        course.save()
        bookings.book(
            course=course, visits=builders.visits(course, MONDAY + timedelta(days=2)), by=coordinator
        )
        assert len(again(booked).live_sessions) == 2
        assert nothing_is_wrong()


def test_a_course_with_a_lost_day_moves_only_once_it_is_decided(booked, coordinator):
    first, second = booked.live_sessions
    with on(0, 10):
        presses.not_brought(session=first, because=LostBecause.FAMILY, by=coordinator)
        with pytest.raises(Refused, match="Decide that first"):
            bookings.move(
                course=again(booked),
                visits=[place(second, 3)],
                reason=CancelReason.FAMILY_REQUEST,
                by=coordinator,
            )
        assert Task.objects.open().filter(kind="day_lost").exists()


def test_a_course_of_which_no_day_is_left_is_refused_in_words(booked, coordinator):
    first, second = booked.live_sessions
    with on(0, 10):
        presses.not_brought(session=first, because=LostBecause.FAMILY, by=coordinator)
    with on(1, 10):
        presses.not_brought(session=second, because=LostBecause.FAMILY, by=coordinator)
        course = again(booked)
        with pytest.raises(Refused, match="Decide that first"):
            later = builders.visits(course, MONDAY + timedelta(days=2))
            bookings.move(course=course, visits=later, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
        bookings.cancel(
            course=course, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator
        )
        assert again(booked).status == "waiting"
        assert nothing_is_wrong()


def test_a_day_reported_and_given_after_all_lets_the_course_end(booked, coordinator):
    first, second = booked.live_sessions
    lost_days.leave_out(session=second, approval=APPROVAL, by=coordinator)
    lost_days.report(session=first, because=LostBecause.UNWELL, by=coordinator)
    with on(0, 9):
        give(first, coordinator)
    assert again(booked).status == "part_given"
    assert not Task.objects.open().exists()


def test_a_page_drawn_before_a_colleague_acted_decides_nothing(booked, coordinator):
    seen, second = booked.version, booked.live_sessions[1]
    visit = builders.visits(booked, MONDAY, start=600)
    bookings.move(course=booked, visits=visit, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    for act in (
        lambda: lost_days.leave_out(session=second, approval=APPROVAL, by=coordinator, seen=seen),
        lambda: lost_days.report(session=second, because=LostBecause.UNWELL, by=coordinator, seen=seen),
    ):
        with pytest.raises(ChangedMeanwhile):
            act()
    assert not DayDecision.objects.exists()


@pytest.mark.parametrize("field", ["reason", "approved_by"])
def test_the_database_keeps_no_decision_without_a_name_and_a_reason(booked, field):
    fields = {"reason": "Fever", "approved_by": "Dr Wren", field: ""}
    with pytest.raises(IntegrityError), transaction.atomic():
        DayDecision.objects.create(
            session=booked.live_sessions[0], instead="leave_out", because="unwell", **fields
        )


class TestPages:
    @pytest.fixture
    def page(self, client, coordinator):
        client.force_login(coordinator)
        return client

    def at(self, name, session):
        return reverse(f"scheduling:{name}", args=[session.pk])

    def choices(self, response):
        return [value for value, _ in response.context["form"].fields["then"].choices]

    def test_what_may_be_chosen_follows_from_what_has_happened(self, page, booked, coordinator):
        first, second = booked.live_sessions
        everything = ["move", "another_day", "leave_out", "later"]
        assert self.choices(page.get(self.at("lose_day", second))) == everything
        with on(0, 9):
            give(first, coordinator, SessionStatus.ARRIVED)
            # The sign-in has ended by then.
            page.force_login(coordinator)
            arrived = ["again", "another_day", "leave_out", "later"]
            assert self.choices(page.get(self.at("lose_day", first))) == arrived
            give(first, coordinator, SessionStatus.STARTED, SessionStatus.FULFILLED)
            assert self.choices(page.get(self.at("lose_day", second))) == everything[1:]
            assert page.get(self.at("lose_day", first)).status_code == 302, "it was given"

    def test_a_nurse_reports_and_does_not_decide(self, client, nurse, booked):
        client.force_login(nurse)
        second = booked.live_sessions[1]
        asked = client.get(self.at("lose_day", second))
        assert self.choices(asked) == ["later"]
        assert re.search(r'name="then"[^>]*checked', asked.content.decode()), "one choice needs no press"
        sent = {"because": "unwell", "then": "later", "seen": booked.version}
        client.post(self.at("lose_day", second), sent)
        assert Task.objects.get().kind == "day_lost"
        assert client.get(self.at("leave_out_day", second)).status_code == 403

    def test_leaving_out_shows_what_it_does_and_asks_who_decided(self, page, booked):
        second = booked.live_sessions[1]
        chosen = page.post(self.at("lose_day", second), {"because": "unwell", "then": "leave_out"})
        check = page.get(chosen.url)
        text = folded(check)
        assert "Chair 1" in text
        assert booked.patient.contacts.get().email in text
        empty = page.post(chosen.url, {"because": "unwell", "seen": booked.version, "reason": "Fever"})
        assert "Enter the clinician who decided" in folded(empty)
        assert "Fever" in folded(empty)
        sent = {"because": "unwell", "seen": booked.version, "reason": "Fever", "approved_by": "Dr Wren"}
        done = page.post(chosen.url, sent, follow=True)
        assert "Day left out" in folded(done)
        course = folded(page.get(booked.get_absolute_url()))
        assert "Leave that day out, decided by Dr Wren: Fever" in course
        assert "Decide what comes instead" not in course

    def test_a_day_1_that_was_not_given_asks_about_day_2_as_well(self, booked, coordinator):
        first, second = booked.live_sessions
        with on(0, 10):
            presses.press(session=first, status=SessionStatus.ARRIVED, by=coordinator)
            first = lost_days.report(session=first, because=LostBecause.CANNULA, by=coordinator)
        assert first.status == SessionStatus.NOT_GIVEN
        asked = Task.objects.open().get(kind="day_lost").says
        assert asked.startswith("The cannula failed. Decide what comes instead of day 1 (")
        assert f", and whether day 2 ({long_date(second.day)}) goes ahead." in asked
        with pytest.raises(Refused, match="Decide first"):
            doing.finish(task=Task.objects.open().get(kind="day_lost"), note="Done", by=coordinator)

    def test_a_lost_day_without_a_decision_leads_to_one_until_there_is_one(self, page, booked, coordinator):
        first = booked.live_sessions[0]
        with on(0, 10):
            presses.not_brought(session=first, because=LostBecause.FAMILY, by=coordinator)
            page.force_login(coordinator)
            decide = self.at("lose_day", first)
            assert f'href="{decide}"' in folded(page.get(booked.get_absolute_url()))
            lost_days.leave_out(session=first, approval=APPROVAL, by=coordinator)
            assert f'href="{decide}"' not in folded(page.get(booked.get_absolute_url()))
            assert page.get(decide).status_code == 302

    def test_whoever_comes_too_late_is_told_who_was_faster_and_keeps_the_text(
        self, page, booked, coordinator
    ):
        second = booked.live_sessions[1]
        reason = CancelReason.FAMILY_REQUEST
        sent = {"because": "unwell", "seen": booked.version, "reason": "High fever", "approved_by": "Dr Wren"}
        bookings.cancel(course=booked, reason=reason, back_to_waiting=True, by=coordinator)
        day = MONDAY + timedelta(days=3)
        typed = {"first_day_day": day.day, "first_day_month": day.month, "first_day_year": day.year}
        for name, more in (("leave_out_day", {}), ("check_day", typed | {"start_1": "9am", "chair_1": ""})):
            answer = page.post(self.at(name, second), sent | more)
            assert answer.status_code == 409
            assert f"{coordinator.name} cancelled this course" in folded(answer)
            assert "High fever" in folded(answer)

    def test_another_time_is_chosen_from_places_and_checked(self, page, booked):
        second = booked.live_sessions[1]
        chosen = page.post(self.at("lose_day", second), {"because": "closed", "then": "another_day"})
        cards = page.get(chosen.url).context["cards"]
        assert cards
        assert all(card.visit.day > MONDAY for card in cards)
        check = page.get(cards[-1].address)
        sent = check.context["fields"] | {
            "because": "closed",
            "seen": booked.version,
            "reason": "No nurse",
            "approved_by": "Dr Wren",
        }
        done = page.post(self.at("check_day", second), sent, follow=True)
        assert "Day put at another time" in folded(done)
        assert Session.objects.get(pk=second.pk).visit == cards[-1].visit

    @pytest.mark.parametrize(
        ("gap", "heading"),
        [("contact", "Gets nothing by mail"), ("unit", "Families cannot be written to yet")],
    )
    def test_the_headings_of_the_check_leave_out_no_level_when_something_is_missing(
        self, page, booked, gap, heading
    ):
        if gap == "contact":
            builders.contact(booked.patient, "Dan Lark", email="")
        else:
            Unit.objects.update(mailbox="")
        second, day = booked.live_sessions[1], MONDAY + timedelta(days=3)
        typed = {"first_day_day": day.day, "first_day_month": day.month, "first_day_year": day.year}
        answer = page.get(self.at("check_day", second), typed | {"start_1": "9am", "because": "unwell"})
        shown = folded(answer)
        assert heading in shown
        levels = [int(level) for level in re.findall(r"<h([1-6])", shown)]
        assert [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1] == []

    @pytest.mark.parametrize(("start", "sent"), [("9am", False), ("9:15am", True)])
    def test_the_check_of_another_chair_says_that_nothing_will_be_sent(self, page, booked, unit, start, sent):
        second, chair = booked.live_sessions[1], unit.chairs.last()
        day = second.day
        typed = {"first_day_day": day.day, "first_day_month": day.month, "first_day_year": day.year}
        typed |= {"start_1": start, "chair_1": chair.pk, "because": "unwell"}
        shown = folded(page.get(self.at("check_day", second), typed))
        assert f", {chair}" in shown
        assert ("Only the chair changes, so nothing will be sent." in shown) != sent
        assert ("and invite the family" in shown) == sent

    def test_a_start_that_does_not_fit_comes_back_with_the_reason(self, page, booked):
        second, day = booked.live_sessions[1], MONDAY + timedelta(days=5)
        typed = {"first_day_day": day.day, "first_day_month": day.month, "first_day_year": day.year}
        answer = page.get(self.at("check_day", second), typed | {"start_1": "9am", "because": "unwell"})
        assert "The unit is not open on Saturdays" in folded(answer)
        assert f'value="{day.year}"' in folded(answer)
