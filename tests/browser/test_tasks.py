"""Tasks at work: taken, put off, finished, filtered; and pages that a colleague made out of date."""

import re

import pytest
from playwright.sync_api import expect

from patients.access import Role
from tests.browser import questions
from tests.browser.checks import WITH_AXE, wait_for_focus, wrong_with

pytestmark = pytest.mark.browser

WITH_AND_WITHOUT = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])

# A task of its own for each test, about a course of the demo data that has none.


@pytest.fixture
def new(app):
    return app.ask(questions.open_a_task)


def became(app, new):
    return app.ask(questions.what_became_of, task=new["task"])


def open_details(page, summary):
    details = page.locator("details", has_text=summary)
    details.locator("summary").click()
    return details


@WITH_AND_WITHOUT
def test_a_task_is_taken_put_off_given_away_and_finished(app, visitors, new, javascript):
    page = visitors.page(f"/tasks/{new['task']}/", Role.COORDINATOR, javascript=javascript)
    page.get_by_role("button", name="Take this task").click()
    expect(page.locator("#banner")).to_contain_text("Bridget Harkaway does this task now.")
    expect(page.get_by_role("button", name="Take this task")).to_have_count(0)

    details = open_details(page, "Change the due date")
    for part, value in {"Day": "24", "Month": "3", "Year": "2020"}.items():
        details.get_by_label(part).fill(value)
    details.get_by_role("button").click()
    expect(page.locator(".nhsuk-error-summary")).to_contain_text("must be today or in the future")
    details = page.locator("details", has_text="Change the due date")
    expect(details).to_have_attribute("open", "")
    year = app.ask(questions.this_year) + 1
    details.get_by_label("Month").fill("1")
    details.get_by_label("Year").fill(str(year))
    details.get_by_role("button").click()
    expect(page.locator("#banner")).to_contain_text(f"24 January {year}")

    details = open_details(page, "Give it to somebody else")
    details.get_by_label("Who does this?").select_option("Oluwaseun Fairweather")
    details.get_by_role("button").click()
    expect(page.locator("#banner")).to_contain_text("Oluwaseun Fairweather does this task now.")

    page.get_by_role("button", name="Mark as done").click()
    expect(page.locator(".nhsuk-error-summary")).to_contain_text("Enter what was done")
    page.get_by_label("What was done?").fill("Moved to May.")
    page.get_by_role("button", name="Mark as done").click()
    expect(page).to_have_url(re.compile("/tasks/$"))
    assert became(app, new) == [
        "Oluwaseun Fairweather",
        f"{year}-01-24",
        "Bridget Harkaway",
        "Moved to May.",
    ]


@WITH_AND_WITHOUT
def test_the_filters_show_the_same_with_and_without_a_page_load(visitors, javascript):
    page = visitors.page("/tasks/", Role.COORDINATOR, javascript=javascript)
    page.evaluate("() => { window.notLoadedAgain = true }")
    page.get_by_label("Kind").focus()
    page.get_by_label("Kind").select_option("Place became free")
    if not javascript:
        page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("kind=freed"))
    rows = page.locator(".app-tasks tbody tr")
    expect(rows.first).to_contain_text("Free now")
    expect(page.locator("#count")).to_have_text(f"{rows.count()} tasks to do")
    expect(rows.filter(has_text="Place became free")).to_have_count(rows.count())
    if javascript:
        assert page.evaluate("() => window.notLoadedAgain"), "swapped in place"
        wait_for_focus(page.get_by_label("Kind"))
        assert wrong_with(page, WITH_AXE) == ""
    page.get_by_role("link", name="Clear the filters").click()
    expect(page.get_by_label("Kind")).to_have_value("")
    expect(page.locator(".app-tasks tbody tr", has_text="Mail could not be sent")).not_to_have_count(0)


@WITH_AND_WITHOUT
def test_a_form_that_a_colleague_made_out_of_date_says_who_did_what_and_keeps_the_text(
    visitors, new, javascript
):
    address = f"/courses/{new['course']}/change/"
    late = visitors.page(address, Role.COORDINATOR, javascript=javascript)
    late.get_by_label("Clinician who decided").fill("Dr Late")

    quick = visitors.page(address, Role.LEAD)
    priority = quick.get_by_role("group", name="Priority")
    other = priority.locator("input:not(:checked)").first
    label = priority.locator(f"label[for={other.get_attribute('id')}]").inner_text().strip()
    other.check()
    quick.get_by_role("button", name="Save course").click()
    expect(quick.locator("#banner")).to_contain_text("The course has been saved.")

    late.get_by_role("button", name="Save course").click()
    summary = late.locator(".nhsuk-error-summary")
    expect(summary).to_contain_text(
        re.compile(rf"Marion Tillotsen changed “Priority” \(now {label}\) at \S+ today\.")
    )
    expect(late.get_by_label("Clinician who decided")).to_have_value("Dr Late")
    assert wrong_with(late, WITH_AXE) == "" if javascript else True
    late.get_by_role("button", name="Save course").click()
    expect(late.locator("#banner")).to_contain_text("The course has been saved.")


def test_a_second_colleague_who_finishes_a_task_is_told_and_keeps_the_note(visitors, new):
    late = visitors.page(f"/tasks/{new['task']}/", Role.COORDINATOR)
    quick = visitors.page(f"/tasks/{new['task']}/", Role.NURSE)
    quick.get_by_label("What was done?").fill("Moved to May.")
    quick.get_by_role("button", name="Mark as done").click()
    expect(quick).to_have_url(re.compile("/tasks/$"))
    late.get_by_label("What was done?").fill("Moved to June.")
    late.get_by_role("button", name="Mark as done").click()
    expect(late.locator("#banner")).to_contain_text("Oluwaseun Fairweather marked this task as done at")
    expect(late.locator("main")).to_contain_text("What you typed was not saved: Moved to June.")
    assert wrong_with(late, WITH_AXE) == ""
