"""The checklist at work: ticked with a mouse and with keys, and asked for before a drip starts."""

import re

import pytest
from playwright.sync_api import expect

from patients.access import Role
from tests.browser import questions
from tests.browser.checks import WITH_AXE, wait_for_focus, wrong_with
from tests.browser.keyboard import tab_to
from tests.browser.visitors import PHONE

pytestmark = pytest.mark.browser

WITH_AND_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])


def a_child(visitors, name, *missing):
    """A child who has arrived, with all ticked but this; the key of the course."""
    return visitors.app.ask(questions.arrive_without, name=name, missing=missing)


@WITH_AND_WITHOUT
def test_one_press_ticks_and_one_takes_back(visitors, javascript):
    course = a_child(visitors, f"Hazel Brimble {javascript}", "vitamin-d")
    page = visitors.page(f"/courses/{course}/readiness/", Role.NURSE, javascript=javascript)
    loads = []
    page.on("load", lambda _: loads.append(1))
    count = page.get_by_role("status")
    expect(count).to_contain_text("Left: 1 must.")
    page.locator("#done-vitamin-d").click()
    expect(page.get_by_role("alert")).to_contain_text("Done today: “Vitamin D”.")
    expect(count).not_to_contain_text("Left")
    page.locator("#back-vitamin-d").click()
    expect(page.get_by_role("alert")).to_contain_text("Taken back: “Vitamin D” is not done.")
    expect(count).to_contain_text("Left: 1 must.")
    assert len(loads) == (0 if javascript else 2)
    assert visitors.app.ask(questions.ticks, course=course, key="vitamin-d") == [True, False, True, False]


def test_keys_alone_tick_and_the_focus_stays_with_the_item(visitors):
    course = a_child(visitors, "Rush Pellinor", "vitamin-d")
    page = visitors.page(f"/courses/{course}/readiness/", Role.NURSE)
    tab_to(page, "Done today: Vitamin D", 60)
    page.keyboard.press("Enter")
    wait_for_focus(page.locator("#back-vitamin-d"))
    page.keyboard.press("Enter")
    wait_for_focus(page.locator("#done-vitamin-d"))
    assert wrong_with(page, WITH_AXE) == ""


def test_another_date_on_a_phone(visitors):
    course = a_child(visitors, "Fern Oldacre", "dental")
    page = visitors.page(f"/courses/{course}/readiness/", Role.NURSE, size=PHONE)
    page.locator("#item-dental").get_by_role("link", name="Another date, or a note").click()
    for part, typed in (("Day", "3"), ("Month", "2"), ("Year", "2026")):
        page.get_by_label(part, exact=True).fill(typed)
    page.get_by_label("Note").fill("Letter from the dentist")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Done on Tuesday 3 February 2026: “Dental review”.")
    expect(page.locator("#item-dental")).to_contain_text("Note: Letter from the dentist")


@WITH_AND_WITHOUT
def test_a_drip_without_a_must_needs_a_name_and_a_reason(visitors, javascript):
    name = f"Myrtle Quaife {javascript}"
    course = a_child(visitors, name, "vitamin-d", "dental")
    page = visitors.page("/", Role.NURSE, javascript=javascript)
    row = page.get_by_role("row").filter(has_text=name)
    # Another test may have put a version with one more in force.
    items = visitors.app.ask(questions.items_asked, course=course)
    assert items >= 19
    expect(row).to_contain_text(f"2 of {items} left: 1 must")
    row.get_by_role("button", name="Drip started").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Something that must be done is missing")
    expect(page.get_by_role("main")).to_contain_text("Vitamin D: not done")
    expect(page.get_by_role("main")).not_to_contain_text("Dental review")
    assert visitors.app.ask(questions.overrides, course=course) == []
    page.get_by_label("Who decided").fill("Dr Martin Cawthorne")
    page.get_by_label("Why?").fill("The result is on its way")
    page.get_by_role("button", name="Record that the drip started").click()
    expect(page.get_by_role("alert")).to_contain_text(": the drip started at")
    expect(row).to_contain_text("Started without: Vitamin D. Decided by Dr Martin Cawthorne")
    why = ["Dr Martin Cawthorne", "The result is on its way", ["vitamin-d"]]
    assert visitors.app.ask(questions.overrides, course=course) == [why]
    row.get_by_role("button", name="Undo").click()
    expect(row.get_by_role("button", name="Drip started")).to_be_visible()
    row.get_by_role("button", name="Drip started").click()
    expect(row.get_by_role("button", name="Drip finished")).to_be_visible()
    assert visitors.app.ask(questions.overrides, course=course) == [why]


def test_ticked_meanwhile_the_press_asks_nothing(visitors):
    name = "Teasel Grimwade"
    course = a_child(visitors, name, "vitamin-d")
    page = visitors.page("/", Role.NURSE)
    row = page.get_by_role("row").filter(has_text=name)
    row.get_by_role("button", name="Drip started").click()
    page.get_by_role("link", name="tick it on the checklist").click()
    page.locator("#done-vitamin-d").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto(visitors.app.address)
    row.get_by_role("button", name="Drip started").click()
    expect(row.get_by_role("button", name="Drip finished")).to_be_visible()
    assert visitors.app.ask(questions.overrides, course=course) == []


@WITH_AND_WITHOUT
def test_the_list_to_chase_narrows_to_musts(visitors, javascript):
    should, must = f"Sage Wetherall {javascript}", f"Rue Dockerty {javascript}"
    a_child(visitors, should, "dental")
    a_child(visitors, must, "vitamin-d")
    page = visitors.page("/", Role.COORDINATOR, javascript=javascript)
    page.get_by_role("link", name="What is left on the checklists of the next 14 days").click()
    for name in (should, must):
        expect(page.get_by_role("row").filter(has_text=name)).to_be_visible()
    page.get_by_label("Show").select_option("Only courses with a must left")
    if not javascript:
        page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("only=must"))
    expect(page.get_by_role("row").filter(has_text=should)).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text=must)).to_contain_text("Vitamin D")


@WITH_AND_WITHOUT
def test_a_lead_orders_the_draft(visitors, things, javascript):
    page = visitors.page(f"/units/{things['unit']}/checklist/", Role.LEAD, javascript=javascript)
    first = page.locator("#items tbody tr").first
    label = first.locator("th div").inner_text().split("\n")[0]
    first.get_by_role("button", name="Down").click()
    expect(first).not_to_contain_text(label)
    page.get_by_role("row").filter(has_text=label).get_by_role("button", name="Up").click()
    expect(first).to_contain_text(label)
    if javascript:
        wait_for_focus(first.get_by_role("button", name="Down"))
