"""People with browsers, each signed in once to an app. Whatever should not happen becomes a complaint.

Most of the time for a page goes into a new process of the browser that draws it. So each person keeps one
tab: `look` uses it again and again, and the tabs that `page` opens share its process.
"""

from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page

from patients.access import Role
from scheduling.management.commands.seed_demo import DEMO_PASSWORD, DEMO_USERS
from tests.browser.app import App

Size = tuple[int, int]
PHONE, SMALL_PHONE, DESKTOP, LARGE = (390, 844), (320, 640), (1366, 768), (1920, 1080)


@dataclass
class Visitors:
    """The people who use one app. complaints: what went wrong behind the pages since somebody last looked."""

    app: App
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    _kept: dict[tuple[Role | None, bool], Page] = field(default_factory=dict)

    def page(
        self,
        path: str = "/",
        role: Role | None = Role.LEAD,
        *,
        size: Size = DESKTOP,
        javascript: bool = True,
    ) -> Page:
        """A new tab of that person's browser with the page opened; nobody signed in if there is no role."""
        return self._open(path, self._kept_tab(role, javascript).context.new_page(), size)

    def look(self, path: str, role: Role | None = Role.LEAD, *, size: Size = DESKTOP) -> Page:
        """The page in the tab that is kept: one at a time, and the tab must be left as a new one would be."""
        return self._open(path, self._kept_tab(role, javascript=True), size)

    def close_pages(self) -> None:
        """Close all tabs but those kept."""
        for kept in self._kept.values():
            for page in kept.context.pages:
                if page != kept:
                    page.close()

    def close(self) -> None:
        for kept in self._kept.values():
            kept.context.close()

    def _open(self, path: str, page: Page, size: Size) -> Page:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(self.app.address + path)
        return page

    def _kept_tab(self, role: Role | None, javascript: bool) -> Page:
        key = role, javascript
        if key not in self._kept:
            other = self._kept.get((role, not javascript))
            context = self.browser.new_context(
                java_script_enabled=javascript, storage_state=other.context.storage_state() if other else None
            )
            context.on("page", self._watch)
            self._kept[key] = context.new_page()
            self._kept[key].goto(f"{self.app.address}/accounts/login/")
            if role and not other:
                self._sign_in(self._kept[key], role)
        return self._kept[key]

    def _sign_in(self, page: Page, role: Role) -> None:
        email, name = DEMO_USERS[role]
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_text(name).wait_for()

    def _watch(self, page: Page) -> None:
        """Note what breaks the security policy, fails in a script, leaves the host or breaks the server."""
        say, host = self.complaints.append, f"{self.app.address}/"
        page.on("console", lambda said: say(said.text) if "olicy" in said.text else None)
        page.on("pageerror", lambda error: say(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(host) else say(f"asked {asked.url}"))
        page.on("response", lambda got: say(f"{got.status}: {got.url}") if got.status >= 500 else None)
