"""A three-year history: read, narrowed, printed, on a phone; and a review recorded without a script."""

import re

import pytest
from playwright.sync_api import expect

from patients.access import Role
from tests.browser import questions
from tests.browser.keyboard import tab_to
from tests.browser.visitors import PHONE

pytestmark = pytest.mark.browser


@pytest.fixture
def history(visitors, things):
    return visitors.page(f"/children/{things['long']}/history/", Role.NURSE)


def test_a_nurse_sees_three_years_on_one_page(history):
    chart = history.get_by_role("img", name="Pain, global scores, active sites, CRP and ESR over time")
    expect(chart).to_be_visible()
    assert chart.locator(".app-chart__band").count() >= 4
    assert chart.locator(".app-chart__point[data-on]").count() > 60
    for measure in ("Pain, 0 to 10", "Global, 0 to 10", "Active sites, number", "CRP, mg/L", "ESR, mm/h"):
        expect(chart.get_by_text(measure, exact=True)).to_be_visible()
    expect(history.get_by_text("Courses given", exact=True)).to_be_visible()


def test_no_text_of_the_chart_is_cut_off_or_covers_another_of_its_line(history):
    for width in (1920, 1366, 390):
        history.set_viewport_size({"width": width, "height": 800})
        wrong = history.evaluate("""() => {
          const svg = [...document.querySelectorAll(".app-chart")].find(each => each.checkVisibility());
          const frame = svg.getBoundingClientRect();
          const texts = [...svg.querySelectorAll("text")];
          const boxes = texts.map(text => [text.textContent, text.getBoundingClientRect()]);
          const out = boxes.filter(([, box]) => box.left < frame.left || box.right > frame.right
            || box.top < frame.top - 1 || box.bottom > frame.bottom + 1).map(([words]) => words);
          const over = boxes.flatMap(([a, one], n) => boxes.slice(n + 1).filter(([, other]) =>
            one.left + 1 < other.right && other.left + 1 < one.right
            && one.top + 4 < other.bottom && other.top + 4 < one.bottom).map(([b]) => `${a} over ${b}`));
          return [...out, ...over];
        }""")
        assert wrong == []


def test_the_plots_grow_with_a_wide_screen(history):
    chart = history.get_by_role("img", name="Pain, global scores, active sites, CRP and ESR over time")
    before = chart.bounding_box()["width"]
    history.set_viewport_size({"width": 1920, "height": 1080})
    assert chart.bounding_box()["width"] > 1.4 * before


def test_a_phone_has_a_chart_of_its_own_with_text_to_read(visitors, things):
    page = visitors.page(f"/children/{things['long']}/history/", Role.NURSE, size=PHONE)
    expect(page.locator(".app-chart--narrow").first).to_be_visible()
    expect(page.locator(".app-chart--wide").first).to_be_hidden()
    heights = page.locator(".app-chart--narrow text").evaluate_all(
        "texts => texts.map(text => text.getBoundingClientRect().height)"
    )
    assert min(heights) >= 12


def test_it_prints_on_three_pages(history):
    pdf = history.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 3
    [(width, height)] = set(re.findall(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", pdf))
    assert float(width) < float(height)


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_the_timeline_is_narrowed_with_and_without_a_script(visitors, things, javascript):
    page = visitors.page(f"/children/{things['long']}/history/", Role.NURSE, javascript=javascript)
    page.get_by_label("Reviews and decisions").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".app-timeline__entry--reviews").first).to_be_visible()
    expect(page.locator(".app-timeline__entry--visits")).to_have_count(0)
    expect(page.get_by_label("Reviews and decisions")).to_be_checked()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_a_review_is_recorded_and_a_course_agreed_from_it(visitors, things, javascript):
    page = visitors.page(f"/children/{things['to_repeat']}/reviews/add/", Role.NURSE, javascript=javascript)
    page.get_by_label("Clinician").check()
    page.get_by_label("Pain, 0 to 10").fill("6.5")
    page.get_by_label("Left collarbone (clavicle)").check()
    page.get_by_label("CRP, mg/L").fill("<5")
    expect(page.locator("[data-site=clavicle-left] path")).to_have_css("visibility", "visible")
    expect(page.locator("[data-site=clavicle-right] path")).to_have_css("visibility", "hidden")
    page.get_by_role("button", name="Save review").click()
    expect(page.get_by_role("img", name="Active sites: Left collarbone (clavicle)")).to_be_visible()
    expect(page.get_by_text("<5 mg/L")).to_be_visible()
    page.get_by_role("button", name="Record a decision").click()
    page.get_by_label("Repeat course").check()
    page.get_by_label("Clinician who decided").fill("Dr Amaya Wren")
    page.get_by_label("Why?").fill("Pain at night again")
    page.get_by_role("button", name="Save decision").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Agree a course")
    expect(page.get_by_label("Clinician who decided")).to_have_value("Dr Amaya Wren")
    expect(page.get_by_text("The last course ended on")).to_be_visible()


def test_a_file_of_results_is_checked_before_it_is_taken_in(visitors, things):
    number = visitors.app.ask(questions.hospital_number_of, patient=things["long"])
    page = visitors.page("/reviews/import/", Role.NURSE)
    wrong = f"Hospital number,Date,ESR,CRP\n{number},2/1/2026,11,<5\n{number},31/2/2026,11,6\n"
    for text, button in ((wrong, 0), (wrong.replace("31/2", "28/2"), 1)):
        file = {"name": "results.csv", "mimeType": "text/csv", "buffer": text.encode()}
        page.get_by_label("CSV file").set_input_files(file)
        page.get_by_role("button", name="Check the file").click()
        expect(page.get_by_text("Line by line")).to_be_visible()
        expect(page.get_by_role("button", name="Import 2 results")).to_have_count(button)
    page.get_by_role("button", name="Import 2 results").click()
    expect(page.get_by_text("2 results imported.")).to_be_visible()


def test_a_chart_is_readable_without_colours(history):
    history.emulate_media(forced_colors="active")
    line = history.locator(".app-chart--wide .app-chart__line--square").first
    assert line.evaluate("line => getComputedStyle(line).strokeDasharray") != "none"
    fills = {
        look: history.locator(f".app-chart--wide .app-chart__point--{look}").first.evaluate(
            "mark => getComputedStyle(mark).fill"
        )
        for look in ("circle", "square")
    }
    assert fills["circle"] != fills["square"]


def test_keys_alone_narrow_the_timeline_and_open_a_record(history):
    tab_to(history, "show", 120)
    while history.evaluate("document.activeElement.value") != "reviews":
        tab_to(history, "show", 1)
    history.keyboard.press("Space")
    tab_to(history, "Apply", 10)
    history.keyboard.press("Enter")
    history.wait_for_url("**?show=reviews#timeline", wait_until="commit")
    entry = history.locator(".app-timeline__entry a").first
    expect(history.locator(".app-timeline__entry--visits")).to_have_count(0)
    tab_to(history, entry.text_content().strip(), 20)
    address = entry.get_attribute("href")
    history.keyboard.press("Enter")
    history.wait_for_url(f"**{address}")
    expect(history.get_by_role("heading", level=1)).to_be_visible()
