"""The diary that a process keeps for its searches: as new as its version, and no more read than needed."""

from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from scheduling.booking import bookings, holds
from scheduling.models import Booking, Closure
from scheduling.rules import find_offers
from scheduling.unit import setup
from scheduling.unit.course_requests import request_for
from scheduling.unit.diary_rows import diary_for_search, load_diary
from tests import builders

pytestmark = pytest.mark.django_db

# The unit with its version, its hours, closures, nurses of single days, chairs, holds that have lapsed; then
# the bookings of four weeks, and of four more if the days asked about lie on the border.
NEW = 8


@pytest.fixture
def unit():
    return builders.unit()


@pytest.fixture
def monday():
    return builders.next_monday(2)


def search(unit, **asked):
    now = timezone.now()
    course = builders.course(builders.patient(), unit, **asked)
    request = request_for(course)
    return lambda: find_offers(request, diary_for_search(unit, now))


def test_while_nothing_changes_a_search_costs_one_query(
    unit, monday, django_assert_num_queries, django_assert_max_num_queries
):
    ask = search(unit, target=monday)
    with django_assert_max_num_queries(NEW):
        first = ask()
    with django_assert_num_queries(1):
        assert ask() == first


def test_and_none_where_the_unit_has_just_been_read(unit, monday, coordinator, django_assert_num_queries):
    """A hold that lapses meanwhile is seen without one; another version of the unit is."""
    now = timezone.now()
    course = builders.course(builders.patient(), unit)
    holds.hold(
        course=course, visits=builders.visits(course, monday), until=now + timedelta(hours=5), by=coordinator
    )
    unit.refresh_from_db()
    taken = diary_for_search(unit, now, is_fresh=True).taken_on(monday)
    with django_assert_num_queries(0):
        assert diary_for_search(unit, now, is_fresh=True).taken_on(monday) == taken
        later = diary_for_search(unit, now + timedelta(hours=6), is_fresh=True)
        assert (len(taken), len(later.taken_on(monday))) == (1, 0)
    holds.release(course=course, by=coordinator)
    unit.refresh_from_db()
    assert diary_for_search(unit, now, is_fresh=True).taken_on(monday) == ()


def test_only_the_weeks_that_are_asked_about_are_read(unit, monday, django_assert_max_num_queries):
    far = monday + timedelta(weeks=60)
    search(unit, target=monday)()
    ask = search(unit, target=far)
    with django_assert_max_num_queries(2 + 2):
        offers = ask()

    assert abs((offers[0].placement.first_day - far).days) < 7
    taken = diary_for_search(unit, timezone.now()).taken
    assert len(taken._pieces) * taken.DAYS <= 16 * 7, "around both targets, and nothing between"


def test_a_booking_is_seen_by_the_next_search(unit, monday, coordinator):
    for chair in list(unit.chairs.all())[1:]:
        chair.in_use = False
        chair.save()
    ask = search(unit, earliest=monday, latest=monday, minutes=360)
    assert ask()
    other = builders.course(builders.patient("Bea Lark"), unit)
    bookings.book(course=other, visits=builders.visits(other, monday, start=10 * 60), by=coordinator)

    assert ask() == ()


def test_a_closure_is_seen_by_the_next_search(unit, monday, lead):
    ask = search(unit, earliest=monday, latest=monday)
    assert ask()
    closure = Closure(unit=unit, first_day=monday, last_day=monday, reason="deep clean")
    setup.close_days(closure=closure, seen=(), by=lead)

    assert ask() == ()


def test_each_unit_has_its_own(unit, monday):
    other = builders.unit(chairs=1)
    builders.take(other.chairs.get(), monday, time(8), time(18))
    here, there = search(unit, earliest=monday, latest=monday), search(other, earliest=monday, latest=monday)

    assert here()
    assert there() == ()


def test_what_is_kept_is_what_an_action_would_read(unit, monday, coordinator):
    """Odd minutes, a night, two clock changes, a chair out of use."""
    chair = unit.chairs.first()
    zone = timezone.get_default_timezone()
    now = timezone.now()
    for n, (start, hours) in enumerate([(time(9, 50), 4), (time(22), 30), (time(0), 24), (time(0, 30), 3)]):
        begin = timezone.make_aware(timezone.datetime.combine(monday + timedelta(days=3 * n), start), zone)
        Booking.objects.create(
            chair=chair, starts_at=begin, ends_at=begin + timedelta(hours=hours), taken_for="repair"
        )
    summer = date(monday.year + 1, 7, 7)
    builders.take(chair, summer, time(9, 50), time(13, 50))
    first, last = timezone.localdate(now), summer + timedelta(days=1)
    loaded, kept = load_diary(unit, first, last, now), diary_for_search(unit, now)

    for day in (monday, summer):
        assert [(row.start, row.end) for row in kept.taken_on(day)] == [(9 * 60 + 50, 13 * 60 + 50)]
    night = [
        [(row.start, row.end) for row in kept.taken_on(monday + timedelta(days=3 + n))] for n in range(3)
    ]
    assert night == [[(22 * 60, 24 * 60)], [(0, 24 * 60)], [(0, 4 * 60)]]
    for n in range((last - first).days):
        day = first + timedelta(days=n)
        assert sorted(map(repr, kept.taken_on(day))) == sorted(map(repr, loaded.taken_on(day)))
        assert kept.calendar.hours_on(day) == loaded.calendar.hours_on(day)


def test_a_new_day_is_read_anew(unit):
    now = timezone.now()
    today = diary_for_search(unit, now)
    later, tomorrow = diary_for_search(unit, now), diary_for_search(unit, now + timedelta(days=1))

    assert tomorrow.today == timezone.localdate(now) + timedelta(days=1)
    assert later.taken is today.taken
    assert tomorrow.taken is not today.taken
