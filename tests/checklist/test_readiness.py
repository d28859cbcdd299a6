"""The checklist of a course: its states, ticks, what is shown, and a drip that starts without something."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from patients.models import AuditEvent
from scheduling.checklist import ticks
from scheduling.checklist.readiness import State, load_readiness, readiness_of, would_run_out
from scheduling.checklist.ticks import Override
from scheduling.checklist.unticked import find_to_chase
from scheduling.errors import NotDone, Refused
from scheduling.models import Course, ReadinessCheck, ReadinessOverride, Session
from scheduling.states import CourseStatus, SessionStatus
from scheduling.visit import presses
from tests import builders

pytestmark = pytest.mark.django_db

TUESDAY = date(2027, 1, 12)
A_DAY = timedelta(days=1)
BLOODS = {"key": "bloods", "label": "Blood test", "valid_days": 90}
NURSE_ONLY = {"key": "asked", "label": "Asked in private", "ticked_by": "nurse", "private": True}
SHOULD = {"key": "dental", "label": "Dental review", "level": "should"}


@pytest.fixture(autouse=True)
def clock():
    """Nine on Tuesday, when the child is due."""
    with time_machine.travel(datetime(2027, 1, 12, 9, tzinfo=ZoneInfo("Europe/London")), tick=False) as found:
        yield found


@pytest.fixture
def unit(db):
    return builders.unit(chairs=4)


@pytest.fixture
def course(unit):
    return builders.begun_course(unit, TUESDAY)


@pytest.fixture
def session(course):
    return course.live_sessions[0]


def of(course):
    return readiness_of(Course.objects.get(pk=course.pk), timezone.now())


def ago(days):
    return TUESDAY - timedelta(days=days)


def arrived(session, by):
    return presses.press(session=session, status=SessionStatus.ARRIVED, by=by)


def start(session, by, override=None):
    return presses.press(session=session, status=SessionStatus.STARTED, by=by, override=override)


def answer(*keys):
    return Override("Dr Wren", "the sample was lost", frozenset(keys))


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)][-1]


class TestStates:
    def test_a_unit_without_a_checklist_in_force_asks_nothing(self, course, unit):
        builders.checklist(unit, in_force_since=None, put_in_force_by="")
        assert of(course) is None

    @pytest.mark.parametrize(
        ("done_on", "state", "says"),
        [
            (None, State.MISSING, "Not done"),
            (ago(0), State.DONE, "Done"),
            (ago(89), State.DONE, "Done"),
            (ago(90), State.RUNS_OUT, "Runs out on Tue 12 Jan 2027, before day 2"),
            (ago(91), State.RUNS_OUT, "Ran out on Mon 11 Jan 2027, before day 1"),
        ],
    )
    def test_an_item_has_to_count_on_both_days(self, course, unit, done_on, state, says):
        builders.checklist(unit, BLOODS)
        if done_on:
            builders.check(course, "bloods", done_on)
        [found] = of(course).items
        assert (found.state, found.says) == (state, says)

    def test_a_course_without_days_is_judged_by_today(self, unit):
        builders.checklist(unit, BLOODS)
        waiting = builders.course(at=unit)
        builders.check(waiting, "bloods", ago(91))
        [found] = of(waiting).items
        assert found.says == "Ran out on Mon 11 Jan 2027"

    def test_moved_to_later_days_what_was_done_runs_out_by_itself(self, course, unit, clock):
        builders.checklist(unit, BLOODS)
        builders.check(course, "bloods", ago(80))
        assert of(course).left == ()
        Session.objects.filter(course=course, number=1).update(day=TUESDAY + 10 * A_DAY)
        Session.objects.filter(course=course, number=2).update(day=TUESDAY + 11 * A_DAY)
        assert of(course).items[0].says == "Runs out on Fri 22 Jan 2027, before day 2"

    def test_the_newest_row_counts(self, course, unit):
        builders.checklist(unit, BLOODS)
        builders.check(course, "bloods", ago(1))
        builders.check(course, "bloods", None)
        assert of(course).items[0].state == State.MISSING
        builders.check(course, "bloods", ago(2))
        assert of(course).items[0].done_on == ago(2)

    def test_a_day_that_is_given_asks_nothing_more(self, course, unit):
        builders.checklist(unit, {"key": "phone", "valid_days": 0})
        builders.check(course, "phone", TUESDAY)
        assert of(course).left[0].lost == (of(course).days[1],)
        Session.objects.filter(course=course, number=1).update(
            status="fulfilled", arrived_at=timezone.now(), started_at=timezone.now()
        )
        assert [day.number for day in of(course).days] == [2]

    def test_words_and_shape_say_the_same_and_never_a_verdict(self, course, unit):
        builders.checklist(unit, BLOODS, SHOULD, {"key": "consent"})
        assert (of(course).mark, of(course).shape) == ("3 of 3 left: 2 must", "must")
        assert of(course).summary == "0 of 3 done. Left: 2 must and 1 should."
        builders.check(course, "bloods", TUESDAY)
        builders.check(course, "consent", TUESDAY)
        assert (of(course).mark, of(course).shape) == ("1 of 3 left, no must", "should")
        builders.check(course, "dental", TUESDAY)
        assert (of(course).mark, of(course).shape) == ("3 of 3 done", "done")

    def test_the_latest_version_in_force_counts_and_ticks_stay_with_their_keys(self, course, unit):
        builders.checklist(unit, BLOODS)
        builders.check(course, "bloods", TUESDAY)
        builders.checklist(unit, {**BLOODS, "label": "Bloods seen"}, {"key": "consent"}, number=2)
        builders.checklist(unit, SHOULD, number=3, in_force_since=None, put_in_force_by="")
        assert [(e.item.label, e.state) for e in of(course).items] == [
            ("Bloods seen", State.DONE),
            ("Consent", State.MISSING),
        ]

    @pytest.mark.parametrize(("turns_12_on", "asked"), [(1, True), (2, False)])
    def test_whether_an_item_would_run_out_is_asked_by_the_age_on_day_1(self, unit, turns_12_on, asked):
        builders.checklist(unit, {"key": "bloods", "valid_days": 5, "min_age": 12})
        days = [TUESDAY + timedelta(days=20), TUESDAY + timedelta(days=21)]
        child = builders.patient("Ben Wren", birth_date=days[turns_12_on - 1].replace(year=2015))
        course = builders.course(child, unit)
        builders.check(course, "bloods", TUESDAY)
        found = would_run_out({course: days}, timezone.now())
        assert (course.pk in found) == asked

    def test_a_course_that_waits_is_not_over(self, unit):
        builders.checklist(unit, {"key": "consent"})
        assert of(builders.course(builders.patient("Ben Wren"), unit)).is_over is False

    def test_a_course_that_is_over_keeps_the_version_of_its_last_day(self, course, unit, clock):
        builders.checklist(unit, BLOODS)
        clock.move_to(datetime(2027, 2, 1, 9, tzinfo=ZoneInfo("Europe/London")))
        builders.checklist(unit, SHOULD, number=2)
        assert (of(course).version, of(course).is_over) == (1, True)

    @pytest.mark.parametrize(
        ("sex", "asked"), [("female", 1), ("male", 0), ("", 1), ("not_known", 1), ("indeterminate", 1)]
    )
    def test_who_is_asked_by_sex(self, course, unit, sex, asked):
        builders.checklist(unit, {"key": "asked", "sex": "female"}, SHOULD)
        type(course.patient).objects.filter(pk=course.patient_id).update(sex=sex)
        assert len(of(course).items) == 1 + asked

    def test_three_queries_for_any_number_of_courses(self, unit, django_assert_num_queries):
        builders.checklist(unit, BLOODS, SHOULD)
        courses = [builders.begun_course(unit, TUESDAY, chair=chair) for chair in range(4)]
        with django_assert_num_queries(3):
            assert len(load_readiness(courses, timezone.now())) == 4


class TestTicking:
    def test_it_says_who_when_and_on_which_day(self, course, unit, nurse):
        builders.checklist(unit, BLOODS)
        check = ticks.tick(course=course, key="bloods", done_on=ago(3), note="seen", by=nurse)
        assert (check.done_on, check.checked_by, check.checked_at) == (ago(3), nurse.name, timezone.now())
        event = AuditEvent.objects.get(action="check.ticked")
        assert (event.patient_id, event.changes["item"]) == (course.patient_id, "Blood test")
        assert "seen" not in str(event.changes)

    def test_to_take_it_back_is_a_row_of_its_own(self, course, unit, nurse, coordinator):
        builders.checklist(unit, BLOODS)
        ticks.tick(course=course, key="bloods", done_on=TUESDAY, by=nurse)
        ticks.take_back(course=course, key="bloods", by=coordinator)
        assert list(ReadinessCheck.objects.values_list("is_done", "checked_by")) == [
            (True, nurse.name),
            (False, coordinator.name),
        ]
        assert AuditEvent.objects.filter(action="check.taken_back").exists()

    def test_the_same_press_twice_is_one_tick(self, course, unit, nurse):
        builders.checklist(unit, BLOODS)
        for _ in range(2):
            ticks.tick(course=course, key="bloods", done_on=TUESDAY, by=nurse, seen=0)
        for _ in range(2):
            ticks.take_back(course=course, key="bloods", by=nurse, seen=ReadinessCheck.objects.first().pk)
        assert ReadinessCheck.objects.count() == 2

    @pytest.mark.parametrize(
        ("key", "done_on", "why"),
        [
            ("bloods", TUESDAY + A_DAY, "Wednesday 13 January 2027, which is still to come"),
            ("bloods", date(2015, 6, 12), "before the child was born"),
            ("asked", TUESDAY, "is for a nurse or the unit lead to tick"),
            ("gone", TUESDAY, "not on the checklist"),
        ],
    )
    def test_what_may_not_be_ticked(self, course, unit, coordinator, key, done_on, why):
        builders.checklist(unit, BLOODS, NURSE_ONLY)
        with pytest.raises(Refused, match=why):
            ticks.tick(course=course, key=key, done_on=done_on, by=coordinator)
        assert not ReadinessCheck.objects.exists()

    def test_a_cancelled_course_keeps_its_checklist_as_it_is(self, course, unit, nurse):
        builders.checklist(unit, BLOODS)
        Course.objects.filter(pk=course.pk).update(status=CourseStatus.CANCELLED)
        with pytest.raises(Refused, match="was cancelled"):
            ticks.tick(course=course, key="bloods", done_on=TUESDAY, by=nurse)

    def test_a_page_out_of_date_names_who_was_faster(self, course, unit, nurse, coordinator):
        builders.checklist(unit, BLOODS)
        ticks.tick(course=course, key="bloods", done_on=TUESDAY, by=coordinator)
        with pytest.raises(Refused, match="Cora Coordinator ticked “Blood test” at 9am today"):
            ticks.tick(course=course, key="bloods", done_on=ago(2), by=nurse, seen=0)

    @pytest.mark.parametrize("model", [ReadinessCheck, ReadinessOverride])
    def test_no_row_is_changed_or_deleted(self, course, session, model):
        row = builders.check(course, "bloods", TUESDAY)
        if model is ReadinessOverride:
            row = ReadinessOverride.objects.create(
                session=session, approved_by="Dr Wren", reason="lost", missing=[["a", "A"]], by_name="Nia"
            )
        for act in (row.delete, lambda: model.objects.update(id=row.pk)):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                act()


class TestStarting:
    @pytest.fixture(autouse=True)
    def checklist(self, unit):
        return builders.checklist(unit, BLOODS, SHOULD)

    def test_nothing_is_asked_if_every_must_counts_today(self, course, session, nurse):
        builders.check(course, "bloods", ago(90))
        start(arrived(session, nurse), nurse)
        assert not ReadinessOverride.objects.exists()

    @pytest.mark.parametrize("done_on", [None, ago(91)])
    def test_without_a_must_somebody_has_to_answer_for_it(self, course, session, nurse, done_on):
        if done_on:
            builders.check(course, "bloods", done_on)
        session = arrived(session, nurse)
        with pytest.raises(NotDone, match="“Blood test”"):
            start(session, nurse)
        session.refresh_from_db()
        assert session.status == SessionStatus.ARRIVED
        start(session, nurse, answer("bloods"))
        override = ReadinessOverride.objects.get()
        assert (override.approved_by, override.missing) == ("Dr Wren", [["bloods", "Blood test"]])
        event = AuditEvent.objects.get(action="override.added")
        assert (event.changes["decided"], event.changes["missing"]) == ("Dr Wren", ["Blood test"])

    def test_what_is_missing_only_on_day_2_is_asked_on_day_2(self, course, session, nurse, clock):
        builders.check(course, "bloods", ago(90))
        start(arrived(session, nurse), nurse)
        clock.shift(A_DAY)
        second = arrived(course.live_sessions[1], nurse)
        with pytest.raises(NotDone):
            start(second, nurse)

    def test_a_page_that_named_less_than_is_missing_answers_for_nothing(self, session, nurse):
        session = arrived(session, nurse)
        with pytest.raises(NotDone):
            start(session, nurse, answer("another"))
        assert not ReadinessOverride.objects.exists()

    def test_an_answer_nobody_needs_any_more_is_not_kept(self, course, session, nurse):
        session = arrived(session, nurse)
        builders.check(course, "bloods", TUESDAY)
        start(session, nurse, answer("bloods"))
        assert not ReadinessOverride.objects.exists()

    def test_taken_back_and_pressed_again_the_answer_stands(self, course, unit, session, nurse):
        session = start(arrived(session, nurse), nurse, answer("bloods"))
        session = presses.undo(session=session, by=nurse)
        session = start(session, nurse)
        session = presses.undo(session=session, by=nurse)
        builders.checklist(unit, BLOODS, {"key": "consent"}, number=2)
        with pytest.raises(NotDone):
            start(session, nurse)
        assert ReadinessOverride.objects.count() == 1


class TestPages:
    @pytest.fixture(autouse=True)
    def checklist(self, unit):
        return builders.checklist(unit, BLOODS, SHOULD, NURSE_ONLY)

    def address(self, name, course):
        return reverse(f"scheduling:{name}", args=[course.pk])

    def press(self, client, course, key, **more):
        return client.post(self.address("press_item", course), {"item": key, "seen": 0} | more)

    def test_one_press_ticks_and_one_takes_back(self, client, nurse, course):
        client.force_login(nurse)
        assert said(self.press(client, course, "bloods")) == "Done today: “Blood test”."
        check = ReadinessCheck.objects.get()
        response = self.press(client, course, "bloods", seen=check.pk, back="yes")
        assert said(response) == "Taken back: “Blood test” is not done."
        shown = client.get(response.url).content.decode()
        assert "Taken back by Nia Nurse" in shown
        assert "0 of 3 done. Left: 2 must and 1 should." in shown

    def test_a_part_of_the_page_gives_the_focus_to_the_item(self, client, nurse, course):
        client.force_login(nurse)
        address = self.address("press_item", course)
        answer = client.post(
            address, {"item": "bloods", "seen": 0}, headers={"HX-Request": "true"}, follow=True
        )
        assert 'id="back-bloods" type="submit" name="back" value="yes" autofocus' in answer.content.decode()

    def test_another_date_and_a_note(self, client, nurse, course):
        client.force_login(nurse)
        address = f"{self.address('check_item', course)}?item=bloods"
        typed = {"done_on_day": "10", "done_on_month": "1", "done_on_year": "2027", "note": "GP", "seen": "0"}
        wrong = client.post(address, typed | {"done_on_day": "13"})
        assert "must be today or in the past" in wrong.content.decode()
        client.post(address, typed)
        assert ReadinessCheck.objects.get().done_on == ago(2)
        late = client.post(address, typed | {"done_on_day": "9"})
        assert late.status_code == 409
        assert "Nia Nurse ticked" in late.content.decode()

    def test_who_is_no_nurse_neither_ticks_nor_reads_what_is_private(
        self, client, coordinator, nurse, course
    ):
        ticks.tick(course=course, key="asked", done_on=TUESDAY, note="she said no", by=nurse)
        client.force_login(coordinator)
        assert "is for a nurse" in said(self.press(client, course, "asked"))
        form = client.get(f"{self.address('check_item', course)}?item=asked")
        assert form.url == self.address("show_readiness", course)
        shown = client.get(form.url).content.decode()
        assert "she said no" not in shown
        assert "Its note is for nurses and the unit lead only." in shown
        assert 'id="back-asked"' not in shown
        client.force_login(nurse)
        assert "she said no" in client.get(form.url).content.decode()

    OPENED = {"key": "asked", "label": "Asked in private"}

    def test_a_private_note_stays_so_when_a_later_version_asks_in_the_open(
        self, client, coordinator, reader, nurse, unit, course
    ):
        ticks.tick(course=course, key="asked", done_on=TUESDAY, note="she said no", by=nurse)
        builders.checklist(unit, self.OPENED, number=2)
        form = f"{self.address('check_item', course)}?item=asked"
        for person in (reader, coordinator):
            client.force_login(person)
            shown = client.get(self.address("show_readiness", course)).content.decode()
            assert "she said no" not in shown
            assert "Its note is for nurses and the unit lead only." in shown
        page = client.get(form).content.decode()
        assert "she said no" not in page
        assert "Everybody who may look at children can read it" in page
        client.force_login(nurse)
        page = client.get(form).content.decode()
        assert "she said no" in page
        assert "Nurses and the unit lead only can read it" in page

    def test_a_private_note_that_is_kept_in_a_new_tick_stays_private(self, coordinator, nurse, unit, course):
        ticks.tick(course=course, key="asked", done_on=TUESDAY, note="she said no", by=nurse)
        builders.checklist(unit, self.OPENED, number=2)
        ticks.tick(course=course, key="asked", done_on=ago(1), note="she said no", by=nurse)
        ticks.tick(course=course, key="asked", done_on=TUESDAY, note="rang her", by=coordinator)
        ticks.tick(course=course, key="asked", done_on=ago(1), note="rang her", by=nurse)
        assert list(ReadinessCheck.objects.values_list("private", flat=True)) == [True, True, False, False]

    def test_a_note_from_before_its_item_was_private_is_for_nurses_too(self, client, reader, nurse, course):
        builders.check(course, "asked", TUESDAY, note="she said no", private=False)
        client.force_login(reader)
        assert "she said no" not in client.get(self.address("show_readiness", course)).content.decode()

    def test_the_course_names_the_musts_that_are_left_and_links_to_the_checklist(
        self, client, reader, course
    ):
        builders.check(course, "bloods", ago(90))
        client.force_login(reader)
        shown = client.get(course.get_absolute_url()).content.decode()
        assert "Must: Blood test, runs out before day 2" in shown
        assert self.address("show_readiness", course) in shown

    def test_today_and_the_board_say_it_in_words_and_shape(self, client, nurse, course):
        client.force_login(nurse)
        today = client.get("/").content.decode()
        assert 'app-mark is-must" href="/courses/' in today
        assert "3 of 3 left: 2 must" in today
        board = client.get("/board/?day=2027-01-12").content.decode()
        assert '<b class="is-must">3</b>' in board
        assert "left to do, 2 must;" in board

    def test_without_javascript_the_press_leads_to_the_question_and_then_starts(
        self, client, nurse, course, session
    ):
        arrived(session, nurse)
        client.force_login(nurse)
        press = reverse("scheduling:press_visit", args=[session.pk])
        question = client.post(press, {"seen": "arrived"}, follow=True)
        shown = question.content.decode()
        assert "Blood test: not done" in shown
        assert "Dental" not in shown
        address = question.redirect_chain[-1][0]
        assert "Enter why the drip starts" in client.post(address, {"reason": ""}).content.decode()
        typed = {"approved_by": "Dr Wren", "reason": "sample lost", "missing": "asked,bloods"}
        assert said(client.post(address, typed)) == f"{course.patient.identified}: the drip started at 9am."
        for page in ("/", course.get_absolute_url(), self.address("show_readiness", course)):
            shown = client.get(page).content.decode()
            assert "Blood test, Asked in private" in shown
            assert "Decided by Dr Wren: sample lost" in shown

    def test_another_answer_for_the_same_start_is_not_taken_for_the_one_that_was_kept(
        self, client, nurse, session
    ):
        arrived(session, nurse)
        client.force_login(nurse)
        address = reverse("scheduling:override_readiness", args=[session.pk])
        typed = {"approved_by": "Dr Wren", "reason": "sample lost", "missing": "asked,bloods"}
        for _ in range(2):
            assert said(client.post(address, typed)).endswith(": the drip started at 9am.")
        for other in ({"approved_by": "Dr Amani"}, {"reason": "no time"}):
            refused = said(client.post(address, typed | other))
            assert ": Nia Nurse recorded that the drip started at 9am today" in refused
        assert ReadinessOverride.objects.count() == 1

    def test_with_htmx_the_whole_question_is_loaded(self, client, nurse, session):
        arrived(session, nurse)
        client.force_login(nurse)
        press = reverse("scheduling:press_visit", args=[session.pk])
        answer = client.post(press, {"seen": "arrived"}, headers={"HX-Request": "true"})
        assert answer["HX-Redirect"] == reverse("scheduling:override_readiness", args=[session.pk])

    def test_more_missing_than_the_page_named_shows_the_question_again(self, client, nurse, session):
        arrived(session, nurse)
        client.force_login(nurse)
        address = reverse("scheduling:override_readiness", args=[session.pk])
        typed = {"approved_by": "Dr Wren", "reason": "sample lost", "missing": "bloods"}
        shown = client.post(address, typed).content.decode()
        assert "More is missing" in shown
        assert "sample lost" in shown
        assert 'value="asked,bloods"' in shown

    def test_the_question_is_not_asked_where_nothing_is_to_answer(self, client, nurse, course, session):
        client.force_login(nurse)
        address = reverse("scheduling:override_readiness", args=[session.pk])
        assert client.get(address).url == "/"
        builders.tick_all(course)
        arrived(session, nurse)
        assert "Nothing that must be done is missing" in said(client.get(address))


class TestChasing:
    @pytest.fixture(autouse=True)
    def checklist(self, unit):
        return builders.checklist(unit, BLOODS, SHOULD)

    def test_the_soonest_first_and_on_one_day_most_musts_first(self, unit):
        late = builders.begun_course(unit, TUESDAY + 14 * A_DAY)
        should = builders.begun_course(unit, TUESDAY + A_DAY, name="Ada")
        must = builders.begun_course(unit, TUESDAY + A_DAY, name="Zoe", chair=1)
        builders.begun_course(unit, TUESDAY + 15 * A_DAY, chair=2)
        builders.tick_all(builders.begun_course(unit, TUESDAY, chair=3))
        builders.begun_course(builders.unit(), TUESDAY)
        builders.check(should, "bloods", TUESDAY)
        found = find_to_chase(unit, timezone.now())
        assert [each.course for each in found] == [must, should, late]
        left = [([each.item.key for each in at.musts], [each.item.key for each in at.others]) for at in found]
        assert left == [(["bloods"], [SHOULD["key"]]), ([], [SHOULD["key"]]), (["bloods"], [SHOULD["key"]])]
        assert [each.course for each in find_to_chase(unit, timezone.now(), only_musts=True)] == [must, late]

    def test_what_is_over_or_lapsed_is_not_chased(self, unit):
        given, held = builders.begun_course(unit, TUESDAY), builders.begun_course(unit, TUESDAY, chair=1)
        given.sessions.update(status="fulfilled", arrived_at=timezone.now(), started_at=timezone.now())
        held.sessions.update(status="pending")
        Course.objects.filter(pk=held.pk).update(status=CourseStatus.HELD, held_until=timezone.now())
        assert find_to_chase(unit, timezone.now()) == []

    def test_six_queries_whatever_is_booked(self, unit, django_assert_num_queries):
        for chair in range(4):
            builders.contact(builders.begun_course(unit, TUESDAY, chair=chair).patient)
        with django_assert_num_queries(6):
            assert all(each.contacts for each in find_to_chase(unit, timezone.now()))

    def test_it_names_whom_to_ring_unless_that_may_be_forbidden(self, client, reader, unit, course):
        builders.contact(course.patient)
        client.force_login(reader)
        address = reverse("scheduling:list_readiness")
        assert "07700 900111" in client.get(address).content.decode()
        type(course.patient).objects.update(restricted=True, restricted_because="court order")
        shown = client.get(address).content.decode()
        assert "07700 900111" not in shown
        assert "court order" in shown

    def test_only_courses_with_a_must_left(self, client, reader, course):
        builders.check(course, "bloods", TUESDAY)
        client.force_login(reader)
        address = reverse("scheduling:list_readiness")
        assert "Ada Lark" in client.get(address).content.decode()
        shown = client.get(f"{address}?only=must").content.decode()
        assert "Ada Lark" not in shown
        assert "No must is left." in shown
