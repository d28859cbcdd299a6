"""The button that undoes the last act, and the page that says what to do once it is too late."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from scheduling.booking import bookings, holds, undo
from scheduling.models import CancelReason, Course, Message, UndoableAct, Unit
from scheduling.pages.booking.placement_forms import check_address, placement_fields
from scheduling.telling.delivery import deliver_due
from tests import builders
from tests.addresses import at
from tests.fakes.post import Post
from tests.reading import folded, text_of

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def clock():
    start = timezone.localtime().replace(hour=14, minute=45, second=20, microsecond=0)
    with time_machine.travel(start, tick=False) as travel:
        yield travel


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def course(clock, db):
    child = builders.patient("Ada Lark")
    builders.contact(child, "Mia Lark", email="mia@example.com")
    return builders.course(child, builders.unit(undo_minutes=2), target=builders.next_monday(2))


def fresh(course):
    return Course.objects.select_related("unit", "patient").get(pk=course.pk)


def days(course, weeks=0):
    return builders.visits(course, course.target + timedelta(weeks=weeks))


def confirm(page, course, weeks=0, **fields):
    """Send the page that checks these days; the page after it."""
    checked = page.get(check_address(course, days(course, weeks)))
    seen = {"seen": fresh(course).version} | fields
    assert checked.status_code == 200
    return page.post(at("check_slot", course), placement_fields(days(course, weeks)) | seen, follow=True)


def cancel(page, course, reason="hospital_clinical"):
    said = {"reason": reason, "then": "back", "confirmed": "yes", "seen": fresh(course).version}
    return page.post(at("cancel_course", course), said, follow=True)


def was_booked(course, by):
    bookings.book(course=fresh(course), visits=days(course), by=by)
    UndoableAct.objects.all().delete()
    deliver_due(transport=Post())


ACTS = {
    "booking": lambda page, course: confirm(page, course),
    "hold": lambda page, course: confirm(page, course, hold="yes", lasts="48"),
    "move": lambda page, course: confirm(page, course, weeks=1, reason="hospital_clinical"),
    "cancellation": cancel,
}


@pytest.mark.parametrize("noun", ACTS)
def test_the_page_after_an_act_and_the_course_offer_to_undo_it_until_a_time(
    clock, page, course, coordinator, noun
):
    if noun in ("move", "cancellation"):
        was_booked(course, coordinator)
    status, mails = fresh(course).status, Message.objects.count()
    done = ACTS[noun](page, course)
    for shown in (done, page.get(course.get_absolute_url()), page.get(at("undo_course", course))):
        said = text_of(shown)
        assert f"You can undo this {noun} until 2:47pm ." in said
        assert f"Undo the {noun}" in said
        assert ("No mail about this course leaves before then." in said) == (noun != "hold")
    seen = {"seen": UndoableAct.objects.get().pk}
    for again in (False, True):
        undone = page.post(at("undo_course", course), seen, follow=True)
        assert undone.redirect_chain == [(course.get_absolute_url(), 302)]
        said = text_of(undone)
        assert (f"The {noun} was undone. Nobody was written to about it." in said) == (not again)
        assert "Undo the" not in folded(undone)
        assert "so nothing was done" not in folded(undone)
    assert (fresh(course).status, Message.objects.count()) == (status, mails)
    assert f"Undone: the {noun}" in text_of(undone)
    assert page.get(at("undo_course", course)).status_code == 302


@pytest.mark.parametrize("by_a_colleague", [False, True])
def test_the_same_choice_can_be_made_again_after_it_was_undone(clock, page, course, lead, by_a_colleague):
    ACTS["booking"](page, course)
    if by_a_colleague:
        undo.undo(course=course, by=lead)
        assert "Lee Lead undid the last change of this course" in text_of(ACTS["booking"](page, course))
        assert fresh(course).status == "waiting"
    else:
        page.post(at("undo_course", course), {"seen": UndoableAct.objects.get().pk})
    assert "Course booked" in text_of(ACTS["booking"](page, course))
    assert fresh(course).status == "booked"


INSTEAD = {
    "booking": ("Cancel the course, back to the waiting list", "would send no mail", "cancel_course"),
    "hold": ("Release the hold on the course page", "would send no mail", "show_course"),
    "move": ("Move the course back", "would send 2 mails", "check_slot"),
    "cancellation": ("Book the days again", "would send 2 mails", "check_slot"),
}


@pytest.mark.parametrize("noun", ACTS)
@pytest.mark.parametrize("asked", ["get", "post"])
def test_too_late_it_says_what_to_do_instead_and_which_mails_that_sends(
    clock, page, course, coordinator, noun, asked
):
    if noun in ("move", "cancellation"):
        was_booked(course, coordinator)
    ACTS[noun](page, course)
    seen = {"seen": UndoableAct.objects.get().pk}
    clock.shift(2 * MINUTE - SECOND)
    assert "Undo the" in folded(page.get(course.get_absolute_url()))
    clock.shift(SECOND)
    assert "Undo the" not in folded(page.get(course.get_absolute_url()))
    done = page.get(at("show_done", course))
    assert f"The time to undo this {noun} is over." in text_of(done)
    assert at("undo_course", course) in folded(done)
    if noun in ("booking", "cancellation"):
        deliver_due(transport=Post())
    before = list(Message.objects.values("pk", "status"))
    late = getattr(page, asked)(at("undo_course", course), seen)
    assert late.status_code == (200 if asked == "get" else 409)
    said = text_of(late)
    assert f"This {noun} can no longer be undone" in said
    assert "ended at 2:47pm" in said
    says, mails, leads = INSTEAD[noun]
    assert says in said
    if noun == "booking":
        mails = "would send 2 mails"
    assert mails in said
    assert f'href="{at(leads, course)}' in folded(late)
    assert list(Message.objects.values("pk", "status")) == before


def test_what_cannot_be_done_instead_either_says_why(clock, page, course, coordinator):
    was_booked(course, coordinator)
    ACTS["move"](page, course)
    other = builders.course(builders.patient("Bo Wren"), course.unit)
    bookings.book(course=other, visits=days(course), by=coordinator)
    late = page.post(at("undo_course", course), {"seen": UndoableAct.objects.get(course=course).pk})
    assert late.status_code == 409
    said = text_of(late)
    assert "The days that this course had no longer fit, so nothing was undone." in said
    assert "Move the course back: not possible." in said
    assert said.count("Chair 1 is taken from 9am to 1pm") == 4


def test_days_that_the_family_cannot_do_by_now_are_named_with_where_to_change_that(
    clock, page, course, coordinator
):
    was_booked(course, coordinator)
    first_day = course.live_sessions[0].day
    cancel(page, course, "family_request")
    course.impossible_dates.create(first_day=first_day, last_day=first_day)
    clock.shift(2 * MINUTE)
    late = page.get(at("undo_course", course))
    cannot = f"The family cannot do {first_day:%A} {first_day.day} {first_day:%B %Y}."
    assert f"Book the days again: not possible. {cannot}" in text_of(late)
    for leads in ("change_course", "find_slot"):
        assert f'href="{at(leads, course)}"' in folded(late)


def test_a_course_that_has_ended_is_agreed_again(clock, page, course, coordinator):
    bookings.cancel(course=course, reason=CancelReason.NOT_NEEDED, back_to_waiting=False, by=coordinator)
    clock.shift(2 * MINUTE)
    late = page.get(at("undo_course", course))
    assert f'href="{at("agree_course", course.patient)}' in folded(late)


def test_a_page_from_before_another_act_undoes_nothing(clock, page, course, lead):
    ACTS["booking"](page, course)
    seen = {"seen": UndoableAct.objects.get().pk}
    clock.shift(SECOND)
    bookings.move(course=fresh(course), visits=days(course, 1), reason=CancelReason.CLINICAL, by=lead)
    left = fresh(course).version
    refused = page.post(at("undo_course", course), seen, follow=True)
    assert "Lee Lead moved this course at 2:45pm today, while you were on this page" in text_of(refused)
    assert fresh(course).version == left


def test_only_whoever_may_book_sees_it_and_may_press_it(clock, client, course, reader, coordinator):
    holds.hold(course=course, visits=days(course), hours=4, by=coordinator)
    client.force_login(reader)
    assert "Undo the" not in folded(client.get(course.get_absolute_url()))
    assert client.post(at("undo_course", course)).status_code == 403


def test_where_nothing_is_to_be_undone_nothing_is_offered(clock, page, course):
    Unit.objects.update(undo_minutes=0)
    done = ACTS["booking"](page, course)
    assert "undo" not in text_of(done).lower()
    assert "The mails leave within a minute." in text_of(done)
    assert page.get(at("undo_course", course)).status_code == 302
