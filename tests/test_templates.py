"""Where each template lies, what it is called, and how it is written.

A URL has the name of its view, and a page has it too: the view `show_course` of a module in
`scheduling/pages/booking/` answers the URL `show_course` with `scheduling/booking/show_course.html`. Pages
that come in between (`check_…`), or that two URLs share, are listed below with the URL that they belong to. A
part of a page, `_days_told.html`, lies with the subject whose pages show it; if several do, with what it is
about.
"""

import re
from collections import defaultdict
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from tests.addresses import ALLAUTH

TEMPLATES = Path(settings.BASE_DIR) / "templates"
LONGEST_LINE = 120
# Drawn by components everywhere else: the crispy pack and allauth draw their own buttons and forms.
COMPONENTS = ("components", "nhsuk", "allauth", "emails")
WRITTEN_OUT = ('<button class="nhsuk-button', '<a class="nhsuk-button', '<details class="nhsuk-details')

# On paper a phone number is no link.
ON_PAPER = (
    "scheduling/telling/attendance_letter",
    "scheduling/telling/print_advice",
    "scheduling/telling/print_letter",
    "scheduling/visit/_downtime_pack",
)
PHONE_IN_WORDS = re.compile(r'(?<!tel }}">)\{\{ [\w.]*phone\|phone_number')

# Pages without a URL of their own, and a URL whose view draws them.
BELONG_TO = {
    "scheduling/other_systems/show_secret": "add_other_system",
    "scheduling/booking/check_cancel": "cancel_course",
    "scheduling/booking/check_change": "change_course",
    "scheduling/plan/show_ended": "show_draft",
    "scheduling/plan/show_what_if": "show_draft",
    "scheduling/plan/show_working": "show_draft",
    "scheduling/unit/check_chair": "change_chair",
    "scheduling/unit/check_closure": "add_closure",
    "scheduling/unit/check_infusion": "place_infusion",
    "scheduling/plan/check_replan": "do_replan",
    "scheduling/merging/compare_records": "merge_patient",
    "scheduling/moving_in/show_progress": "show_import",
    "scheduling/moving_in/show_result": "show_import",
    "scheduling/unit/check_staffing": "set_staffing",
    "scheduling/unit/check_week": "set_opening_hours",
    "scheduling/unit/no_unit": "show_board",
    "family/check_answer": "answer_days",
    "family/give_dates_after": "give_dates",
    "patients/show_log": "show_log_of_child",
}
# What other pages extend.
BASES = {"family/base", "family/form_page"}
# Parts for the pages of `patients`, which does not know the subjects.
FOR_PATIENTS = {"scheduling/booking/_courses"}


def urls(patterns=None):
    """Each URL of ours as its name and view."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            yield from urls(entry.url_patterns)
        elif isinstance(entry, URLPattern) and entry.callback.__module__.startswith(
            ("patients", "scheduling")
        ):
            yield entry.name, entry.callback


def folder_of(view):
    """Where the templates of a view lie."""
    parts = view.__module__.split(".")
    if parts[:2] != ["scheduling", "pages"]:
        return parts[0]
    return "family" if parts[2] == "family" else f"scheduling/{parts[2]}"


def templates(*folders):
    """Names without `.html`, of those folders or all."""
    found = sorted(TEMPLATES.rglob("*.html"))
    names = [file.relative_to(TEMPLATES).with_suffix("").as_posix() for file in found]
    return [name for name in names if not folders or name.startswith(tuple(f"{each}/" for each in folders))]


def text_of(template):
    return (TEMPLATES / f"{template}.html").read_text()


def test_each_url_has_the_name_of_its_view():
    ours = [(name, view.__name__) for name, view in urls() if not name.startswith(ALLAUTH)]
    assert len(ours) > 100
    assert [(name, view) for name, view in ours if name != view] == []


def test_each_page_has_the_name_of_a_url_and_lies_with_its_view():
    pages = {f"{folder_of(view)}/{name}" for name, view in urls()}
    drawn = {each for each in templates("scheduling", "family", "patients") if "/_" not in each}
    assert drawn - pages - set(BELONG_TO) - BASES == set()
    urls_by_folder = {(folder_of(view), name) for name, view in urls()}
    for page, name in BELONG_TO.items():
        assert page in drawn, f"{page} is gone"
        assert (page.rpartition("/")[0], name) in urls_by_folder


def test_each_part_of_a_page_lies_with_the_pages_that_show_it():
    shown_by = defaultdict(set)
    for name in templates("scheduling", "family", "patients"):
        for part in re.findall(r'(?:include|extends) "([^"]+/_[^"]+)\.html"', text_of(name)):
            shown_by[part].add(name.rpartition("/")[0])
    elsewhere = {
        part: folders
        for part, folders in shown_by.items()
        if len(folders) == 1 and part not in FOR_PATIENTS and folders != {part.rpartition("/")[0]}
    }
    assert elsewhere == {}


@pytest.mark.parametrize("written_out", WRITTEN_OUT)
def test_buttons_and_details_are_drawn_by_their_components(written_out):
    pages = [name for name in templates() if not name.startswith(tuple(f"{each}/" for each in COMPONENTS))]
    assert [name for name in pages if written_out in text_of(name)] == []


# Where a birth date or a number stands right beside the name of a child.
NAME_ONLY = {"patients/_table", "patients/show_patient"} | {
    "scheduling/telling/attendance_letter",
}
# Pages of families, who know whose they are, and what the design system draws.
OTHERWISE = ("family/", "emails/", "nhsuk/", "components/", "allauth/")
NAME_OF_CHILD = re.compile(
    r"{{[^}]*\b(?:patient|child)(?:\.(?:name|known_as|short_name|whole_name|identified))?\s*(?:\|[^}]*)?}}"
)


def test_a_child_is_named_by_the_one_tag_that_tells_two_of_one_name_apart():
    ours = [name for name in templates() if not name.startswith(OTHERWISE)]
    assert [name for name in ours if NAME_OF_CHILD.search(text_of(name))] == []
    assert {name for name in ours if "{% name_only " in text_of(name)} == NAME_ONLY
    assert [name for name in ours if "{% short_name " in text_of(name)] == ["scheduling/unit/_segment"]
    assert len([name for name in ours if "{% who " in text_of(name)]) > 15


def test_a_phone_number_of_a_family_can_be_rung_by_a_press():
    ours = [name for name in templates() if name.startswith(("patients/", "scheduling/"))]
    assert [n for n in ours if n not in ON_PAPER and PHONE_IN_WORDS.search(text_of(n))] == []


def test_no_line_is_too_long_to_read():
    """But for the first texts of a unit, which are Markdown: a line of theirs is a paragraph."""
    long = [
        f"{file.relative_to(TEMPLATES)}:{number}"
        for file in sorted([*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")])
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]
    assert long == []
