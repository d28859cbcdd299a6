"""What must not be true when children's records are real."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def refuse_unsafe(settings: Mapping[str, Any]) -> None:
    """Raise ImproperlyConfigured with one sentence for each unsafe setting; return if there is none."""
    problems = list(unsafe(settings))
    if problems:
        raise ImproperlyConfigured("\n".join(["PRODUCTION is set, so this does not start:", *problems]))


def unsafe(settings: Mapping[str, Any]) -> list[str]:
    """One sentence for each unsafe setting: what is wrong, and what to set."""
    wrong = []
    key = settings["SECRET_KEY"]
    if key == settings["DEMO_SECRET_KEY"] or len(key) < 50:
        wrong.append(
            "SECRET_KEY is the demo key or shorter than 50 characters; set it to a long random text."
        )
    if settings["DEBUG"]:
        wrong.append("DEBUG is on, which shows records and settings in error pages; unset it.")
    hosts = settings["ALLOWED_HOSTS"]
    if "*" in hosts or set(hosts) <= {"localhost", "127.0.0.1", "[::1]"}:
        wrong.append("ALLOWED_HOSTS does not name the address staff use; set it to that host name.")
    if not settings["SECURE_SSL_REDIRECT"] or not settings["SESSION_COOKIE_SECURE"]:
        wrong.append("Pages could be read over plain http; leave SECURE_SSL_REDIRECT on.")
    if settings["EMAIL_BACKEND"] != "django.core.mail.backends.smtp.EmailBackend":
        wrong.append("EMAIL_URL is not set, so no family would get a mail; set it to the SMTP server.")
    if settings["MAIL_DOMAIN"].endswith(".example"):
        wrong.append("MAIL_DOMAIN is the example domain; set it to the Trust's mail domain.")
    return wrong
