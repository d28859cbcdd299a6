"""Find a slot, check, confirm, move and cancel, through the pages."""

import re
from datetime import time, timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from scheduling.booking import bookings
from scheduling.models import CancelReason, Closure, Message, OpeningHours, Session
from scheduling.pages.booking.placement_forms import check_address
from scheduling.templatetags.scheduling import latest_starts
from scheduling.unit import setup
from scheduling.unit.lock import lock_unit
from tests import builders
from tests.addresses import at
from tests.reading import folded, text_of


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def course(db):
    patient = builders.patient("Ada Lark")
    builders.contact(patient, "Mia Lark", email="mia@example.com")
    builders.contact(patient, "Pa Lark", email="", phone="+447700900222", may_receive_invites=False)
    return builders.course(patient, builders.unit(), target=builders.next_monday(2))


def typed(day, **fields):
    return {
        "first_day_day": day.day,
        "first_day_month": day.month,
        "first_day_year": day.year,
        "start_1": "9am",
        **fields,
    }


def confirmed(check):
    """What the form on the check page sends."""
    return check.context["fields"] | {"seen": seen_on(check)}


def seen_on(page):
    """The version of the course that a page was drawn from."""
    return re.search(r'name="seen" value="([^"]+)"', page.content.decode())[1]


def test_the_best_pair_comes_first_with_its_reasons(page, course):
    cards = page.get(at("find_slot", course)).context["cards"]
    assert cards[0].days[0][0].day == course.target
    assert "On the target date" in cards[0].reasons
    assert len(cards) == 10


def test_an_offer_says_until_when_each_drip_can_start(page, course):
    """Four hours in a unit that closes at 6pm; on the second day both chairs are needed at 3:30pm."""
    asked = {"only": course.target.isoformat()}
    [card, *_] = page.get(at("find_slot", course), asked).context["cards"]
    assert latest_starts(card) == "Latest start 2pm on each day"
    for chair in course.unit.chairs.all():
        builders.take(chair, course.target + timedelta(days=1), time(15, 30), time(16))
    lock_unit(course.unit_id)
    offered = page.get(at("find_slot", course), asked)
    [card, *_] = offered.context["cards"]
    assert latest_starts(card) == "Latest start Monday 2pm, Tuesday 11:30am"
    assert "Latest start Monday 2pm, Tuesday 11:30am" in folded(offered)


def test_an_offer_leads_through_check_and_confirm_to_a_booked_course(page, course):
    card = page.get(at("find_slot", course)).context["cards"][0]
    check = page.get(card.address)
    assert "Check before you book" in folded(check)
    assert "mia@example.com" in folded(check)
    assert "Phone 07700 900222" in text_of(check)
    assert "One mail goes out for each day." in text_of(check)
    assert not Session.objects.exists(), "a GET books nothing"
    done = page.post(at("check_slot", course), confirmed(check), follow=True)
    assert "Course booked" in folded(done)
    assert folded(done).count("mia@example.com") == 2
    assert "07700 900222" in folded(done)
    assert Session.objects.count() == 2


def test_more_days_can_be_asked_for(page, course):
    assert len(page.get(at("find_slot", course), {"show": "20"}).context["cards"]) == 20
    assert len(page.get(at("find_slot", course), {"show": "nonsense"}).context["cards"]) == 10


def test_other_times_on_the_same_days(page, course):
    cards = page.get(at("find_slot", course), {"only": course.target.isoformat()}).context["cards"]
    starts = [card.days[0][0].start for card in cards]
    assert {card.days[0][0].day for card in cards} == {course.target}
    assert starts == sorted(set(starts))
    assert len(starts) > 10
    for rubbish in ("2027-99-99", "9999-12-31", "x"):
        assert len(page.get(at("find_slot", course), {"only": rubbish}).context["cards"]) == 10


def test_any_start_may_be_typed_by_hand_and_a_free_chair_is_found(page, course):
    first_chair = course.unit.chairs.first()
    builders.take(first_chair, course.target + timedelta(days=1), *_eight_to_six())
    check = page.get(at("check_slot", course), typed(course.target, start_1="10:15"))
    assert [(v.start, chair) for v, chair in check.context["visits"]] == [(615, "Chair 2"), (615, "Chair 2")]


def test_two_starts_may_be_typed(page, course):
    check = page.get(at("check_slot", course), typed(course.target, start_2="1pm"))
    assert [visit.start for visit, _ in check.context["visits"]] == [540, 780]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"start_1": ""}, "Enter the start time"),
        ({"start_1": "nine"}, "Start time must be a time, like 9am"),
        ({"first_day_month": "13"}, "First day must be a real date"),
        ({"start_1": "9:05am"}, "9:05am"),
        ({"start_1": "7am"}, "8am"),
        ({"start_1": "4pm"}, "6pm"),
        ({"chair_1": "99999"}, "from the list"),
    ],
)
def test_a_start_that_cannot_be_comes_back_with_the_reason_and_what_was_typed(page, course, change, sentence):
    response = page.get(at("check_slot", course), typed(course.target, **change))
    assert sentence in folded(response)
    assert "<title>Error: Find a slot" in folded(response)
    assert f'value="{course.target.year}"' in folded(response)
    assert "Choose" in folded(response), "the offers are there too"


def test_a_weekend_is_refused_by_name(page, course):
    response = page.get(at("check_slot", course), typed(course.target + timedelta(days=4)))
    assert response.status_code == 409
    assert "Saturday" in folded(response)


def test_a_slot_taken_meanwhile_comes_back_with_what_happened_and_other_offers(page, course, coordinator):
    check = page.get(check_address(course, builders.visits(course, course.target)))
    other = builders.course(builders.patient("Ben Wren"), course.unit)
    bookings.book(course=other, visits=builders.visits(other, course.target), by=coordinator)
    response = page.post(at("check_slot", course), confirmed(check))
    assert response.status_code == 409
    assert "Chair 1 is taken from 9am to 1pm" in folded(response)
    assert response.context["cards"]
    assert course.sessions.count() == 0


def test_a_course_booked_meanwhile_says_so(page, course, coordinator):
    check = page.get(check_address(course, builders.visits(course, course.target + timedelta(days=7))))
    bookings.book(course=course, visits=builders.visits(course, course.target), by=coordinator)
    response = page.post(at("check_slot", course), confirmed(check))
    assert response.status_code == 409
    [sentence] = response.context["form"].non_field_errors()
    assert re.fullmatch(
        r"Cora Coordinator booked this course at [\d:]+[ap]m today, while you were on this page, "
        r"so nothing was done\. It is booked now: [\w ]+, 9am to 1pm, Chair 1; [\w ]+, 9am to 1pm, Chair 1\.",
        sentence,
    )
    assert course.sessions.first().day == course.target


def test_a_second_click_on_confirm_shows_what_the_first_did(page, course):
    check = page.get(page.get(at("find_slot", course)).context["cards"][0].address)
    for _ in range(2):
        done = page.post(at("check_slot", course), confirmed(check), follow=True)
        assert "Course booked" in folded(done)
    assert course.sessions.count() == 2


def test_a_course_moves_with_a_reason(page, course, coordinator):
    bookings.book(course=course, visits=builders.visits(course, course.target), by=coordinator)
    check = page.get(check_address(course, builders.visits(course, course.target + timedelta(days=7))))
    refused = page.post(at("check_slot", course), confirmed(check))
    assert "Select why the course is moved" in folded(refused)
    done = page.post(at("check_slot", course), confirmed(refused) | {"reason": "family_request"}, follow=True)
    assert "Course moved" in folded(done)
    assert "Changed: Hospital visit, day 1 of 2" in folded(done)
    assert Session.objects.first().day == course.target + timedelta(days=7)


def test_a_booked_course_is_not_offered_where_it_is(page, course, coordinator):
    card = page.get(at("find_slot", course)).context["cards"][0]
    bookings.book(course=course, visits=[visit for visit, _ in card.days], by=coordinator)
    cards = page.get(at("find_slot", course)).context["cards"]
    assert card.days not in [other.days for other in cards]
    assert len(cards) == 10


def test_a_move_that_nobody_is_mailed_about_asks_to_ring(page, course, coordinator):
    course.patient.contacts.update(may_receive_invites=False)
    bookings.book(course=course, visits=builders.visits(course, course.target), by=coordinator)
    check = page.get(check_address(course, builders.visits(course, course.target + timedelta(days=7))))
    done = page.post(at("check_slot", course), confirmed(check) | {"reason": "family_request"}, follow=True)
    assert "Ring the family: they do not know it yet." in folded(done)


def test_a_restriction_is_said_with_its_reason_wherever_one_acts(page, course, coordinator):
    course.patient.restricted, course.patient.restricted_because = True, "Court order: ring the social worker"
    course.patient.save()
    check = page.get(check_address(course, builders.visits(course, course.target)))
    done = page.post(at("check_slot", course), confirmed(check), follow=True)
    pages = [check, done, page.get(at("cancel_course", course)), page.get(at("show_course", course))]
    for shown in [
        *pages,
        page.post(at("cancel_course", course), {"reason": "family_unwell", "then": "back"}),
    ]:
        assert "Court order: ring the social worker" in folded(shown)
        assert "07700 900222" not in folded(shown)


def test_a_course_is_cancelled_after_a_check_and_waits_again(page, course, coordinator):
    bookings.book(course=course, visits=builders.visits(course, course.target), by=coordinator)
    answers = {"reason": "family_unwell", "then": "back"}
    check = page.post(at("cancel_course", course), answers)
    assert "Check before you cancel" in folded(check)
    assert "mia@example.com" in folded(check)
    course.refresh_from_db()
    assert course.status == "booked"
    answers |= {"confirmed": "yes", "seen": seen_on(check)}
    for _ in range(2):
        done = page.post(at("cancel_course", course), answers, follow=True)
        assert "back on the waiting list" in folded(done)
        assert "Cancelled: Hospital visit, day 1 of 2" in folded(done)
        course.refresh_from_db()
        assert course.status == "waiting", "the second click does not end the course"


@pytest.mark.parametrize("name", ["cancel_course", "find_slot", "check_slot"])
def test_a_course_that_has_begun_is_neither_moved_nor_cancelled_and_nobody_types_for_nothing(
    page, course, name
):
    begun = builders.begun_course(course.unit, timezone.localdate() - timedelta(days=1), name="Ben Wren")
    for said in (page.get(at(name, begun), follow=True), page.post(at("cancel_course", begun), follow=True)):
        assert said.redirect_chain[-1][0] == begun.get_absolute_url()
        assert "This course has begun" in folded(said)
        assert "say so beside that day" in folded(said)
        assert "Move the course" not in folded(said)
        assert "Cancel the course" not in folded(said)


def test_a_stale_cancellation_cancels_nothing(page, course, coordinator):
    bookings.book(course=course, visits=builders.visits(course, course.target), by=coordinator)
    answers = {"reason": "family_unwell", "then": "back"}
    seen = seen_on(page.post(at("cancel_course", course), answers))
    visits = builders.visits(course, course.target + timedelta(days=7))
    bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    response = page.post(at("cancel_course", course), answers | {"confirmed": "yes", "seen": seen})
    assert response.status_code == 409
    assert "nothing was done" in folded(response)
    assert course.sessions.filter(status="booked").count() == 2


def test_whoever_was_not_told_is_named_and_can_be_invited(page, course, coordinator):
    bookings.book(course=course, visits=builders.visits(course, course.target), by=coordinator)
    builders.contact(course.patient, "Nan Lark", email="nan@example.com")
    shown = page.get(at("show_course", course))
    assert "Not told of the booked days" in folded(shown)
    seen = {"seen": seen_on(page.get(at("send_invites", course)))}
    done = page.post(at("send_invites", course), seen, follow=True)
    assert folded(done).count("nan@example.com") == 2
    assert "Not told of the booked days" not in folded(page.get(at("show_course", course)))


def test_a_course_that_no_longer_fits_says_so(page, course, coordinator):
    bookings.book(course=course, visits=builders.visits(course, course.target), by=coordinator)
    closure = Closure(unit=course.unit, first_day=course.target, last_day=course.target, reason="new floor")
    setup.close_days(closure=closure, seen=[course.pk], by=coordinator)
    assert "new floor" in folded(page.get(at("show_course", course)))
    assert "1 booked course no longer fits" in folded(page.get(reverse("home")))


def test_no_free_chair_is_said_once(page, course):
    for chair in course.unit.chairs.all():
        builders.take(chair, course.target, *_eight_to_six())
    response = page.get(at("check_slot", course), typed(course.target))
    assert "No chair is free from 9am to 1pm" in folded(response)
    assert "Chair 1 is taken" not in folded(response)


def test_a_course_that_moves_does_not_stand_in_its_own_way(page, course, coordinator):
    bookings.book(course=course, visits=builders.visits(course, course.target), by=coordinator)
    builders.take(course.unit.chairs.last(), course.target, *_eight_to_six())
    check = page.get(at("check_slot", course), typed(course.target, start_1="10am"))
    assert [chair for _, chair in check.context["visits"]] == ["Chair 1", "Chair 1"]


def test_a_choice_can_be_changed_without_typing_it_again(page, course):
    check = page.get(at("check_slot", course), typed(course.target, start_1="10:15am"))
    again = page.get(f"{at('find_slot', course)}?{check.context['chosen']}")
    assert 'value="10:15am"' in folded(again)
    assert f'value="{course.target.year}"' in folded(again)


def test_a_window_that_has_passed_is_the_reason_given(page, course):
    course.latest, course.target = course.agreed_at.date() - timedelta(days=1), None
    course.save()
    assert "has passed. Ask the clinician" in folded(page.get(at("find_slot", course)))


def test_cancelling_asks_both_questions(page, course, coordinator):
    bookings.book(course=course, visits=builders.visits(course, course.target), by=coordinator)
    response = page.post(at("cancel_course", course), {"then": ""})
    assert "Select why the course is cancelled" in folded(response)
    assert "Select what happens next" in folded(response)


def test_when_nothing_fits_the_page_says_so(page, course):
    OpeningHours.objects.all().delete()
    response = page.get(at("find_slot", course))
    assert response.context["cards"] == []
    assert "No 2 days in a row fit" in folded(response)


def test_a_finished_course_is_neither_moved_nor_cancelled(page, course):
    course.status = "completed"
    course.save()
    for name in ("find_slot", "check_slot", "cancel_course"):
        assert page.get(at(name, course)).status_code in (200, 302)
    answers = {"reason": "family_unwell", "then": "end", "confirmed": "yes", "seen": course.version}
    assert page.post(at("cancel_course", course), answers).status_code == 302
    course.refresh_from_db()
    assert course.status == "completed"


def test_the_done_page_belongs_to_the_act_just_done(page, course):
    response = page.get(at("show_done", course))
    assert urlsplit(response.url).path == at("show_course", course)


def test_a_message_is_shown_and_downloaded_as_it_was_sent(page, course, coordinator):
    bookings.book(course=course, visits=builders.visits(course, course.target), by=coordinator)
    message = Message.objects.first()
    assert "BEGIN:VCALENDAR" in folded(page.get(message.get_absolute_url()))
    download = page.get(reverse("scheduling:download_message", args=[message.pk]))
    assert download.content == bytes(message.mime)
    assert "mia" not in download["Content-Disposition"]


@pytest.mark.parametrize("page_name", ["list_visits", "list_waiting", "list_messages"])
def test_lists_read_well_when_empty_and_with_rubbish_in_the_address(page, page_name):
    for query in ({}, {"page": "99"}, {"page": "x"}, {"day": "2027-02-31"}, {"day": "x"}, {"status": "x"}):
        assert page.get(reverse(f"scheduling:{page_name}"), query).status_code == 200


def test_the_number_of_queries_does_not_grow_with_the_lists(page, course, django_assert_max_num_queries):
    for n in range(12):
        patient = builders.patient(f"Child {n}")
        builders.contact(patient)
        builders.course(patient, course.unit)
    for name, most in (("list_waiting", 20), ("list_visits", 12), ("list_messages", 12)):
        with django_assert_max_num_queries(most):
            page.get(reverse(f"scheduling:{name}"))
    with django_assert_max_num_queries(25):
        page.get(at("find_slot", course))


def _eight_to_six():
    from datetime import time

    return time(8), time(18)


def test_a_move_to_another_chair_says_that_nothing_will_be_sent(page, course, coordinator):
    bookings.book(course=course, visits=builders.visits(course, course.target), by=coordinator)
    other = course.unit.chairs.last()
    check = page.get(check_address(course, builders.visits(course, course.target, chair=other)))
    assert "Only the chair changes, so nothing will be sent." in folded(check)
    assert "mia@example.com" not in folded(check)
    assert "invite the family" not in folded(check)
    later = page.get(check_address(course, builders.visits(course, course.target, start=600)))
    assert "nothing will be sent" not in folded(later)
    assert "mia@example.com" in folded(later)


def test_what_most_offers_share_is_said_once_and_each_says_what_differs(page, course):
    builders.take(course.unit.chairs.first(), course.target + timedelta(days=3), *_eight_to_six())
    lock_unit(course.unit_id)
    offered = page.get(at("find_slot", course))
    said = folded(offered)
    for words in ("Same chair both days", "Same start both days", "Finished by midday"):
        assert said.count(words) == 1
    assert said.count("Latest start") == 1
    assert said.count("On the target date") == 1
    cards = offered.context["cards"]
    assert {len(card.differs) for card in cards} <= {1, 2}
    assert [len(card.reasons) for card in cards] == [5] * 10


def test_a_small_calendar_leads_to_the_offer_of_each_day(page, course):
    offered = page.get(at("find_slot", course))
    shown = offered.content.decode()
    days = [card.first_day for card in offered.context["cards"]]
    assert re.findall(r'<a href="#offer-([\d-]+)">', shown) == sorted(days)
    assert re.findall(r'id="offer-([\d-]+)"', shown) == days
    months = {visit.day.replace(day=1) for card in offered.context["cards"] for visit, _ in card.days}
    assert [month.first for month in offered.context["months"]] == sorted(months)
    for month in offered.context["months"]:
        for week in month.weeks:
            assert [day.day.weekday() for day in week if day] == [n for n, day in enumerate(week) if day]
    assert page.get(at("find_slot", course), {"only": days[0]}).context["months"] == []
