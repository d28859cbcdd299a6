"""People at browsers: each signed in once to an app, with a complaint for whatever should not happen."""

from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page

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
    _contexts: dict[tuple[Role | None, bool], BrowserContext] = field(default_factory=dict)

    def page(
        self,
        path: str = "/",
        role: Role | None = Role.LEAD,
        *,
        size: Size = DESKTOP,
        javascript: bool = True,
    ) -> Page:
        """A new tab of that person's browser with the page opened; nobody signed in if there is no role."""
        page = self._context(role, javascript).new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(self.app.address + path)
        return page

    def close_pages(self) -> None:
        for context in self._contexts.values():
            for page in context.pages:
                page.close()

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()

    def _context(self, role: Role | None, javascript: bool) -> BrowserContext:
        key = role, javascript
        if key not in self._contexts:
            other = self._contexts.get((role, not javascript))
            context = self.browser.new_context(
                java_script_enabled=javascript, storage_state=other.storage_state() if other else None
            )
            context.on("page", self._watch)
            self._contexts[key] = context
            if role and not other:
                self._sign_in(context.new_page(), role)
        return self._contexts[key]

    def _sign_in(self, page: Page, role: Role) -> None:
        email, name = DEMO_USERS[role]
        page.goto(f"{self.app.address}/accounts/login/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text(name).wait_for()
        page.close()

    def _watch(self, page: Page) -> None:
        """Note what breaks the security policy, fails in a script, leaves the host or breaks the server."""
        say, host = self.complaints.append, f"{self.app.address}/"
        page.on("console", lambda said: say(said.text) if "olicy" in said.text else None)
        page.on("pageerror", lambda error: say(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith(host) else say(f"asked {asked.url}"))
        page.on("response", lambda got: say(f"{got.status}: {got.url}") if got.status >= 500 else None)
