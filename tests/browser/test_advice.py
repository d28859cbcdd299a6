"""Writing, previewing and approving a text for families, with scripts and without."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from patients.access import Role
from tests.browser.checks import WITH_AXE, wrong_with
from tests.browser.visitors import PHONE

pytestmark = pytest.mark.browser

NAMED = "?moment=between&audience=first&language=cy"


def test_the_preview_follows_what_is_typed(visitors, things):
    page = visitors.page(f"/units/{things['unit']}/advice/write/{NAMED}")
    page.get_by_label("Text", exact=True).fill("## Tonight\n\nRing **us** at any time.")
    preview = page.locator("#preview")
    expect(preview.get_by_role("heading", name="Tonight")).to_have_count(2)
    expect(preview).to_contain_text("Ring us at any time.")
    expect(page.get_by_label("Text", exact=True)).to_have_value(re.compile("Ring \\*\\*us"))
    assert wrong_with(page, WITH_AXE) == ""


@pytest.mark.parametrize("javascript", [True, False])
def test_a_text_is_written_and_approved(visitors, things, javascript):
    audience = "first" if javascript else "later"
    address = f"/units/{things['unit']}/advice/"
    page = visitors.page(address, Role.LEAD, size=PHONE, javascript=javascript)
    page.get_by_role("link", name=f"Open the text Between the days, {audience} course").click()
    page.get_by_role("button", name="Write a new version").click()
    page.get_by_label("Text", exact=True).fill("## Dormir\n\nDormez bien.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview").get_by_role("heading", name="Dormir")).to_have_count(2)
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("Version 2 has been saved as a draft.")).to_be_visible()

    page.get_by_role("button", name="Approve version 2").click()
    until = timezone.localdate() + timedelta(days=100)
    page.get_by_label("Who has approved it?").fill("Dr Wren, consultant")
    for name, value in (("Day", until.day), ("Month", until.month), ("Year", until.year)):
        page.get_by_label(name, exact=True).fill(str(value))
    page.get_by_role("button", name="Approve and use from now on").click()
    expect(
        page.get_by_text(re.compile("Version 2, approved by Dr Wren, consultant until")).first
    ).to_be_visible()
    if javascript:
        assert wrong_with(page, WITH_AXE) == ""
    page.get_by_role("link", name="Large print").click()
    size = page.get_by_text("Dormez bien.").evaluate("it => parseFloat(getComputedStyle(it).fontSize)")
    assert size >= 24  # CSS pixels: 18 points.
