"""The day list at work: pressed with a mouse, with keys alone, without JavaScript, and printed."""

import re

import pytest
from playwright.sync_api import Page, expect

from patients.access import Role
from tests.browser import questions
from tests.browser.checks import WITH_AXE, wait_for_focus, wrong_with
from tests.browser.keyboard import tab_to
from tests.browser.visitors import PHONE, Visitors

pytestmark = pytest.mark.browser


class Day:
    """A nurse before the list, and the row of a child of whom no other test knows."""

    def __init__(self, visitors: Visitors, name: str, **how) -> None:
        self.visitors, self.name = visitors, name
        self.visit = visitors.app.ask(questions.visit, name=name)
        self.page: Page = visitors.page("/", Role.NURSE, **how)
        self.row = self.page.get_by_role("row").filter(has_text=name)
        self.loads = 0
        self.page.on("load", lambda _: setattr(self, "loads", self.loads + 1))

    def button(self, label: str):
        return self.row.get_by_role("button", name=re.compile(f"^{label}"))

    def says(self, sentence: str) -> None:
        expect(self.page.get_by_role("alert")).to_contain_text(sentence)

    def status(self) -> str:
        return self.visitors.app.ask(questions.status_of, visit=self.visit)


WITH_AND_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])


@WITH_AND_WITHOUT
def test_a_nurse_presses_what_happens_one_after_the_other(visitors, javascript):
    day = Day(visitors, f"Juniper Vane {javascript}", javascript=javascript)
    day.button("Arrived").click()
    day.says("arrived at")
    expect(day.row).to_contain_text("Arrived at")
    day.button("Drip started").click()
    day.says(": the drip started at")
    day.button("Drip finished").click()
    day.says("The course is complete.")
    expect(day.row).to_contain_text("Given")
    assert day.status() == "fulfilled"
    assert day.loads == (0 if javascript else 3)
    day.button("Undo").click()
    day.says(": the drip is still running.")
    expect(day.button("Drip finished")).to_be_visible()
    assert day.status() == "started"


def test_a_press_counts_anew_and_leaves_a_sound_page(visitors):
    day = Day(visitors, "Sorrel Inchbald")
    counts = day.page.get_by_role("status")
    before = counts.inner_text()
    day.button("Arrived").click()
    expect(counts).not_to_have_text(before)
    expect(day.button("Undo")).to_be_visible()
    assert wrong_with(day.page, WITH_AXE) == ""


def test_keys_alone_will_do_and_the_focus_stays_with_the_child(visitors):
    day = Day(visitors, "Thistle Quarrie")
    tab_to(day.page, f"Arrived: {day.name}", 400)
    for label, sentence in (
        ("Drip started", "arrived at"),
        ("Drip finished", "drip started at"),
        ("Undo", "drip finished at"),
        ("Drip finished", "Taken back"),
    ):
        day.page.keyboard.press("Enter")
        day.says(sentence)
        wait_for_focus(day.button(label))


def test_two_clicks_in_a_hurry_are_one_press(visitors):
    day = Day(visitors, "Clover Ramsden")
    day.button("Arrived").dblclick(delay=20)
    day.says("arrived at")
    expect(day.button("Drip started")).to_be_visible()
    assert day.status() == "arrived"


@WITH_AND_WITHOUT
def test_a_list_that_is_out_of_date_does_nothing_and_says_so(visitors, javascript):
    day = Day(visitors, f"Laurel Eastwick {javascript}", javascript=javascript)
    colleague = visitors.page("/", Role.COORDINATOR)
    row = colleague.get_by_role("row").filter(has_text=day.name)
    row.get_by_role("button", name="Arrived").click()
    expect(row).to_contain_text("Arrived at")
    day.button("Arrived").click()
    expect(day.page.get_by_role("region", name="Important")).to_contain_text("nothing was done")
    expect(day.page.get_by_role("region", name="Important")).to_be_in_viewport()
    expect(day.button("Drip started")).to_be_visible()
    assert day.status() == "arrived"


@WITH_AND_WITHOUT
def test_a_child_who_was_not_brought_is_one_question_away(visitors, javascript):
    day = Day(visitors, f"Bryony Sallow {javascript}", javascript=javascript, size=PHONE)
    day.row.get_by_role("link", name="Was not brought").click()
    expect(day.page.get_by_role("heading", level=1)).to_have_text("Does anybody know why?")
    day.page.get_by_label("Yes, the child is unwell").check()
    day.page.get_by_role("button", name="Record as not brought").click()
    day.says("Two tasks are open")
    expect(day.row).to_contain_text("Child unwell")
    day.button("Undo").click()
    day.says("has not arrived yet.")
    assert day.status() == "booked"


@pytest.mark.parametrize("closed", [False, True], ids=["as it comes", "closed"])
def test_it_prints_as_one_sheet_with_boxes_to_write_in(visitors, closed):
    names = [f"{name} {closed}" for name in ("Willow", "Teasel", "Yarrow", "Alder", "Maple", "Ivy")]
    visitors.app.ask(questions.full_day, names=names, closed=closed)
    page = visitors.page("/", Role.NURSE)
    visitors.app.ask(questions.open_again)
    if closed:
        expect(page.get_by_role("heading", name="Closed today")).to_be_visible()
    page.emulate_media(media="print")
    for heading in ("Arrived", "Started", "Finished", "Notes"):
        expect(page.get_by_role("columnheader", name=heading)).to_be_visible()
    expect(page.get_by_text("As it stood at")).to_be_visible()
    expect(page.locator("button:visible, nav:visible")).to_have_count(0)
    # Without those whom other tests, or the demo data, have coming today.
    page.locator("#day tbody tr").evaluate_all(
        "(rows, names) => rows.filter((row) => !names.some((name) => row.textContent.includes(name)))"
        ".forEach((row) => row.remove())",
        names,
    )
    expect(page.locator("#day tbody tr")).to_have_count(6)
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1
