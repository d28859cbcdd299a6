"""The day list: what it knows of each child, and what its buttons do."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from scheduling.models import Booking, Closure, LostBecause, Message, OpeningHours, Session, Task
from scheduling.states import CourseStatus, MessageStatus, SessionStatus
from scheduling.telling import queue
from scheduling.visit import presses
from scheduling.visit.today import load_today
from tests import builders
from tests.benchmarks.rows import write_bookings
from tests.reading import folded, text_of

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
TUESDAY = date(2027, 1, 12)
FRIDAY = TUESDAY + timedelta(days=3)
A_DAY = timedelta(days=1)


def at(hour, minute=0, day=TUESDAY):
    return datetime.combine(day, time(hour, minute), LONDON)


@pytest.fixture(autouse=True)
def clock():
    """Nine on Tuesday, when the children are due."""
    with time_machine.travel(at(9), tick=False) as found:
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


@pytest.fixture
def page(client, nurse):
    client.force_login(nurse)
    return client


def today_of(unit):
    return load_today(unit, timezone.now())[0]


def row_of(session):
    return next(row for row in today_of(session.course.unit).rows if row.session == session)


def post(page, name, session, seen="booked", **more):
    address = reverse(f"scheduling:{name}", args=[session.pk])
    return page.post(address, {"seen": seen, **more})


def said(response):
    """What the answer added to what the next page will say."""
    return [str(message) for message in get_messages(response.wsgi_request)][-1]


def is_stale(sentence):
    return re.match(r"Ada Lark, K\d+: ", sentence) and sentence.endswith(
        "so nothing was done. It is arrived now."
    )


def set_closing(unit, hour):
    OpeningHours.objects.filter(unit=unit).update(closes=time(hour))


class TestWhoIsOnIt:
    def test_all_of_the_day_and_the_unit_but_those_cancelled(self, unit):
        gone, missed, held = (builders.begun_course(unit, TUESDAY, chair=n) for n in range(3))
        builders.begun_course(builders.unit(), TUESDAY)
        builders.begun_course(unit, TUESDAY + A_DAY, chair=3)
        Session.objects.filter(course=gone).update(status="cancelled")
        Session.objects.filter(course=missed).update(status="noshow")
        Session.objects.filter(course=held).update(status="pending")
        until = timezone.now() + timedelta(hours=1)
        type(held).objects.filter(pk=held.pk).update(status=CourseStatus.HELD, held_until=until)
        today = today_of(unit)
        assert {row.session.course for row in today.rows} == {missed, held}
        assert all(row.next_press is None for row in today.rows)
        assert today.counts == "2 children: 1 held and 1 not brought"

    def test_a_hold_that_lapsed_is_gone_before_the_worker_comes_round(self, course, unit):
        course.sessions.update(status="pending")
        type(course).objects.filter(pk=course.pk).update(status="pending", held_until=timezone.now())
        assert today_of(unit).rows == ()

    def test_in_order_of_arrival(self, unit):
        late, early = builders.begun_course(unit, TUESDAY), builders.begun_course(unit, TUESDAY, chair=1)
        Session.objects.filter(course=early).update(starts_at=at(8))
        assert [row.session.course for row in today_of(unit).rows] == [early, late]

    @pytest.mark.parametrize(("hour", "following"), [(9, FRIDAY + 3 * A_DAY), (None, FRIDAY + A_DAY)])
    def test_the_next_day_is_the_next_on_which_the_unit_is_open_or_somebody_comes(
        self, unit, clock, hour, following
    ):
        clock.move_to(at(9, day=FRIDAY))
        if hour is None:
            builders.begun_course(unit, FRIDAY)
        _, found = load_today(unit, timezone.now())
        assert (found.day, found.is_tomorrow) == (following, following == FRIDAY + A_DAY)

    def test_a_unit_that_never_opens_has_no_next_day(self, unit):
        OpeningHours.objects.all().delete()
        assert load_today(unit, timezone.now())[1] is None


class TestTheListOfAnyDate:
    def test_it_has_those_who_come_on_that_day_and_no_buttons(self, page, unit, course):
        builders.contact(course.patient)
        first, second = course.live_sessions
        response = page.get(reverse("scheduling:show_day"), {"day": second.day})
        assert [row.session for row in response.context["list"].rows] == [second]
        assert "Day list, Wednesday 13 January 2027" in response.content.decode()
        assert "<form" not in response.content.decode().partition("<main")[2]
        today = page.get(reverse("scheduling:show_day"), {"day": first.day})
        assert "<form" not in today.content.decode().partition("<main")[2]

    def test_a_day_that_is_past_has_what_happened(self, page, unit):
        course = builders.begun_course(unit, TUESDAY - A_DAY)
        Session.objects.filter(course=course).update(status="fulfilled")
        response = page.get(reverse("scheduling:show_day"), {"day": TUESDAY - A_DAY})
        assert response.context["list"].counts == "1 child: 1 finished"

    @pytest.mark.parametrize("day", ["", "2027-02-30", "yesterday", "0001-01-01"])
    def test_a_day_that_is_none_is_today(self, page, course, day):
        response = page.get(reverse("scheduling:show_day"), {"day": day})
        assert response.context["day"] == TUESDAY

    def test_it_is_of_one_unit_and_leads_to_that_day_in_the_others(self, page, course):
        other = builders.unit(name="Zinnia ward")
        response = page.get(reverse("scheduling:show_day"), {"day": TUESDAY, "unit": other.pk})
        assert response.context["list"].rows == ()
        assert f"?day=2027-01-12&amp;unit={course.unit_id}" in response.content.decode()

    def test_it_says_why_the_unit_is_closed(self, page, unit):
        Closure.objects.create(unit=unit, first_day=FRIDAY, last_day=FRIDAY, reason="Flood")
        assert "Flood" in page.get(reverse("scheduling:show_day"), {"day": FRIDAY}).content.decode()

    def test_a_unit_that_nobody_has_set_up_has_a_page_too(self, page):
        assert "No day case unit is set up yet." in page.get(reverse("scheduling:show_day")).content.decode()

    def test_dates_of_birth_stand_on_it(self, page, course):
        type(course.patient).objects.update(birth_date=date(2015, 3, 4))
        for address in (reverse("scheduling:show_day"), "/"):
            assert "Born 4 March 2015" in page.get(address).content.decode()

    @pytest.mark.parametrize("booked", [10, 2_500])
    def test_it_takes_no_more_queries_than_today(self, page, booked, django_assert_max_num_queries):
        unit = builders.unit(chairs=10)
        builders.checklist(unit)
        write_bookings(unit, booked, TUESDAY - A_DAY)
        with django_assert_max_num_queries(15):
            response = page.get(reverse("scheduling:show_day"), {"day": TUESDAY})
        assert response.context["list"].rows


class TestADayOnWhichNobodyComes:
    def test_it_says_when_the_unit_is_open_next_and_when_somebody_comes(self, client, nurse, unit, clock):
        clock.move_to(at(9, day=FRIDAY + A_DAY))
        client.force_login(nurse)
        builders.begun_course(builders.unit(), FRIDAY + 3 * A_DAY)
        for weeks in (6, 5):
            builders.begun_course(unit, FRIDAY + timedelta(weeks=weeks))
        shown = client.get(f"/?unit={unit.pk}").content.decode()
        assert "Nobody is booked today. The unit is not open on Saturdays." in shown
        assert (
            f'/board/?day=2027-01-18&amp;unit={unit.pk}">It is open next on Monday 18 January 2027</a>'
            in shown
        )
        there = f"/visits/?day=2027-02-19&amp;unit={unit.pk}"
        assert f'{there}">The next visits are on Friday 19 February 2027</a>' in shown

    def test_of_an_open_day_it_says_only_when_somebody_comes(self, page, unit):
        builders.begun_course(unit, FRIDAY)
        shown = page.get("/").content.decode()
        assert "The next visits are on Friday 15 January 2027" in shown
        assert "open next" not in shown

    def test_what_is_cancelled_or_a_hold_that_lapsed_is_no_visit(self, page, unit):
        gone, lapsed, held = (builders.begun_course(unit, FRIDAY + n * A_DAY, chair=n) for n in range(3))
        Session.objects.filter(course=gone).update(status="cancelled")
        Session.objects.filter(course__in=(lapsed, held)).update(status="pending")
        for course, until in ((lapsed, at(9)), (held, at(9, 1))):
            type(course).objects.filter(pk=course.pk).update(status="pending", held_until=until)
        assert today_of(unit).next_visits == FRIDAY + 2 * A_DAY

    def test_without_any_such_day_it_says_so(self, page, unit):
        Closure.objects.create(unit=unit, first_day=TUESDAY, last_day=TUESDAY + 14 * A_DAY, reason="building")
        shown = page.get("/").content.decode()
        assert "It does not open in the next two weeks." in shown
        assert "No visits are booked after today." in shown
        Closure.objects.update(last_day=TUESDAY + 13 * A_DAY)
        assert "It is open next on Tuesday 26 January 2027" in page.get("/").content.decode()

    def test_a_list_with_somebody_on_it_does_not_say_it(self, page, session):
        assert "The next visits are on" not in page.get("/").content.decode()

    @pytest.mark.parametrize("ahead", [(1, 1, 30), (30, 30, 31)])
    def test_it_takes_no_more_queries_than_a_full_day(self, page, unit, ahead, django_assert_max_num_queries):
        builders.checklist(unit)
        for chair, days in enumerate(ahead):
            builders.contact(builders.begun_course(unit, TUESDAY + days * A_DAY, chair=chair).patient)
        builders.unit(name="The last of the units")
        with django_assert_max_num_queries(15):
            assert page.get("/").context["today"].next_visits == TUESDAY + ahead[0] * A_DAY


class TestWhoBringsTheChild:
    def test_those_of_whom_it_is_known(self, session):
        builders.contact(session.course.patient, "Mia Lark")
        nan = builders.contact(session.course.patient, "Nan Lark", brings_child=True)
        assert row_of(session).brought_by == (nan,)

    def test_else_the_first_who_can_be_rung(self, session):
        builders.contact(session.course.patient, "Mia Lark", phone="")
        dad = builders.contact(session.course.patient, "Dan Lark")
        builders.contact(session.course.patient, "Nan Lark")
        assert row_of(session).brought_by == (dad,)

    def test_nobody_is_guessed_for_a_restricted_child(self, session, page):
        patient = session.course.patient
        patient.restricted, patient.restricted_because = True, "court order"
        patient.save()
        builders.contact(patient, "Mia Lark", brings_child=True)
        assert row_of(session).brought_by == ()
        shown = page.get("/").content.decode()
        assert "court order" in shown
        assert "07700 900111" not in shown

    def test_the_number_can_be_rung_from_the_page(self, session, page):
        builders.contact(session.course.patient, phone="+447700900111;ext=5")
        assert 'href="tel:+447700900111;ext=5"' in page.get("/").content.decode()


class TestWhatHasToBeSaidBefore:
    def test_that_the_family_was_not_told_of_the_day(self, session):
        told, untold = (builders.contact(session.course.patient, name) for name in ("Mia Lark", "Dan Lark"))
        queue.invite([session], now=timezone.now())
        Message.objects.filter(contact=untold).delete()
        assert row_of(session).marks == ("Not told of this day: Dan Lark",)
        Session.objects.filter(pk=session.pk).update(sequence=1)
        assert row_of(session).marks == (f"Not told of this day: {told.name} and {untold.name}",)

    def test_that_a_mail_could_not_be_sent(self, session):
        builders.contact(session.course.patient)
        queue.invite([session], now=timezone.now())
        Message.objects.update(status=MessageStatus.FAILED)
        [mark] = row_of(session).marks
        assert mark.startswith("Mail could not be sent to Mia Lark")

    def test_that_nobody_gets_messages(self, session):
        builders.contact(session.course.patient, may_receive_invites=False)
        assert row_of(session).marks == ("Nobody gets messages: tell the family of this day by phone",)

    def test_nothing_of_that_once_the_child_is_here(self, session, nurse):
        builders.contact(session.course.patient)
        assert row_of(session).marks
        presses.press(session=session, status=SessionStatus.ARRIVED, by=nurse)
        assert row_of(session).marks == ()

    def test_that_an_interpreter_is_needed(self, session):
        patient = session.course.patient
        builders.contact(patient)
        queue.invite([session], now=timezone.now())
        patient.interpreter_needed, patient.language = True, "Urdu"
        patient.save()
        assert row_of(session).marks == ("Interpreter needed: Urdu",)

    def test_a_lost_day_marks_the_other_one_until_it_is_decided(self, unit, course, nurse):
        first = course.live_sessions[0]
        presses.not_brought(session=first, because=LostBecause.UNWELL, by=nurse)
        _, following = load_today(unit, timezone.now())
        assert any("lost" in mark for mark in following.rows[0].marks)
        Task.objects.filter(kind="day_lost").update(done_at=timezone.now(), done_by="x", done_note="x")
        _, following = load_today(unit, timezone.now())
        assert not any("lost" in mark for mark in following.rows[0].marks)


class TestLateFinish:
    """A visit of four hours from nine."""

    def test_a_drip_that_ends_as_the_unit_closes_is_not_late(self, session, unit, clock, client, nurse):
        set_closing(unit, 13)
        assert row_of(session).late == ""
        clock.move_to(at(9, 1))
        late = "If the drip starts now it ends at 1:01pm; the unit closes at 1pm."
        assert row_of(session).late == late
        client.force_login(nurse)
        assert f"Late: {late}" in text_of(client.get(session.get_absolute_url()))

    def test_hours_cut_short_make_it_late_before_it_is_due(self, session, unit, clock):
        clock.move_to(at(7))
        set_closing(unit, 12)
        assert row_of(session).late == "The drip ends at 1pm; the unit closes at midday."

    def test_a_drip_that_runs_ends_so_long_after_it_started(self, session, unit, nurse, clock):
        set_closing(unit, 13)
        for status in (SessionStatus.ARRIVED, SessionStatus.STARTED):
            clock.shift(timedelta(minutes=10))
            presses.press(session=session, status=status, by=nurse)
        clock.move_to(at(12))
        assert row_of(session).late == (
            "The drip that started at 9:20am ends at 1:20pm; the unit closes at 1pm."
        )
        presses.press(session=session, status=SessionStatus.FULFILLED, by=nurse)
        assert row_of(session).late == ""

    def test_a_child_who_is_not_here_half_an_hour_after_the_time_is_said_to_be_expected(self, session, clock):
        clock.move_to(at(9, 29))
        assert "Expected" not in row_of(session).late
        clock.move_to(at(9, 30))
        assert row_of(session).late == "Expected at 9am, and not here."

    def test_a_child_who_waits_an_hour_for_the_drip_is_not_forgotten(self, session, nurse, clock):
        clock.move_to(at(8, 50))
        presses.press(session=session, status=SessionStatus.ARRIVED, by=nurse)
        clock.move_to(at(9, 59))
        assert row_of(session).late == ""
        clock.move_to(at(10))
        assert row_of(session).late == "Here since 8:50am, and no drip yet."

    def test_whoever_came_late_has_waited_only_since_then(self, session, nurse, clock):
        clock.move_to(at(9, 30))
        presses.press(session=session, status=SessionStatus.ARRIVED, by=nurse)
        clock.move_to(at(10, 29))
        assert "Here since" not in row_of(session).late
        clock.move_to(at(10, 30))
        assert row_of(session).late == "Here since 9:30am, and no drip yet."

    def test_a_child_who_comes_later_to_another_chair_is_not_in_the_way(self, session, unit, clock):
        other = builders.begun_course(unit, TUESDAY, name="Bo Finch", chair=1).live_sessions[0]
        moved = {"starts_at": at(11), "ends_at": at(15)}
        Booking.objects.filter(session=other).update(**moved)
        Session.objects.filter(pk=other.pk).update(**moved)
        clock.move_to(at(9, 15))
        assert row_of(session).late == ""

    def test_a_drip_that_runs_into_the_next_child_of_the_chair_says_whose_time_it_is(
        self, session, unit, clock
    ):
        following = builders.begun_course(unit, TUESDAY, name="Bo Finch", chair=1).live_sessions[0]
        other_chair = row_of(session).late
        moved = {"starts_at": at(13), "ends_at": at(17)}
        Booking.objects.filter(session=following).update(chair=session.booking.chair, **moved)
        Session.objects.filter(pk=following.pk).update(**moved)
        assert (other_chair, row_of(session).late) == ("", "")
        clock.move_to(at(9, 15))
        assert row_of(session).late == (
            "If the drip starts now it ends at 1:15pm; Bo Finch has Chair 1 from 1pm."
        )
        assert row_of(following).late == ""

    def test_on_a_day_that_was_closed_the_page_says_so_instead(self, session, unit, page):
        Closure.objects.create(unit=unit, first_day=TUESDAY, last_day=TUESDAY, reason="new floor")
        assert row_of(session).late == ""
        assert "closed (new floor), and 1 child is on the list" in page.get("/").content.decode()


class TestPresses:
    def test_one_press_after_the_other(self, page, session, clock):
        for seen, sentence in (
            ("booked", f"{session.course.patient.identified}, arrived at 9:02am."),
            ("arrived", f"{session.course.patient.identified}: the drip started at 9:04am."),
            ("started", f"{session.course.patient.identified}: the drip finished at 9:06am."),
        ):
            clock.shift(timedelta(minutes=2))
            response = post(page, "press_visit", session, seen)
            assert (response.url, said(response)) == ("/", sentence)
        session.refresh_from_db()
        assert session.status == SessionStatus.FULFILLED

    def test_the_last_day_says_that_the_course_is_complete(self, page, course, nurse, clock):
        course.sessions.filter(number=1).update(status="fulfilled")
        last = course.live_sessions[1]
        clock.move_to(last.starts_at)
        Session.objects.filter(pk=last.pk).update(status="started", arrived_at=at(9), started_at=at(9))
        page.force_login(nurse)
        assert said(post(page, "press_visit", last, "started")).endswith("The course is complete.")

    def test_a_stale_page_does_nothing_and_says_why(self, page, session, coordinator, clock):
        presses.press(session=session, status=SessionStatus.ARRIVED, by=coordinator)
        clock.shift(timedelta(minutes=5))
        for name in ("press_visit", "undo_visit"):
            assert is_stale(said(post(page, name, session)))
        response = page.get(reverse("scheduling:miss_visit", args=[session.pk]))
        assert is_stale(said(response))
        session.refresh_from_db()
        assert session.status == SessionStatus.ARRIVED

    def test_the_same_button_pressed_twice_has_done_it_once(self, page, session):
        first, second = post(page, "press_visit", session), post(page, "press_visit", session)
        assert said(first) == said(second) == f"{session.course.patient.identified}, arrived at 9am."
        session.refresh_from_db()
        assert session.status == SessionStatus.ARRIVED

    @pytest.mark.parametrize("seen", ["", "rubbish", "noshow", "fulfilled"])
    def test_what_no_button_says_does_nothing(self, page, session, seen):
        for name in ("press_visit", "undo_visit"):
            assert post(page, name, session, seen).status_code == 302
        session.refresh_from_db()
        assert session.status == SessionStatus.BOOKED

    def test_undo_is_offered_as_long_as_it_works(self, page, session, clock):
        post(page, "press_visit", session)
        undo = reverse("scheduling:undo_visit", args=[session.pk])
        clock.shift(timedelta(minutes=10))
        assert undo in page.get("/").content.decode()
        clock.shift(timedelta(seconds=1))
        assert undo not in page.get("/").content.decode()
        assert "More than 10 minutes have passed" in said(post(page, "undo_visit", session, "arrived"))

    def test_undo_takes_back_the_last_press(self, page, session):
        post(page, "press_visit", session)
        response = post(page, "undo_visit", session, "arrived")
        assert said(response) == f"Taken back: {session.course.patient.identified}, has not arrived yet."
        session.refresh_from_db()
        assert session.status == SessionStatus.BOOKED

    def test_one_goes_back_to_the_list_of_the_unit(self, page, session):
        other = builders.begun_course(builders.unit(name="Zebra Unit"), TUESDAY).live_sessions[0]
        assert post(page, "press_visit", session).url == "/"
        address = post(page, "press_visit", other).url
        assert address == f"/?unit={other.course.unit_id}"
        assert [row.session for row in page.get(address).context["today"].rows] == [other]

    def test_a_part_of_the_page_gives_the_focus_to_the_next_control_of_the_child(self, page, session):
        htmx = {"HX-Request": "true"}
        address = reverse("scheduling:press_visit", args=[session.pk])
        answer = page.post(address, {"seen": "booked"}, headers=htmx, follow=True)
        assert f'id="press-{session.pk}" type="submit" autofocus' in answer.content.decode()
        assert "autofocus" not in page.get(f"/?at={session.pk}").content.decode()

    def test_who_may_only_look_has_no_buttons(self, client, reader, session):
        client.force_login(reader)
        shown = client.get("/").content.decode()
        assert "Ada Lark" in shown
        assert f"/visits/{session.pk}/" not in shown


class TestNotBrought:
    def test_one_question_then_two_tasks(self, page, session):
        address = reverse("scheduling:miss_visit", args=[session.pk])
        assert "Does anybody know why?" in page.get(address).content.decode()
        assert "Select whether anybody knows why" in post(page, "miss_visit", session).content.decode()
        response = post(page, "miss_visit", session, because="unwell")
        assert (response.url, said(response).partition(". ")[0]) == (
            "/",
            f"Recorded: {session.course.patient.identified}, was not brought",
        )
        session.refresh_from_db()
        assert (session.status, session.lost_because) == ("noshow", LostBecause.UNWELL)
        assert Task.objects.open().filter(session=session).count() == 2
        shown = page.get("/").content.decode()
        assert "Was not brought" in shown
        assert "Child unwell" in shown

    def test_a_page_left_open_records_nothing_over_what_happened(self, page, session, coordinator):
        presses.press(session=session, status=SessionStatus.ARRIVED, by=coordinator)
        response = post(page, "miss_visit", session, because="unwell")
        assert is_stale(said(response))
        assert not Task.objects.exists()

    def test_on_another_day_the_page_says_why_not(self, page, course):
        response = page.get(reverse("scheduling:miss_visit", args=[course.live_sessions[1].pk]))
        assert "is on Wednesday 13 January 2027" in said(response)


class TestLatestStart:
    """A visit of four hours from nine, in a unit that closes at six."""

    def latest(self, session):
        return row_of(session).latest_start

    def test_the_drip_ends_as_the_unit_closes(self, session, unit, page):
        assert self.latest(session) == time(14)
        set_closing(unit, 15)
        assert self.latest(session) == time(11)
        assert 'Latest start <span class="app-nowrap">11am' in folded(page.get("/"))
        shown = folded(page.get(session.get_absolute_url()))
        assert "Latest start of the drip: 11am" in shown

    def test_and_before_the_chair_is_needed_on_that_day(self, session, unit):
        builders.take(session.booking.chair, TUESDAY + A_DAY, time(7), time(8))
        assert self.latest(session) == time(14)
        builders.take(session.booking.chair, TUESDAY, time(14, 30), time(15))
        assert self.latest(session) == time(10, 30)

    def test_once_it_runs_there_is_none(self, session, nurse, page, clock):
        presses.press(session=session, status=SessionStatus.ARRIVED, by=nurse)
        assert self.latest(session) == time(14)
        presses.press(session=session, status=SessionStatus.STARTED, by=nurse)
        assert self.latest(session) is None
        assert "Latest start" not in page.get(session.get_absolute_url()).content.decode()

    def test_on_a_closed_day_there_is_none(self, session, unit):
        unit.opening_hours.all().delete()
        assert self.latest(session) is None


class TestCost:
    def test_the_list_takes_nine_queries(self, unit, course, django_assert_num_queries):
        builders.checklist(unit)
        for chair in (1, 2):
            builders.contact(builders.begun_course(unit, TUESDAY, chair=chair).patient)
        with django_assert_num_queries(9):
            load_today(unit, timezone.now())

    @pytest.mark.parametrize("booked", [10, 2_500])
    def test_the_page_takes_as_many_whatever_is_booked(self, page, booked, django_assert_num_queries):
        unit = builders.unit(chairs=10)
        builders.checklist(unit)
        write_bookings(unit, booked, TUESDAY - A_DAY)
        builders.unit(name="The last of the units")
        with django_assert_num_queries(15):
            response = page.get("/")
        assert response.context["today"].rows


def test_what_went_wrong_stands_behind_the_record(page, session):
    """So `Record` is in one place, and no hurried press meets `Cannot be given`."""
    for status, last in (("booked", "Was not brought"), ("arrived", "Cannot be given")):
        Session.objects.filter(pk=session.pk).update(status=status, arrived_at=at(8))
        shown = text_of(page.get(reverse("home")))
        assert 0 < shown.index("Record of the visit") < shown.index(last), status
