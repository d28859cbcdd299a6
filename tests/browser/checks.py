"""What is wrong with a page: axe's findings and our own, as sentences."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from playwright.sync_api import Locator, Page, expect

from tests.browser.visitors import DESKTOP, LARGE, PHONE, SMALL_PHONE, Size
from tests.claims import claims_in

HERE = Path(__file__).parent
AXE = (HERE / "vendor" / "axe-core-4.14.1" / "axe.min.js").read_text(encoding="utf-8")
OURS = (HERE / "checks.js").read_text(encoding="utf-8")
# WCAG 2.0 to 2.2, A and AA, and best practice; no rule is left out.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
# The menu takes a few frames to fold after the page has another size. No rule of these needs the style sheets
# fetched once more (`preload`).
RUN_AXE = """async (tags) => {
  for (let frame = 0; frame < 4; frame++) await new Promise(requestAnimationFrame);
  const found = await axe.run(document, { runOnly: tags, resultTypes: ["violations"], preload: false });
  return found.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html).join(" | ")}`);
}"""
# WCAG 1.4.12. The menu measures its items anew when the window has another size. Playwright's own waiting for
# a function compiles it in the page, where the security policy forbids that as soon as it has to look twice.
BEAR_WIDE_TEXT = """async () => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
                         word-spacing: .16em !important }
                     p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
  window.dispatchEvent(new Event("resize"));
  const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  for (let frame = 0; overflow() && frame < 300; frame++) await new Promise(requestAnimationFrame);
  return overflow();
}"""
# The names of the service and the Trust end every title.
TITLE_END = " - Infusion day case - Example Children's Hospital"
# A family's page does not say what the service is for.
FAMILY_TITLE_END = " - Example Children's Hospital"
WITH_AXE, ALL_SIZES = (SMALL_PHONE, DESKTOP), (SMALL_PHONE, PHONE, DESKTOP, LARGE)


def wrong_with(page: Page, sizes: Sequence[Size] = ALL_SIZES, title_end: str = TITLE_END) -> str:
    """What is wrong with the page, and at which sizes: a line for each finding. It keeps the size it had."""
    before = page.viewport_size
    found = defaultdict(list)
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        axe = violations(page) if (width, height) in WITH_AXE else []
        for finding in axe + faults(page, title_end):
            found[finding].append(f"{width} by {height}")
    page.set_viewport_size(before)
    return "\n".join(f"{finding} at {', '.join(widths)}" for finding, widths in found.items())


def violations(page: Page) -> list[str]:
    """axe's findings on the page as it is now."""
    _load_axe(page)
    return page.evaluate(RUN_AXE, TAGS)


def faults(page: Page, title_end: str = TITLE_END) -> list[str]:
    """What else is wrong at the present width: overflow, targets, names, headings, title, inline code."""
    _load_axe(page)
    title = page.title()
    wrong = [] if title.endswith(title_end) and title != title_end else [f"titled “{title}”"]
    claims = [f"claims “{claim}”" for claim in claims_in(page.locator("body").inner_text())]
    return wrong + claims + page.evaluate(OURS)


def overflow_with_wide_text(page: Page) -> int:
    """How many pixels the page is too wide once lines, words and letters stand apart (WCAG 1.4.12)."""
    return page.evaluate(BEAR_WIDE_TEXT)


def says(page: Page, heading: str) -> None:
    """The page with that heading is there."""
    try:
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    except AssertionError as unlike:
        unlike.add_note(f"The page says:\n{page.locator('main').inner_text()}")
        raise


def _load_axe(page: Page) -> None:
    if not page.evaluate("typeof axe == 'object'"):
        page.evaluate(AXE)


def wait_for_focus(control: Locator, seconds: float = 30) -> None:
    """Until the control is the one that keys go to. AssertionError if it never is.

    Playwright's own to_be_focused() asks for more: that the window is the active one, which no page decides.
    """
    until = monotonic() + seconds
    while not control.evaluate("control => control == document.activeElement"):
        assert monotonic() < until, f"{control} never has the focus"
        control.page.wait_for_timeout(50)
