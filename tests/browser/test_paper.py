"""Every page on paper: from its first sheet, whole, with the time at which it was printed."""

import re

import pytest
from playwright.sync_api import Page, expect

from patients.access import Role
from tests.browser.sheets import letters_on

pytestmark = pytest.mark.browser

LISTS = {
    "the day list of a date": "/visits/day/?day={day}",
    "the waiting list": "/waiting/",
    "the visits of a week": "/visits/?day={day}",
    "the week board": "/board/?day={day}",
    "what is left on the checklists": "/readiness/",
    "tasks": "/tasks/",
    "families to ring": "/families-to-ring/",
    "reviews": "/reviews/",
    "messages": "/messages/",
    "a course": "/courses/{course}/",
    "a history": "/children/{long}/history/",
    "a unit": "/units/{unit}/",
    "today": "/",
}


@pytest.mark.parametrize("name", LISTS)
def test_a_page_begins_on_its_first_sheet_and_says_when_it_was_printed(visitors, things, name):
    page = visitors.page(LISTS[name].format(**things), Role.COORDINATOR)
    is_short = page.evaluate("document.body.innerText.length") < 1_000
    first, *others = letters_on(page.pdf(format="A4", prefer_css_page_size=True))
    assert is_short or first > 500 or not others
    page.emulate_media(media="print")
    expect(
        page.get_by_text(re.compile(r"^As it stood at \S+\s+on\s+\w+day \d+ \w+ 20\d\d\."))
    ).to_be_visible()
    expect(page.get_by_role("search")).to_be_hidden()


@pytest.mark.parametrize("chairs", [6, 20])
def test_the_board_prints_from_its_first_sheet_with_few_chairs_and_with_many(visitors, things, chairs):
    page = visitors.page(f"/board/?day={things['day']}", Role.COORDINATOR)
    page.locator(".app-board tbody").evaluate(
        """(body, chairs) => {
          const rows = [...body.rows];
          rows.slice(chairs).forEach((row) => row.remove());
          while (body.rows.length < chairs) body.append(rows[body.rows.length % rows.length].cloneNode(true));
        }""",
        chairs,
    )
    sheets = letters_on(page.pdf(prefer_css_page_size=True))
    assert len(sheets) <= (1 if chairs == 6 else 3)
    assert min(sheets[0], 500) == 500


def names_on(page: Page) -> list[str]:
    return page.locator("main tbody tr > th[scope=row] a").all_inner_texts()


def test_a_list_in_pages_is_printed_whole(visitors):
    page = visitors.page("/messages/", Role.COORDINATOR)
    count = int(page.locator("h2").first.inner_text().split()[0])
    assert 25 < count <= 1000
    page.emulate_media(media="print")
    expect(
        page.get_by_text(re.compile(r"^Page 1 of \d+: the others are not on this paper\."))
    ).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="All on one page, to print").click()
    expect(page.locator("main tbody tr")).to_have_count(count)
    page.emulate_media(media="print")
    expect(page.get_by_text("the others are not on this paper")).to_have_count(0)


def test_the_day_list_of_any_date_is_found_from_the_week_and_from_today(visitors, things):
    page = visitors.page(f"/visits/?day={things['day']}", Role.NURSE)
    page.get_by_role("link", name=re.compile("^Day list to print")).nth(2).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Day list, ")
    first = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="The day after").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(first)
    page.get_by_role("link", name="The day before").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(first)
    page = visitors.page("/", Role.NURSE)
    page.get_by_role("link", name=re.compile("^Day list to print")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Day list, ")


def test_the_day_list_on_paper_has_dates_of_birth_and_boxes_to_write_in(visitors, things):
    page = visitors.page(f"/visits/day/?day={things['day']}", Role.NURSE)
    expect(page.get_by_text(re.compile("^Born ")).first).to_be_hidden()
    page.emulate_media(media="print")
    rows = page.locator("#day tbody tr").count()
    assert rows
    expect(page.get_by_text(re.compile(r"^Born \d+ \w+ 20\d\d"))).to_have_count(rows)
    for heading in ("Arrived", "Started", "Finished", "Notes"):
        expect(page.get_by_role("columnheader", name=heading)).to_be_visible()
    expect(page.locator("button:visible, nav:visible")).to_have_count(0)
