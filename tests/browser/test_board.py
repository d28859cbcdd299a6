"""The week board at work: with the keyboard, without JavaScript, on a phone, on paper."""

import re

import pytest
from playwright.sync_api import expect

from patients.access import Role
from tests.browser import questions
from tests.browser.checks import wait_for_focus
from tests.browser.visitors import DESKTOP, PHONE

pytestmark = pytest.mark.browser

ARROWS = {"ArrowRight": (1, 0), "ArrowLeft": (-1, 0), "ArrowDown": (0, 1), "ArrowUp": (0, -1)}


@pytest.fixture
def board(visitors, things):
    """A coordinator before a week with visits."""
    return visitors.page(f"/board/?day={things['day']}", Role.COORDINATOR)


def box_of_focus(page):
    return page.evaluate(
        "() => { const here = document.activeElement, box = here.getBoundingClientRect();"
        " return [box.left, box.top + scrollY, !!here.closest('.app-lane')] }"
    )


def test_it_fits_a_laptop_without_scrolling_sideways(board):
    board.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    region = board.locator(".app-board__region")
    assert region.evaluate("(element) => element.scrollWidth - element.clientWidth") <= 0


def test_the_board_is_a_few_tabs_away_and_can_be_skipped(board):
    names = []
    for _ in range(25):
        board.keyboard.press("Tab")
        names.append(board.evaluate("() => document.activeElement.textContent.trim()"))
        if board.evaluate("() => !!document.activeElement.closest('.app-board')"):
            break
    skip = names.index("Skip the board")
    assert len(names) - skip <= 3
    board.get_by_role("link", name="Skip the board").focus()
    board.keyboard.press("Enter")
    board.keyboard.press("Tab")
    wait_for_focus(board.get_by_role("link", name="The same week as a list"))


@pytest.mark.parametrize("key", ARROWS)
def test_arrow_keys_move_to_a_neighbour_on_that_side(board, key):
    links = board.locator(".app-lane a")
    right, down = ARROWS[key]
    moved = 0
    for number in range(0, links.count(), 3):
        links.nth(number).focus()
        left, top, _ = box_of_focus(board)
        board.keyboard.press(key)
        new_left, new_top, inside = box_of_focus(board)
        assert inside
        if (new_left, new_top) != (left, top):
            moved += 1
            if right:
                assert (new_left - left) * right > 0
            else:
                assert (new_top - top) * down > 0
    assert moved


def test_a_focused_link_is_never_hidden_under_the_names_of_the_chairs(visitors, things):
    page = visitors.page(f"/board/?day={things['day']}", Role.COORDINATOR, size=(700, 800))
    chairs = page.locator(".app-board__chair").first.bounding_box()
    for link in page.locator(".app-lane a").all()[:12]:
        link.focus()
        assert link.bounding_box()["x"] + 1 >= chairs["x"] + chairs["width"]


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_a_free_place_leads_to_who_fits_and_on_to_the_check(visitors, things, javascript):
    page = visitors.page(f"/board/?day={things['free_day']}", Role.COORDINATOR, javascript=javascript)
    place = f"/board/chairs/{things['free_chair']}/?day={things['free_day']}"
    starts = {
        int(link.get_attribute("href").rpartition("=")[2]): link
        for link in page.locator(f".is-free a[href^='{place}']").all()
    }
    starts[max(start for start in starts if start <= things["free_start"])].focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Who could start here?")
    chair = page.locator(".nhsuk-lede-text").inner_text().split(",")[0]
    page.get_by_role("button", name=re.compile("^Choose")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before you book")
    expect(page.locator(".nhsuk-summary-list").first).to_contain_text(chair)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_a_pair_is_chosen_on_the_board(visitors, things, javascript):
    address = f"/board/?for={things['fits']}&day={things['free_day']}"
    page = visitors.page(address, Role.COORDINATOR, javascript=javascript)
    link = page.locator(".is-fitting a").first
    names = link.get_attribute("data-pair").split()
    assert len(names) >= 2
    link.focus()
    lit = page.locator(".is-paired")
    expect(lit).to_have_count(len(names) if javascript else 0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before you book")


@pytest.fixture(scope="module")
def swappable(app, things):
    """The ids of two visits of one day to come, in two chairs; the day. Booked after `things` were chosen."""
    return app.ask(questions.two_to_swap)


# The whole board at once: nobody scrolls between pressing the mouse and moving it.
TALL = (1280, 2400)


def chairs_of(page, *visits):
    rows = [page.locator(f"tr:has(li[data-visit='{visit}']) th") for visit in visits]
    return [row.inner_text().partition("\n")[0] for row in rows]


def test_a_visit_dragged_onto_another_and_one_chosen_by_keys_lead_to_the_same_check(visitors, swappable):
    one, other, day = swappable
    page = visitors.page(f"/board/?day={day}", Role.COORDINATOR, size=TALL)
    stood = chairs_of(page, one, other)
    first, second = (page.locator(f"li[data-visit='{visit}'] > a") for visit in (one, other))
    first.drag_to(second)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before the chairs are swapped")
    dragged = page.url
    page.go_back()
    first.focus()
    page.keyboard.press("s")
    page.get_by_label(f"{stood[1]}, swap with").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before the chairs are swapped")
    assert page.url == dragged
    page.get_by_role("button", name="Swap the chairs").click()
    expect(page.locator("#banner")).to_contain_text("Nothing was sent")
    assert chairs_of(page, one, other) == stood[::-1]


def test_a_visit_dragged_to_a_free_place_is_checked_too(visitors, swappable):
    one, _, day = swappable
    page = visitors.page(f"/board/?day={day}", Role.COORDINATOR, size=TALL)
    other_rows = page.locator("tr").filter(has_not=page.locator(f"li[data-visit='{one}']"))
    free = other_rows.locator(f"li.is-free[id^='s{day[5:7]}{day[8:]}-'] > a").last
    page.locator(f"li[data-visit='{one}'] > a").drag_to(free)
    expect(page.get_by_role("heading", level=1)).to_have_text("Check the new chair")
    assert "to=chair-" in page.url


def test_the_days_stay_in_view_above_a_long_list_of_chairs(visitors, things):
    page = visitors.page(f"/board/?day={things['day']}", Role.COORDINATOR, size=(1280, 420))
    page.locator(".app-board tbody tr").last.scroll_into_view_if_needed()
    page.evaluate(
        "scrollTo(0, document.querySelector('.app-board').getBoundingClientRect().top + scrollY + 100)"
    )
    heads = page.locator(".app-board__head")
    assert {
        round(box["y"]) for box in heads.evaluate_all("heads => heads.map(h => h.getBoundingClientRect())")
    } == {0}


def test_a_phone_shows_one_day_and_leads_to_the_others(visitors, things):
    page = visitors.page(f"/board/?day={things['day']}", Role.COORDINATOR, size=PHONE)
    heads = page.locator(".app-board__head:visible")
    expect(heads).to_have_count(1)
    before = heads.inner_text()
    days = page.locator(".app-board__day-link:visible")
    assert days.count() >= 5
    days.nth(4).click()
    expect(page.locator(".app-board__head:visible")).to_have_count(1)
    assert page.locator(".app-board__head:visible").inner_text() != before
    page.emulate_media(media="print")
    expect(page.locator(".app-board__head:visible")).to_have_count(1)


def test_on_paper_each_visit_has_the_number_of_its_child(board):
    visits = board.locator(".app-lane a[href^='/courses/']:has(.app-paper)")
    assert visits.count() > 1
    assert visits.locator(".app-paper:visible").count() == 0
    board.emulate_media(media="print")
    assert visits.locator(".app-paper:visible").count() == visits.count()
    board.emulate_media(media="screen")


def test_it_prints_on_one_landscape_page(board):
    # Other tests give each child of theirs a chair; the unit has six.
    board.locator(".app-board tbody tr").evaluate_all("rows => rows.slice(6).forEach(row => row.remove())")
    pdf = board.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1
    [(width, height)] = re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", pdf)
    assert float(width) > float(height)


def test_states_can_be_told_apart_without_colour(board):
    """Forced colours take the backgrounds away: what is left are borders and words."""
    board.emulate_media(forced_colors="active")
    looks = {
        name: board.locator(f".is-{name} > a").first.evaluate(
            "(link) => { const s = getComputedStyle(link);"
            " return s.borderTopStyle + s.borderTopWidth + link.innerText.includes('free') }"
        )
        for name in ("booked", "free")
    }
    assert len(set(looks.values())) == len(looks)
    assert "none" not in str(looks)


def test_the_date_to_go_to_works_without_javascript(visitors, things):
    page = visitors.page("/board/", Role.COORDINATOR, javascript=False)
    page.get_by_label("Go to a date").fill(things["day"])
    page.get_by_role("button", name="Go").click()
    assert f"day={things['day']}" in page.url
    expect(page.get_by_role("heading", level=1)).to_contain_text("Week of")
