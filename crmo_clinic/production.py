"""Checks that settings are safe for children's real records."""

from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

# The service's id and the secret, of 36 characters each, with a hyphen between; a name stands before them.
NOTIFY_KEY_LENGTH = 73
# As `patients.access.Role` has them; settings are read before any app.
ROLES = {"coordinator", "nurse", "lead", "read-only"}
THIS_MACHINE = {"localhost", "127.0.0.1", "[::1]", "::1"}
SQLITE = "django.db.backends.sqlite3"
# libpq's words for a connection that nobody can read; the others go on in plain text if TLS fails.
WITH_TLS = {"require", "verify-ca", "verify-full"}
SHORTEST_HSTS = 24 * 3600
# Until which birthday children's records are kept at least, and for how many years those of adults.
CODE_AGE, CODE_YEARS = 25, 8


def origin(url: str) -> str:
    """`https://login.trust.test`, of any address there."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def refuse_unsafe(settings: Mapping[str, Any]) -> None:
    """Raise ImproperlyConfigured with one sentence for each unsafe setting; return if there is none."""
    problems = list(unsafe(settings))
    if problems:
        raise ImproperlyConfigured("\n".join(["PRODUCTION is set, so this does not start:", *problems]))


def unsafe(settings: Mapping[str, Any]) -> list[str]:
    """One sentence for each unsafe setting: what is wrong, and what to set."""
    wrong = []
    wrong += _weak_keys(settings)
    wrong += _unsafe_database(settings)
    if settings["DEBUG"]:
        wrong.append("DEBUG is on, which shows records and settings in error pages; unset it.")
    hosts = settings["ALLOWED_HOSTS"]
    if set(hosts) <= THIS_MACHINE:
        wrong.append("ALLOWED_HOSTS does not name the address staff use; set it to that host name.")
    if any("*" in host or host.startswith(".") for host in hosts):
        wrong.append(
            "ALLOWED_HOSTS has a wildcard, so mails could carry the address of another site; write each host "
            "name in full."
        )
    if any("*" in origin for origin in settings["CSRF_TRUSTED_ORIGINS"]):
        wrong.append("CSRF_TRUSTED_ORIGINS has a wildcard; write each origin in full.")
    public = urlsplit(settings["PUBLIC_URL"])
    if public.scheme != "https":
        wrong.append(
            "PUBLIC_URL is not an https:// address, so families could not open their pages safely; set it."
        )
    elif not validate_host(public.hostname or "", hosts):
        wrong.append("PUBLIC_URL has a host that is not in ALLOWED_HOSTS, so no family's page would open.")
    if not settings["SECURE_SSL_REDIRECT"] or not settings["SESSION_COOKIE_SECURE"]:
        wrong.append("Pages could be read over plain http; leave SECURE_SSL_REDIRECT on.")
    if settings["SECURE_HSTS_SECONDS"] < SHORTEST_HSTS:
        wrong.append(
            "SECURE_HSTS_SECONDS is less than a day, so a browser could be led to a copy without TLS; leave "
            "it at a year."
        )
    if settings["EMAIL_BACKEND"] != "django.core.mail.backends.smtp.EmailBackend":
        wrong.append("EMAIL_URL is not set, so no family would get a mail; set it to the SMTP server.")
    elif not _mail_is_private(settings):
        wrong.append(
            "EMAIL_URL has no TLS, so mails could be read on their way; use smtp+tls:// or smtp+ssl://."
        )
    if any(not _is_private(url) for url in settings["IMAP_URLS"]):
        wrong.append(
            "IMAP_URLS has a mailbox without TLS, so mails could be read on their way; use imaps://."
        )
    if settings["KEEP_TO_AGE"] < CODE_AGE or settings["KEEP_ADULTS_YEARS"] < CODE_YEARS:
        wrong.append(
            f"KEEP_TO_AGE is less than {CODE_AGE}, or KEEP_ADULTS_YEARS less than {CODE_YEARS}: that is "
            "shorter than the NHS Records Management Code keeps records; raise it."
        )
    if settings["IMAP_OAUTH_CLIENT_ID"]:
        wrong += _unsafe_tokens(settings)
    wrong += _unsafe_sign_ins(settings)
    if parseaddr(settings["DEFAULT_FROM_EMAIL"])[1].endswith(".example"):
        wrong.append("DEFAULT_FROM_EMAIL is the example address; set it to one that staff can answer to.")
    if settings["MAIL_DOMAIN"].endswith(".example"):
        wrong.append("MAIL_DOMAIN is the example domain; set it to the Trust's mail domain.")
    if 0 < len(settings["METRICS_TOKEN"]) < 32:
        wrong.append("METRICS_TOKEN is shorter than 32 characters; set it to a random text, or unset it.")
    if settings["NOTIFY_API_KEY"]:
        wrong += _unsafe_texts(settings)
    return wrong


def _weak_keys(settings: Mapping[str, Any]) -> list[str]:
    wrong, key, family = [], settings["SECRET_KEY"], settings["FAMILY_LINK_KEY"]
    if key == settings["DEMO_SECRET_KEY"] or len(key) < 50:
        wrong.append(
            "SECRET_KEY is the demo key or shorter than 50 characters; set it to a long random text."
        )
    elif is_guessable(key):
        wrong.append("SECRET_KEY repeats a few characters; set it to a long random text.")
    if not family:
        wrong.append(
            "FAMILY_LINK_KEY is not set, so another SECRET_KEY would close every family’s page; set it to a "
            "long random text. The addresses that families have stay good."
        )
    elif len(family) < 50 or is_guessable(family) or family == key:
        wrong.append(
            "FAMILY_LINK_KEY is shorter than 50 characters, repeats a few, or is SECRET_KEY; set it to a "
            "long random text of its own."
        )
    fallbacks = [*settings["SECRET_KEY_FALLBACKS"], *settings["FAMILY_LINK_KEY_FALLBACKS"]]
    if settings["DEMO_SECRET_KEY"] in fallbacks:
        wrong.append("The demo key is among the fallbacks of a key, and everybody knows it; take it out.")
    return wrong


def is_guessable(key: str) -> bool:
    """Whether a key is made of so few characters that its length means nothing."""
    return len(set(key)) < 16


def _unsafe_database(settings: Mapping[str, Any]) -> list[str]:
    database = settings["DATABASES"]["default"]
    if database["ENGINE"] == SQLITE:
        if settings["SQLITE_IN_PRODUCTION"]:
            return []
        return [
            "DATABASE_URL names SQLite, or nothing: one file on one machine, without a standby; set it to a "
            "PostgreSQL, or say SQLITE_IN_PRODUCTION=yes."
        ]
    hosts = {host.strip() for host in str(database["HOST"]).split(",")}
    is_near = all(host in THIS_MACHINE or host.startswith("/") or not host for host in hosts)
    if is_near or database.get("OPTIONS", {}).get("sslmode") in WITH_TLS:
        return []
    return [
        "DATABASE_URL names another machine without TLS, so records could be read on their way; add "
        "?sslmode=verify-full (and sslrootcert) to it."
    ]


def _unsafe_texts(settings: Mapping[str, Any]) -> list[str]:
    wrong = []
    if len(settings["NOTIFY_API_KEY"]) < NOTIFY_KEY_LENGTH:
        wrong.append("NOTIFY_API_KEY is too short for a key of GOV.UK Notify; copy all of it, or unset it.")
    if not settings["NOTIFY_TEMPLATE_ID"]:
        wrong.append("NOTIFY_TEMPLATE_ID is not set; set it to the template whose whole text is ((message)).")
    if not settings["NOTIFY_URL"].startswith("https://"):
        wrong.append("NOTIFY_URL has no TLS, so texts could be read on their way; use https://.")
    return wrong


def _unsafe_sign_ins(settings: Mapping[str, Any]) -> list[str]:
    wrong = []
    if not 5 <= settings["IDLE_MINUTES"] <= 60:
        wrong.append(
            "IDLE_MINUTES is not between 5 and 60; set after how many idle minutes staff are signed out."
        )
    if not 1 <= settings["SESSION_HOURS"] <= 24:
        wrong.append(
            "SESSION_HOURS is not between 1 and 24; set after how many hours staff have to sign in again."
        )
    if settings["OIDC_URL"] and not settings["OIDC_URL"].startswith("https://"):
        wrong.append("OIDC_URL has no TLS, so sign-ins could be read on their way; use https://.")
    if settings["OIDC_URL"] and not (settings["OIDC_CLIENT_ID"] and settings["OIDC_CLIENT_SECRET"]):
        wrong.append("OIDC_URL is set without OIDC_CLIENT_ID and OIDC_CLIENT_SECRET; set all three.")
    if unknown := set(settings["SECOND_STEP_ROLES"]) - ROLES:
        wrong.append(
            f"SECOND_STEP_ROLES names {', '.join(sorted(unknown))}, which is no role; "
            f"use {', '.join(sorted(ROLES))}."
        )
    return wrong


def _unsafe_tokens(settings: Mapping[str, Any]) -> list[str]:
    wrong = []
    if not settings["IMAP_OAUTH_TENANT"] or not settings["IMAP_OAUTH_CLIENT_SECRET"]:
        wrong.append(
            "IMAP_OAUTH_CLIENT_ID is set without IMAP_OAUTH_TENANT and IMAP_OAUTH_CLIENT_SECRET, so no "
            "mailbox would be read; set all three."
        )
    if not settings["IMAP_OAUTH_AUTHORITY"].startswith("https://"):
        wrong.append("IMAP_OAUTH_AUTHORITY has no TLS, so the secret could be read on its way; use https://.")
    return wrong


def _mail_is_private(settings: Mapping[str, Any]) -> bool:
    """Whether mails go out by TLS, or to a mail server on this machine."""
    encrypted = settings.get("EMAIL_USE_TLS") or settings.get("EMAIL_USE_SSL")
    return bool(encrypted) or settings.get("EMAIL_HOST") in THIS_MACHINE


def _is_private(url: str) -> bool:
    """Whether a mailbox is read by TLS, or from a server on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "imaps" or (parts.scheme == "imap" and parts.hostname in THIS_MACHINE)
