"""Template filters: the words for templates, in the current time zone."""

from datetime import UTC, date, datetime, time

import pytest
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone

from crmo_clinic.nhsuk.pages import page_of
from crmo_clinic.nhsuk.templatetags.nhsuk_pack import table_rows


def render(text: str, **context: object) -> str:
    return engines["django"].from_string("{% load nhsuk nhsuk_pack %}" + text).render(context)


# Half past midnight in London, still the day before in UTC.
SUMMER_NIGHT = datetime(2026, 8, 3, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("template", "value", "words"),
    [
        ("{{ value|nhs_date }}", SUMMER_NIGHT, "Tuesday 4 August 2026"),
        ("{{ value|nhs_date_short }}", SUMMER_NIGHT, "Tue 4 Aug 2026"),
        ("{{ value|nhs_date_plain }}", SUMMER_NIGHT, "4 August 2026"),
        ("{{ value|nhs_time }}", SUMMER_NIGHT, "12:30am"),
        ("{{ value|nhs_date }}", date(2026, 8, 4), "Tuesday 4 August 2026"),
        ("{{ value|nhs_time }}", time(12), "midday"),
        ("{{ value|nhs_time }}", 570, "9:30am"),
        ("{{ value|nhs_time }}", 0, "midnight"),
        ("{{ value|nhs_minutes }}", 270, "4 hours 30 minutes"),
        ('{{ value|nhs_minutes:"short" }}', 270, "4h 30"),
        ("{{ value|nhs_number }}", "9990000379", '<span class="app-nowrap">999 000 0379</span>'),
        ("{{ value|nhs_number }}", "<b>", '<span class="app-nowrap">&lt;b&gt;</span>'),
        ('{{ value|quantity:"child,children" }}', 2, "2 children"),
        ('{{ value|quantity:"day" }}', 1, "1 day"),
    ],
)
def test_a_value_in_words(template, value, words):
    assert render(template, value=value) == words


DATES = ("nhs_date", "nhs_date_short", "nhs_date_plain", "age_on")


@pytest.mark.parametrize("name", [*DATES, "nhs_time", "nhs_minutes", "nhs_number"])
def test_nothing_is_shown_as_nothing(name):
    assert render("{{ value|" + name + " }}", value=None) == ""


def test_a_time_follows_the_current_time_zone():
    with timezone.override("UTC"):
        assert render("{{ value|nhs_time }}", value=SUMMER_NIGHT) == "11:30pm"


def test_age_on_a_day_in_local_time():
    born = date(2016, 8, 4)

    assert render("{{ born|age_on:day }}", born=born, day=SUMMER_NIGHT) == "10 years"
    assert render("{{ born|age_on:day }}", born=born, day=date(2026, 8, 3)) == "9 years"
    assert render("{{ born|age_on:day }}", born=born, day=date(2016, 8, 3)) == ""


def test_captured_html_is_handed_on_unescaped_and_shown_once():
    text = "{% capture words %}<b>{{ name }}</b>{% endcapture %}[{{ words }}]"

    assert render(text, name="<Bo>") == "[<b>&lt;Bo&gt;</b>]"


@pytest.mark.parametrize("asked", ["", "0", "4", "-1", "x", "²", "1" * 30])
def test_a_page_number_that_does_not_exist_gives_the_first_page(asked):
    request = RequestFactory().get("/", {"page": asked})

    assert page_of(request, range(30), per_page=10).number == 1


def test_a_page_number_that_exists_gives_that_page():
    request = RequestFactory().get("/", {"page": "3"})

    assert list(page_of(request, range(30), per_page=10)) == list(range(20, 30))


def test_all_of_a_list_can_be_asked_for_to_be_printed_unless_it_is_very_long():
    request = RequestFactory().get("/", {"page": "all"})

    assert list(page_of(request, range(30), per_page=10)) == list(range(30))
    assert list(page_of(request, [], per_page=10)) == []
    assert list(page_of(request, range(1001), per_page=10)) == list(range(10))


def test_the_title_counts_pages_only_if_there_are_several():
    title = "Children{{ page|page_of }}"

    assert render(title, page=Paginator(range(30), 10).page(2)) == "Children (page 2 of 3)"
    assert render(title, page=Paginator(range(3), 10).page(1)) == "Children"


def test_page_links_keep_the_rest_of_the_address_and_one_page_needs_none():
    include = '{% include "components/pagination.html" with page=page request=request only %}'
    request = RequestFactory().get("/", {"status": "held", "page": "2"})

    html = render(include, page=Paginator(range(30), 10).page(2), request=request)

    assert 'href="?status=held&amp;page=3"' in html
    assert render(include, page=Paginator(range(3), 10).page(1), request=request).strip() == ""


def test_a_table_row_must_fit_its_headings():
    with pytest.raises(ValueError, match="zip"):
        table_rows([["one"]], ["A", "B"])
