"""The days in a family's own calendar: files, and a feed that follows changes."""

from datetime import timedelta

import pytest
import time_machine
import vobject
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation.trans_real import get_languages

from patients import audit
from scheduling.booking import bookings, lost_days, undo
from scheduling.models import CancelReason, Course, LostBecause, Unit
from scheduling.pages.family.opening import MOST_WRONG
from scheduling.telling import link_changes
from scheduling.telling.family_links import feed_token, link_for, page_token
from scheduling.unit import setup
from tests import builders
from tests.family_pages import forbidden_in, path
from tests.reading import text_of


@pytest.fixture(autouse=True)
def no_counts():
    cache.clear()


@pytest.fixture
def link(db, coordinator):
    course = builders.course(builders.patient(), builders.unit())
    contact = builders.contact(course.patient)
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
    return link_for(Course.objects.get(pk=course.pk), contact)


def feed(link) -> str:
    return reverse("family:show_feed", args=[feed_token(link)])


def events(response) -> list:
    return vobject.readOne(response.content.decode()).contents.get("vevent", [])


def test_the_feed_shows_each_day_under_the_uid_of_its_invite(client, link):
    response = client.get(feed(link))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert not response.cookies
    assert response["X-Robots-Tag"].startswith("noindex")
    assert response["Cache-Control"] == "private, no-cache"
    found = [(event.uid.value, event.sequence.value, event.status.value) for event in events(response)]
    assert found == [(s.uid, "0", "CONFIRMED") for s in link.course.sessions.order_by("day")]
    said = response.content.decode().replace("\r\n ", "")
    assert forbidden_in(said) == []
    assert page_token(link) not in said
    assert feed_token(link) not in said


def test_the_feed_follows_a_move_and_a_cancellation(client, link, coordinator):
    visits = builders.visits(link.course, builders.next_monday(3), start=10 * 60)
    course = link.course
    bookings.move(course=course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    moved = events(client.get(feed(link)))
    assert [event.dtstart.value.hour for event in moved] == [10, 10]
    assert [event.sequence.value for event in moved] == ["1", "1"]
    uids = [event.uid.value for event in moved]

    course = Course.objects.get(pk=course.pk)
    bookings.cancel(course=course, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=True, by=coordinator)
    cancelled = events(client.get(feed(link)))
    assert [event.status.value for event in cancelled] == ["CANCELLED"] * 2
    assert [event.uid.value for event in cancelled] == uids
    assert all(new.dtstamp.value >= old.dtstamp.value for new, old in zip(cancelled, moved, strict=True))

    builders.last_day_was(Course.objects.get(pk=course.pk), timezone.localdate() - timedelta(weeks=4, days=1))
    assert events(client.get(feed(link))) == []


def test_the_same_feed_is_the_same_bytes_and_need_not_be_sent_again(client, link, coordinator):
    first = client.get(feed(link))
    with time_machine.travel(timezone.now() + timedelta(hours=5)):
        again = client.get(feed(link))
    assert (again.content, again["ETag"], again["Last-Modified"]) == (
        first.content,
        first["ETag"],
        first["Last-Modified"],
    )
    assert not first["ETag"].startswith("W/")
    for condition in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        same = client.get(feed(link), headers=condition)
        assert (same.status_code, same.content) == (304, b"")
        assert same["ETag"] == first["ETag"]
        assert same["Referrer-Policy"] == "no-referrer"
    head = client.head(feed(link))
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", first["ETag"])

    visits = builders.visits(link.course, builders.next_monday(3))
    bookings.move(course=link.course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=coordinator)
    other = client.get(feed(link), headers={"If-None-Match": first["ETag"]})
    assert other.status_code == 200
    assert other["ETag"] != first["ETag"]


def save_unit(link, by, **fields) -> None:
    unit = Unit.objects.get(pk=link.course.unit_id)
    for name, value in fields.items():
        setattr(unit, name, value)
    setup.save_unit(unit=unit, by=by)


def another_place(link, by) -> None:
    save_unit(link, by, place="South entrance")


def another_phone(link, by) -> None:
    save_unit(link, by, phone="+441134960177")


def other_phone_hours(link, by) -> None:
    save_unit(link, by, phone_hours="every day, 9am to 4pm")


def other_words_out_of_hours(link, by) -> None:
    save_unit(link, by, out_of_hours="ring the site nurse")


def other_times(link, by) -> None:
    visits = builders.visits(link.course, builders.next_monday(2), start=10 * 60)
    bookings.move(course=link.course, visits=visits, reason=CancelReason.FAMILY_REQUEST, by=by)


def cancelled(link, by) -> None:
    bookings.cancel(course=link.course, reason=CancelReason.FAMILY_REQUEST, back_to_waiting=False, by=by)


def a_day_left_out(link, by) -> None:
    approval = lost_days.Approval(LostBecause.FAMILY, "away", "Dr Wren")
    lost_days.leave_out(session=link.course.live_sessions[1], approval=approval, by=by)


def another_language(link, by) -> None:
    link.contact.language = "ar"
    audit.save(link.contact, by=by, patient=link.course.patient)


@pytest.mark.parametrize(
    "change",
    [
        another_place,
        another_phone,
        other_phone_hours,
        other_words_out_of_hours,
        other_times,
        cancelled,
        a_day_left_out,
        another_language,
    ],
    ids=lambda change: change.__name__,
)
def test_whatever_the_feed_shows_a_change_of_it_moves_its_last_modified(
    client, link, coordinator, settings, change
):
    """A calendar that asks by date alone (If-Modified-Since) would else keep what is no longer so."""
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    get_languages.cache_clear()
    first = client.get(feed(link))
    at = timezone.now() + timedelta(hours=1)
    with time_machine.travel(at, tick=False):
        change(link, coordinator)
    with time_machine.travel(at + timedelta(hours=1), tick=False):
        then = client.get(feed(link), headers={"If-Modified-Since": first["Last-Modified"]})
    get_languages.cache_clear()
    assert then.status_code == 200
    assert then["Last-Modified"] == http_date(int(at.timestamp()))


def test_a_cancelled_day_that_leaves_the_feed_moves_its_last_modified(client, link, coordinator):
    cancelled(link, coordinator)
    first = client.get(feed(link))
    last = link.course.sessions.order_by("day").last().ends_at + timedelta(weeks=4)
    with time_machine.travel(last + timedelta(minutes=1), tick=False):
        then = client.get(feed(link), headers={"If-Modified-Since": first["Last-Modified"]})
    assert (then.status_code, events(then)) == (200, [])
    assert then["Last-Modified"] == http_date(int(last.timestamp()))


def test_what_the_feed_does_not_show_moves_nothing(client, link, coordinator):
    first = client.get(feed(link))
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        save_unit(link, coordinator, name="Another name", reminder_days=[3])
        then = client.get(feed(link))
    assert (then.content, then["Last-Modified"]) == (first.content, first["Last-Modified"])


@pytest.mark.parametrize("way", ["wrong", "page token", "revoked", "restricted", "withdrawn"])
def test_a_wrong_feed_is_not_here_and_leads_nowhere(client, link, coordinator, way):
    address = feed(link)
    if way == "wrong":
        address = reverse("family:show_feed", args=["A" * 43])
    elif way == "page token":
        address = reverse("family:show_feed", args=[page_token(link)])
    elif way == "revoked":
        link_changes.revoke_link(link=link, by=coordinator)
    elif way == "restricted":
        link.course.patient.restricted, link.course.patient.restricted_because = True, "court order"
        link.course.patient.save()
    else:
        link.contact.may_receive_invites = False
        link.contact.save()
    response = client.get(address)
    assert (response.status_code, response.content) == (404, b"Not here.\n")
    assert response["Content-Type"] == "text/plain"
    assert not response.cookies


def test_wrong_feeds_are_counted(client, link):
    wrong = reverse("family:show_feed", args=["A" * 43])
    assert [client.get(wrong).status_code for _ in range(MOST_WRONG + 1)][-1] == 429
    assert client.get(feed(link)).status_code == 200


def test_the_feed_token_opens_no_page(client, link):
    assert client.get(reverse("family:show_page", args=[feed_token(link)])).status_code == 404


def test_a_day_can_be_saved_as_a_file(client, link):
    response = client.get(path(link, "download_day", number=2))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="hospital-visit-day-2.ics"'
    [event] = events(response)
    assert event.summary.value == "Hospital visit, day 2 of 2"
    assert event.location.value == "Main entrance"
    assert "0113 496 0123" in event.description.value
    assert client.get(path(link, "download_day", number=3)).status_code == 404


def test_the_page_tells_what_a_feed_means(client, link, settings):
    settings.PUBLIC_URL = "https://daycase.trust.example"
    page = client.get(path(link, "show_calendar"))
    said = text_of(page)
    assert "The company that runs your calendar then keeps a copy of the visits" in said
    assert "with both, each visit may show twice" in said
    assert f"webcal://daycase.trust.example{feed(link)}" in page.content.decode()


def test_while_a_change_can_be_undone_a_calendar_is_to_come_again(client, link, coordinator):
    """As mails wait; what is held is no change to a family."""
    Unit.objects.update(undo_minutes=2)
    course, saved = link.course, reverse("family:download_day", args=[page_token(link), 1])
    move = {"course": course, "reason": CancelReason.CLINICAL, "by": coordinator}
    first = client.get(feed(link))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for days_later in (7, 14):
            visits = builders.visits(course, builders.next_monday(2) + timedelta(days=days_later))
            bookings.move(visits=visits, **move)
            clock.shift(timedelta(seconds=119))
            for address in (feed(link), saved):
                response = client.get(address, headers={"If-None-Match": first["ETag"]})
                assert (response.status_code, response["Retry-After"]) == (503, "1")
                assert "Try again in a few minutes" in response.content.decode()
            if days_later == 7:
                undo.undo(course=course, by=coordinator)
                assert client.get(feed(link)).content == first.content
        clock.shift(timedelta(seconds=1))
        assert [event.sequence.value for event in events(client.get(feed(link)))] == ["1", "1"]
        assert client.get(saved).status_code == 200
