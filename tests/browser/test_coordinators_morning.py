"""One morning: a nurse is ill, a course stays with a reason, one is moved and back, siblings come at once,
and a place that becomes free is offered."""

import re

import pytest
from playwright.sync_api import expect

from patients.access import Role
from tests.browser import questions

pytestmark = pytest.mark.browser


def heading(page, text):
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def test_a_morning_with_a_nurse_less(visitors):
    ask = visitors.app.ask
    stood = ask(questions.three_on_one_day, weeks=44)
    page = visitors.page(f"/units/{stood['unit']}/staffing/?day={stood['day']}&nurses=1", Role.COORDINATOR)

    page.get_by_role("button", name="Save nurses").click()
    heading(page, "Check before you save the nurses")
    expect(page.locator("main")).to_contain_text("Too few for 3 booked visits")
    page.get_by_role("button", name="Confirm and save").click()

    first, second, _ = stood["courses"]
    page.goto(visitors.app.address + f"/courses/{first}/")
    page.get_by_role("link", name="Let it stay where it is, with a reason").click()
    page.get_by_label("Why may it be so all the same?").fill("The ward sends a nurse at nine")
    page.get_by_role("button", name="Let it stay where it is").click()
    expect(page.locator("main")).to_contain_text("The ward sends a nurse at nine")

    page.goto(visitors.app.address + f"/courses/{second}/find-a-slot/")
    page.get_by_role("button", name=re.compile("^Choose")).nth(1).click()
    page.get_by_label("Hospital: staff short").check()
    page.get_by_role("button", name="Move and invite the family").click()
    heading(page, "Course moved")
    page.get_by_role("button", name="Undo the move").click()
    expect(page.locator("main")).to_contain_text(stood["day_in_words"])

    one, other = stood["siblings"]
    page.goto(visitors.app.address + f"/courses/{one}/share-days/")
    page.get_by_label("The other child").select_option(str(other))
    page.get_by_label("Siblings").check()
    page.get_by_role("button", name="Link the courses").click()
    page.goto(visitors.app.address + f"/courses/{one}/find-shared-days/")
    page.get_by_role("button", name=re.compile("^Choose")).first.click()
    page.get_by_role("button", name=re.compile("^Book both")).click()
    heading(page, "Courses booked together")
    assert ask(questions.days_of, course=one) == ask(questions.days_of, course=other) != []

    page.goto(visitors.app.address + f"/courses/{ask(questions.one_place_to_free, weeks=52)}/cancel/")
    page.get_by_label("Child unwell").check()
    page.get_by_label("Back to the waiting list").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name=re.compile("^Cancel the course")).click()
    page.get_by_role("button", name="Ask the first family").click()
    expect(page.locator("main")).to_contain_text("This family is asked whether the days are good.")
