"""The child's page: how many sleeps, the hours as stones, what was packed; and what it never says."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.html import escape

from scheduling.models import Session
from scheduling.pages.family.pictures import MOST_MOONS, countdown_to, picture_days, stones_of
from scheduling.telling.family_links import link_for, page_token
from tests import builders
from tests.family_pages import forbidden_in, path
from tests.flesch_kincaid import grade
from tests.reading import main_part, text_of


@pytest.fixture
def link(db, coordinator):
    course = builders.book(builders.unit(name="Day Unit"), builders.next_monday(2), coordinator)
    return link_for(course, builders.contact(course.patient))


def at(session: Session, **later) -> datetime:
    return session.starts_at + timedelta(**later)


def moved_to(link, day, **fields):
    """The days of the course from that day on, as if they had been booked so."""
    for number, session in enumerate(link.course.sessions.order_by("number")):
        starts = timezone.make_aware(datetime.combine(day + timedelta(days=number), datetime.min.time()))
        starts += timedelta(hours=9)
        link.course.sessions.filter(pk=session.pk).update(
            day=starts.date(), starts_at=starts, ends_at=starts + timedelta(hours=4), **fields
        )


def test_sleeps_are_the_nights_until_the_next_day_that_is_not_over(link):
    first, second = link.course.live_sessions

    def told(now):
        found = countdown_to(picture_days([first, second], now), timezone.localdate(now))
        return (found.words, found.number, len(found.moons)) if found else None

    assert told(at(first, days=-3)) == ("3 more sleeps", 1, 3)
    assert told(at(first, hours=-12)) == ("1 more sleep", 1, 1)
    assert told(at(first, hours=-1)) == ("Today is the day!", 1, 0)
    assert told(at(first, hours=5)) == ("1 more sleep", 2, 1)
    assert told(at(second, hours=5)) is None
    assert told(at(first, days=-MOST_MOONS - 1)) == (f"{MOST_MOONS + 1} more sleeps", 1, 0)


def test_there_is_a_stone_for_each_hour_and_one_for_home(link):
    session = link.course.live_sessions[0]
    session.ends_at = at(session, hours=4, minutes=30)
    now = at(session, hours=2, minutes=10)
    assert [stone.at for stone in stones_of(session, now)] == [
        "9am",
        "10am",
        "11am",
        "midday",
        "1pm",
        "1:30pm",
    ]
    assert not any(stone.is_behind for stone in stones_of(session, now)), "the child has not come yet"
    session.status = "started"
    assert [stone.is_behind for stone in stones_of(session, now)] == [True, True, True, False, False, False]
    session.ends_at = at(session, hours=4, minutes=15)
    assert [stone.at for stone in stones_of(session, now)][-2:] == ["midday", "1:15pm"]


def test_the_page_counts_and_shows_both_days_and_the_night(client, link):
    moved_to(link, timezone.localdate() + timedelta(days=2))
    page = client.get(path(link, "show_pictures"))
    said = text_of(page)
    assert "2 more sleeps until day 1" in said
    for words in ("A tiny, soft tube", "Then you sleep in your own bed", "The drip again", "All done"):
        assert said.count(words) == 1
    assert said.count("The path of the drip") == 2
    assert main_part(page).count('class="app-drawn app-moon"') == 2


def test_after_the_last_day_it_is_done(client, link):
    moved_to(link, timezone.localdate() - timedelta(days=3), status="fulfilled")
    said = text_of(client.get(path(link, "show_pictures")))
    assert "All done. You did it!" in said
    assert "more sleep" not in said


def test_without_a_day_it_shows_what_one_is_like(client, db):
    course = builders.course()
    said = text_of(client.get(path(link_for(course, builders.contact(course.patient)), "show_pictures")))
    assert "No day is planned yet." in said
    assert "Magic cream" in said


def test_what_is_packed_is_in_the_bag_and_nowhere_kept(client, link):
    address = path(link, "show_pictures")
    assert "In your bag:" not in text_of(client.get(address))
    page = client.get(address, {"bring": ["bear", "book", "sword"]})
    bag = main_part(page).split("In your bag:")[1].split("</ul>")[0]
    assert "A cuddly toy" in bag
    assert "A book" in bag
    assert "sword" not in main_part(page)
    assert main_part(page).count("checked") == 2
    assert not page.cookies


def test_it_needs_no_script_and_tells_of_a_visit_and_no_more(client, link):
    page = client.get(path(link, "show_pictures"))
    html = page.content.decode().replace(page_token(link), "")
    assert forbidden_in(html) == []
    assert "<title>Your visit in pictures - " in html
    assert "<script" not in main_part(page)
    assert " on" + "click" not in html
    assert "noindex" in page["X-Robots-Tag"]


def test_its_words_are_for_a_child_of_about_seven(client, link):
    page = main_part(client.get(path(link, "show_pictures")))
    sentences = page.split("<p>")[1:]
    said = " ".join(
        words.split("</p>")[0].strip() for words in sentences if "<" not in words.split("</p>")[0]
    )
    assert "Drop by drop the medicine goes in." in said
    assert grade(said) <= 2


def test_the_family_s_page_leads_to_it(client, link):
    assert escape(path(link, "show_pictures")) in client.get(path(link)).content.decode()
