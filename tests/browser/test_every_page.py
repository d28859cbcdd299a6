"""Every page in every notable state, from small phone to large screen: axe and our rules find nothing."""

import re

import pytest
from playwright.sync_api import expect

from patients.access import Role
from tests.browser.checks import WITH_AXE, wrong_with
from tests.browser.pages import EMPTY, NAMES, OUTSIDE, STATES, path_of

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", [*NAMES, *STATES])
def test_a_page_is_accessible_and_fits_at_every_size(visitors, things, name):
    assert wrong_with(visitors.look(path_of(name, things))) == ""


@pytest.mark.parametrize("path", OUTSIDE.values(), ids=OUTSIDE)
def test_a_page_for_those_not_signed_in_is_accessible_and_fits(visitors, path):
    assert wrong_with(visitors.look(path, None)) == ""


def test_the_link_to_a_new_password_opens_an_accessible_page(visitors):
    page = visitors.page("/accounts/password/reset/", None)
    page.get_by_label("Email address").fill("nurse@hospital.example")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your email")
    [mail] = (visitors.app.mail_folder / "staff").iterdir()
    page.goto(re.search(r"http://\S+", mail.read_text())[0])
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a new password")
    assert wrong_with(page) == ""
    page.get_by_role("button", name="Save password").click()
    expect(page).to_have_title(re.compile("^Error: Choose a new password"))
    assert wrong_with(page, WITH_AXE) == ""


@pytest.mark.parametrize("path", EMPTY.values(), ids=EMPTY)
def test_a_page_with_nothing_on_it_is_accessible_and_fits(visitors_of_empty_app, path):
    assert wrong_with(visitors_of_empty_app.look(path), WITH_AXE) == ""


@pytest.mark.parametrize("path", ["/", "/units/"])
def test_a_page_before_anything_is_set_up_leads_nobody_to_what_they_may_not_do(visitors_of_empty_app, path):
    page = visitors_of_empty_app.look(path, Role.READ_ONLY)
    for link in page.locator("main a").all():
        href = link.get_attribute("href")
        assert page.context.request.get(visitors_of_empty_app.app.address + href).ok, href
    assert wrong_with(page, WITH_AXE) == ""


@pytest.mark.parametrize("name", ["scheduling:find_slot", "scheduling:add_unit"])
def test_a_page_that_one_may_not_see_says_so_accessibly(visitors, things, name):
    page = visitors.look(path_of(name, things), Role.READ_ONLY)
    assert page.get_by_role("heading", level=1).inner_text() == "You cannot see this page"
    assert wrong_with(page) == ""
