"""The week board: what its lanes show, where its links lead, and what it costs."""

import re
from datetime import datetime, time, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings

from patients.models import AccessEvent, Patient
from scheduling.models import Closure, Session
from scheduling.rules import Calendar, Care, OpeningHours, Phase, Placement, Shift, Taken, Visit, objections
from scheduling.unit.board import Kind, week_of
from scheduling.unit.course_requests import request_for
from scheduling.unit.diary_rows import load_diary
from scheduling.unit.drawing import draw_board
from tests import builders
from tests.benchmarks.rows import write_bookings
from tests.rules.builders import MONDAY, a_diary, at
from tests.rules.strategies import diaries

pytestmark = pytest.mark.django_db

MOST_BYTES = 60 * 1024


@pytest.fixture
def unit(db):
    return builders.unit(chairs=3)


@pytest.fixture
def monday():
    return builders.next_monday(2)


@pytest.fixture
def signed_in(client, coordinator):
    client.force_login(coordinator)
    return client


def board_of(unit, day, request=None):
    days = week_of(day)
    diary = load_diary(unit, days[0] - timedelta(days=3), days[-1] + timedelta(days=3), timezone.now())
    return draw_board(days, diary, Session.objects.visits(days[0], days[-1]), request)


def in_words(lane):
    return [(str(s.kind), s.start // 60, s.end // 60) for s in lane]


def show(client, **query):
    return client.get(reverse("scheduling:show_board"), query)


class TestLanes:
    def test_a_day_is_what_is_booked_and_what_is_left(self, unit, monday, coordinator):
        builders.book(unit, monday, coordinator, start=9 * 60)
        builders.take(unit.chairs.first(), monday, time(14), time(15))
        lane = board_of(unit, monday).days[0].lanes[unit.chairs.first().pk]

        assert in_words(lane) == [
            ("gap", 8, 9),
            ("visit", 9, 13),
            ("gap", 13, 14),
            ("other", 14, 15),
            ("gap", 15, 18),
        ]
        assert lane[1].session.course.patient.name == "Ada Lark"
        assert lane[3].label == "dental list"

    def test_a_chair_shows_the_child_from_when_it_needs_the_chair(self, unit, monday, coordinator):
        unit.before_minutes = 60
        unit.save()
        made = builders.book(unit, monday, coordinator, start=9 * 60)
        lane = board_of(unit, monday).days[0].lanes[unit.chairs.first().pk]

        assert in_words(lane) == [("gap", 8, 10), ("visit", 10, 14), ("free", 14, 18)]
        assert lane[1].session.course == made

    def test_days_on_which_the_unit_never_opens_stay_out_unless_something_stands_there(self, unit, monday):
        assert [day.day.weekday() for day in board_of(unit, monday).days] == [0, 1, 2, 3, 4]
        builders.take(unit.chairs.first(), monday + timedelta(days=5), time(9), time(10))
        board = board_of(unit, monday)
        assert [day.day.weekday() for day in board.days] == [0, 1, 2, 3, 4, 5]
        assert not board.days[5].is_blank

    def test_a_closed_day_says_why_and_is_one_note(self, unit, monday):
        Closure.objects.create(unit=unit, first_day=monday, last_day=monday, reason="deep clean")
        day = board_of(unit, monday).days[0]
        assert (day.why_closed, day.is_blank) == ("Closed (deep clean)", True)

    def test_what_stands_before_opening_widens_the_board(self, unit, monday):
        builders.take(unit.chairs.first(), monday, time(6, 30), time(7))
        board = board_of(unit, monday)
        assert (board.opens, board.closes) == (6 * 60, 18 * 60)
        lane = board.days[0].lanes[unit.chairs.first().pk]
        assert in_words(lane)[:2] == [("shut", 6, 6), ("other", 6, 7)]

    def test_a_chair_out_of_use_stays_while_something_stands_in_it(self, unit, monday, coordinator):
        builders.book(unit, monday, coordinator, chair=unit.chairs.all()[2])
        unit.chairs.filter(name="Chair 3").update(in_use=False)
        board = board_of(unit, monday)
        assert [chair.name for chair in board.chairs] == ["Chair 1", "Chair 2", "Chair 3, out of use"]
        last = board.days[0].lanes[board.chairs[2].id]
        assert [s.kind for s in last] == [Kind.SHUT, Kind.VISIT, Kind.SHUT]
        assert [chair.name for chair in board_of(unit, monday + timedelta(days=7)).chairs] == [
            "Chair 1",
            "Chair 2",
        ]

    def test_the_head_counts_free_time_and_the_nurses_each_hour_needs(self, unit, monday, coordinator):
        for chair in range(3):
            builders.book(unit, monday, coordinator, chair=unit.chairs.all()[chair], name=f"Child {chair}")
        day = board_of(unit, monday).days[0]

        assert day.free_minutes == 3 * 6 * 60
        assert day.used_percent == 40
        assert {hour.start // 60: hour.nurses for hour in day.load} == {
            **dict.fromkeys(range(8, 18), 0),
            9: 3,
            10: 1,
            11: 1,
            12: 1,
        }
        assert [hour.start // 60 for hour in day.load if hour.is_full] == [9]

    def test_each_hour_says_the_fewest_nurses_on_in_it(self):
        """Not those of the hours before and after."""
        shifts = Shift(at(8), at(12), 3), Shift(at(12) + 30, at(16), 2), Shift(at(14), at(15), 1)
        hours = OpeningHours(at(8), at(16), 0, shifts=shifts)
        diary = a_diary(calendar=Calendar({0: hours}))
        day = draw_board([MONDAY], diary, Session.objects.none(), None).days[0]
        assert [(hour.start // 60, hour.on) for hour in day.load] == [
            *((hour, 3) for hour in (8, 9, 10, 11)),
            (12, 0),
            (13, 2),
            (14, 3),
            (15, 2),
        ]

    def test_an_hour_is_full_only_while_all_who_are_on_are_needed(self):
        """Two nurses until half past nine and one from then on, when the one child needs nobody any more."""
        shifts = Shift(at(8), at(9) + 30, 1), Shift(at(8), at(16), 1)
        phases = Phase(30, Care.OWN), Phase(210, Care.NONE)
        child = Taken(1, MONDAY, at(9), at(13), "a course", phases=phases)
        for together, full in ((shifts, []), (shifts[1:], [9])):
            calendar = Calendar({0: OpeningHours(at(8), at(16), 0, shifts=together)})
            day = draw_board([MONDAY], a_diary(child, calendar=calendar), Session.objects.none(), None).days[
                0
            ]
            assert [hour.start // 60 for hour in day.load if hour.is_full] == full

    def test_today_counts_only_what_is_left_from_the_next_start_and_a_past_day_nothing(
        self, unit, monday, coordinator
    ):
        tuesday = monday + timedelta(days=1)
        builders.book(unit, tuesday, coordinator, start=8 * 60)
        ten_past_ten = timezone.make_aware(datetime.combine(tuesday, time(10, 10)))
        with time_machine.travel(ten_past_ten, tick=False):
            past, today, *_ = board_of(unit, tuesday).days
        chair = unit.chairs.first().pk
        free = [s.start for s in today.lanes[unit.chairs.last().pk] if s.kind == Kind.FREE]
        assert free == [10 * 60 + 15]
        assert today.free_minutes == 3 * (8 * 60 - 15) - (2 * 60 - 15)
        assert [str(s.kind) for s in today.lanes[chair]] == ["visit", "free"]
        assert past.free_minutes == 0

    @settings(max_examples=60, deadline=None)
    @given(diaries(slot_minutes=15))
    def test_the_lanes_of_any_week_are_filled_from_opening_to_closing(self, diary):
        board = draw_board(week_of(diary.today), diary, [])
        for _, lanes in board.rows:
            for day, lane in lanes:
                edges = [board.opens, *(segment.end for segment in lane)]
                assert [segment.start for segment in lane] == edges[:-1]
                assert edges[-1] == board.closes
                assert sum(segment.cells for segment in lane) == board.cells
                if day.hours is None:
                    assert not [s for s in lane if s.kind in (Kind.FREE, Kind.GAP)]


class TestPage:
    def test_it_says_what_each_day_can_still_do(self, signed_in, unit, monday):
        for chair in unit.chairs.all():
            for day in (0, 2):
                builders.take(chair, monday + timedelta(days=day), time(8), time(18))
        page = show(signed_in, day=monday.isoformat()).content.decode()
        uses = re.findall(r'app-board__use is-\w+">([^<]+)<', page)
        assert uses == [
            "No room",
            "Room, but no pair",
            "No room",
            "Can start a course",
            "Room for a later day only",
        ]

    def test_a_free_place_is_a_link_that_says_chair_day_times_and_length(self, signed_in, unit, monday):
        page = show(signed_in, day=monday.isoformat()).content.decode()
        chair, day = unit.chairs.first(), f"{monday:%a} {monday.day} {monday:%b}"
        assert f'10h free<span class="app-vh">: {chair}, {day}, 8am to 6pm</span>' in page
        assert f"/board/chairs/{chair.pk}/?day={monday.isoformat()}&amp;start=480" in page

    def test_a_nurse_sees_what_is_free_and_gets_no_link_to_what_nurses_may_not_do(self, client, nurse, unit):
        client.force_login(nurse)
        page = show(client).content.decode()
        assert "/board/chairs/" not in page
        assert "free, Chair 1" in page

    def test_each_status_has_a_look_of_its_own_and_words(self, signed_in, unit, monday, coordinator):
        course = builders.book(unit, monday, coordinator, name="Lily Evans")
        page = show(signed_in, day=monday.isoformat()).content.decode()
        assert "is-booked" in page
        assert re.search(
            r"Lily E.*<span>9am</span>.*, Lily Evans, K\d+, booked, day 1 of 2, family not told, Chair 1,"
            r" Mon \d+ \w+, 9am to 1pm<",
            page,
        )
        assert course.get_absolute_url() in page

    @pytest.mark.parametrize("other", ["Lily Ellis", "Lïly  Earl", "lily e"])
    def test_two_of_a_week_who_are_called_alike_show_their_numbers(
        self, signed_in, unit, monday, coordinator, other
    ):
        builders.book(unit, monday, coordinator, name="Lily Evans")
        builders.book(unit, monday, coordinator, name="Ben Grass", chair=unit.chairs.last())
        tuesday = monday + timedelta(days=1)
        builders.book(unit, tuesday, coordinator, name=other, chair=unit.chairs.all()[1])
        page = show(signed_in, day=monday.isoformat()).content.decode()
        shown = re.findall(
            r'<a href="/courses/\d+/">([^<]+?)\s*<span( class="app-paper")?>(K\d+)</span>', page
        )
        found = {(name, bool(only_on_paper)) for name, only_on_paper, _ in shown}
        assert found == {("Lily E", False), (Patient(name=other).short_name, False), ("Ben G", True)}

    def test_rubbish_in_the_address_shows_this_week_and_says_so(self, signed_in, unit):
        answer = show(signed_in, day="soon")
        assert answer.status_code == 200
        assert "That is not a date" in answer.content.decode()
        assert show(signed_in, unit="-1", **{"for": "x"}).status_code == 200
        assert show(signed_in, **{"for": "99999999"}).status_code == 404

    def test_without_a_unit_it_says_who_sets_one_up(self, signed_in):
        for name in ("show_board", "show_month"):
            page = signed_in.get(reverse(f"scheduling:{name}")).content.decode()
            assert "There is no day case unit yet" in page

    def test_only_the_unit_asked_for_is_shown(self, signed_in, unit, monday, coordinator):
        other = builders.unit(name="Ward B", chairs=1)
        builders.book(other, monday, coordinator, name="Ben Other")
        assert "Ben O" not in show(signed_in, day=monday.isoformat()).content.decode()
        assert "Ben O" in show(signed_in, day=monday.isoformat(), unit=other.pk).content.decode()

    def test_whoever_looks_at_the_board_has_looked_at_its_children(
        self, signed_in, unit, monday, coordinator, django_user_model
    ):
        course = builders.book(unit, monday, coordinator)
        show(signed_in, day=monday.isoformat())
        seen = AccessEvent.objects.filter(page="scheduling:show_board")
        assert [event.patient_id for event in seen] == [course.patient_id]


class TestChoosing:
    def links(self, client, course, monday):
        page = show(client, day=monday.isoformat(), **{"for": course.pk}).content.decode()
        found = re.findall(r'<a href="([^"]*/check/[^"]*)" data-pair="([^"]*)"', page)
        ids = set(re.findall(r' id="(s[^"]+)"', page))
        return [(address.replace("&amp;", "&"), set(pair.split())) for address, pair in found], ids, page

    def test_only_what_fits_is_a_link_and_it_books(self, signed_in, unit, monday, coordinator):
        builders.book(unit, monday, coordinator, start=9 * 60)
        course = builders.course(at=unit)
        links, ids, page = self.links(signed_in, course, monday)
        diary = load_diary(unit, monday, monday + timedelta(days=7), timezone.now())
        asked = request_for(course)
        assert len(links) == 4 * 3  # chair 1 is free after 1pm on the days of the other course
        for address, pair in links:
            query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
            visits = self.visits(query, monday)
            assert objections(Placement(asked, visits), diary) == ()
            assert len(pair) == 2
            assert pair <= ids
            assert signed_in.get(address).status_code == 200
        assert "free<span" not in page

    def visits(self, query, monday):
        from datetime import date

        first = date(*(int(query[f"first_day_{part}"]) for part in ("year", "month", "day")))
        found = []
        for number in (1, 2):
            clock = re.fullmatch(
                r"(\d+)(?::(\d+))?(am|pm)", query[f"start_{number}"].replace("midday", "12pm")
            )
            hour = int(clock[1]) % 12 + 12 * (clock[3] == "pm")
            day = first + timedelta(days=number - 1)
            chair = int(query[f"chair_{number}"])
            found.append(Visit(day, chair, hour * 60 + int(clock[2] or 0), 240))
        return tuple(found)

    def test_a_course_to_be_moved_sees_its_own_days_as_free(self, signed_in, monday, coordinator):
        small = builders.unit(chairs=1)
        course = builders.book(small, monday, coordinator)
        links, _, page = self.links(signed_in, course, monday)
        assert len(links) == 4
        assert "The days booked now count as free" in page

    def test_a_course_that_is_over_has_nothing_to_choose(self, signed_in, unit, monday, coordinator):
        course = builders.past_course(builders.patient(), unit, monday - timedelta(days=70))
        assert show(signed_in, **{"for": course.pk}).url == course.get_absolute_url()

    def test_the_child_to_be_placed_is_a_look_and_stays_when_the_week_changes(self, signed_in, unit, monday):
        course = builders.course(at=unit)
        page = show(signed_in, day=monday.isoformat(), **{"for": course.pk}).content.decode()
        looks = AccessEvent.objects.filter(page="scheduling:show_board", patient_id=course.patient_id)
        assert looks.count() == 1
        weeks = re.findall(r'href="([^"]*\?day=[^"]*)">Week (?:before|after)', page)
        assert len(weeks) == 2
        assert all(f"for={course.pk}" in address for address in weeks)

    def test_the_board_opens_at_the_target(self, signed_in, unit, monday):
        later = monday + timedelta(days=21)
        course = builders.course(at=unit, target=later)
        assert f'value="{later.isoformat()}"' in show(signed_in, **{"for": course.pk}).content.decode()


class TestPlace:
    def ask(self, client, chair, day, start=480):
        query = {"day": day.isoformat(), "start": start}
        return client.get(reverse("scheduling:show_place", args=[chair.pk]), query)

    def test_it_lists_who_fits_most_urgent_first_and_who_does_not(self, signed_in, unit, monday):
        builders.course(builders.patient("Rose Routine"), unit, priority=2)
        builders.course(builders.patient("Ursa Urgent"), unit, priority=0)
        builders.course(builders.patient("Lara Late"), unit, earliest=monday + timedelta(days=30))
        page = self.ask(signed_in, unit.chairs.first(), monday).content.decode()

        assert "2 waiting courses fit" in page
        assert page.index("Ursa Urgent") < page.index("Rose Routine") < page.index("Lara Late")
        assert "1 waiting course does not fit here" in page

    def test_a_single_day_fits_nobody(self, signed_in, unit, monday):
        builders.course(at=unit)
        for chair in unit.chairs.all():
            builders.take(chair, monday + timedelta(days=1), time(8), time(18))
        assert (
            "No waiting course could begin"
            in self.ask(signed_in, unit.chairs.first(), monday).content.decode()
        )

    def test_rubbish_leads_back_to_the_board(self, signed_in, unit, monday):
        address = reverse("scheduling:show_place", args=[unit.chairs.first().pk])
        assert signed_in.get(address).url == "/board/"
        assert signed_in.get(address, {"day": monday.isoformat(), "start": "9am"}).status_code == 200
        assert signed_in.get(address, {"day": monday.isoformat(), "start": 1439}).status_code == 200

    def test_each_link_leads_to_a_choice_that_fits(self, signed_in, unit, monday):
        builders.course(at=unit)
        page = self.ask(signed_in, unit.chairs.first(), monday).content.decode()
        [address] = re.findall(r'href="([^"]*/check/[^"]*)"', page)
        assert "Check before you book" in signed_in.get(address.replace("&amp;", "&")).content.decode()


class TestMonth:
    def show(self, client, **query):
        return client.get(reverse("scheduling:show_month"), query)

    def days(self, answer):
        return {day.day: day for _, week in answer.context["weeks"] for day in week}

    def test_it_begins_with_this_week_and_has_five(self, signed_in, unit):
        today = timezone.localdate()
        days = self.days(self.show(signed_in))
        next_working = today + timedelta(days=7 - today.weekday()) if today.weekday() > 4 else today
        assert min(days) == week_of(next_working)[0]
        assert len(days) == 5 * 5
        assert min(self.days(self.show(signed_in, day="2027-08-28"))).isoformat() == "2027-08-23"

    def test_it_counts_visits_and_the_courses_that_could_start_by_length(
        self, signed_in, unit, monday, coordinator
    ):
        """Three chairs from 8am to 6pm: four hours fit into each twice, five hours too, six hours once."""
        builders.book(unit, monday, coordinator, start=8 * 60)
        days = self.days(self.show(signed_in, day=monday.isoformat()))
        assert [days[monday + timedelta(days=n)].visits for n in range(3)] == [1, 1, 0]
        assert dict(days[monday].pairs) == {240: 5, 300: 5, 360: 3}
        assert dict(days[monday + timedelta(days=2)].pairs) == {240: 6, 300: 6, 360: 3}
        assert days[monday + timedelta(days=4)].pairs == {}

    def test_a_day_leads_to_its_list_and_says_why_nothing_can_start(self, signed_in, unit, monday):
        tuesday = monday + timedelta(days=1)
        Closure.objects.create(unit=unit, first_day=tuesday, last_day=tuesday, reason="deep clean")
        page = self.show(signed_in, day=monday.isoformat()).content.decode()
        assert f'href="/visits/day/?day={tuesday.isoformat()}"' in page
        assert f'href="/board/?day={monday.isoformat()}"' in page
        assert "Closed (deep clean)" in page
        assert "Room, but no pair" in page
        assert "Room for a later day only" in page

    def test_days_that_are_past_show_who_came_and_no_room(self, signed_in, unit, monday, coordinator):
        builders.book(unit, monday, coordinator)
        later = timezone.make_aware(datetime.combine(monday + timedelta(days=1), time(10)))
        with time_machine.travel(later, tick=False):
            signed_in.force_login(coordinator)
            days = self.days(self.show(signed_in))
        assert (days[monday].visits, days[monday].pairs, str(days[monday].use)) == (1, {}, "past")


class TestCost:
    @pytest.mark.parametrize("booked", [10, 2_500])
    def test_the_queries_are_as_many_whatever_is_booked(
        self, signed_in, monday, booked, django_assert_num_queries
    ):
        unit = builders.unit(chairs=10)
        builders.checklist(unit)
        write_bookings(unit, booked, monday)
        course = builders.course(at=unit)
        with django_assert_num_queries(15):
            show(signed_in, day=monday.isoformat())
        with django_assert_num_queries(12):
            show(signed_in, day=monday.isoformat(), **{"for": course.pk})
        with django_assert_num_queries(9):
            signed_in.get(reverse("scheduling:show_month"), {"day": monday.isoformat()})

    def test_ten_chairs_weigh_little(self, signed_in, monday, coordinator):
        unit = builders.unit(chairs=10, nurses=20)
        builders.checklist(unit)
        for chair in range(10):
            for day in (0, 2):
                for start in (8 * 60, 13 * 60):
                    name = f"Temperance Abernathy {chair}-{day}-{start}"
                    builders.book(
                        unit,
                        monday + timedelta(days=day),
                        coordinator,
                        chair=unit.chairs.all()[chair],
                        start=start,
                        name=name,
                    )
        page = show(signed_in, day=monday.isoformat()).content
        assert page.count(b"is-booked") > 80
        assert len(page) <= MOST_BYTES, len(page)
        assert b"{#" not in page


def test_a_day_that_the_family_cannot_do_says_so_and_not_that_there_is_no_room(signed_in, unit, monday):
    tuesday = monday + timedelta(days=1)
    course = builders.course(builders.patient(), unit, impossible_weekdays=[3])
    course.impossible_dates.create(first_day=tuesday, last_day=tuesday)
    page = show(signed_in, day=monday.isoformat(), **{"for": course.pk}).content.decode()
    assert page.count("The family cannot come") == 2
    assert "No room" not in page
    assert "The family cannot come" not in show(signed_in, day=monday.isoformat()).content.decode()
