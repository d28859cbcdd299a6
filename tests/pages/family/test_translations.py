"""A made-up translation, right to left: no English sentence of ours is left on any page of a family."""

from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone, translation

from crmo_clinic.nhsuk import wording
from crmo_clinic.nhsuk.languages import languages_in, readable
from scheduling.answers import family_tells
from scheduling.booking import bookings, holds, offers
from scheduling.models import CancelReason, Course, Task
from scheduling.pages.family.opening import MOST_WRONG
from scheduling.states import SessionStatus
from scheduling.telling.family_links import feed_token, link_for
from tests import builders
from tests.builders.texts import set_text
from tests.family_pages import path
from tests.translations import LANGUAGE, made_up, write_translation

# What the Trust and the unit have written themselves.
THEIRS = ("Example Children's Hospital", "Day Unit", "Main entrance", "Monday to Friday, 8am to 5pm",
          "ring the children’s ward on", "Bring a book")  # fmt: skip


class Words(HTMLParser):
    """Every text that a person reads or hears on a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self._silent += tag in ("script", "style")
        given = dict(attrs)
        self.found += [given[name] for name in ("aria-label", "title", "placeholder", "alt") if name in given]

    def handle_endtag(self, tag):
        self._silent -= tag in ("script", "style")

    def handle_data(self, data):
        if not self._silent:
            self.found.append(data)


def english_in(html: str, *typed: str) -> list[str]:
    """Each text with a letter of English in it that is neither theirs nor typed."""
    left = []
    for text in Words(html).found:
        for theirs in (*THEIRS, *typed):
            text = text.replace(theirs, "")
        if any(char.isascii() and char.isalpha() for char in text):
            left.append(text.strip())
    return left


@pytest.fixture
def translated(tmp_path, settings):
    catalog = write_translation(tmp_path)
    settings.LOCALE_PATHS = [str(tmp_path)]
    settings.LANGUAGES = [("en", "English"), *languages_in(str(tmp_path))]
    cache.clear()
    yield catalog
    translation.activate("en")


@pytest.fixture
def waiting(db, translated):
    unit = builders.unit(name="Day Unit")
    for moment in ("before_day_1", "before_day_2", "between", "after"):
        set_text(unit, moment, "Bring a book")
    course = builders.course(builders.patient(), unit)
    return link_for(course, builders.contact(course.patient, language=LANGUAGE))


@pytest.fixture
def link(waiting, coordinator):
    course = waiting.course
    bookings.book(course=course, visits=builders.visits(course, builders.next_monday(2)), by=coordinator)
    return waiting


def check(response, *typed):
    html = response.content.decode()
    assert english_in(html, *typed) == []
    assert f'<html lang="{LANGUAGE}" dir="rtl"' in html


def seen(link):
    return Course.objects.get(pk=link.course_id).version


def test_the_made_up_translation_has_all_there_is(translated):
    assert len(translated) > 150
    assert "Your hospital visits" in translated
    assert "“%(line)s” ends before it begins" in translated
    assert made_up("b %(day)s, c") == "ب %(day)s, ت"


def test_pages_before_anything_is_booked(client, waiting):
    check(client.get(path(waiting)))
    check(client.get(path(waiting, "give_dates")))
    wrong = {"impossible_dates": "never\n2 1 2027 - 1 1 2027\n1 1 2199", "not_before": "late"}
    page = client.post(path(waiting, "give_dates"), wrong | {"wishes": "x" * 1001, "short_notice": "what"})
    assert len(page.context["form"].errors) == 4
    check(page, "never", "late", "x" * 1001)
    far = client.post(path(waiting, "give_dates"), {"impossible_dates": "1 1 2199", "short_notice": "no"})
    assert far.context["form"].errors
    check(far)
    old = client.post(path(waiting, "give_dates"), {"seen": "another", "impossible_weekdays": ["1"]})
    assert old.context["form"].non_field_errors()
    check(old)
    check(client.post(path(waiting, "give_dates"), {"short_notice": "no"}, follow=True))


@pytest.mark.parametrize("said", ["yes", "no", "late", "refused"])
def test_the_question_whether_days_are_good(client, waiting, coordinator, said):
    set_text(waiting.course.unit, "offer", "Bring a book")
    course, until = waiting.course, timezone.now() + timedelta(days=1)
    visits = builders.visits(course, builders.next_monday(2))
    offers.ask(course=course, visits=visits, until=until, by=coordinator)
    check(client.get(path(waiting)))
    if said == "late":
        holds.lapse_holds(now=until)
    elif said == "refused":
        course.unit.closures.create(first_day=visits[0].day, last_day=visits[0].day, reason="flood")
    sent = {"offer": course.offers.get().pk, "answer": "no" if said == "no" else "yes"}
    check(client.post(path(waiting, "answer_offer_of_days"), sent, follow=True))


@pytest.mark.parametrize(
    "name", ["show_page", "answer_days", "ask_change", "say_unwell", "give_dates", "show_calendar"]
)
def test_pages_of_booked_days(client, link, name):
    check(client.get(path(link, name)))


@pytest.mark.parametrize("status", SessionStatus.values)
def test_a_day_in_any_state(client, link, status):
    now = timezone.now()
    link.course.sessions.filter(number=1).update(status=status, sequence=1, arrived_at=now, started_at=now)
    check(client.get(path(link)))


@pytest.mark.parametrize("answer", ["ACCEPTED", "TENTATIVE", "DECLINED"])
def test_every_answer(client, link, answer):
    data = {"day_1": answer, "day_2": "ACCEPTED", "seen": seen(link)}
    check(client.post(path(link, "answer_days"), data, follow=True))
    check(client.post(path(link, "answer_days"), data | {"confirmed": "yes"}, follow=True))
    check(client.get(path(link)))


def test_answers_that_are_wrong(client, link):
    for data in ({}, {"day_1": "MAYBE"}):
        page = client.post(path(link, "answer_days"), data)
        assert not data or page.context["form"].errors
        check(page)
    late = {"day_1": "ACCEPTED", "day_2": "ACCEPTED", "seen": "other"}
    check(client.post(path(link, "answer_days"), late, follow=True))
    page = client.post(path(link, "answer_days"), {"seen": ""})
    assert page.context["form"].errors
    check(page)


@pytest.mark.parametrize("name", ["ask_change", "say_unwell", "give_dates"])
def test_what_is_asked_and_what_comes_after_it(client, link, name):
    page = client.post(path(link, name), {"says": "x" * 1001})
    assert page.context["form"].errors
    check(page, "x" * 1001)
    if name != "say_unwell":
        empty = client.post(path(link, name), {"says": ""})
        assert empty.context["form"].errors or not empty.context
        check(empty)
    check(client.post(path(link, name), {"says": "x"}, follow=True))


def test_how_it_went(client, link):
    link.course.sessions.filter(number=1).update(status=SessionStatus.FULFILLED)
    check(client.get(path(link, "check_in")))
    for wrong in (
        {},
        {"effects": ["none", "fever"]},
        {"pain": "11"},
        {"effects": ["x"]},
        {"note": "x" * 1001},
    ):
        page = client.post(path(link, "check_in"), wrong)
        assert page.context["form"].errors, wrong
        check(page, "x" * 1001)
    check(client.post(path(link, "check_in"), {"pain": "3"}, follow=True))
    check(client.get(path(link)))


def test_cancelled_and_ended(client, link, coordinator):
    course = Course.objects.get(pk=link.course_id)
    reason = CancelReason.FAMILY_REQUEST
    bookings.cancel(course=course, reason=reason, back_to_waiting=False, by=coordinator)
    check(client.get(path(link)))


def test_too_much_is_said_in_the_language_of_the_family(client, link):
    for number in range(31):
        page = client.post(path(link, "say_unwell"), {"says": str(number)})
    assert page.status_code == 429
    check(page)


def test_the_words_in_the_language_of_the_page_that_leads_there(client, link):
    address = reverse("family:show_words")
    assert f'href="{address}?language={LANGUAGE}"' in client.get(path(link)).content.decode()
    check(client.get(f"{address}?language={LANGUAGE}"))
    assert 'lang="en" dir="ltr"' in client.get(f"{address}?language=tlh").content.decode()


def test_whoever_does_not_get_in_reads_english_for_nobody_is_known(client, link):
    wrong = reverse("family:show_page", args=["A" * 43])
    for _ in range(MOST_WRONG + 1):
        assert '<html lang="en" dir="ltr"' in client.get(wrong).content.decode()


def test_entries_in_a_calendar(client, link):
    written = client.get(reverse("family:show_feed", args=[feed_token(link)])).content.decode()
    assert f"NAME:{made_up('Hospital visits')}" in written
    unfolded = written.replace("\r\n ", "")
    assert f"SUMMARY:{made_up('Hospital visit')}" in unfolded
    assert "Questions" not in unfolded


def test_staff_read_english_whatever_the_family_reads(client, link, coordinator):
    client.post(path(link, "ask_change"), {"says": "x"})
    client.post(path(link, "answer_days"), {"day_1": "DECLINED", "day_2": "DECLINED", "seen": seen(link),
                                            "confirmed": "yes"})  # fmt: skip
    tasks = Task.objects.open()
    assert tasks.count() == 3
    assert all(task.says.replace("’", "").isascii() for task in tasks)
    client.force_login(coordinator)
    assert 'lang="en"' in client.get("/tasks/").content.decode()


def test_what_is_written_for_staff_is_written_in_their_language(client, link, monkeypatch):
    spoken = []
    monkeypatch.setattr(family_tells, "ask", lambda **_: spoken.append(translation.get_language()))
    client.post(path(link, "ask_change"), {"says": "x"})
    assert spoken == ["en"]


def test_a_language_without_a_translation_is_read_in_english(client, link):
    link.contact.language = "fa"
    link.contact.save()
    html = client.get(path(link)).content.decode()
    assert '<html lang="en" dir="ltr"' in html
    assert "Your hospital visits" in html
    assert (readable("fa"), readable("ar-eg"), readable(""), readable("../x")) == ("en", "ar", "en", "en")


def test_dates_and_times_follow_the_language_and_english_stays(translated):
    day = timezone.datetime(2026, 8, 4, 9, 30)
    with translation.override(LANGUAGE):
        written = [wording.long_date(day), wording.short_date(day), wording.clock(day.time()),
                   wording.clock(1440), wording.clock_range(540, 570), wording.duration(270)]  # fmt: skip
        assert not any(char.isascii() and char.isalpha() for char in "".join(written))
        with pytest.raises(ValueError, match="not a number of minutes"):
            wording.clock(1441)
    with translation.override("en"):
        assert wording.long_date(day) == "Tuesday 4 August 2026"
        assert wording.duration(270) == "4 hours 30 minutes"


def test_languages_are_the_folders_of_the_trust(tmp_path):
    for language in ("ur", "pt_BR", "xx"):
        write_translation(tmp_path, language) if language != "xx" else (tmp_path / "xx").mkdir()
    assert languages_in(str(tmp_path)) == [("pt-br", "Brazilian Portuguese"), ("ur", "Urdu")]
    assert languages_in("") == languages_in(str(tmp_path / "nothing")) == []
