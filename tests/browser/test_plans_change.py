"""Holding days on the telephone, and a day that cannot happen: with JavaScript and without it."""

import re

import pytest
from playwright.sync_api import expect

from patients.access import Role
from tests.browser import questions

pytestmark = pytest.mark.browser
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])


def heading(page, text):
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


@BOTH
def test_days_are_held_while_the_family_is_rung_then_booked(visitors, javascript):
    name = f"Linnet Osgood {javascript}"
    course = visitors.app.ask(questions.wait, name=name, weeks=20)
    page = visitors.page(f"/courses/{course}/find-a-slot/", Role.COORDINATOR, javascript=javascript)
    page.get_by_role("button", name=re.compile("^Choose")).first.click()
    page.get_by_label("Hold them for").select_option("24 hours")
    page.get_by_role("button", name="Hold these days").click()
    heading(page, "Days held")
    expect(page.get_by_role("link", name="07700 900321")).to_have_attribute("href", "tel:+447700900321")
    state = visitors.app.ask(questions.state_of, course=course)
    assert (state["status"], state["mails"]) == ("pending", [])

    page.get_by_role("link", name="Book these days").click()
    heading(page, "Check before you book")
    page.get_by_role("button", name="Book and invite the family").click()
    heading(page, "Course booked")
    state = visitors.app.ask(questions.state_of, course=course)
    assert (state["status"], state["mails"]) == ("booked", ["invite", "invite"])


def test_a_hold_is_released_from_the_course_and_its_place_is_free_on_the_board(visitors):
    course = visitors.app.ask(questions.wait, name="Linnet Osgood away", weeks=22)
    page = visitors.page(f"/courses/{course}/find-a-slot/", Role.COORDINATOR)
    page.get_by_role("button", name=re.compile("^Choose")).first.click()
    page.get_by_role("button", name="Hold these days").click()
    page.get_by_role("link", name="See the course").click()
    heading(page, "Course of 2 days")
    page.get_by_role("button", name="Release the hold").click()
    heading(page, "Hold released")
    assert visitors.app.ask(questions.state_of, course=course) == {
        "status": "waiting",
        "days": [],
        "mails": [],
    }


@BOTH
def test_the_second_day_is_left_out_by_a_named_decision(visitors, javascript):
    course = visitors.app.ask(questions.wait_and_book, name=f"Wren Osgood {javascript}", weeks=24)
    page = visitors.page(f"/courses/{course}/", Role.COORDINATOR, javascript=javascript)
    page.get_by_role("link", name="This day cannot happen").last.click()
    heading(page, "Day 2 cannot happen")
    page.get_by_label("Child unwell").check()
    page.get_by_label("Leave day 2 out").check()
    page.get_by_role("button", name="Continue").click()
    heading(page, "Check before you leave day 2 out")
    page.get_by_label("Clinician who decided").fill("Dr Wren")
    page.get_by_label("Why was it decided?").fill("A fever")
    page.get_by_role("button", name="Leave day 2 out and tell the family").click()
    heading(page, "Day left out")
    state = visitors.app.ask(questions.state_of, course=course)
    assert state["days"] == [[1, "booked", 0], [2, "cancelled", 1]]
    assert state["mails"] == ["invite", "invite", "cancellation"]


@BOTH
def test_the_second_day_is_given_at_another_time(visitors, javascript):
    course = visitors.app.ask(questions.wait_and_book, name=f"Finch Osgood {javascript}", weeks=26)
    page = visitors.page(f"/courses/{course}/", Role.COORDINATOR, javascript=javascript)
    page.get_by_role("link", name="This day cannot happen").last.click()
    page.get_by_label("The family cannot come").check()
    page.get_by_label("Give day 2 at another time").check()
    page.get_by_role("button", name="Continue").click()
    heading(page, "Another time for day 2")
    page.get_by_role("button", name=re.compile("^Choose")).last.click()
    heading(page, "Check the new time of day 2")
    page.get_by_label("Clinician who decided").fill("Dr Wren")
    page.get_by_label("Why was it decided?").fill("A wedding")
    page.get_by_role("button", name=re.compile("^Give day 2 at this time")).click()
    heading(page, "Day put at another time")
    state = visitors.app.ask(questions.state_of, course=course)
    assert state["days"] == [[1, "booked", 0], [2, "booked", 1]]
    assert state["mails"] == ["invite"] * 3
    page.get_by_role("link", name="See the course").click()
    expect(page.get_by_text("Decided by Dr Wren: A wedding").first).to_be_visible()
