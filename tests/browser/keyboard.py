"""Going through a page without a mouse."""

from playwright.sync_api import Page

# Whether the control that has the focus (or its label) looks like it, and is on the screen.
FOCUSED = r"""() => {
  const control = document.activeElement;
  const parts = [control, ...(control.labels ?? [])];
  const looks = () => parts.flatMap(part => ["", "::before"].map(pseudo => {
    const { outlineStyle, outlineWidth, boxShadow, backgroundColor } = getComputedStyle(part, pseudo);
    return [outlineStyle == "none" ? "" : outlineWidth, boxShadow, backgroundColor].join();
  })).join("; ");
  const { top, bottom } = control.getBoundingClientRect();
  const withFocus = looks();
  control.blur();
  const without = looks();
  control.focus({ preventScroll: true });
  return {
    text: control.textContent.replace(/\s+/g, " ").trim() || control.name,
    shown: withFocus != without,
    seen: bottom > 0 && top < innerHeight,
  };
}"""


def tab_to(page: Page, text: str, most: int) -> None:
    """Press Tab until the control with that text has the focus. Each control shows when it has it."""
    # Until the style sheets of a page are there, nothing on it takes the focus.
    page.wait_for_load_state()
    text = " ".join(text.split())
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["seen"], f"{focused['text']} is not on the screen"
        assert focused["shown"], f"{focused['text']} does not show that it has the focus"
        if focused["text"].startswith(text):
            return
    raise AssertionError(f"{most} times Tab did not reach {text}.")
