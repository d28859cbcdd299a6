"""The main job from the empty form to the family's calendar: book, move and cancel a course by clicking."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from patients.access import Role
from tests.browser import questions
from tests.browser.checks import WITH_AXE, says, wrong_with
from tests.browser.mails import Entry, calendar_in, read_by_icaljs, read_by_vobject
from tests.browser.visitors import DESKTOP, PHONE

pytestmark = pytest.mark.browser

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Child:
    name: str
    hospital_number: str
    nhs_number: str
    parent: str
    email: str


WREN = Child("Wren Halloway", "W900001", "999 009 0009", "Jo Halloway", "jo.halloway@family.example")
LARK = Child("Lark O’Penny", "W900002", "999 009 0017", "Żaneta O’Penny", "zaneta@family.example")
ROBIN = Child("Robin Thackwray", "W900003", "999 009 0025", "Sam Thackwray", "sam.t@family.example")


def test_who_is_placed_and_five_offers_fit_on_the_screen_of_a_laptop(visitors):
    """Below the blue head of every page."""
    page = visitors.page("/waiting/?priority=0", Role.COORDINATOR)
    page.get_by_role("link", name="Find a slot for").first.click()
    fifth = page.locator(".app-offers > .app-offer").nth(4).bounding_box()
    assert fifth["y"] + fifth["height"] - page.locator("h1").bounding_box()["y"] <= DESKTOP[1]


@pytest.mark.parametrize(
    ("child", "size", "javascript"),
    [(WREN, DESKTOP, True), (LARK, DESKTOP, False), (ROBIN, PHONE, True)],
    ids=["with JavaScript", "without JavaScript", "on a phone"],
)
def test_a_course_is_booked_moved_and_cancelled_and_the_calendars_follow(
    visitors, chromium, child, size, javascript
):
    app = visitors.app
    page = visitors.page("/", Role.COORDINATOR, size=size, javascript=javascript)

    def entries(prefix: str) -> list[Entry]:
        return read_mails(app.run_worker(), child, prefix, chromium)

    def is_sound() -> None:
        """The pages on the way that have no address of their own are looked at in one of the three runs."""
        if child is WREN:
            assert wrong_with(page, WITH_AXE) == ""

    add_child_with_parent(page, child)
    agree_course(page, target=date.today() + timedelta(weeks=9))
    go_to(page, "Waiting list")
    page.get_by_role("link", name=f"Find a slot for {child.name}").click()
    first_day = choose_offer(page, 0)
    says(page, "Check before you book")
    expect(page.get_by_text(child.email).first).to_be_visible()
    press(page, "Book and invite the family")
    says(page, "Course booked")
    is_sound()
    expect(page.get_by_text("You do not need to do anything else.")).to_be_visible()
    expect(page.get_by_role("link", name="Hospital visit")).to_have_count(2)

    booked = entries("Hospital visit")
    assert [entry.starts for entry in booked] == nine_on(first_day)
    assert [entry.ends[1][11:] for entry in booked] == ["13:00:00"] * 2
    assert {(entry.method, entry.sequence, entry.status) for entry in booked} == {("REQUEST", 0, "CONFIRMED")}
    assert len({entry.uid for entry in booked}) == 2

    page.get_by_role("link", name="See the course").click()
    expect(page.get_by_text("Sent", exact=True)).to_have_count(2)
    page.get_by_role("button", name="Move the course").click()
    later_day = choose_offer(page, 3)
    assert later_day != first_day
    press(page, "Move and invite the family")
    says(page, "Check before you move this course")
    expect(page.get_by_role("alert")).to_contain_text("Select why the course is moved")
    is_sound()
    page.get_by_label("The family asked").check()
    press(page, "Move and invite the family")
    says(page, "Course moved")
    is_sound()

    moved = entries("Changed: Hospital visit")
    assert [entry.starts for entry in moved] == nine_on(later_day)
    assert {(entry.method, entry.sequence, entry.status) for entry in moved} == {("REQUEST", 1, "CONFIRMED")}
    assert [entry.uid for entry in moved] == [entry.uid for entry in booked]

    page.get_by_role("link", name="See the course").click()
    page.get_by_role("button", name="Cancel the course").click()
    page.get_by_label("Child unwell").check()
    page.get_by_label("Back to the waiting list").check()
    press(page, "Continue")
    says(page, "Check before you cancel")
    is_sound()
    press(page, "Cancel the course and tell the family")
    says(page, "Course cancelled, back on the waiting list")
    is_sound()

    cancelled = entries("Cancelled: Hospital visit")
    assert [entry.starts for entry in cancelled] == nine_on(later_day)
    assert {(entry.method, entry.sequence, entry.status) for entry in cancelled} == {
        ("CANCEL", 2, "CANCELLED")
    }
    assert [entry.uid for entry in cancelled] == [entry.uid for entry in booked]

    go_to(page, "Waiting list")
    listed = f"{child.name}, {child.hospital_number}"
    expect(page.get_by_role("link", name=listed, exact=True)).to_be_visible()
    assert app.ask(questions.what_is_stored, number=child.hospital_number) == {
        "course": "waiting",
        "chairs held": 0,
        "visits": ["cancelled", "cancelled"],
        "mails": [["invite", 0, "sent"]] * 2
        + [["invite", 1, "sent"]] * 2
        + [["cancellation", 2, "sent"]] * 2,
        "done": ["course.added", "course.booked", "course.moved", "course.cancelled"],
    }


def test_a_slot_that_somebody_else_took_meanwhile_brings_back_the_page_with_other_offers(visitors):
    mine, theirs = visitors.app.ask(questions.two_who_want_the_same)
    me = visitors.page(f"/courses/{mine}/find-a-slot/", Role.COORDINATOR)
    them = visitors.page(f"/courses/{theirs}/find-a-slot/", Role.LEAD, javascript=False)
    wanted = offers(me).first.inner_text()
    assert offers(them).first.inner_text() == wanted
    day = choose_offer(me, 0)
    assert choose_offer(them, 0) == day

    press(them, "Book and invite the family")
    says(them, "Course booked")
    press(me, "Book and invite the family")

    says(me, "Find a slot")
    assert me.title().startswith("Error: Find a slot")
    expect(me.get_by_role("alert")).to_contain_text(f"{day:%A} {day.day} {day:%B %Y}")
    expect(me.get_by_role("alert")).to_contain_text("taken")
    assert wanted not in offers(me).all_inner_texts()
    assert wrong_with(me, WITH_AXE) == ""
    choose_offer(me, 0)
    press(me, "Book and invite the family")
    says(me, "Course booked")


def test_a_contact_added_after_the_booking_is_invited_from_the_page_of_the_course(visitors):
    course = visitors.app.ask(questions.booked_before_the_father_was_added)
    visitors.app.run_worker()
    page = visitors.page(f"/courses/{course}/", Role.COORDINATOR)
    expect(page.get_by_text("glen.oakes@family.example")).to_be_visible()
    assert wrong_with(page, WITH_AXE) == ""
    page.get_by_role("button", name="Check and send the invites").click()
    says(page, "Check before you send the invites")
    assert wrong_with(page, WITH_AXE) == ""
    press(page, "Send the invites now")
    says(page, "Invites on their way")
    sent = [mail["To"].addresses[0].addr_spec for mail in visitors.app.run_worker()]
    assert sent == ["glen.oakes@family.example"] * 2


def add_child_with_parent(page: Page, child: Child) -> None:
    go_to(page, "Children")
    page.get_by_role("link", name="Add a child").click()
    press(page, "Save child")
    refuses(page, "Enter the child’s full name", "Enter the date of birth", "Enter the hospital number")
    page.get_by_label("Child’s full name").fill(child.name)
    fill_date(page.get_by_role("group", name="Date of birth"), date(2014, 11, 21))
    page.get_by_role("textbox", name="NHS number").fill(child.nhs_number)
    page.get_by_role("textbox", name="Hospital number").fill(child.hospital_number)
    page.get_by_label("What the child needs on the day").fill("Play specialist")
    press(page, "Save child")

    says(page, "Add a contact")
    expect(page.get_by_role("alert")).to_contain_text(f"{child.name} has been added. Now add a parent")
    press(page, "Save contact")
    refuses(page, "Enter the contact’s full name")
    page.get_by_label("Contact’s full name").fill(child.parent)
    page.get_by_label("Mother", exact=True).check()
    page.get_by_role("group", name="parental responsibility").get_by_label("Yes").check()
    page.get_by_label("Email address").fill(child.email)
    page.get_by_label("Phone number").fill("07700 900123")
    page.get_by_label("May receive invites").check()
    press(page, "Save contact")
    says(page, child.name)


def agree_course(page: Page, target: date) -> None:
    """Two days of four hours, for a family who cannot come before nine."""
    page.get_by_role("link", name="Agree a course").click()
    press(page, "Save course")
    refuses(page, "Enter the clinician who decided", "Select how long each day is")
    page.get_by_label("Clinician who decided").fill("Dr Rhiannon Pughe")
    fill_date(page.get_by_role("group", name="Date of the decision"), date.today())
    page.get_by_label("Pain has come back").check()
    page.get_by_label("How long is each day?").select_option("4 hours")
    page.get_by_label("Soon").check()
    fill_date(page.get_by_role("group", name="Target first day"), target)
    page.get_by_label("Earliest time the family can arrive").fill("9am")
    press(page, "Save course")
    expect(page.get_by_role("alert")).to_contain_text("The course is on the waiting list.")


def offers(page: Page) -> Locator:
    return page.locator(".app-offers > li")


def choose_offer(page: Page, number: int) -> date:
    """Choose one of the offers on the page, counted from 0, and give its first day."""
    choose = offers(page).nth(number).get_by_role("button", name="Choose")
    chosen = parse_qs(urlsplit(choose.get_attribute("href")).query)
    day = date(*(int(chosen[f"first_day_{part}"][0]) for part in ("year", "month", "day")))
    expect(offers(page).nth(number).get_by_role("heading")).to_contain_text(f"{day:%A} {day.day}")
    choose.click()
    return day


def read_mails(mails, child: Child, prefix: str, browser) -> list[Entry]:
    """The entries of the two mails that the family got, the first day first, as both readers have them."""
    mails = [mail for mail in mails if mail["To"].addresses[0].addr_spec == child.email]
    days = sorted(mails, key=lambda mail: mail["Subject"])
    assert [re.match(rf"{prefix}, day (\d of 2): ", mail["Subject"])[1] for mail in days] == [
        "1 of 2",
        "2 of 2",
    ]
    for mail in days:
        assert mail["From"].addresses[0].addr_spec == "daycase@hospital.example"
        assert child.name not in mail.as_string() + mail.get_body(("plain",)).get_content()
    calendars = [calendar_in(mail) for mail in days]
    found = read_by_icaljs(calendars, browser)
    assert [read_by_vobject(calendar) for calendar in calendars] == found
    for entry in found:
        assert entry.attendees == [f"mailto:{child.email}"]
        assert entry.organizer == "mailto:daycase@hospital.example"
    return found


def nine_on(first_day: date) -> list[list[str]]:
    """9am in London on that day and the next, as a reader of calendars gives it."""
    found = []
    for day in (first_day, first_day + timedelta(days=1)):
        nine = datetime.combine(day, time(9), LONDON)
        utc = nine.astimezone(UTC)
        found.append(["Europe/London", f"{nine:%Y-%m-%dT%H:%M:%S}", f"{utc:%Y-%m-%dT%H:%M:%SZ}"])
    return found


def go_to(page: Page, item: str) -> None:
    """Follow the menu, which on a phone has a part of its items behind a button."""
    link = page.get_by_role("navigation", name="Menu").get_by_role("link", name=item, exact=True)
    if not link.is_visible():
        page.get_by_role("button", name="More").click()
    link.click()


def fill_date(group: Locator, day: date) -> None:
    for part, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        group.get_by_label(part, exact=True).fill(str(value))


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def refuses(page: Page, *errors: str) -> None:
    expect(page).to_have_title(re.compile("^Error: "))
    for error in errors:
        expect(page.get_by_role("alert").get_by_role("link", name=error)).to_be_visible()
