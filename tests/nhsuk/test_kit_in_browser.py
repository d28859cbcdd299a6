"""The kit in Chromium: no axe violation, no overflow, no CSP message, errors that lead to their controls."""

from pathlib import Path

import pytest

from tests.browser.checks import overflow_with_wide_text

pytestmark = pytest.mark.browser

AXE = Path(__file__).parent.parent / "browser" / "vendor" / "axe-core-4.14.1" / "axe.min.js"
RUN_AXE = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
  const found = await axe.run(document, {runOnly: tags});
  return found.violations.map(rule => rule.id + ": " + rule.nodes.map(node => node.html).join(" | "));
}"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# WCAG 2.5.8: at least 24 by 24 px; links inside a sentence are exempt. A radio's or checkbox's target is
# its label too, and a link that fills its list item has that item's height.
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
  .filter(control => control.checkVisibility({visibilityProperty: true}) && control.type != "hidden")
  .filter(control => !control.closest("p") && !control.matches(".nhsuk-skip-link"))
  .map(control => [control.outerHTML, control.getBoundingClientRect()])
  .filter(([html, box]) => box.width < 24 || box.height < 24)
  .map(([html, box]) => `${html} is ${box.width} by ${box.height}`)"""
INLINE_CODE = """[...document.querySelectorAll("*")].filter(element =>
  [...element.attributes].some(({name}) => name == "style" || name.startsWith("on"))
  || element.matches("script:not([src]), style")).map(element => element.outerHTML)"""

WIDTHS = {"phone": (320, 640), "desktop": (1366, 768)}
PAGES = {
    "components": "/kit/?page=20",
    "success": "/kit/?saved=1",
    "form": "/kit/form/",
    "not found": "/kit/signed-out/",
    "forbidden": "/kit/forbidden/",
    "broken": "/kit/broken/",
    "sign in": "/accounts/login/",
    "new password": "/accounts/password/reset/",
}


@pytest.fixture(scope="module")
def contexts(kit, chromium):
    """A browser with JavaScript and one without, each with a tab that keeps its drawing process alive."""
    made = {javascript: chromium.new_context(java_script_enabled=javascript) for javascript in (True, False)}
    for context in made.values():
        context.new_page().goto(kit + "/kit/")
    yield made
    for context in made.values():
        context.close()


@pytest.fixture
def open_page(kit, contexts):
    """Open a page of the kit; at the end nothing may have broken the security policy or left the server."""
    pages, complaints = [], []

    def open_(address: str, width: str = "desktop", javascript: bool = True):
        page = contexts[javascript].new_page()
        pages.append(page)
        page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
        page.on(
            "console", lambda message: complaints.append(message.text) if "olicy" in message.text else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: request.url.startswith(kit) or complaints.append(f"asked {request.url}"),
        )
        page.goto(kit + address)
        return page

    yield open_
    for page in pages:
        page.context.clear_cookies()
        page.close()
    assert complaints == []


def violations(page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return page.evaluate(RUN_AXE)


def send(page) -> None:
    page.click("main button[type=submit]")
    page.wait_for_load_state()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES)
def test_a_page_is_accessible_fits_and_has_targets_to_hit(open_page, address, width):
    page = open_page(address, width)

    assert violations(page) == []
    assert page.evaluate(OVERFLOW) == 0
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(INLINE_CODE) == []


def test_the_check_sees_a_control_without_a_label(open_page):
    page = open_page("/kit/form/")
    page.evaluate("document.querySelector('label[for=id_name]').remove()")

    assert [found.split(":")[0] for found in violations(page)] == ["label"]


@pytest.mark.parametrize("address", ["/kit/form/", "/accounts/login/"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_form_with_errors_is_accessible_and_fits(open_page, address, width):
    page = open_page(address, width)
    send(page)

    assert violations(page) == []
    assert page.evaluate(OVERFLOW) == 0
    assert page.evaluate(SMALL_TARGETS) == []


def test_errors_take_focus_and_come_before_the_heading(open_page):
    page = open_page("/kit/form/")
    send(page)

    assert page.title().startswith("Error: Add a child - ")
    assert page.evaluate("document.activeElement.className") == "nhsuk-error-summary"
    order = page.evaluate(
        "[...document.querySelectorAll('.nhsuk-back-link, .nhsuk-error-summary, h1')].map(e => e.tagName)"
    )
    assert order == ["A", "DIV", "H1"]


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_every_link_of_the_error_summary_reaches_a_control(open_page, javascript):
    page = open_page("/kit/form/", javascript=javascript)
    send(page)
    links = page.locator(".nhsuk-error-summary__list a")

    assert links.count() == page.locator(".nhsuk-error-summary__list li").count() > 5
    for number in range(links.count()):
        target = page.locator(links.nth(number).get_attribute("href"))
        assert target.evaluate("control => control.matches('input, select, textarea')")
        text = links.nth(number).inner_text()
        assert text in page.locator(".nhsuk-form-group .nhsuk-error-message").all_inner_texts()[number]
        if javascript:
            links.nth(number).click()
            assert target.evaluate("control => control === document.activeElement")


def test_an_error_in_one_part_of_a_date_leads_to_that_part(open_page):
    page = open_page("/kit/form/")
    page.fill("#id_born_day", "31")
    page.fill("#id_born_month", "13")
    page.fill("#id_born_year", "2016")
    send(page)

    page.get_by_role("link", name="Date of birth must be a real date").click()

    assert page.evaluate("document.activeElement.id") == "id_born_month"
    assert page.locator(".nhsuk-date-input [aria-invalid]").evaluate_all("all => all.map(e => e.id)") == [
        "id_born_month"
    ]


def test_what_was_typed_is_kept(open_page):
    page = open_page("/kit/form/")
    typed = {
        "id_name": "Zoë O’Neill-Łuk",
        "id_born_month": "feb",
        "id_start": "half nine",
        "id_notes": "<b>50%</b> & more",
    }
    for control, text in typed.items():
        page.fill(f"#{control}", text)
    page.check("text=2 days")
    page.check("text=Hoist")
    send(page)

    assert typed == {control: page.input_value(f"#{control}") for control in typed}
    assert page.is_checked("text=2 days")
    assert page.is_checked("text=Hoist")


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_good_form_is_saved_and_the_next_page_says_so_once(open_page, javascript):
    page = open_page("/kit/form/", javascript=javascript)
    texts = {"name": "Amira Khan", "nhs_number": "999-000 0379", "born_day": "15", "born_month": "Mar",
             "born_year": "2016", "start": "9.30am", "weeks": "12", "password": "secret"}  # fmt: skip
    for name, text in texts.items():
        page.fill(f"#id_{name}", text)
    page.select_option("#id_unit", "d")
    for label in ("2 days", "Yes", "Hoist", "The family has agreed"):
        page.check(f"text={label}")
    send(page)

    assert (
        page.locator(".nhsuk-notification-banner--success").inner_text().split("\n")[-1]
        == "The form was saved."
    )
    page.reload()
    assert page.locator(".nhsuk-notification-banner").count() == 0


def test_an_error_of_the_whole_form_leads_to_the_first_control(open_page):
    page = open_page("/kit/form/")
    page.fill("#id_name", "Refused")
    send(page)

    page.get_by_role("link", name="Chair 3 is taken from 9am to 1pm.").click()

    assert page.evaluate("document.activeElement.id") == "id_name"


def test_the_keyboard_meets_the_skip_link_first(open_page):
    page = open_page("/kit/")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    assert page.locator(":focus").bounding_box()["y"] >= 0


def test_navigation_that_does_not_fit_moves_under_more(open_page):
    page = open_page("/kit/", "phone")
    item = page.get_by_role("link", name="Day list")
    assert not item.is_visible()

    page.get_by_role("button", name="More").click()

    assert item.is_visible()
    assert violations(page) == []


def test_without_javascript_the_whole_navigation_is_there_and_fits(open_page):
    page = open_page("/kit/", "phone", javascript=False)

    assert page.get_by_role("link", name="Day list").is_visible()
    assert not page.locator("#toggle-menu").is_visible()
    nav = page.locator(".nhsuk-header__navigation-list").bounding_box()
    assert nav["x"] + nav["width"] <= 320


def test_the_page_bears_wide_text_at_four_times_the_size(open_page):
    """400 % zoom of a 1280 px window is a window 320 px wide (WCAG 1.4.10); text spacing is WCAG 1.4.12."""
    page = open_page("/kit/form/", "phone")
    assert overflow_with_wide_text(page) == 0


def test_print_shows_no_address(open_page):
    page = open_page("/kit/")
    page.emulate_media(media="print")

    contents = page.evaluate(
        "[...document.querySelectorAll('a')].map(a => getComputedStyle(a, '::after').content)"
    )
    assert {"none"} == set(contents)


def test_a_signed_out_page_has_no_navigation_and_no_account(open_page):
    page = open_page("/kit/signed-out/")

    assert page.locator("header nav").count() == 0
    assert page.get_by_role("button", name="Sign out").count() == 0
