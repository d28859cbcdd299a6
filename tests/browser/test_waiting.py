"""The waiting list as a work list: narrowing it, ringing families, filling a place that becomes free."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from patients.access import Role
from tests.browser import questions
from tests.browser.checks import WITH_AXE, wait_for_focus, wrong_with
from tests.browser.keyboard import FOCUSED, tab_to
from tests.browser.visitors import PHONE

pytestmark = pytest.mark.browser
# Without those at short notice.
OFFERS = ".app-offer:not(.app-offer--sooner)"
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])

NAMES = ".app-waiting tbody th a"

# An ordinary page load makes a new window object.
MARKED = "window.marked === true"


def names(page: Page) -> list[str]:
    return page.locator(NAMES).all_inner_texts()


def address(page: Page) -> str:
    parts = urlsplit(page.url)
    return f"{parts.path}?{parts.query}"


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def test_filters_give_the_same_rows_and_address_with_javascript_and_without(visitors):
    quick = visitors.page("/waiting/", Role.COORDINATOR)
    quick.evaluate("window.marked = true")
    plain = visitors.page("/waiting/", Role.COORDINATOR, javascript=False)
    everyone = names(plain)
    count = quick.locator("#count").inner_text()
    for label in ("Urgent", "Not contacted in 7 days"):
        quick.get_by_label(label).check()
        expect(quick.get_by_role("link", name=f"{label} (remove this filter)")).to_be_visible()
        plain.get_by_label(label).check()
    plain.get_by_role("button", name="Apply filters").click()
    expect(plain.get_by_role("link", name="Urgent (remove this filter)")).to_be_visible()

    assert quick.evaluate(MARKED)
    assert address(quick) == address(plain) == "/waiting/?only=not_tried&priority=0"
    assert 0 < len(names(plain)) < len(everyone)
    assert names(quick) == names(plain)
    assert quick.locator("#count").inner_text() == plain.locator("#count").inner_text()
    assert quick.locator("#count").inner_text().endswith(f"of {count}")
    assert quick.evaluate(FOCUSED)["text"] == "only"
    assert wrong_with(quick, WITH_AXE) == ""

    for page in (quick, plain):
        page.get_by_role("link", name="Urgent (remove this filter)").click()
        page.get_by_role("link", name="Clear all filters").click()
        expect(page.get_by_role("link", name="Clear all filters")).to_have_count(0)
        expect(page.locator(NAMES)).to_have_text(everyone)


@BOTH
def test_on_a_phone_the_filters_are_folded_above_the_first_child(visitors, javascript):
    page = visitors.page("/waiting/", Role.COORDINATOR, javascript=javascript, size=PHONE)
    expect(page.get_by_label("Urgent")).to_be_hidden()
    assert page.locator(".app-waiting tbody").bounding_box()["y"] < PHONE[1]
    page.get_by_text("Filter and sort").click()
    page.get_by_label("Urgent").check()


def test_back_gives_the_list_as_it_was_with_its_filters(visitors):
    page = visitors.page("/waiting/", Role.COORDINATOR)
    everyone = names(page)
    page.get_by_label("Urgent").check()
    expect(page.get_by_role("link", name="Urgent (remove this filter)")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("link", name="Urgent (remove this filter)")).to_have_count(0)
    expect(page.get_by_label("Urgent")).not_to_be_checked()
    expect(page.locator(NAMES)).to_have_text(everyone)


def test_the_list_is_narrowed_with_the_keyboard_alone(visitors):
    page = visitors.page("/waiting/", Role.COORDINATOR)
    tab_to(page, "priority", 45)
    page.keyboard.press("Space")
    expect(page.get_by_role("link", name="Urgent (remove this filter)")).to_be_visible()
    assert page.evaluate("document.activeElement.name") == "priority"
    tab_to(page, "Apply filters", 10)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, "Find a slot", 45)


@BOTH
def test_an_attempt_is_noted_and_stands_in_the_list_it_came_from(visitors, javascript):
    name = f"Pipit Osgood {javascript}"
    course = visitors.app.ask(questions.wait, name=name, weeks=30, priority=0)
    page = visitors.page("/waiting/?priority=0", Role.COORDINATOR, javascript=javascript, size=PHONE)
    page.get_by_role("link", name=f"Note an attempt to reach the family of {name}").click()
    heading(page, "Note an attempt")
    expect(page.get_by_role("link", name="07700 900321")).to_have_attribute("href", "tel:+447700900321")
    page.get_by_label("Asked to ring again").check()
    page.get_by_label("Note").fill("After 2pm")
    page.get_by_role("button", name="Save attempt").click()
    heading(page, "Waiting list")
    assert address(page) == "/waiting/?priority=0"
    expect(page.get_by_role("row", name=name)).to_contain_text("Asked to ring again")
    assert visitors.app.ask(questions.attempts, course=course) == [
        ["ring_back", "After 2pm", "Bridget Harkaway"]
    ]


@BOTH
def test_days_are_held_for_those_selected_after_a_look_at_them(visitors, javascript):
    weeks = 50 if javascript else 54
    chosen = [f"{bird} Osgood {javascript}" for bird in ("Godwit", "Sanderling")]
    for name in chosen:
        visitors.app.ask(questions.wait, name=name, weeks=weeks, priority=0)
    page = visitors.page("/waiting/?sort=child", Role.COORDINATOR, javascript=javascript)
    if javascript:
        # The rows that are swapped in still belong to the form with the two buttons.
        page.get_by_label("Urgent").check()
        expect(page.get_by_role("link", name="Urgent (remove this filter)")).to_be_visible()
    for name in chosen:
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("button", name="Hold the next possible days").click()
    heading(page, "Check before you hold days")
    page.get_by_role("button", name="Hold days for 2 children").click()
    heading(page, "Waiting list")
    assert address(page).startswith(
        "/waiting/?sort=child" if not javascript else "/waiting/?priority=0&sort=child"
    )
    for name in chosen:
        expect(page.get_by_role("row", name=name)).to_contain_text("Held:")


@BOTH
def test_after_a_cancellation_the_page_shows_who_would_fit(visitors, javascript):
    weeks = 40 if javascript else 44
    course = visitors.app.ask(questions.wait_and_book, name=f"Dunlin Osgood {javascript}", weeks=weeks)
    who = f"Curlew Osgood {javascript}"
    visitors.app.ask(questions.wait, name=who, weeks=weeks, priority=0)
    page = visitors.page(f"/courses/{course}/cancel/", Role.COORDINATOR, javascript=javascript)
    page.get_by_label("Child unwell").check()
    page.get_by_label("End this course").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name=re.compile("^Cancel the course")).click()
    heading(page, "Course cancelled")
    expect(page.get_by_role("heading", name="Who could come instead")).to_be_visible()
    if javascript:
        assert wrong_with(page, WITH_AXE) == ""
    page.get_by_role("button", name=f"Choose for {who}").click()
    heading(page, "Check before you book")
    expect(page.get_by_role("link", name=who)).to_be_visible()


def test_other_times_and_more_days_are_the_same_page_with_javascript_and_without(visitors):
    course = visitors.app.ask(questions.wait, name="Plover Osgood", weeks=48)
    start = f"/courses/{course}/find-a-slot/"
    quick = visitors.page(start, Role.COORDINATOR)
    quick.evaluate("window.marked = true")
    plain = visitors.page(start, Role.COORDINATOR, javascript=False)
    offers = ".app-offer__days, .app-offer__times"

    for page in (quick, plain):
        page.get_by_role("link", name="Show more days").click()
        expect(page.locator(OFFERS)).to_have_count(20)
    assert address(quick) == address(plain) == f"{start}?show=20"
    assert quick.locator(offers).all_inner_texts() == plain.locator(offers).all_inner_texts()
    eleventh = quick.locator(OFFERS).nth(10)
    wait_for_focus(eleventh)
    expect(eleventh).to_be_in_viewport()

    for page in (quick, plain):
        page.get_by_role("link", name=re.compile("^Other times")).first.click()
        expect(page.get_by_role("heading", name=re.compile("^Starts on"))).to_be_visible()
    assert address(quick) == address(plain)
    assert quick.locator(offers).all_inner_texts() == plain.locator(offers).all_inner_texts()
    wait_for_focus(quick.get_by_role("heading", name=re.compile("^Starts on")))
    assert wrong_with(quick, WITH_AXE) == ""

    for page in (quick, plain):
        page.get_by_role("link", name="Back to the best days").click()
        expect(page.locator(OFFERS)).to_have_count(10)
    assert quick.evaluate(MARKED)
    # The buttons that were swapped in are pressed with the space bar too.
    quick.get_by_role("button", name=re.compile("^Choose")).first.focus()
    quick.keyboard.press("Space")
    heading(quick, "Check before you book")


def test_five_offers_fit_on_a_laptop_and_the_calendar_leads_to_each(visitors):
    course = visitors.app.ask(questions.wait, name="Merle Kettleby", weeks=44)
    page = visitors.page(f"/courses/{course}/find-a-slot/", Role.COORDINATOR, size=(1280, 800))
    tops = page.evaluate(
        "() => [document.querySelector('#offers h2').getBoundingClientRect().top,"
        " document.querySelectorAll('.app-offer')[4].getBoundingClientRect().bottom]"
    )
    assert tops[1] - tops[0] <= 800
    link = page.locator(".app-little a").last
    link.click()
    expect(page.locator(link.get_attribute("href"))).to_be_in_viewport()
    page.get_by_role("link", name="Show more days").click()
    expect(page.locator(OFFERS)).to_have_count(20)
    expect(page.locator(".app-little a")).to_have_count(20)
