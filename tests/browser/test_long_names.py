"""A long name without a space is broken where it stands, and widens no page: of a child, a contact, a unit, a
chair, a need or another infusion."""

import pytest

from tests.browser import questions
from tests.browser.pages import path_of
from tests.browser.visitors import DESKTOP, SMALL_PHONE

pytestmark = pytest.mark.browser

NAME = "Wolfeschlegelsteinhausenbergerdorffwelchevoraltern" * 2
PAGES = [
    "home",
    "patients:find_patients",
    "patients:show_patient",
    "patients:change_patient",
    "patients:show_log_of_child",
    "patients:show_log_of_user",
    "scheduling:list_waiting",
    "scheduling:list_visits",
    "scheduling:list_tasks",
    "scheduling:show_task",
    "scheduling:list_messages",
    "scheduling:list_to_ring",
    "scheduling:list_readiness",
    "scheduling:list_plans",
    "scheduling:show_board",
    "scheduling:show_course",
    "scheduling:find_slot",
    "scheduling:show_history",
    "scheduling:show_visit",
    "scheduling:show_review",
    "scheduling:undo_results",
    "scheduling:show_import",
    "scheduling:merge_patient",
    "scheduling:attendance_letter",
    "scheduling:print_letter",
    "scheduling:show_mail",
    "scheduling:preview_weeks",
    "scheduling:show_unit",
    "a week with visits",
    "the week board of a full week",
    "who could start in a free place",
    "a place that became free",
    "tasks done",
    "scheduling:list_units",
    "scheduling:list_needs",
    "scheduling:change_need",
    "scheduling:change_chair",
    "scheduling:take_chair",
    "scheduling:place_infusion",
    "scheduling:show_infusion",
    "scheduling:change_infusion_kind",
    "scheduling:set_contacts",
    "patients:change_contact",
    "scheduling:change_course",
    "scheduling:check_slot",
    "scheduling:show_month",
    "scheduling:show_day",
    "scheduling:list_unanswered",
    "scheduling:list_advice",
    "scheduling:show_message",
    "scheduling:show_checklist",
]
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def called(app):
    names = app.ask(questions.call_everything, name=NAME)
    yield
    app.ask(questions.call, names=names)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("called")
def test_no_page_is_wider_than_the_screen(visitors, things, name):
    path = "/" if name == "home" else path_of(name, things)
    widths = {size: visitors.look(path, size=size).evaluate(WIDER) for size in (SMALL_PHONE, DESKTOP)}
    assert widths == {SMALL_PHONE: 0, DESKTOP: 0}
