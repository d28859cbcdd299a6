"""Without a mouse, with wide text, and with the colours of the system."""

import pytest
from playwright.sync_api import expect

from patients.access import Role
from tests.browser import questions
from tests.browser.checks import overflow_with_wide_text
from tests.browser.keyboard import tab_to
from tests.browser.pages import path_of

pytestmark = pytest.mark.browser

# Colours of our own vanish; what they set apart must have an edge or words.
BOXES = ".app-identity, .app-offer, .app-day, .app-typed, .nhsuk-tag, .nhsuk-button"
UNMARKED = """boxes => boxes.filter(box => {
  const { borderTopWidth, borderLeftWidth, outlineStyle } = getComputedStyle(box);
  return borderTopWidth == "0px" && borderLeftWidth == "0px" && outlineStyle == "none";
}).map(box => box.outerHTML)"""

# Whether the control that has the focus looks as if it had (its label included), and stands on the screen.


def test_the_first_tab_leads_past_the_menu(visitors):
    page = visitors.page("/waiting/")
    tab_to(page, "Skip to main content", 1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') != null")


def test_a_course_is_booked_with_the_keyboard_alone(visitors):
    course = visitors.app.ask(questions.wait, name="Linnet Osgood", weeks=13)
    page = visitors.page(f"/courses/{course}/find-a-slot/", Role.COORDINATOR)
    tab_to(page, "Choose", 20)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before you book")
    tab_to(page, "Book and invite the family", 30)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Course booked")


@pytest.mark.parametrize("name", ["scheduling:agree_course", "scheduling:set_opening_hours"])
def test_every_control_shows_when_it_has_the_focus(visitors, things, name):
    page = visitors.page(path_of(name, things))
    tab_to(page, "Save ", 80)


@pytest.mark.parametrize("name", ["home", "scheduling:find_slot", "scheduling:agree_course"])
def test_a_page_bears_wide_text(visitors, things, name):
    page = visitors.page(path_of(name, things), size=(640, 480))
    assert overflow_with_wide_text(page) == 0


@pytest.mark.parametrize("name", ["scheduling:find_slot", "scheduling:show_course"])
def test_a_page_is_drawn_in_the_colours_of_the_system(visitors, things, name):
    page = visitors.page(path_of(name, things))
    usual = page.screenshot()
    page.emulate_media(forced_colors="active", color_scheme="dark")
    assert page.screenshot() != usual
    assert page.locator(BOXES).evaluate_all(UNMARKED) == []
