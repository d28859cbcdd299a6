"""Keys that open pages from anywhere, and the search box in the header."""

import pytest
from playwright.sync_api import expect

from patients.access import Role
from tests.browser import questions
from tests.browser.checks import wait_for_focus

pytestmark = pytest.mark.browser


def test_a_slash_and_a_hospital_number_open_the_child(visitors, things):
    number = visitors.app.ask(questions.hospital_number, patient=things["patient"])
    page = visitors.page("/tasks/", Role.NURSE)
    page.keyboard.press("/")
    box = page.get_by_role("searchbox")
    wait_for_focus(box)
    page.keyboard.type(f"{number.lower()}")
    expect(box).to_have_value(number.lower())
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/children/{things['patient']}/")


def test_keys_open_pages_but_not_where_somebody_types_or_with_modifiers(visitors):
    page = visitors.page("/tasks/", Role.NURSE)
    page.keyboard.press("?")
    expect(page.get_by_role("heading", level=1)).to_have_text("Keyboard shortcuts")
    page.keyboard.press("Control+w")
    page.get_by_role("searchbox").focus()
    page.keyboard.type("w?l")
    expect(page.get_by_role("searchbox")).to_have_value("w?l")
    expect(page.get_by_role("heading", level=1)).to_have_text("Keyboard shortcuts")
    page.get_by_role("searchbox").blur()
    page.keyboard.press("w")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Week of")


def test_turned_off_they_do_nothing_and_the_search_works_without_javascript(visitors):
    page = visitors.page("/shortcuts/", Role.READ_ONLY)
    page.get_by_role("button", name="Turn shortcuts off").click()
    expect(page.locator("main")).to_contain_text("They are off in this browser")
    page.keyboard.press("w")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.tagName") != "INPUT"
    page.get_by_role("button", name="Turn shortcuts on").click()
    expect(page.get_by_role("button", name="Turn shortcuts off")).to_be_visible()
    plain = visitors.page("/tasks/", Role.READ_ONLY, javascript=False)
    plain.get_by_role("searchbox").fill("nobody of this name")
    plain.get_by_role("button", name="Search").click()
    expect(plain.locator("main")).to_contain_text("0 children found")
