"""After an act: the same form sent again shows what it did; another form from an older page is refused."""

import re
from datetime import timedelta

import pytest

from scheduling.booking import bookings, lost_days
from scheduling.models import CancelReason, LostBecause, Session, Task
from scheduling.pages.booking.placement_forms import check_address, placement_fields
from tests import builders
from tests.addresses import at
from tests.reading import folded, text_of


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def course(db):
    child = builders.patient("Ada Lark")
    builders.contact(child, "Mia Lark", email="mia@example.com")
    return builders.course(child, builders.unit(), target=builders.next_monday(2))


def in_weeks(course, weeks, **where):
    return builders.visits(course, course.target + timedelta(weeks=weeks), **where)


def tab(page, course, visits):
    """What the form of a page that checks these visits sends."""
    checked = page.get(check_address(course, visits))
    return placement_fields(visits) | {"seen": seen_on(checked)}


def seen_on(page):
    return re.search(r'name="seen" value="([^"]+)"', page.content.decode())[1]


def days_of(course):
    return [session.day for session in course.sessions.order_by("number")]


def book(page, course, fields):
    return page.post(at("check_slot", course), fields, follow=True)


@pytest.mark.parametrize("where", [{"weeks": 1}, {"weeks": 0, "start": 600}, {"weeks": 0, "chair": 1}])
def test_another_choice_in_a_second_tab_is_refused_with_what_was_booked(page, course, where):
    """Other days, another time, another chair."""
    if "chair" in where:
        where["chair"] = course.unit.chairs.all()[where["chair"]]
    first, second = tab(page, course, in_weeks(course, 0)), tab(page, course, in_weeks(course, **where))
    assert "Course booked" in folded(book(page, course, first))
    refused = book(page, course, second)
    assert refused.status_code == 409
    said = text_of(refused)
    assert "Course booked" not in said
    assert "Cora Coordinator booked this course at" in said
    assert "so nothing was done. It is booked now: " in said
    assert "9am to 1pm, Chair 1" in said
    assert days_of(course)[0] == course.target


def test_the_same_choice_in_a_second_tab_has_been_booked(page, course):
    first, second = (tab(page, course, in_weeks(course, 0)) for _ in range(2))
    for fields in (first, second):
        assert "Course booked" in folded(book(page, course, fields))
    assert course.sessions.count() == 2


def test_book_after_hold_is_not_a_hold(page, course):
    fields = tab(page, course, in_weeks(course, 0))
    assert "Days held" in folded(book(page, course, fields | {"hold": "yes", "lasts": "48"}))
    assert "Days held" in folded(book(page, course, fields | {"hold": "yes", "lasts": "48"}))
    for other in (fields, fields | {"hold": "yes", "lasts": "4"}):
        refused = book(page, course, other)
        assert refused.status_code == 409
        assert "Cora Coordinator held days for this course at" in text_of(refused)


def test_another_move_in_a_second_tab_is_refused(page, course, coordinator):
    bookings.book(course=course, visits=in_weeks(course, 0), by=coordinator)
    first, second = (tab(page, course, in_weeks(course, weeks)) for weeks in (1, 2))
    reason = {"reason": "family_request"}
    assert "Course moved" in folded(book(page, course, first | reason))
    refused = book(page, course, second | reason)
    assert refused.status_code == 409
    assert "Cora Coordinator moved this course at" in text_of(refused)
    assert days_of(course)[0] == course.target + timedelta(weeks=1)


def test_another_ending_in_a_second_tab_is_refused(page, course, coordinator):
    bookings.book(course=course, visits=in_weeks(course, 0), by=coordinator)
    back = {"reason": "family_unwell", "then": "back"}
    seen = {"confirmed": "yes", "seen": seen_on(page.post(at("cancel_course", course), back))}
    assert "back on the waiting list" in folded(
        page.post(at("cancel_course", course), back | seen, follow=True)
    )
    refused = page.post(at("cancel_course", course), {"reason": "not_needed", "then": "end"} | seen)
    assert refused.status_code == 409
    assert "Cora Coordinator cancelled this course at" in text_of(refused)
    course.refresh_from_db()
    assert course.status == "waiting"


def test_a_repeat_after_a_colleague_undid_it_is_told_so(page, course, lead):
    """The versions of a course that waits are alike before it was booked and after it was cancelled."""
    fields = tab(page, course, in_weeks(course, 0))
    done = book(page, course, fields)
    reason = CancelReason.FAMILY_REQUEST
    course.refresh_from_db()
    bookings.cancel(course=course, reason=reason, back_to_waiting=True, by=lead)
    said = text_of(book(page, course, fields))
    assert "Course booked" not in said
    assert f"{lead.name} cancelled this course at" in said
    assert "so nothing was done" in said
    assert "Course booked" not in text_of(page.get(done.request["PATH_INFO"], follow=True))
    course.refresh_from_db()
    assert course.status == "waiting"


def test_another_answer_about_a_day_in_a_second_tab_is_refused(page, course, coordinator):
    bookings.book(course=course, visits=in_weeks(course, 0), by=coordinator)
    day = course.sessions.get(number=2)
    address = at("leave_out_day", day) + "?because=unwell"
    seen = seen_on(page.get(address))
    words = {"because": "unwell", "approved_by": "Dr Wren", "reason": "A fever", "seen": seen}
    for _ in range(2):
        assert "Day left out" in folded(page.post(address, words, follow=True))
    refused = page.post(address, words | {"because": "family", "reason": "A wedding"})
    assert refused.status_code == 409
    assert "Cora Coordinator left a day of this course out at" in text_of(refused)


def test_another_time_for_a_day_in_a_second_tab_is_refused(page, course, coordinator):
    bookings.book(course=course, visits=in_weeks(course, 0), by=coordinator)
    day = course.sessions.get(number=2)
    wednesday, thursday = (in_weeks(course, 0)[1].day + timedelta(days=n) for n in (1, 2))
    tabs = []
    for to in (wednesday, thursday):
        [visit] = builders.visits(course, to)[:1]
        fields = placement_fields([visit]) | {"because": "unwell"}
        seen = seen_on(page.get(at("check_day", day), fields))
        tabs.append(fields | {"seen": seen, "approved_by": "Dr Wren", "reason": "A fever"})
    assert "Day put at another time" in folded(page.post(at("check_day", day), tabs[0], follow=True))
    refused = page.post(at("check_day", day), tabs[1])
    assert refused.status_code == 409
    assert "Cora Coordinator " in text_of(refused)
    assert Session.objects.get(pk=day.pk).day == wednesday


def test_a_day_reported_again_with_another_reason_says_that_one(course, coordinator):
    bookings.book(course=course, visits=in_weeks(course, 0), by=coordinator)
    day = course.sessions.get(number=2)
    lost_days.report(session=day, because=LostBecause.UNWELL, by=coordinator)
    lost_days.report(session=day, because=LostBecause.CLINICAL, by=coordinator)
    assert Task.objects.open().get(kind="day_lost").says.startswith("Hospital: a clinical reason.")


def test_invites_for_somebody_added_meanwhile_are_not_those_sent_before(page, course, coordinator):
    bookings.book(course=course, visits=in_weeks(course, 0), by=coordinator)
    builders.contact(course.patient, "Pa Lark", email="pa@example.com")
    seen = {"seen": seen_on(page.get(at("send_invites", course)))}
    for _ in range(2):
        said = folded(page.post(at("send_invites", course), seen, follow=True))
        assert "Invites on their way" in said
        assert "pa@example.com" in said
    builders.contact(course.patient, "Gran Lark", email="gran@example.com")
    assert "gran@example.com" in folded(page.post(at("send_invites", course), seen, follow=True))
