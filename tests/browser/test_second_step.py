"""Setting up a second step, using it and leaving it again: every page of it is accessible and fits."""

import re

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import Page, expect

from scheduling.management.commands.seed_demo import DEMO_PASSWORD
from tests.browser.checks import WITH_AXE, wrong_with

pytestmark = pytest.mark.browser

EMAIL = "read-only@hospital.example"


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def heading(page: Page, words: str) -> None:
    """The page with this heading is there, and nothing is wrong with it."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words)
    assert wrong_with(page, WITH_AXE) == ""


def test_an_app_and_a_passkey_are_set_up_used_and_removed(app, chromium):
    page = chromium.new_context().new_page()
    # A passkey belongs to a name, and not to a number.
    address = app.address.replace("127.0.0.1", "localhost")
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    sign_in(page, address)

    page.get_by_role("link", name=re.compile("the second step")).click()
    heading(page, "Where you are signed in")
    page.get_by_role("link", name="Second step of signing in").click()
    page.get_by_role("button", name="Set up an authenticator app").click()
    heading(page, "Enter your password again")
    page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Continue").click()
    heading(page, "Set up an authenticator app")
    page.get_by_role("textbox", name="Code").fill("000000")
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("alert")).to_contain_text("This code is not right")
    page.get_by_text("I cannot scan it").click()
    secret = page.locator("details code").inner_text()
    page.get_by_role("textbox", name="Code").fill(_code(secret))
    page.get_by_role("button", name="Set it up").click()
    heading(page, "Your recovery codes")

    page.goto(f"{address}/accounts/second-step/passkeys/add/")
    heading(page, "Add a passkey")
    page.get_by_label("Sign in with it alone").check()
    page.get_by_role("button", name="Add the passkey").click()
    heading(page, "Second step of signing in")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, address)
    heading(page, "Enter your code")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    page.goto(f"{address}/accounts/second-step/passkeys/")
    heading(page, "Your passkeys")
    page.get_by_role("link", name=re.compile("^remove")).click()
    heading(page, "Enter your password again")
    page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Remove the passkey")
    page.get_by_role("button", name="Remove it").click()
    page.goto(f"{address}/accounts/second-step/app/remove/")
    heading(page, "Remove the authenticator app")
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("With a second step nobody signs in as you")).to_be_visible()
    page.context.close()


def _code(secret: str) -> str:
    """What an authenticator app would show; the server allows for half a minute."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
