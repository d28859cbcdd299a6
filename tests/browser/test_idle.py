"""Two minutes before a sign-in ends the page warns; when it ends, what was typed is taken along."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from scheduling.management.commands.seed_demo import DEMO_PASSWORD
from tests.browser.checks import violations

pytestmark = pytest.mark.browser


@pytest.fixture
def page(visitors, things) -> Iterator[Page]:
    """The form about a contact, with something typed; ten hours have passed on the browser's clock."""
    # A browser of its own: the sign-ins that are kept for other tests must not end.
    page = visitors.browser.new_context().new_page()
    page.goto(f"{visitors.app.address}/accounts/login/?next=/children/{things['patient']}/contacts/add/")
    page.get_by_label("Email address").fill("nurse@hospital.example")
    page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    page.clock.install()
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Full name").fill("Mia Typed")
    yield page
    page.context.close()


def left(page: Page, seconds: int) -> None:
    """What the server says of the time left from now on."""
    page.unroute("**/time-left/")
    page.route("**/time-left/", lambda route: route.fulfill(json={"seconds": seconds}))


def test_the_page_warns_and_takes_what_was_typed_along(page):
    warning = page.get_by_role("alertdialog", name="Are you still there?")
    left(page, 100)
    page.clock.run_for(3_600_000)
    expect(warning).to_be_visible()
    expect(warning.get_by_role("button", name="Stay signed in")).to_be_focused()
    assert violations(page) == []
    warning.get_by_role("button", name="Stay signed in").click()
    expect(warning).to_be_hidden()
    expect(page.get_by_label("Full name")).to_have_value("Mia Typed")

    page.clock.run_for(3_600_000)
    expect(warning).to_be_visible()
    left(page, 5)
    page.clock.run_for(100_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_role("region", name="Important")).to_contain_text("it comes back when you sign in")
    page.get_by_label("Email address").fill("nurse@hospital.example")
    page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("Full name")).to_have_value("Mia Typed")
    expect(page.get_by_role("alert")).to_contain_text("You were signed out before this was saved")
