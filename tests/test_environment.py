"""Settings are read as they were meant, or refused in a sentence that quotes no secret."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from crmo_clinic.environment import Environment


def given(**variables):
    env = Environment()
    env.ENVIRON = variables
    return env


@pytest.mark.parametrize(("written", "meant"), [("yes", True), ("True", True), ("1", True), (" off ", False)])
def test_yes_and_no_in_the_usual_words(written, meant):
    assert given(PRODUCTION=written).bool("PRODUCTION", default=not meant) is meant


@pytest.mark.parametrize("written", ["production", "", "ja", "y e s", "2"])
def test_a_word_that_is_neither_yes_nor_no_is_refused(written):
    with pytest.raises(ImproperlyConfigured, match="PRODUCTION is neither “yes” nor “no”"):
        given(PRODUCTION=written).bool("PRODUCTION", default=False)


def test_a_number_in_words_is_refused():
    with pytest.raises(ImproperlyConfigured, match="SESSION_HOURS is not a whole number"):
        given(SESSION_HOURS="ten").int("SESSION_HOURS", default=10)


@pytest.mark.parametrize("secret", ["$ecret", "$HOME", r"a\$b", "#hash", "x" * 60 + "$"])
def test_a_secret_means_itself(secret):
    assert given(SECRET_KEY=secret).str("SECRET_KEY") == secret


def test_a_secret_from_a_file_ends_before_its_last_line_break(tmp_path, monkeypatch):
    (tmp_path / "key").write_text("$ecret of the file\n")
    monkeypatch.setenv("SOME_KEY_FILE", str(tmp_path / "key"))
    assert Environment().str("SOME_KEY") == "$ecret of the file"
    monkeypatch.setenv("OTHER_KEY_FILE", str(tmp_path / "gone"))
    with pytest.raises(ImproperlyConfigured, match="OTHER_KEY_FILE names cannot be read"):
        Environment().str("OTHER_KEY", default="")


@pytest.mark.parametrize("sign", ["#", "/", "?", "@", "["])
@pytest.mark.parametrize(
    ("name", "read", "url"),
    [
        ("DATABASE_URL", "db", "postgresql://app:pa{}ss@db.trust.test:5432/clinic"),
        ("EMAIL_URL", "email", "smtp+tls://app:pa{}ss@smtp.trust.test:587"),
        ("IMAP_URLS", "urls", "imaps://app:pa{}ss@imap.trust.test:993/INBOX"),
    ],
)
def test_a_sign_that_would_cut_a_password_is_refused_and_right_when_written_so(name, read, url, sign):
    with pytest.raises(ImproperlyConfigured) as refused:
        getattr(given(**{name: url.format(sign)}), read)(name)
    sentence = str(refused.value)
    escaped = f"%{ord(sign):02X}"
    assert name in sentence
    assert escaped in sentence
    assert "ss@" not in sentence
    right = getattr(given(**{name: url.format(escaped)}), read)(name)
    if read != "urls":
        assert f"pa{sign}ss" in (right.get("PASSWORD"), right.get("EMAIL_HOST_PASSWORD"))
        assert (right.get("HOST") or right.get("EMAIL_HOST")).endswith("trust.test")


def test_a_dollar_at_the_start_of_a_password_is_part_of_it():
    assert given(DATABASE_URL="postgresql://app:$ecret@db/clinic").db("DATABASE_URL")["PASSWORD"] == "$ecret"


@pytest.mark.parametrize(
    "url", ["postgresql://app:secret@db:port/clinic", "db.trust.test/clinic", "nothing://a/b", "$OTHER"]
)
def test_an_address_that_is_none_is_refused_without_quoting_it(url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as refused:
        given(DATABASE_URL=url).db("DATABASE_URL")
    assert "secret" not in str(refused.value)


def test_several_servers_of_one_database_can_be_named():
    url = "postgresql://app:secret@a.test:5432,b.test:5433/clinic?target_session_attrs=read-write"
    database = given(DATABASE_URL=url).db("DATABASE_URL")
    assert (database["HOST"], database["PORT"]) == ("a.test,b.test", "5432,5433")
    assert database["OPTIONS"] == {"target_session_attrs": "read-write"}
