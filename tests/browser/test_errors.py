"""Every form, sent empty and sent wrong: what is wrong is told and found, and nothing typed is lost."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.checks import FAMILY_TITLE_END, TITLE_END, WITH_AXE, wrong_with
from tests.browser.pages import FAMILY, NAMES, OUTSIDE, STATES, path_of

pytestmark = pytest.mark.browser

ERRORS = (Path(__file__).parent / "errors.js").read_text(encoding="utf-8")

# Pages with a form in which something can be left out or typed.
FORMS = [
    "patients:find_patients",
    "patients:add_patient",
    "patients:change_patient",
    "patients:add_contact",
    "patients:change_contact",
    "patients:give_reason",
    "patients:search_log",
    "patients:add_user",
    "patients:change_user",
    "scheduling:show_visit",
    "scheduling:change_cannula",
    "scheduling:change_effect",
    "scheduling:miss_visit",
    "scheduling:chase_review",
    "scheduling:plan_weeks",
    "scheduling:agree_course",
    "scheduling:change_limits",
    "scheduling:change_needs",
    "scheduling:change_course",
    "scheduling:find_slot",
    "scheduling:check_slot",
    "scheduling:share_days",
    "scheduling:find_shared",
    "scheduling:check_shared",
    "scheduling:cancel_course",
    "scheduling:lose_day",
    "scheduling:show_task",
    "scheduling:add_other_system",
    "scheduling:keep_patient",
    "scheduling:add_review",
    "scheduling:add_imaging",
    "scheduling:add_medicine",
    "scheduling:add_decision",
    "scheduling:change_decision",
    "scheduling:import_results",
    "scheduling:undo_results",
    "scheduling:change_review",
    "scheduling:change_imaging",
    "scheduling:change_medicine",
    "scheduling:move_in",
    "scheduling:undo_import",
    "scheduling:merge_patient",
    "scheduling:add_unit",
    "scheduling:change_unit",
    "scheduling:set_staff",
    "scheduling:fill_text_gaps",
    "scheduling:write_advice",
    "scheduling:approve_advice",
    "scheduling:set_ranking",
    "scheduling:set_rates",
    "scheduling:try_what_if",
    "scheduling:set_phases",
    "scheduling:add_need",
    "scheduling:change_need",
    "scheduling:add_role_shift",
    "scheduling:set_contacts",
    "scheduling:show_language",
    "scheduling:set_reminders",
    "scheduling:set_opening_hours",
    "scheduling:set_weekly_nurses",
    "scheduling:add_chair",
    "scheduling:change_chair",
    "scheduling:take_chair",
    "scheduling:add_closure",
    "scheduling:set_terms",
    "scheduling:import_terms",
    "scheduling:set_staffing",
    "scheduling:add_infusion_kind",
    "scheduling:change_infusion_kind",
    "scheduling:place_infusion",
    "scheduling:show_infusion",
    "scheduling:add_kept_places",
    "scheduling:add_checklist_item",
    "scheduling:change_checklist_item",
    "scheduling:add_webhook",
    "scheduling:change_webhook",
    "scheduling:replay_webhook",
    "scheduling:show_mail",
    "note an attempt about a course that waits",
    "pause a course that waits",
    "note an attempt for those selected",
    "another time for a day",
    "check the new time of a day",
    "check before a day is left out",
    "check before a course is moved",
    "an item of the checklist, on another date",
    "a day that waits for a decision",
    "a drip to be started though something is missing",
    "change the password",
    "enter the password again",
]
FORMS_OUTSIDE = ["sign in", "new password"]
FAMILY_FORMS = [
    "can you come",
    "ask for a change",
    "child unwell",
    "days a family cannot do",
    "days a family cannot do, when days are booked",
    "how it went",
]
ALL_FORMS = FORMS + FORMS_OUTSIDE + FAMILY_FORMS
# Forms in which nothing can be wrong: whatever is picked or left out leads to a page.
NEVER_WRONG = [
    "scheduling:show_board",
    "scheduling:list_waiting",
    "scheduling:list_readiness",
    "scheduling:list_tasks",
    "scheduling:list_advice",
    "scheduling:show_history",
    "scheduling:list_plans",
    "scheduling:show_report",
    "scheduling:show_replan",
    # Its form of the columns is folded away; what is wrong in it is in `tests/pages/moving_in`.
    "scheduling:show_import",
    "check before a course is booked",
]
# A week without any opening hours is allowed, and a family need not say more than that the child is unwell.
MAY_BE_EMPTY = [
    "scheduling:change_limits",
    "scheduling:change_needs",
    "scheduling:set_staff",
    "scheduling:set_contacts",
    "scheduling:set_opening_hours",
    "scheduling:show_visit",
    "child unwell",
    "days a family cannot do",
]
# Any text is right in these, or there is nothing to type.
NOTHING_TO_MISTYPE = [
    "scheduling:keep_patient",
    "patients:give_reason",
    "scheduling:try_what_if",
    "scheduling:change_needs",
    "scheduling:share_days",
    "scheduling:set_staff",
    "scheduling:fill_text_gaps",
    "scheduling:add_need",
    "scheduling:change_need",
    "scheduling:import_terms",
    "patients:find_patients",
    "scheduling:show_language",
    "scheduling:show_task",
    "scheduling:show_mail",
    "scheduling:miss_visit",
    "scheduling:add_chair",
    "scheduling:change_chair",
    "scheduling:lose_day",
    "scheduling:write_advice",
    "scheduling:import_results",
    "scheduling:undo_results",
    "scheduling:undo_import",
    "note an attempt about a course that waits",
    "note an attempt for those selected",
    "check the new time of a day",
    "check before a day is left out",
    "check before a course is moved",
    "a day that waits for a decision",
    "a drip to be started though something is missing",
    "change the password",
    "enter the password again",
    "can you come",
    "ask for a change",
    "child unwell",
    "days a family cannot do, when days are booked",
    "how it went",
]
# Wrong as a date, a time, a number or an address; elsewhere a text that has to come back as it is.
MISTYPED = "7 & <b>½ Zoë</b>"

# The first, where a page has several.
FORM = "main form:has(input:not([type=hidden]), select, textarea) >> nth=0"
# At once, for there are forms with thirty boxes. choose: how many of the questions with choices are answered.
FILL = """(form, { text, choose }) => {
  for (const control of form.elements) {
    if (["text", "email", "password", "textarea"].includes(control.type)) control.value = text;
    if (["radio", "checkbox"].includes(control.type)) control.checked = false;
    if (control.tagName == "SELECT") control.selectedIndex = choose;
  }
  [...form.querySelectorAll("[type=radio][id$=_0], [type=checkbox]")].slice(0, choose)
    .forEach(choice => { choice.checked = true });
}"""
# The name and the value of each control that counts, passwords left out.
TYPED = """form => [...new FormData(form)].filter(([name]) =>
  name != "csrfmiddlewaretoken" && form.querySelector(`[name="${name}"]`).type != "password")"""


def open_form(visitors, things, name) -> Page:
    if name in OUTSIDE or name in FAMILY:
        return visitors.look(OUTSIDE.get(name) or path_of(name, things), None)
    return visitors.look(path_of(name, things))


def send(page: Page) -> None:
    page.locator(FORM).locator("button[type=submit]:visible").first.click()
    page.locator(".nhsuk-error-summary:not([hidden])").wait_for()
    # The scripts that move the focus run before this.
    page.wait_for_load_state("load")


def test_no_form_is_left_out(visitors, things):
    browser = visitors.page().context.request
    found = []
    for name in [*NAMES, *STATES]:
        html = browser.get(visitors.app.address + path_of(name, things)).text()
        forms = re.findall(r"<form.*?</form>", html.partition("<main")[2], re.DOTALL)
        if any(re.search(r'<(select|textarea|input [^>]*type="(?!hidden))', form) for form in forms):
            found.append(name)
    # The same forms, in other states of the app.
    again = {name for name in STATES if name not in FORMS}
    assert [name for name in found if name not in again and name not in NEVER_WRONG] == FORMS
    assert set(NEVER_WRONG) <= set(found)


@pytest.mark.parametrize("name", [name for name in ALL_FORMS if name not in MAY_BE_EMPTY])
def test_a_form_sent_empty_tells_what_is_missing(visitors, things, name):
    page = open_form(visitors, things, name)
    page.locator(FORM).evaluate(FILL, {"text": "", "choose": 0})
    send(page)

    assert page.evaluate(ERRORS) == []
    assert wrong_with(page, WITH_AXE, FAMILY_TITLE_END if name in FAMILY else TITLE_END) == ""


@pytest.mark.parametrize("name", [name for name in ALL_FORMS if name not in NOTHING_TO_MISTYPE])
def test_a_form_sent_wrong_keeps_all_that_was_typed(visitors, things, name):
    page = open_form(visitors, things, name)
    page.locator(FORM).evaluate(FILL, {"text": MISTYPED, "choose": 1})
    before = page.locator(FORM).evaluate(TYPED)
    assert MISTYPED in dict(before).values() or name == "scheduling:cancel_course"
    send(page)

    assert page.locator(FORM).evaluate(TYPED) == before
    assert page.evaluate(ERRORS) == []
