"""When a family cannot come: kept with the child, for each contact, until the day it ends."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from patients.log_words import lines
from patients.models import AuditEvent
from scheduling.booking import bookings
from scheduling.booking.child_limits import Limits, limits_of, set_limits
from scheduling.models import ChildLimits, Task, TaskKind
from scheduling.pages.booking.limits_words import limits_in_words
from scheduling.rules import Placement, Rule, find_offers, objections
from scheduling.states import CourseStatus
from scheduling.unit.course_requests import request_for, requests_for
from scheduling.unit.diary_rows import diary_for_search, load_diary
from tests import builders
from tests.addresses import at
from tests.reading import text_of

A_DAY = timedelta(days=1)
WEDNESDAY = 2


@pytest.fixture
def unit(db):
    return builders.unit()


@pytest.fixture
def mother(unit):
    return builders.contact(builders.patient(), "Jo Halloway")


def say(mother, by, contact=None, **said):
    set_limits(patient=mother.patient, contact=contact or mother, said=Limits(**said), by=by)


def broken(course, day, start=9 * 60):
    """The rules against a visit of one day on that day."""
    course.days = 1
    placement = Placement(request_for(course), tuple(builders.visits(course, day, start=start)))
    return {each.rule for each in objections(placement, load_diary(course.unit, day, day, timezone.now()))}


@pytest.mark.parametrize("before", [0, 7])
def test_a_weekday_ends_with_its_last_day_and_then_counts_no_more(unit, mother, coordinator, before):
    """Three Wednesdays: one before the end, one on it, one after."""
    last = builders.next_monday(3) + timedelta(days=WEDNESDAY)
    course = builders.course(mother.patient, unit)
    say(mother, coordinator, weekdays=frozenset({WEDNESDAY}), weekdays_until=last - timedelta(before))
    held = [broken(course, last + timedelta(days=n)) for n in (-7, 0, 7)]
    expected = [{Rule.FAMILY_DATE}, {Rule.FAMILY_DATE} if not before else set(), set()]
    assert held == expected
    assert broken(course, last - A_DAY) == set()


def test_an_earliest_time_ends_with_its_last_day(unit, mother, coordinator):
    last = builders.next_monday(2)
    course = builders.course(mother.patient, unit)
    say(mother, coordinator, not_before=time(10), not_before_until=last)
    assert broken(course, last) == {Rule.FAMILY_TIME}
    assert broken(course, last, start=10 * 60) == set()
    assert broken(course, last + A_DAY) == set()


def test_what_has_no_end_holds_for_every_course_to_come(unit, mother, coordinator):
    monday = builders.next_monday()
    dates = frozenset({(monday, monday + A_DAY)})
    say(mother, coordinator, weekdays=frozenset({WEDNESDAY}), dates=dates, not_before=time(9, 30))
    builders.past_course(mother.patient, unit, timezone.localdate() - timedelta(days=100))
    asked = request_for(builders.course(mother.patient, unit))
    assert (asked.impossible_weekdays, asked.impossible_dates, asked.not_before) == (
        {WEDNESDAY},
        ((monday, monday + A_DAY),),
        570,
    )
    assert asked.not_before_until == ()


def test_everybodys_limits_and_the_courses_own_count_together(unit, mother, coordinator):
    father = builders.contact(mother.patient, "Max Rowe")
    monday = builders.next_monday()
    course = builders.course(mother.patient, unit, impossible_weekdays=[0], not_before=time(8, 30))
    course.impossible_dates.create(first_day=monday, last_day=monday)
    say(mother, coordinator, weekdays=frozenset({1, 2}), dates=frozenset({(monday, monday)}))
    say(mother, coordinator, father, weekdays=frozenset({2, 3}), not_before=time(9))
    set_limits(patient=mother.patient, contact=None, said=Limits(not_before=time(8)), by=coordinator)
    asked = request_for(course)
    assert (asked.impossible_weekdays, asked.not_before) == ({0, 1, 2, 3}, 540)
    assert asked.impossible_dates == ((monday, monday),)
    other = builders.course(builders.patient("Bo Finch"), unit)
    found = requests_for(type(course).objects.order_by("pk"))
    assert found == {course: asked, other: request_for(other)}
    assert not found[other].has_family_limits
    assert limits_of(mother.patient_id, father).weekdays == {2, 3}


def test_the_search_offers_no_day_on_which_a_limit_still_holds(unit, mother, coordinator):
    monday = builders.next_monday()
    course = builders.course(mother.patient, unit, earliest=monday)
    every_day = frozenset(range(5))
    say(mother, coordinator, weekdays=every_day, weekdays_until=monday + timedelta(days=8))
    offer = find_offers(request_for(course), diary_for_search(unit, timezone.now()), 1)[0]
    assert offer.placement.first_day == monday + timedelta(days=9)


def test_a_booked_course_that_no_longer_suits_the_family_is_a_task_until_it_does(unit, mother, coordinator):
    monday = builders.next_monday(2)
    course = builders.course(mother.patient, unit)
    bookings.book(course=course, visits=builders.visits(course, monday), by=coordinator)
    say(mother, coordinator, weekdays=frozenset({1}), weekdays_until=monday)
    assert not Task.objects.open().filter(kind=TaskKind.MISFIT).exists()
    say(mother, coordinator, weekdays=frozenset({1}), weekdays_until=monday + A_DAY)
    assert Task.objects.open().get(kind=TaskKind.MISFIT).course_id == course.pk
    say(mother, coordinator)
    assert not Task.objects.open().filter(kind=TaskKind.MISFIT).exists()


def test_the_log_says_in_words_what_was_changed(unit, mother, coordinator):
    day = timezone.localdate().replace(month=12, day=24)
    say(mother, coordinator)
    assert not ChildLimits.objects.exists()
    say(mother, coordinator, weekdays=frozenset({2}), weekdays_until=day, dates=frozenset({(day, day)}))
    say(mother, coordinator, weekdays=frozenset({2}), weekdays_until=day, not_before=time(9))
    say(mother, coordinator, weekdays=frozenset({2}), weekdays_until=day, not_before=time(9))
    added, changed = AuditEvent.objects.filter(record="childlimits").order_by("pk")
    assert {"weekdays they cannot do: Wednesday", f"weekdays until: 24 December {day.year}"} <= {
        str(line) for line in lines([added])[0]
    }
    assert [str(line) for line in lines([changed])[0]] == [
        f"Dates they cannot do: {day:%a} 24 Dec {day.year} → nothing",
        "cannot arrive before: nothing → 9am",
    ]
    assert changed.patient_id == mother.patient_id


def test_what_has_ended_is_in_no_list(unit, mother, coordinator, time_machine):
    today = timezone.localdate()
    said = {"weekdays": frozenset({2}), "weekdays_until": today, "dates": frozenset({(today, today)})}
    say(mother, coordinator, **said, not_before=time(9), not_before_until=today)
    row = ChildLimits.objects.get()
    assert limits_in_words([row, row]).count(",") == 2
    assert limits_in_words([row]).startswith("Wednesdays until ")
    time_machine.move_to(timezone.now() + A_DAY)
    assert limits_in_words([row]) == ""


class TestThePage:
    @pytest.fixture(autouse=True)
    def signed_in(self, client, coordinator):
        client.force_login(coordinator)

    def address(self, mother, contact=None):
        return at("change_limits", mother.patient) + (f"?contact={contact.pk}" if contact else "")

    def test_the_childs_page_shows_each_persons_limits_and_a_new_course_starts_from_them(
        self, client, unit, mother
    ):
        until = timezone.localdate() + timedelta(days=50)
        typed = {"impossible_weekdays": ["2"], "weekdays_until": f"{until.day} {until.month} {until.year}"}
        client.post(self.address(mother, mother), typed | {"not_before": "9:30am"})
        client.post(self.address(mother), {"impossible_weekdays": ["4"]})
        page = text_of(client.get(mother.patient.get_absolute_url()))
        assert "The whole family Fridays Change when the whole family cannot come" in page
        assert f"Jo Halloway Wednesdays until {until.day} " in page
        assert "Before 9:30am" in page
        hint = client.get(at("agree_course", mother.patient)).context["form"].fields["impossible_weekdays"]
        assert hint.help_text.startswith("Already kept to, in every course: Wednesdays until ")
        assert ", before 9:30am, Fridays. Select only" in hint.help_text
        course = builders.course(mother.patient, unit)
        for name in ("show_course", "find_slot"):
            assert "Wednesdays until" in text_of(client.get(at(name, course)))
        course.status = CourseStatus.CANCELLED
        course.save()
        assert "Wednesdays until" not in text_of(client.get(at("show_course", course)))

    @pytest.mark.parametrize(
        ("field", "days", "beside", "wrong"),
        [
            ("weekdays_until", -1, {"impossible_weekdays": ["2"]}, "Write a date from today on"),
            ("weekdays_until", 0, {"impossible_weekdays": ["2"]}, ""),
            ("weekdays_until", 730, {"impossible_weekdays": ["2"]}, ""),
            (
                "weekdays_until",
                731,
                {"impossible_weekdays": ["2"]},
                "Only write dates within the next 2 years",
            ),
            ("weekdays_until", 1, {}, "Tick the days of the week, or leave this date empty"),
            ("not_before_until", 1, {}, "Write the earliest time, or leave this date empty"),
            ("not_before_until", 1, {"not_before": "9am"}, ""),
        ],
    )
    def test_an_end_is_a_date_to_come_of_something(self, client, mother, field, days, beside, wrong):
        day = timezone.localdate() + timedelta(days=days)
        page = client.post(
            self.address(mother, mother), beside | {field: f"{day.day} {day.month} {day.year}"}
        )
        assert (page.status_code == 302) == (not wrong)
        if wrong:
            assert page.context["form"].errors == {field: [wrong]}

    def test_what_has_ended_is_not_filled_in_again(self, client, mother, coordinator, time_machine):
        today = timezone.localdate()
        say(mother, coordinator, weekdays=frozenset({2}), weekdays_until=today, not_before=time(9))
        names = ("impossible_weekdays", "weekdays_until", "not_before")
        form = client.get(self.address(mother, mother)).context["form"]
        assert [form[name].value() for name in names] == [
            [2],
            f"{today.day} {today.month} {today.year}",
            "9am",
        ]
        time_machine.move_to(timezone.now() + A_DAY)
        client.force_login(coordinator)
        form = client.get(self.address(mother, mother)).context["form"]
        assert [form[name].value() for name in names] == [[], None, "9am"]

    def test_a_colleagues_change_is_not_saved_over(self, client, mother, coordinator):
        seen = client.get(self.address(mother, mother)).context["form"]["seen"].value()
        say(mother, coordinator, weekdays=frozenset({3}))
        page = client.post(self.address(mother, mother), {"impossible_weekdays": ["2"], "seen": seen})
        assert (page.status_code, limits_of(mother.patient_id, mother).weekdays) == (409, {3})

    @pytest.mark.parametrize("contact", ["0", "x", "99999999999999999999", ""])
    def test_a_contact_of_another_child_is_not_found(self, client, mother, contact):
        stranger = builders.contact(builders.patient("Bo Finch"), "Pat Finch")
        for pk in (contact, stranger.pk):
            page = client.get(f"{at('change_limits', mother.patient)}?contact={pk}")
            assert page.status_code == 404
