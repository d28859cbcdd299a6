"""Families' own pages in a browser: on a phone, without scripts, without style, printed, right to left."""

import re
import shutil
import subprocess

import pytest
from playwright.sync_api import Page, expect

from tests.browser import questions
from tests.browser.app import App
from tests.browser.checks import FAMILY_TITLE_END, WITH_AXE, wrong_with
from tests.browser.pages import FAMILY, path_of
from tests.browser.visitors import DESKTOP, PHONE, SMALL_PHONE, Visitors
from tests.processes import serving
from tests.translations import LANGUAGE, made_up, write_translation

pytestmark = pytest.mark.browser

# Courses of their own for the journeys, each with one contact; the page's token for each.


def begin(app: App, name: str, status: str, language: str = "en") -> dict:
    return app.ask(questions.begin, name=name, status=status, language=language)


def told(app: App, course: dict) -> dict:
    return app.ask(questions.told, course=course["course"])


@pytest.mark.parametrize("name", FAMILY)
def test_a_family_s_page_is_accessible_and_fits_at_every_size(visitors, things, name):
    page = visitors.page("/family/words/", None)
    page.context.clear_cookies()
    page.goto(visitors.app.address + path_of(name, things))
    assert wrong_with(page, title_end=FAMILY_TITLE_END) == ""
    assert page.context.cookies() == []


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_a_family_answers_asks_and_is_told_what_happens_next(visitors, javascript):
    course = begin(visitors.app, f"Wren Halloway {javascript}", "booked")
    page = visitors.page(f"/family/{course['token']}/", None, size=PHONE, javascript=javascript)
    before = told(visitors.app, course)["days"]
    page.get_by_role("button", name="Tell us if you can come").click()
    for group in page.get_by_role("group").all():
        group.get_by_label("Yes, we can come").check()
    page.get_by_role("button", name="Send our answer").click()
    thanked(page, "You do not need to do anything else.")
    page.get_by_role("link", name="Back to your visits").click()
    expect(page.get_by_text("Yes, we can come")).to_have_count(2)

    page.get_by_role("button", name="Tell us if you can come").click()
    page.get_by_role("group").first.get_by_label("Yes, we can come").check()
    page.get_by_role("group").last.get_by_label("No, we cannot come").check()
    page.get_by_role("button", name="Send our answer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ring us if you cannot come")
    expect(page.get_by_role("link", name="01632 960214")).to_be_in_viewport()
    # axe waits for promises, which never come where scripts are off.
    assert not javascript or wrong_with(page, WITH_AXE, FAMILY_TITLE_END) == ""
    page.get_by_role("button", name="Send our answer").click()
    thanked(page, "Until then it stays booked.")

    page.get_by_role("link", name="Back to your visits").click()
    page.get_by_role("link", name="Ask for a change").click()
    page.get_by_label("What would you like to change?").fill("An hour later")
    page.get_by_role("button", name="Send to the unit").click()
    thanked(page, "The visits stay as they are until we have spoken to you.")

    page.get_by_role("link", name="Back to your visits").click()
    page.get_by_role("link", name="My child is unwell").click()
    page.get_by_role("button", name="Tell the unit").click()
    thanked(page, "Somebody from the unit will read it and ring you.")
    assert not javascript or wrong_with(page, WITH_AXE, FAMILY_TITLE_END) == ""

    found = told(visitors.app, course)
    assert sorted(found["answers"]) == ["ACCEPTED", "ACCEPTED", "DECLINED"]
    assert found["requests"] == [["change", "An hour later"], ["unwell", ""]]
    assert found["tasks"] == ["change", "declined", "unwell"]
    assert found["days"] == before


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_a_family_says_what_it_cannot_do_before_days_are_booked(visitors, javascript):
    course = begin(visitors.app, f"Finch Halloway {javascript}", "waiting")
    page = visitors.page(f"/family/{course['token']}/", None, size=PHONE, javascript=javascript)
    page.get_by_role("link", name="Days we cannot do").click()
    page.get_by_label("Wednesday").check()
    page.get_by_label("Which dates can you not do?").fill("1 4 2027 - 14 4 2027")
    page.get_by_role("button", name="Save").click()
    thanked(page, "We use this when we look for days.")
    page.get_by_role("link", name="Back to your visits").click()
    page.get_by_role("link", name="Days we cannot do").click()
    expect(page.get_by_label("Wednesday")).to_be_checked()
    expect(page.get_by_label("Which dates can you not do?")).to_have_value("1 4 2027 - 14 4 2027")
    assert told(visitors.app, course)["limits"] == [[2], ["2027-04-01 to 2027-04-14"]]


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_a_family_says_how_it_went(visitors, javascript):
    course = begin(visitors.app, f"Heron Halloway {javascript}", "begun")
    address = f"/family/{course['token']}/how-it-went/?pain=3"
    page = visitors.page(address, None, size=PHONE, javascript=javascript)
    expect(page.get_by_label("3", exact=True)).to_be_checked()
    page.get_by_label("Fever").check()
    page.get_by_label("What else should we know?").fill("Slept badly")
    page.get_by_role("button", name="Send to the unit").click()
    thanked(page, "A nurse will read what you wrote")
    found = told(visitors.app, course)
    assert found["check_ins"] == [[3, ["fever"], "Slept badly"]]
    assert found["tasks"] == ["check_in"]


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_a_press_on_the_body_ticks_the_box_of_that_place(visitors, javascript):
    course = begin(visitors.app, f"Curlew Halloway {javascript}", "open")
    address = f"/family/{course['token']}/back/"
    page = visitors.page(address, None, size=SMALL_PHONE, javascript=javascript)
    box = page.get_by_role("checkbox", name="Collarbone, left", exact=True)
    place = page.locator("[data-site=clavicle-left] label")
    place.scroll_into_view_if_needed()
    before = place.bounding_box()
    assert min(before["width"], before["height"]) > 16
    place.click()
    expect(box).to_be_checked()
    # Not by colour alone.
    tick = page.locator("[data-site=clavicle-left] path")
    expect(tick).to_have_css("visibility", "visible")
    expect(page.locator("[data-site=clavicle-right] path")).to_have_css("visibility", "hidden")
    if javascript:
        assert place.bounding_box() == before
        assert wrong_with(page, (SMALL_PHONE, PHONE, DESKTOP), FAMILY_TITLE_END) == ""
    place.click()
    expect(box).not_to_be_checked()
    expect(tick).to_have_css("visibility", "hidden")

    place.click()
    page.get_by_role("group", name="How bad is the pain today?").get_by_label("6", exact=True).check()
    page.get_by_label("For some days").check()
    page.get_by_role("button", name="Tell the unit").click()
    thanked(page, "A nurse will read what you wrote and ring you.")
    [[kind, said]] = told(visitors.app, course)["requests"]
    assert kind == "pain"
    assert "Where does it hurt?: Collarbone, left" in said


def test_without_style_the_order_and_the_labels_make_sense(visitors):
    course = begin(visitors.app, "Plover Halloway", "booked")
    page = visitors.page("/family/words/", None, size=SMALL_PHONE)
    page.route("**/*.css", lambda route: route.abort())
    page.goto(f"{visitors.app.address}/family/{course['token']}/")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).paddingTop") == "0px"
    said = page.locator("body").inner_text()
    order = ["Your hospital visits", "Hospital visit, day 1 of 2", "Booked", "Hospital visit, day 2 of 2",
             "Ring us", "01632 960214", "Tell us something", "My child is unwell"]  # fmt: skip
    places = [said.index(words) for words in order]
    assert places == sorted(places)
    page.get_by_role("link", name="Ask for a change").click()
    said = page.locator("body").inner_text()
    assert said.index("01632 960214") < said.index("What would you like to change?")
    page.get_by_label("What would you like to change?").fill("Another day")
    page.get_by_role("button", name="Send to the unit").click()
    thanked(page, "The visits stay as they are")
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL_PHONE[0]


def test_the_page_prints_on_one_sheet_without_its_address(visitors, things, tmp_path):
    page = visitors.page(path_of("a family’s page", things), None)
    # With the header and footer that a browser adds by itself where there is room for it.
    pdf = page.pdf(format="A4", prefer_css_page_size=True, display_header_footer=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1
    assert things["family"].encode() not in pdf
    if reader := shutil.which("pdftotext"):
        file = tmp_path / "page.pdf"
        file.write_bytes(pdf)
        said = subprocess.run([reader, file, "-"], capture_output=True, text=True, check=True).stdout
        assert "01632 960214" in said
        assert "Hospital visit, day 1 of 2" in said
        assert "family/" not in said
        assert "Tell us" not in said


@pytest.mark.parametrize(
    ("name", "sheets", "words", "only_on_screen"),
    [
        ("the visit in pictures", 2, "The path of the drip", "Pack the bag"),
        ("a page of the leaflet", 2, "What happens in the body", "All pages of the leaflet"),
    ],
)
def test_what_explains_prints_without_a_script_and_without_what_is_to_be_pressed(
    visitors, things, name, sheets, words, only_on_screen
):
    page = visitors.page(path_of(name, things), None, javascript=False)
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) <= sheets
    assert things["family"].encode() not in pdf
    page.emulate_media(media="print")
    expect(page.get_by_text(words).first).to_be_visible()
    expect(page.get_by_text(only_on_screen)).to_be_hidden()
    if name == "the visit in pictures":
        # To colour in.
        filled = "shapes => [...new Set(shapes.map(shape => getComputedStyle(shape).fill))]"
        assert page.locator(".app-scene .app-drawn > [fill]").evaluate_all(filled) == ["rgb(255, 255, 255)"]


def test_no_log_holds_the_address_of_a_page(visitors, things):
    page = visitors.page(path_of("can you come", things), None)
    for path in (f"/family/{'s3cret' * 7}/", f"/family/feed/{'s3cret' * 7}.ics"):
        page.goto(visitors.app.address + path)
    log = (visitors.app.mail_folder.parent / "server.log").read_text()
    assert "/family/…" in log
    assert "s3cret" not in log
    assert things["family"] not in log


@pytest.fixture(scope="module")
def translated(app: App, chromium, tmp_path_factory):
    """Somebody at the same app, on a server of a Trust that has put a translation in place."""
    folder = tmp_path_factory.mktemp("translated")
    write_translation(folder / "translations")
    more = {"TRANSLATIONS_DIR": str(folder / "translations")}
    with serving(app.clerk.database, folder / "server.log", "--threads", "2", **more) as address:
        visitors = Visitors(App(address, app.clerk, app.mail_folder), chromium)
        yield visitors
        visitors.close()
        assert visitors.complaints == []


@pytest.mark.parametrize(
    ("status", "paths"),
    [
        ("booked", ["", "can-you-come/", "change/", "unwell/", "dates/", "calendar/"]),
        ("waiting", ["", "dates/"]),
        ("begun", ["", "how-it-went/"]),
    ],
)
def test_pages_are_laid_out_right_to_left(translated, status, paths):
    course = begin(translated.app, f"Swift Halloway {status}", status, LANGUAGE)
    for path in paths:
        page = translated.page(f"/family/{course['token']}/{path}", None)
        assert wrong_with(page, (SMALL_PHONE, PHONE, DESKTOP), FAMILY_TITLE_END) == "", path
        page.set_viewport_size({"width": SMALL_PHONE[0], "height": SMALL_PHONE[1]})
        heading = page.get_by_role("heading", level=1)
        assert heading.evaluate("e => getComputedStyle(e).direction") == "rtl"
        assert mirrored(page) == []
        for advice in page.locator(".app-advice").all():
            # What nobody has translated is read from left to right.
            style = "e => (({direction, textAlign}) => `${direction} ${textAlign}`)(getComputedStyle(e))"
            assert advice.evaluate(style) == "ltr start"
        if page.get_by_role("button").count():
            page.get_by_role("button").last.click()
            assert wrong_with(page, WITH_AXE, FAMILY_TITLE_END) == "", path
            assert mirrored(page) == []
        page.close()


def test_a_phone_number_keeps_its_order(translated):
    course = begin(translated.app, "Crane Halloway", "waiting", LANGUAGE)
    page = translated.page(f"/family/{course['token']}/", None)
    number = page.get_by_role("link", name="01632 960214")
    assert number.evaluate("e => getComputedStyle(e).direction") == "ltr"
    assert page.get_by_text(made_up("Ring us")).count() == 1


def mirrored(page: Page) -> list[str]:
    """The choices of which the box is drawn, or can be pressed, elsewhere than to the right of the words."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".nhsuk-radios__item, .nhsuk-checkboxes__item")]
        .filter((item) => {
          const label = item.querySelector("label"), box = getComputedStyle(label, "::before");
          const right = (element) => element.getBoundingClientRect().right;
          return parseFloat(box.right) > 4 || right(item) - right(item.querySelector("input")) > 4;
        }).map((item) => item.innerText)"""
    )


def thanked(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. We have got it")
    expect(page.locator("main")).to_contain_text(words)
    assert "/sent/" in page.url
