"""The page of a visit: times, the cannula, how much was given, what the child felt; and what follows."""

import html
import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from patients.models import AuditEvent
from scheduling.booking import bookings, lost_days
from scheduling.errors import ChangedMeanwhile, NotDone, Refused, Undecided
from scheduling.history.lengths import suggested_length
from scheduling.models import (
    AdverseEffect,
    CannulaAttempt,
    Given,
    LostBecause,
    PartBecause,
    Session,
    TaskKind,
)
from scheduling.states import CourseStatus, SessionStatus
from scheduling.tasks import doing
from scheduling.visit import presses, recording
from scheduling.visit.recording import TIMES
from tests import builders

LONDON = ZoneInfo("Europe/London")
MONDAY = date(2027, 3, 1)
NONE = dict.fromkeys(TIMES)


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON)


@pytest.fixture
def course(db, coordinator):
    """Booked for Monday and Tuesday, 9am to 1pm; it is Monday, half past one."""
    with time_machine.travel(at(8, day=MONDAY - timedelta(days=7)), tick=False):
        patient = builders.patient()
        builders.contact(patient)
        made = builders.course(patient, builders.unit(), minutes=240)
        bookings.book(course=made, visits=builders.visits(made, MONDAY), by=coordinator)
    with time_machine.travel(at(13, 30), tick=False):
        yield made


@pytest.fixture
def first(course):
    return course.sessions.get(number=1)


@pytest.fixture
def second(course):
    return course.sessions.get(number=2)


def given_times(day: date = MONDAY) -> dict[str, datetime]:
    return {"arrived_at": at(9, 0, day), "started_at": at(9, 30, day), "finished_at": at(13, 20, day)}


def given_on(session: Session, nurse, **times: datetime) -> Session:
    return recording.record_times(session=session, times=NONE | given_times() | times, by=nurse)


class TestTimes:
    def test_typed_times_move_the_visit_on_as_presses_would(self, first, nurse):
        recording.record_times(session=first, times=NONE | {"arrived_at": at(9, 5)}, by=nurse)
        first.refresh_from_db()
        assert (first.status, first.arrived_at) == (SessionStatus.ARRIVED, at(9, 5))
        times = {"arrived_at": at(9, 5), "cannulated_at": at(9, 20), "started_at": at(9, 40)}
        session = recording.record_times(session=first, times=NONE | times, by=nurse)
        assert (session.status, session.started_at) == (SessionStatus.STARTED, at(9, 40))

    def test_what_was_forgotten_is_made_up_for_on_a_later_day_and_ends_the_course(self, course, nurse):
        with time_machine.travel(at(10, day=MONDAY + timedelta(days=3)), tick=False):
            for session, day in zip(
                course.sessions.order_by("number"), (MONDAY, MONDAY + timedelta(1)), strict=True
            ):
                times = {
                    "arrived_at": at(9, day=day),
                    "started_at": at(9, 30, day),
                    "finished_at": at(13, day=day),
                }
                recording.record_times(session=session, times=NONE | times, by=nurse)
        course.refresh_from_db()
        assert course.status == CourseStatus.COMPLETED

    def test_a_time_put_right_keeps_the_old_one_and_the_page_shows_both(self, first, nurse, client):
        given_on(first, nurse)
        given_on(first, nurse, started_at=at(9, 45))
        event = AuditEvent.objects.filter(action="session.times_recorded").first()
        assert [datetime.fromisoformat(moment) for moment in event.changes["started_at"]] == [
            at(9, 30),
            at(9, 45),
        ]
        client.force_login(nurse)
        page = client.get(reverse("scheduling:show_visit", args=[first.pk])).content.decode()
        assert "drip started: 9:30am → 9:45am" in page

    def test_saving_the_same_again_writes_nothing(self, first, nurse):
        given_on(first, nurse)
        events = AuditEvent.objects.count()
        given_on(first, nurse)
        assert AuditEvent.objects.count() == events

    @pytest.mark.parametrize(
        ("times", "says"),
        [
            ({"arrived_at": at(14)}, "“Arrived” is in the future: 2pm."),
            (
                {"arrived_at": at(9), "started_at": at(8, 50)},
                "“Drip started” (8:50am) comes before “Arrived” (9am).",
            ),
            ({"started_at": at(9)}, "Enter “Arrived” too: what comes after it has a time."),
            (
                {"arrived_at": at(9), "finished_at": at(10)},
                "Enter “Drip started” too: what comes after it has a time.",
            ),
        ],
    )
    def test_times_that_cannot_be_are_refused_in_words(self, first, nurse, times, says):
        with pytest.raises(Refused) as refusal:
            recording.record_times(session=first, times=NONE | times, by=nurse)
        assert says in refusal.value.reasons
        first.refresh_from_db()
        assert first.status == SessionStatus.BOOKED

    def test_a_time_that_moved_the_visit_on_is_not_emptied(self, first, nurse):
        given_on(first, nurse)
        with pytest.raises(Refused, match="“Arrived” moved this visit on"):
            recording.record_times(session=first, times=NONE, by=nurse)

    def test_a_lost_day_has_no_times(self, first, nurse):
        presses.not_brought(session=first, because=LostBecause.UNWELL, by=nurse)
        with pytest.raises(Refused, match="was not brought"):
            given_on(first, nurse)

    def test_a_page_drawn_before_a_colleagues_press_is_refused(self, first, nurse, coordinator):
        seen = recording.version(first)
        presses.press(session=first, status=SessionStatus.ARRIVED, by=coordinator)
        with pytest.raises(ChangedMeanwhile, match="arrived"):
            recording.record_times(session=first, times=NONE | {"arrived_at": at(9)}, by=nurse, seen=seen)

    @given(minutes=st.lists(st.one_of(st.none(), st.integers(0, 14 * 60)), min_size=5, max_size=5))
    def test_only_times_in_order_without_a_gap_pass(self, minutes):
        times = {
            name: None if minute is None else at(0) + timedelta(minutes=minute)
            for name, minute in zip(TIMES, minutes, strict=True)
        }
        said = [moment for moment in times.values() if moment]
        in_order = said == sorted(said)
        moves = [times["arrived_at"], times["started_at"], times["finished_at"]]
        whole = not any(moves[i] is None and any(moves[i + 1 :]) for i in range(3))
        past = all(moment <= at(13, 31) for moment in said)
        try:
            recording._refuse_times(Session(day=MONDAY), times, at(13, 30))
        except Refused:
            assert not (in_order and whole and past)
        else:
            assert in_order and whole and past


class TestOutcome:
    def test_given_in_full_leaves_nothing_to_decide(self, course, first, nurse):
        given_on(first, nurse)
        recording.record_outcome(session=first, given=Given.IN_FULL, by=nurse)
        assert not course.tasks.open().exists()

    def test_a_reason_left_in_the_form_is_not_kept_of_a_drip_in_full(self, first, nurse):
        given_on(first, nurse)
        session = recording.record_outcome(
            session=first, given=Given.IN_FULL, because=PartBecause.EFFECT, by=nurse
        )
        assert (session.given, session.part_because) == (Given.IN_FULL, "")

    def test_in_part_asks_for_a_decision_about_day_2_and_ends_a_running_drip(
        self, course, first, second, nurse
    ):
        recording.record_times(
            session=first, times=NONE | {"arrived_at": at(9), "started_at": at(9, 30)}, by=nurse
        )
        session = recording.record_outcome(
            session=first, given=Given.IN_PART, because=PartBecause.EFFECT, by=nurse
        )
        assert (session.status, session.finished_at) == (SessionStatus.FULFILLED, at(13, 30))
        task = course.tasks.open().get()
        assert (task.kind, task.session_id) == (TaskKind.PART_GIVEN, second.pk)
        assert task.says == (
            "Day 1 was given only in part: the child felt unwell. Decide about day 2 (Tuesday 2 March 2027)."
        )

    def test_the_task_is_not_ticked_off_without_a_decision(self, course, first, nurse):
        given_on(first, nurse)
        recording.record_outcome(session=first, given=Given.IN_PART, because=PartBecause.TIME, by=nurse)
        with pytest.raises(Refused, match="Decide first"):
            doing.finish(task=course.tasks.open().get(), note="ok", by=nurse)

    @pytest.mark.parametrize("arrived", [False, True], ids=["booked", "arrived"])
    def test_day_2_does_not_start_before_it_is_decided(self, course, first, second, nurse, arrived):
        given_on(first, nurse)
        with time_machine.travel(at(9, day=second.day), tick=False):
            if arrived:
                presses.press(session=second, status=SessionStatus.ARRIVED, by=nurse)
            recording.record_outcome(session=first, given=Given.IN_PART, because=PartBecause.TIME, by=nurse)
            with pytest.raises(Refused, match="Decide first"):
                doing.finish(task=course.tasks.open().get(), note="ok", by=nurse)
            if not arrived:
                presses.press(session=second, status=SessionStatus.ARRIVED, by=nurse)
            with pytest.raises(Undecided):
                presses.press(session=second, status=SessionStatus.STARTED, by=nurse)
            started = {"arrived_at": second.arrived_at or at(9, day=second.day), "started_at": timezone.now()}
            with pytest.raises(Undecided):
                recording.record_times(session=second, times=NONE | started, by=nurse)
            recording.go_on(session=second, approved_by="Dr Amani", reason="nearly all", by=nurse)
            presses.press(session=second, status=SessionStatus.STARTED, by=nurse)

    def test_taking_back_that_it_is_finished_forgets_how_it_ended(self, course, first, second, nurse):
        with time_machine.travel(at(9), tick=False):
            for status in (SessionStatus.ARRIVED, SessionStatus.STARTED):
                presses.press(session=first, status=status, by=nurse)
        session = recording.record_outcome(
            session=first, given=Given.IN_PART, because=PartBecause.EFFECT, by=nurse
        )
        times = {name: getattr(session, name) for name in TIMES} | {"left_at": at(13, 30)}
        recording.record_times(session=session, times=times, by=nurse)
        session = presses.undo(session=first, by=nurse)
        assert (session.status, session.given, session.part_because, session.left_at) == (
            SessionStatus.STARTED,
            "",
            "",
            None,
        )
        assert not course.tasks.open().exists()
        assert AuditEvent.objects.get(action="session.taken_back").changes["given"] == ["part", ""]
        assert presses.press(session=first, status=SessionStatus.FULFILLED, by=nurse).given == ""

    def test_going_on_as_planned_has_a_name_and_a_reason(self, course, first, second, nurse):
        given_on(first, nurse)
        recording.record_outcome(session=first, given=Given.IN_PART, because=PartBecause.TIME, by=nurse)
        recording.go_on(session=second, approved_by="Dr Amani", reason="nearly all was given", by=nurse)
        assert not course.tasks.open().exists()
        decision = second.decisions.get()
        assert (decision.instead, decision.approved_by) == ("as_planned", "Dr Amani")
        with pytest.raises(ChangedMeanwhile):
            recording.go_on(session=second, approved_by="Dr Amani", reason="again", by=nurse)

    def test_leaving_day_2_out_settles_it_and_the_course_ends_part_given(self, course, first, second, nurse):
        given_on(first, nurse)
        recording.record_outcome(session=first, given=Given.IN_PART, because=PartBecause.TIME, by=nurse)
        approval = lost_days.Approval(LostBecause.CLINICAL, "enough for now", "Dr Amani")
        lost_days.leave_out(session=second, approval=approval, by=nurse)
        course.refresh_from_db()
        assert (course.status, course.tasks.open().count()) == (CourseStatus.PART_GIVEN, 0)

    def test_put_right_to_in_full_closes_the_question(self, course, first, nurse):
        given_on(first, nurse)
        recording.record_outcome(session=first, given=Given.IN_PART, because=PartBecause.TIME, by=nurse)
        recording.record_outcome(session=first, given=Given.IN_FULL, by=nurse)
        assert not course.tasks.open().exists()

    def test_the_last_day_in_part_makes_the_course_part_given_and_back(self, course, first, second, nurse):
        given_on(first, nurse)
        day = MONDAY + timedelta(days=1)
        with time_machine.travel(at(14, day=day), tick=False):
            times = {
                "arrived_at": at(9, day=day),
                "started_at": at(9, 30, day),
                "finished_at": at(12, day=day),
            }
            recording.record_times(session=second, times=NONE | times, by=nurse)
            course.refresh_from_db()
            assert course.status == CourseStatus.COMPLETED
            recording.record_outcome(
                session=second, given=Given.IN_PART, because=PartBecause.CANNULA, by=nurse
            )
            course.refresh_from_db()
            assert course.status == CourseStatus.PART_GIVEN
            recording.record_outcome(session=second, given=Given.IN_FULL, by=nurse)
            course.refresh_from_db()
            assert course.status == CourseStatus.COMPLETED

    def test_nothing_is_given_without_a_drip(self, first, nurse):
        with pytest.raises(Refused, match="No drip has been started"):
            recording.record_outcome(session=first, given=Given.IN_FULL, by=nurse)


class TestRows:
    def test_a_try_is_put_right_with_the_old_value_kept_and_taken_out(self, first, nurse):
        row = CannulaAttempt(
            session=first,
            at=at(9, 10),
            side="left",
            site="hand",
            numbing="cream",
            by_name="Nia",
            worked=False,
        )
        recording.save_row(row=row, by=nurse)
        row.worked = True
        assert recording.save_row(row=row, by=nurse)
        event = AuditEvent.objects.filter(action="cannulaattempt.changed").get()
        assert event.changes == {"worked": [False, True]}
        assert event.patient_id == first.course.patient_id
        recording.remove_row(row=row, by=nurse)
        assert not first.cannula_attempts.exists()
        assert AuditEvent.objects.filter(action="cannulaattempt.removed").exists()

    def test_an_effect_may_come_days_later_but_not_before_nor_in_the_future(self, first, nurse):
        def felt(moment):
            return AdverseEffect(session=first, effect="fever", at=moment, done="rang us")

        with time_machine.travel(at(9, day=MONDAY + timedelta(days=2)), tick=False):
            recording.save_row(row=felt(at(20, day=MONDAY + timedelta(days=1))), by=nurse)
            with pytest.raises(Refused, match="future"):
                recording.save_row(row=felt(at(10, day=MONDAY + timedelta(days=2))), by=nurse)
            with pytest.raises(Refused, match="check the day"):
                recording.save_row(row=felt(at(20, day=MONDAY - timedelta(days=1))), by=nurse)

    def test_a_note_is_not_written_over_a_colleagues(self, first, nurse):
        recording.write_note(session=first, note="Slept well", by=nurse, seen="")
        with pytest.raises(ChangedMeanwhile):
            recording.write_note(session=first, note="Ate well", by=nurse, seen="")


class TestPages:
    def post(self, client, name, session, **data):
        return client.post(reverse(f"scheduling:{name}", args=[session.pk]), data)

    def test_now_saves_that_time_and_what_was_typed_in_the_others(self, first, nurse, client):
        client.force_login(nurse)
        answer = self.post(client, "record_times", first, arrived_at="9:05", now="cannulated_at")
        assert answer.status_code == 302
        first.refresh_from_db()
        assert (first.arrived_at, first.cannulated_at) == (at(9, 5), at(13, 30))

    def test_a_press_keeps_its_seconds_when_the_times_are_saved(self, first, nurse, client):
        with time_machine.travel(at(9, 7) + timedelta(seconds=41), tick=False):
            presses.press(session=first, status=SessionStatus.ARRIVED, by=nurse)
        client.force_login(nurse)
        self.post(client, "record_times", first, arrived_at="9:07am", cannulated_at="9:20")
        first.refresh_from_db()
        assert first.arrived_at == at(9, 7) + timedelta(seconds=41)

    def test_what_was_typed_wrong_comes_back_with_the_reason(self, first, nurse, client):
        client.force_login(nurse)
        answer = self.post(client, "record_times", first, arrived_at="9", started_at="8:30")
        assert answer.status_code in (200, 409)
        page = answer.content.decode()
        assert 'value="8:30"' in page
        assert "There is a problem" in page

    def test_a_coordinator_reads_and_does_not_write(self, first, coordinator, client):
        client.force_login(coordinator)
        page = client.get(reverse("scheduling:show_visit", args=[first.pk]))
        assert page.status_code == 200
        assert b"Save the times" not in page.content
        assert self.post(client, "record_times", first, arrived_at="9").status_code == 403

    def test_a_try_and_an_effect_are_added_from_the_page(self, first, nurse, client):
        given_on(first, nurse)
        client.force_login(nurse)
        self.post(
            client, "add_cannula", first,
            clock="9:10", worked="no", side="right", site="forearm", numbing="spray", by_name="Nia Rowe",
        )  # fmt: skip
        day = {"day_day": "1", "day_month": "3", "day_year": "2027"}
        self.post(
            client, "add_effect", first, effect="other", other="Itching", clock="12:00", done="watched", **day
        )
        assert [(str(t), t.worked, t.at) for t in first.cannula_attempts.all()] == [
            ("Right, forearm", False, at(9, 10))
        ]
        assert [(str(e), e.at) for e in first.adverse_effects.all()] == [("Itching", at(12))]


class TestNotGiven:
    """Of a day on which no drip started, what did happen is written down all the same."""

    @pytest.fixture
    def lost(self, first, nurse):
        with time_machine.travel(at(9), tick=False):
            presses.press(session=first, status=SessionStatus.ARRIVED, by=nurse)
        return lost_days.report(session=first, because=LostBecause.CANNULA, by=nurse)

    def test_tries_effects_and_when_the_child_left(self, lost, nurse, client):
        client.force_login(nurse)
        page = client.get(lost.get_absolute_url()).content.decode()
        assert "Save this try" in page
        assert "Save this effect" in page
        assert "Drip started" not in page
        seen = {"seen": recording.version(lost), "arrived_at": "9:00", "left_at": "11:15"}
        assert client.post(reverse("scheduling:record_times", args=[lost.pk]), seen).status_code == 302
        lost.refresh_from_db()
        assert (lost.status, lost.left_at) == (SessionStatus.NOT_GIVEN, at(11, 15))

    def test_no_drip(self, lost, nurse):
        times = NONE | {"arrived_at": lost.arrived_at, "started_at": at(10)}
        with pytest.raises(Refused, match="no drip started"):
            recording.record_times(session=lost, times=times, by=nurse)

    def test_an_effect_before_any_drip(self, first, nurse, client):
        with time_machine.travel(at(9), tick=False):
            presses.press(session=first, status=SessionStatus.ARRIVED, by=nurse)
        client.force_login(nurse)
        assert "Save this effect" in client.get(first.get_absolute_url()).content.decode()


class TestNote:
    def test_ends_of_lines_are_one_however_they_are_sent(self, first, nurse):
        recording.write_note(session=first, note="One\r\ntwo", seen="", by=nurse)
        recording.write_note(session=first, note="One\ntwo\nthree", seen="One\ntwo", by=nurse)
        first.refresh_from_db()
        assert first.note == "One\ntwo\nthree"

    def test_the_same_sent_twice_is_not_a_colleagues(self, first, nurse):
        for _ in range(2):
            recording.write_note(session=first, note="Calm", seen="", by=nurse)
        with pytest.raises(ChangedMeanwhile):
            recording.write_note(session=first, note="Not calm", seen="", by=nurse)


class TestTakenOut:
    def test_the_page_still_says_what_was_there(self, first, nurse, client):
        given_on(first, nurse)
        effect = AdverseEffect(session=first, effect="headache", at=at(10))
        recording.save_row(row=effect, by=nurse)
        client.force_login(nurse)
        client.post(reverse("scheduling:change_effect", args=[effect.pk]), {"remove": "yes"})
        assert "Adverse effect: taken out" in client.get(first.get_absolute_url()).content.decode()


class TestSuggestedLength:
    def test_it_rests_on_the_last_course_and_says_so(self, course, first, second, nurse):
        assert suggested_length(course.patient) is None
        recording.record_times(
            session=first,
            times=NONE
            | {
                "arrived_at": at(8, 30),
                "cannulated_at": at(8, 50),
                "started_at": at(9),
                "finished_at": at(13, 20),
            },
            by=nurse,
        )
        suggested = suggested_length(course.patient)
        assert suggested.minutes == 270
        assert suggested.basis == (
            "The last course (Monday 1 March 2027) was booked for 4 hours a day and took 4 hours 30 minutes: "
            "as long again would need 4 hours 30 minutes."
        )

    @pytest.mark.parametrize(
        ("end", "says"),
        [
            (
                at(16, 10),
                "7 hours 10 minutes: as long again would need 7 hours 15 minutes, "
                "and the longest that can be booked is 6 hours.",
            ),
            (at(15), "6 hours: as long again would need 6 hours."),
            (at(13), "4 hours: as long again would need 4 hours."),
            (
                at(12, 5),
                "3 hours 5 minutes: as long again would need 3 hours 15 minutes, "
                "and the shortest that can be booked is 4 hours.",
            ),
        ],
    )
    def test_it_says_what_is_true_where_no_course_can_be_booked_for_it(self, course, first, end, says):
        Session.objects.filter(pk=first.pk).update(started_at=at(9), finished_at=end)
        assert suggested_length(course.patient).basis.endswith(f"4 hours a day and took {says}")

    def test_two_days_that_took_as_long_are_said_once(self, course, first):
        for session in course.sessions.all():
            start = at(9, day=session.day)
            Session.objects.filter(pk=session.pk).update(
                status="fulfilled",
                given=Given.IN_FULL,
                started_at=start,
                finished_at=start + timedelta(hours=4),
            )
        said = suggested_length(course.patient).basis
        assert "and took 4 hours on each day: as long again" in said

    def test_a_day_given_in_part_does_not_count(self, course, first, nurse):
        given_on(first, nurse)
        recording.record_outcome(session=first, given=Given.IN_PART, because=PartBecause.TIME, by=nurse)
        assert suggested_length(course.patient) is None

    @pytest.fixture
    def others(self, course, coordinator):
        """Six children who had each one course, a day a week; the first day took 4 hours, each next 20
        minutes longer. The last of them had one before it."""
        for number in range(6):
            day = MONDAY - timedelta(weeks=8 - number)
            child = builders.patient(f"Child {'ABCDEF'[number]}")
            if number == 5:
                builders.past_course(child, course.unit, day - timedelta(weeks=20))
            given = builders.past_course(child, course.unit, day).sessions.first()
            end = at(13, day=given.day) + number * timedelta(minutes=20)
            Session.objects.filter(pk=given.pk).update(started_at=at(9, day=given.day), finished_at=end)

    def test_a_child_with_none_sees_what_first_courses_of_others_took(self, others):
        suggested = suggested_length(builders.patient("Fay Wren"))
        assert suggested.basis == (
            "Of the last 5 days of first courses, half took no longer than 4 hours 40 minutes and nine in "
            "ten no longer than 5 hours 20 minutes; 4 took longer than was booked."
        )
        assert suggested.minutes == 330

    def test_of_few_days_nothing_is_said(self, others):
        newest = Session.objects.filter(finished_at__isnull=False).order_by("-day")
        Session.objects.filter(pk=newest[1].pk).update(finished_at=None)
        assert suggested_length(builders.patient("Fay Wren")) is None

    def test_a_child_whose_times_were_never_recorded_is_not_compared_with_first_courses(self, others, course):
        known = builders.patient("Fay Wren")
        builders.past_course(known, course.unit, MONDAY - timedelta(weeks=30))
        assert suggested_length(known) is None

    def test_only_courses_of_the_units_asked_for_count(self, others, course):
        child = builders.patient("Fay Wren")
        assert suggested_length(child, [course.unit_id + 1]) is None
        assert "of first courses at your units, half" in suggested_length(child, [course.unit_id]).basis

    def test_the_form_of_the_next_course_shows_it_and_chooses_nothing(self, course, first, nurse, client):
        given_on(first, nurse)
        client.force_login(nurse)
        page = client.get(reverse("scheduling:agree_course", args=[course.patient_id])).content.decode()
        assert "took 3 hours 50 minutes" in page
        assert 'value="240" selected' not in page


def missing_on(page):
    """What the page says that it named as missing."""
    return html.unescape(re.search(r'name="missing" value="([^"]*)"', page)[1])


class TestChecklist:
    """A drip that starts on this page is asked about as one that is pressed on the day list."""

    STARTED = {"arrived_at": at(9), "started_at": at(9, 30)}

    def test_a_drip_does_not_start_today_without_a_must_and_the_page_says_who_may_answer(
        self, first, nurse, client
    ):
        builders.checklist(first.course.unit)
        with pytest.raises(NotDone):
            recording.record_times(session=first, times=NONE | self.STARTED, by=nurse)
        client.force_login(nurse)
        address = reverse("scheduling:record_times", args=[first.pk])
        typed = {"arrived_at": "9:00", "started_at": "9:30"}
        refused = client.post(address, typed)
        page = refused.content.decode()
        assert refused.status_code == 409
        assert f'href="{reverse("scheduling:show_readiness", args=[first.course_id])}"' in page
        assert "This must be done before the drip starts: “Consent”." in page
        assert re.search(r'name="started_at" value="([^"]*)"', page)[1] == "9:30am"
        first.refresh_from_db()
        assert first.status == SessionStatus.BOOKED

        seen = missing_on(page)
        unsaid = client.post(address, typed | {"missing": seen, "approved_by": "", "reason": "On its way"})
        assert "Enter the person who decided" in unsaid.content.decode()
        assert "On its way" in unsaid.content.decode()
        said = {
            "missing": missing_on(unsaid.content.decode()),
            "approved_by": "Dr Amani",
            "reason": "On its way",
        }
        assert client.post(address, typed | said).status_code == 302
        first.refresh_from_db()
        assert first.started_at == at(9, 30)
        [override] = first.overrides.all()
        assert (override.approved_by, override.missing) == ("Dr Amani", [["consent", "Consent"]])

    def test_what_is_made_up_for_later_is_not_asked_about(self, first, nurse):
        builders.checklist(first.course.unit)
        with time_machine.travel(at(10, day=MONDAY + timedelta(days=3)), tick=False):
            session = recording.record_times(session=first, times=NONE | self.STARTED, by=nurse)
        assert session.status == SessionStatus.STARTED
