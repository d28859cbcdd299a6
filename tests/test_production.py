"""With PRODUCTION set the app starts only with safe settings, and says in a sentence what is unsafe."""

import os
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from crmo_clinic.production import unsafe
from patients import adapters
from tests import clock

pytestmark = pytest.mark.processes

ROOT = Path(__file__).resolve().parents[1]
# `check` names the database itself, whatever the one under test.
once = pytest.mark.one_engine
SAFE = {
    "PRODUCTION": "yes",
    "SECRET_KEY": "a long key only for tests: 0123456789 abcdefghijklmnop",
    "FAMILY_LINK_KEY": "another long key only for tests: 0123456789 abcdefghijkl",
    "SQLITE_IN_PRODUCTION": "yes",
    "ALLOWED_HOSTS": "daycase.trust.test",
    "PUBLIC_URL": "https://daycase.trust.test",
    "EMAIL_URL": "smtp+tls://user:secret@smtp.trust.test:587",
    "MAIL_DOMAIN": "trust.test",
    "DEFAULT_FROM_EMAIL": "daycase@trust.test",
}


def check(*arguments, **changes):
    return python("manage.py", "check", *arguments, **changes)


def setting(name, **changes):
    """The setting as a production process has it, as text."""
    return python("-m", "tests.tell_setting", name, **changes).stdout.strip()


def python(*arguments, **changes):
    # Browser tests that ran before in this process leave their own switch set.
    ours = {"DATABASE_URL": "sqlite://:memory:", "DJANGO_ALLOW_ASYNC_UNSAFE": None}
    environment = {**os.environ, **ours, **SAFE, **changes}
    environment = {name: value for name, value in environment.items() if value is not None}
    return subprocess.run(
        clock.python(*arguments),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@once
def test_it_starts_with_safe_settings_and_passes_the_deployment_check():
    done = check("--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"PRODUCTION": "production"}, "PRODUCTION is neither “yes” nor “no”"),
        ({"SECRET_KEY": None}, "SECRET_KEY is the demo key"),
        ({"DEBUG": "yes"}, "DEBUG is on"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS does not name the address"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS has a wildcard"),
        ({"SQLITE_IN_PRODUCTION": "no"}, "DATABASE_URL names SQLite"),
        ({"SECURE_HSTS_SECONDS": "0"}, "SECURE_HSTS_SECONDS is less than a day"),
        ({"PUBLIC_URL": None}, "PUBLIC_URL is not an https:// address"),
        ({"PUBLIC_URL": "http://daycase.trust.test"}, "PUBLIC_URL is not an https:// address"),
        (
            {"PUBLIC_URL": "https://other.trust.test"},
            "a host that is not in ALLOWED_HOSTS",
        ),
        ({"SECURE_SSL_REDIRECT": "no"}, "plain http"),
        ({"EMAIL_URL": None}, "EMAIL_URL is not set"),
        ({"EMAIL_URL": "smtp://user:secret@smtp.trust.test:25"}, "EMAIL_URL has no TLS"),
        ({"DEFAULT_FROM_EMAIL": None}, "DEFAULT_FROM_EMAIL is the example address"),
        ({"DEFAULT_FROM_EMAIL": "Day case <x@trust.example>"}, "DEFAULT_FROM_EMAIL is the example address"),
        ({"MAIL_DOMAIN": None}, "MAIL_DOMAIN is the example domain"),
        ({"NOTIFY_API_KEY": "short", "NOTIFY_TEMPLATE_ID": "t"}, "NOTIFY_API_KEY is too short"),
        ({"NOTIFY_API_KEY": "k" * 73}, "NOTIFY_TEMPLATE_ID is not set"),
        (
            {"NOTIFY_API_KEY": "k" * 73, "NOTIFY_TEMPLATE_ID": "t", "NOTIFY_URL": "http://api.test"},
            "NOTIFY_URL has no TLS",
        ),
        ({"IDLE_MINUTES": "90"}, "IDLE_MINUTES is not between 5 and 60"),
        ({"SESSION_HOURS": "48"}, "SESSION_HOURS is not between 1 and 24"),
        ({"SECOND_STEP_ROLES": "leed"}, "SECOND_STEP_ROLES names leed, which is no role"),
        ({"OIDC_URL": "http://login.trust.test"}, "OIDC_URL has no TLS"),
        ({"OIDC_URL": "https://login.trust.test"}, "OIDC_URL is set without OIDC_CLIENT_ID"),
    ],
)
@once
def test_it_refuses_to_start_with_an_unsafe_setting_and_names_it(change, sentence):
    done = check(**change)
    assert done.returncode != 0
    assert sentence in done.stderr


def sentences(**changes):
    """What is wrong with settings that are safe but for these."""
    safe = {
        "SECRET_KEY": SAFE["SECRET_KEY"],
        "SECRET_KEY_FALLBACKS": [],
        "FAMILY_LINK_KEY": SAFE["FAMILY_LINK_KEY"],
        "FAMILY_LINK_KEY_FALLBACKS": [],
        "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": ""}},
    }
    ours = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    front = {"ALLOWED_HOSTS": ["daycase.trust.test"], "PUBLIC_URL": SAFE["PUBLIC_URL"]}
    front |= {"SECURE_SSL_REDIRECT": True, "SESSION_COOKIE_SECURE": True, "SECURE_HSTS_SECONDS": 31_536_000}
    mail = {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_USE_TLS": True}
    mail |= {name: SAFE[name] for name in ("DEFAULT_FROM_EMAIL", "MAIL_DOMAIN")}
    sign_in = {"IDLE_MINUTES": 15, "SESSION_HOURS": 12}
    return unsafe({**ours, **safe, **front, **mail, **sign_in, **changes})


def postgres(host, **options):
    return {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": host, "OPTIONS": options}}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, None),
        ({"SECRET_KEY": "short"}, "shorter than 50 characters"),
        ({"SECRET_KEY": "abcabc" * 10}, "SECRET_KEY repeats a few characters"),
        ({"FAMILY_LINK_KEY": ""}, "FAMILY_LINK_KEY is not set"),
        ({"FAMILY_LINK_KEY": "k" * 60}, "FAMILY_LINK_KEY is shorter than 50 characters, repeats a few"),
        ({"FAMILY_LINK_KEY": SAFE["SECRET_KEY"]}, "or is SECRET_KEY"),
        ({"SECRET_KEY_FALLBACKS": [settings.DEMO_SECRET_KEY]}, "The demo key is among the fallbacks"),
        ({"ALLOWED_HOSTS": [".trust.test", "daycase.trust.test"]}, "ALLOWED_HOSTS has a wildcard"),
        ({"CSRF_TRUSTED_ORIGINS": ["https://*.trust.test"]}, "CSRF_TRUSTED_ORIGINS has a wildcard"),
        ({"DATABASES": postgres("db.trust.test")}, "another machine without TLS"),
        ({"DATABASES": postgres("db.trust.test", sslmode="prefer")}, "another machine without TLS"),
        ({"DATABASES": postgres("localhost,db.trust.test")}, "another machine without TLS"),
        ({"DATABASES": postgres("db.trust.test", sslmode="verify-full")}, None),
        ({"DATABASES": postgres("localhost")}, None),
        ({"DATABASES": postgres("/var/run/postgresql")}, None),
    ],
)
@once
def test_keys_database_and_names_are_judged_one_by_one(change, sentence):
    found = sentences(**change)
    assert (sentence in found[0] and len(found) == 1) if sentence else found == []


@pytest.mark.parametrize("change", [{"KEEP_TO_AGE": 24}, {"KEEP_ADULTS_YEARS": 7}])
@once
def test_records_kept_shorter_than_the_code_says_are_refused(change):
    (sentence,) = sentences(**change)
    assert "shorter than the NHS Records Management Code" in sentence
    assert sentences(KEEP_TO_AGE=30, KEEP_ADULTS_YEARS=8) == []


@pytest.mark.parametrize(
    "url", ["smtp+ssl://user:secret@smtp.trust.test:465", "smtp://localhost:25", "smtp://127.0.0.1:25"]
)
@once
def test_mail_may_go_by_tls_from_the_start_or_to_a_server_on_this_machine(url):
    assert check(EMAIL_URL=url).returncode == 0


@once
def test_every_unsafe_setting_is_named_at_once():
    done = check(SECRET_KEY=None, ALLOWED_HOSTS=None)
    assert "SECRET_KEY" in done.stderr
    assert "ALLOWED_HOSTS" in done.stderr


@once
def test_a_secret_may_be_mounted_as_a_file(tmp_path):
    (tmp_path / "key").write_text(SAFE["SECRET_KEY"])
    assert check(SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key")).returncode == 0


@once
def test_all_processes_count_wrong_passwords_together():
    assert "DatabaseCache" in setting("CACHES")


@once
def test_behind_a_proxy_the_address_it_saw_is_counted():
    assert setting("ALLAUTH_TRUSTED_PROXY_COUNT") == "None"
    assert setting("ALLAUTH_TRUSTED_PROXY_COUNT", BEHIND_TLS_PROXY="yes") == "1"


def test_cookies_are_for_this_host_alone():
    assert setting("SESSION_COOKIE_NAME") == "__Host-sessionid"
    assert setting("CSRF_COOKIE_NAME") == "__Host-csrftoken"


def test_a_browser_may_be_led_to_the_provider_of_sign_ins_and_nowhere_else():
    assert "'form-action': [\"'self'\"]" in setting("CONTENT_SECURITY_POLICY")
    provider = {"OIDC_URL": "https://login.trust.test/tenant/v2.0", "OIDC_CLIENT_ID": "a"}
    policy = setting("CONTENT_SECURITY_POLICY", OIDC_CLIENT_SECRET="b", **provider)
    assert "'form-action': [\"'self'\", 'https://login.trust.test']" in policy


def test_everybody_needs_a_second_step_unless_the_setting_says_otherwise():
    assert setting("SECOND_STEP_ROLES") == "['coordinator', 'nurse', 'lead', 'read-only']"
    assert setting("SECOND_STEP_ROLES", SECOND_STEP_ROLES="lead") == "['lead']"
    assert setting("SECOND_STEP_ROLES", SECOND_STEP_ROLES="") == "[]"


def test_wrong_passwords_are_counted_in_the_database(client, nurse, settings, monkeypatch):
    monkeypatch.setattr(adapters, "wait", lambda seconds: None)
    settings.CACHES = {"default": settings.SHARED_CACHE}
    cache.clear()
    wrong = {"login": nurse.email, "password": "wrong"}
    for _ in range(30):
        client.post(reverse("account_login"), wrong)
    right = client.post(reverse("account_login"), wrong | {"password": "a-long-test-password"})
    assert right.status_code == 429, "too many tries: not even the right password signs in"
    assert "_auth_user_id" not in client.session
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cache")
        assert cursor.fetchone()[0] > 0
