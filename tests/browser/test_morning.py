"""A nurse's morning: two arrivals, a failed cannula, a reaction, a day given in part, and the decision."""

import re

import pytest
from playwright.sync_api import Page, expect

from patients.access import Role
from tests.browser import questions
from tests.browser.checks import WITH_AXE, says, wait_for_focus, wrong_with
from tests.browser.keyboard import tab_to

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_two_arrivals_a_failed_cannula_a_reaction_and_a_day_given_in_part(visitors, javascript):
    name = f"Bryony Ashe {javascript}"
    first, second = visitors.app.ask(questions.two_children, name=name)
    page = visitors.page(f"/visits/{first}/", Role.NURSE, javascript=javascript)
    press_now(page, "arrived")
    page.goto(f"{visitors.app.address}/visits/{second}/")
    press_now(page, "arrived")
    expect(page.get_by_text("Arrived at")).to_be_visible()

    page.goto(f"{visitors.app.address}/visits/{first}/")
    add_try(page, "No", "Left", "Back of the hand")
    expect(page.get_by_text("did not work")).to_be_visible()
    add_try(page, "Yes", "Right", "Forearm")
    press_now(page, "cannula in")
    press_now(page, "drip started")
    if javascript:
        assert wrong_with(page, WITH_AXE) == ""

    open_details(page, "Add an adverse effect")
    part = page.locator("#effects")
    part.get_by_label("Headache").check()
    part.get_by_label("What was done").fill("Drip slowed on medical advice")
    part.get_by_role("button", name="Save this effect").click()
    expect(page.locator("#effects")).to_contain_text("Saved: Headache.")

    part = page.locator("#outcome")
    part.get_by_label("In part", exact=True).check()
    part.get_by_role("button", name="Save how much was given").click()
    expect(page.get_by_role("alert")).to_contain_text("Select why it was given only in part")
    part.get_by_label("The child felt unwell").check()
    part.get_by_role("button", name="Save how much was given").click()
    expect(page.locator("#outcome")).to_contain_text("Saved: given in part.")
    stored = visitors.app.ask(questions.what_is_stored_of, visit=first)
    assert stored["tasks"] == ["part_given"]

    page.get_by_role("link", name="Back to the course").click()
    page.get_by_role("link", name="A day was given in part").click()
    page.get_by_role("link", name="Decide about this day").click()
    says(page, "Give day 2 as planned")
    page.get_by_label("Clinician who decided").fill("Dr Amani")
    page.get_by_label("Why was it decided?").fill("Settled within the hour")
    page.get_by_role("button", name="Give the day as planned").click()
    expect(page.get_by_role("alert")).to_contain_text("Day 2 is given as planned.")
    assert visitors.app.ask(questions.what_is_stored_of, visit=first) == {
        "status": "fulfilled",
        "given": ["part", "effect"],
        "tries": [["left", "hand", False], ["right", "forearm", True]],
        "effects": [["headache", "Drip slowed on medical advice"]],
        "decided": ["as_planned"],
        "tasks": [],
    }


def test_last_time_s_hard_cannula_changes_what_a_nurse_does(visitors):
    """She reads that the hands failed, makes it a need, and begins where it worked: one try is enough."""
    name = "Samphire Oakley"
    visit = visitors.app.ask(questions.visit_after_a_hard_cannula, name=name)
    page = visitors.page("/", Role.NURSE)
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).not_to_contain_text("Needs: Difficult veins")
    assert wrong_with(page, WITH_AXE) == ""

    row.get_by_role("link", name=re.compile("^Record")).click()
    last = page.get_by_role("region", name="Last time")
    expect(last).to_contain_text("Course 2")
    expect(last).to_contain_text("3 tries: left, back of the hand did not work, numbing cream")
    expect(last).to_contain_text("right, forearm worked")
    assert wrong_with(page, WITH_AXE) == ""
    last.get_by_role("button", name="Needs “Difficult veins” from now on").click()
    expect(page.get_by_role("alert")).to_contain_text("The child needs “Difficult veins” from now on.")
    expect(page.get_by_role("region", name="Last time").get_by_role("button")).to_have_count(0)
    assert wrong_with(page, WITH_AXE) == ""

    # Whoever looks at the list now reads it before the child is in the room.
    page.get_by_role("link", name="Today", exact=True).click()
    expect(row).to_contain_text("Needs: Difficult veins")
    assert wrong_with(page, WITH_AXE) == ""
    row.get_by_role("button", name=re.compile("^Arrived")).click()
    expect(page.get_by_role("alert")).to_contain_text("arrived at")

    row.get_by_role("link", name=re.compile("^Record")).click()
    add_try(page, "Yes", "Right", "Forearm")
    press_now(page, "cannula in")
    press_now(page, "drip started")
    assert wrong_with(page, WITH_AXE) == ""
    stored = visitors.app.ask(questions.what_is_stored_of, visit=visit)
    assert (stored["status"], stored["tries"]) == ("started", [["right", "forearm", True]])


def test_what_is_typed_in_one_part_outlives_saving_another(visitors):
    [visit, _] = visitors.app.ask(questions.two_children, name="Gentian Marrable")
    page = visitors.page(f"/visits/{visit}/", Role.NURSE)
    loads = []
    page.on("load", lambda _: loads.append(1))
    open_details(page, "Add a try at the cannula")
    page.locator("#cannula").get_by_label("Left", exact=True).check()
    page.get_by_label("Note of the visit").fill("Mum stays with her")
    press_now(page, "arrived")
    expect(page.locator("#note")).to_contain_text("The note has been saved.")
    expect(page.get_by_label("Note of the visit")).to_have_value("Mum stays with her")
    expect(page.locator("#cannula").get_by_label("Left", exact=True)).to_be_checked()
    expect(page.locator("#state")).to_contain_text("Arrived")
    page.get_by_label("Note of the visit").fill("Dad stays with her")
    page.get_by_label("Cannula in").fill("0:01")
    page.get_by_role("button", name="Save the times").last.click()
    expect(page.locator("#note")).to_contain_text("The note has been saved.")
    expect(page.get_by_role("alert")).to_contain_text("“Cannula in” (12:01am) comes before “Arrived”")
    # htmx sets the attributes of what it swapped in some milliseconds later.
    expect(page.get_by_label("Cannula in")).to_have_value("0:01")
    page.get_by_label("Cannula in").fill("")
    press_now(page, "drip started")
    expect(page.locator("#effects").get_by_text("Add an adverse effect")).to_be_visible()
    assert loads == []
    assert visitors.app.ask(questions.note_of, visit=visit) == "Dad stays with her"


def test_what_a_colleague_changed_meanwhile_is_said_in_place(visitors):
    [visit, _] = visitors.app.ask(questions.two_children, name="Orris Tamblyn")
    page, other = (visitors.page(f"/visits/{visit}/", Role.NURSE) for _ in range(2))
    press_now(other, "arrived")
    page.get_by_role("button", name=re.compile("^Now ?: arrived$")).click()
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    expect(page.get_by_role("alert")).to_contain_text("while you were on this page, so nothing was done")
    assert wrong_with(page, WITH_AXE) == ""


def test_keys_alone_record_a_visit(visitors):
    [visit, _] = visitors.app.ask(questions.two_children, name="Teasel Orpin")
    page = visitors.page(f"/visits/{visit}/", Role.NURSE)
    for what in ("arrived", "cannula in", "drip started"):
        tab_to(page, f"Now: {what}", 30)
        page.keyboard.press("Enter")
        # Tab goes on from here.
        wait_for_focus(page.locator("#times").get_by_text("The times have been saved."))
    tab_to(page, "Save the times", 10)
    tab_to(page, "Add a try at the cannula", 3)
    page.keyboard.press("Enter")
    for control, key in [("clock", None), ("worked", "Space"), ("side", "Space"), ("site", "Space")]:
        tab_to(page, control, 3)
        page.keyboard.press(key) if key else None
    tab_to(page, "numbing", 2)
    page.keyboard.press("Space")
    tab_to(page, "Save this try", 3)
    page.keyboard.press("Enter")
    wait_for_focus(page.locator("#cannula").get_by_text("Saved: "))
    tab_to(page, "given", 6)
    page.keyboard.press("Space")
    tab_to(page, "Save how much was given", 4)
    page.keyboard.press("Enter")
    wait_for_focus(page.locator("#outcome").get_by_text("Saved: given in full."))
    tab_to(page, "Add an adverse effect", 8)
    tab_to(page, "note", 3)
    page.keyboard.type("All calm")
    tab_to(page, "Save the note", 1)
    expect(page.locator("#note")).to_contain_text("The note has been saved.")
    wait_for_focus(page.locator("#save-note"))
    stored = visitors.app.ask(questions.what_is_stored_of, visit=visit)
    assert (stored["status"], stored["given"], len(stored["tries"])) == ("fulfilled", ["full", ""], 1)


def press_now(page: Page, what: str) -> None:
    now = page.get_by_role("button", name=re.compile(f"^Now ?: {what}$"))
    now.click()
    expect(page.locator("#times")).to_contain_text("The times have been saved.")
    expect(now).to_have_count(0)


def open_details(page: Page, summary: str) -> None:
    page.locator("summary").filter(has_text=summary).click()


def add_try(page: Page, worked: str, side: str, site: str) -> None:
    open_details(page, "Add a try at the cannula")
    part = page.locator("#cannula")
    for choice in (worked, side, site, "Numbing cream"):
        part.get_by_label(choice, exact=True).check()
    part.get_by_role("button", name="Save this try").click()
    expect(page.locator("#cannula")).to_contain_text(f"Saved: {side}, {site.lower()}.")


def test_the_letter_for_school_prints_alone_on_one_sheet(visitors, things):
    page = visitors.page(f"/courses/{things['course']}/attendance-letter/", Role.COORDINATOR)
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1
    page.emulate_media(media="print")
    expect(page.get_by_text("To whom it may concern")).to_be_visible()
    for left_out in ("Infusion day case", "Print this page"):
        expect(page.get_by_text(left_out).first).to_be_hidden()
