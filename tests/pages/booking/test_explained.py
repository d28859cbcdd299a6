"""A search that finds nothing, or nothing sooner, says why and what would make room."""

import re
from datetime import date, time, timedelta

import pytest

from crmo_clinic.nhsuk.wording import long_date
from scheduling.booking import bookings
from scheduling.models import Closure, Course
from tests import builders
from tests.addresses import at
from tests.reading import folded


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def monday():
    return builders.next_monday(2)


@pytest.fixture
def unit(db):
    return builders.unit(chairs=1)


@pytest.fixture
def course(unit, monday):
    """Monday or Tuesday in two weeks, and both are full."""
    for n in range(3):
        builders.take(unit.chairs.get(), monday + timedelta(days=n), time(8), time(16), "bone scan")
    return builders.course(at=unit, earliest=monday, latest=monday + timedelta(days=1), minutes=300)


def links(response, section):
    """Words and address of each link after a heading."""
    part = folded(response).split(section)[1].split("<h2")[0]
    return re.findall(r'<a class="nhsuk-link" href="([^"]+)">([^<]+)<', part)


def test_an_empty_answer_counts_what_stood_in_the_way(page, course):
    answer = folded(page.get(at("find_slot", course)))

    assert "No 2 days in a row fit" in answer
    assert "2 first days looked at: no chair free for long enough (2 days)." in answer
    assert f"No chair is free for 5 hours on Monday {course.earliest.day}" in answer


def test_each_way_out_leads_to_the_form_with_the_change_filled_in(page, course, monday):
    response = page.get(at("find_slot", course))
    ((later, words), (sooner, _)) = links(response, "Ask the clinician")
    form = page.get(later.replace("&amp;", "&"))

    assert words == f"from {long_date(monday + timedelta(days=3))}, after the latest first day"
    assert form.context["form"]["latest"].value() == monday + timedelta(days=3)
    assert "Filled in by the search, and not saved yet: Latest first day." in folded(form)
    assert f"earliest={monday - timedelta(days=4)}" in sooner
    course.refresh_from_db()
    assert course.latest == monday + timedelta(days=1), "looking changes nothing"


def test_only_where_there_are_several_ways_out_is_each_enough(page, course, monday):
    assert "Each of these alone is enough. Nothing changes" in folded(page.get(at("find_slot", course)))
    course.earliest, course.latest = None, monday - timedelta(weeks=6)
    course.save()
    answer = folded(page.get(at("find_slot", course)))

    assert answer.count("It would fit") == 1
    assert "alone is enough" not in answer


def test_the_change_saved_leads_back_to_a_search_that_finds_it(page, course):
    response = page.get(at("find_slot", course))
    ((later, _), _) = links(response, "Ask the clinician")
    form = page.get(later).context["form"]
    saved = page.post(later, sent_by(form), follow=True)

    assert saved.redirect_chain[-1][0] == at("find_slot", course)
    assert [card.days[0][0].day for card in saved.context["cards"]] == [Course.objects.get().latest]


def sent_by(form):
    """What a browser sends for a form as it is shown."""
    sent = {}
    for bound in form:
        value = bound.value()
        if isinstance(value, date):
            sent |= {f"{bound.name}_{part}": getattr(value, part) for part in ("day", "month", "year")}
        elif value not in (None, ""):
            sent[bound.name] = bound.field.prepare_value(value)
    return sent


def test_a_suggestion_is_no_colleagues_change(page, course, monday):
    """The page says which values it was drawn from, and they are the saved ones."""
    address = f"{at('change_course', course)}?latest={monday + timedelta(days=9)}"
    form = page.get(address).context["form"]
    again = page.post(address, sent_by(form) | {"latest_day": "", "latest_month": "", "latest_year": ""})

    assert again.status_code == 302
    assert Course.objects.get().latest is None


@pytest.mark.parametrize(
    "rubbish", ["latest=soon", "minutes=x", "impossible_dates=2027-01-01", "not_before=9999"]
)
def test_rubbish_in_the_address_suggests_nothing(page, course, rubbish):
    response = page.get(f"{at('change_course', course)}?{rubbish}")

    assert response.status_code == 200
    assert "Filled in by the search" not in folded(response)


def test_the_familys_limits_are_asked_about_one_by_one(page, unit, monday):
    course = builders.course(
        at=unit,
        earliest=monday,
        latest=monday + timedelta(days=1),
        impossible_weekdays=[1, 5],
        not_before=time(10, 30),
    )
    ((address, words),) = links(page.get(at("find_slot", course)), "Ask the family")
    form = page.get(address).context["form"]

    assert words == "if the family could come on Tuesdays"
    assert form["impossible_weekdays"].value() == [5]
    assert form["not_before"].value() == "10:30am"


def test_what_holds_for_every_course_is_asked_about_with_the_child(page, unit, monday):
    course = builders.course(at=unit, earliest=monday, latest=monday, impossible_weekdays=[5])
    limits = course.patient.family_limits
    limits.create(impossible_weekdays=[1])
    with_child = at("show_limits", course.patient)
    assert links(page.get(at("find_slot", course)), "Ask the family") == [
        (with_child, "if the family could come on Tuesdays")
    ]
    limits.update(impossible_weekdays=[], impossible_dates=[[f"{monday}", f"{monday}"]])
    ((address, _),) = links(page.get(at("find_slot", course)), "Ask the family")
    assert address == with_child
    limits.update(impossible_dates=[], not_before=time(17))
    course.not_before = time(16)
    course.save()
    ((address, words),) = links(page.get(at("find_slot", course)), "Ask the family")
    assert (address, words) == (with_child, "if the family could start at 2pm")


def test_of_a_weekday_that_ends_only_the_next_dates_are_asked_about(page, unit, monday):
    course = builders.course(at=unit, earliest=monday, latest=monday + timedelta(weeks=6))
    ends = monday + timedelta(weeks=30)
    course.patient.family_limits.create(impossible_weekdays=[1, 3], weekdays_until=ends)
    asked = links(page.get(at("find_slot", course)), "Ask the family")
    assert len(asked) == 3


def test_dates_and_times_of_the_family_are_filled_in_too(page, unit, monday):
    course = builders.course(
        at=unit, earliest=monday, latest=monday, minutes=360, not_before=time(13), impossible_weekdays=[4]
    )
    found = dict(map(reversed, links(page.get(at("find_slot", course)), "Ask the family")))
    form = page.get(found["if the family could start at midday"]).context["form"]
    assert form["not_before"].value() == "midday"

    course.impossible_dates.create(first_day=monday, last_day=monday)
    course.impossible_dates.create(first_day=date(2030, 1, 7), last_day=date(2030, 1, 8))
    course.not_before = None
    course.save()
    ((address, _),) = links(page.get(at("find_slot", course)), "Ask the family")
    form = page.get(address).context["form"]
    assert form["impossible_dates"].value() == "7 January 2030 to 8 January 2030"


def test_a_nurse_more_leads_to_the_nurses_of_that_day(page, lead, monday):
    unit = builders.unit(chairs=3, nurses=1, cannulation_minutes=30, children_per_nurse=1)
    other = builders.course(at=unit)
    bookings.book(course=other, visits=builders.visits(other, monday, start=12 * 60), by=lead)
    course = builders.course(
        builders.patient("Bea Lark"), unit, earliest=monday, latest=monday, minutes=300, days=1
    )
    answer = page.get(at("find_slot", course))

    assert f"with a second nurse on {long_date(monday)}" in folded(answer)
    assert "too few nurses for the hours after (1 day)" in folded(answer)
    ((address, _),) = links(answer, "Ask the unit lead")
    form = page.get(address.replace("&amp;", "&")).context["form"]
    assert (form["day"].value(), form["nurses"].value()) == (monday, 2)


def test_without_any_way_out_none_is_promised(page, course):
    Closure.objects.create(
        unit=course.unit, first_day=date(2026, 1, 1), last_day=date(2040, 1, 1), reason="rebuilding"
    )
    answer = folded(page.get(at("find_slot", course)))

    assert "What would make room" not in answer
    assert "unit closed (2 days)" in answer


def test_a_booked_course_is_not_offered_shorter_visits_nor_its_own_place(page, unit, monday, coordinator):
    course = builders.course(at=unit, earliest=monday, latest=monday, minutes=360, not_before=time(9))
    visits = builders.visits(course, monday, start=9 * 60)
    bookings.book(course=course, visits=visits, by=coordinator)
    for n in range(2):
        builders.take(unit.chairs.get(), monday + timedelta(days=n), time(15), time(18), "bone scan")
    answer = folded(page.get(at("find_slot", course)))

    assert "except where the course stands now" in answer
    assert "with visits of" not in answer
    assert answer.count("It would fit") == 3, "later, sooner, and an hour earlier"


def test_why_not_sooner_names_the_first_rule_for_each_earlier_day(page, course, monday):
    course.latest = None
    course.save()
    Closure.objects.create(
        unit=course.unit,
        first_day=monday + timedelta(days=1),
        last_day=monday + timedelta(days=1),
        reason="deep clean",
    )
    first = page.get(at("find_slot", course)).context["cards"][0].first_day
    answer = folded(page.get(at("why_not_sooner", course), {"than": first}))

    assert "Why not sooner than" in answer
    assert f"The clinician’s earliest first day is {long_date(monday)}" in answer
    assert "unit closed (1 day), next day closed (1 day), no chair free for long enough (1 day)" in answer
    assert "closed (deep clean)" in answer


def test_an_earlier_day_that_was_possible_leads_to_its_times(page, monday):
    course = builders.course(at=builders.unit(), target=monday + timedelta(days=2))
    first, *_ = page.get(at("find_slot", course)).context["cards"]
    answer = folded(page.get(at("why_not_sooner", course), {"than": first.first_day}))

    assert first.first_day == str(monday + timedelta(days=2))
    assert f'href="{at("find_slot", course)}?only={monday}"' in answer
    assert "possible (" in answer


def test_the_soonest_day_of_all_has_no_why(page, course, monday):
    course.latest = course.earliest = None
    course.target = monday
    course.save()
    soonest = page.get(at("find_slot", course)).context["soonest"]

    assert "There is no earlier day" in folded(page.get(at("why_not_sooner", course), {"than": soonest}))


@pytest.mark.parametrize("than", ["", "soon"])
def test_why_not_sooner_without_a_day_leads_to_the_search(page, course, than):
    response = page.get(at("why_not_sooner", course), {"than": than})

    assert response.headers["Location"] == at("find_slot", course)


def test_a_single_day_that_cannot_be_says_why(page, course, monday):
    assert "No chair is free for 5 hours" in folded(page.get(at("find_slot", course), {"only": monday}))
    later = {"only": monday + timedelta(days=7)}
    assert "is after the clinician’s latest date" in folded(page.get(at("find_slot", course), later))


def test_the_points_of_the_unit_decide_the_order(page, course, monday):
    """A unit for which only the hour of the day counts starts on any day, early."""
    unit = course.unit
    unit.points_day_from_target = 0
    unit.save()
    builders.take(unit.chairs.get(), monday + timedelta(days=3), time(8), time(9), "cleaning")
    course.latest = monday + timedelta(days=9)
    course.save()
    first = page.get(at("find_slot", course)).context["cards"][0].days[0][0]

    assert first.start == 8 * 60
