"""Stale pages: one comparison, one place for its words, and who did what as the log has it."""

from datetime import date
from pathlib import Path

import pytest

from patients import audit, stale
from patients.models import Contact
from tests import builders

ROOT = Path(__file__).resolve().parents[2]
APPS = ("crmo_clinic", "patients", "scheduling")


@pytest.mark.parametrize(
    ("seen", "now", "answer"),
    [(None, "a", False), ("a", "a", False), ("b", "a", True), ("", "a", True), (0, 1, True), (0, 0, False)],
)
def test_a_page_is_stale_if_it_was_drawn_from_something_else(seen, now, answer):
    assert stale.is_stale(seen, now) is answer


def test_a_fingerprint_is_another_as_soon_as_one_value_is():
    values = ["open", None, date(2027, 6, 8), ["a", "b"]]
    known = stale.fingerprint(values)
    assert known == stale.fingerprint(iter(values))
    others = [values[:3], ["done", *values[1:]], ["open", "", *values[2:]], [*values[:3], ["ab"]]]
    assert known not in map(stale.fingerprint, others)
    assert len(set(map(stale.fingerprint, others))) == 4


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("", 0), ("x", 0), ("-1", 0), ("9" * 40, 0), ("²", 0)]
)
def test_a_spoiled_mark_counts_as_none(text, number):
    assert stale.read_mark(text) == number


def test_the_sentences_of_a_button_and_of_a_form():
    assert stale.nothing_done("Ann Lee moved this course at 9am today") == (
        "Ann Lee moved this course at 9am today, while you were on this page, so nothing was done."
    )
    assert stale.typed_is_kept(
        ["Ann Lee changed “Name” at 9am today", "Bo Day changed “Sex” at 9:05am today"]
    ) == (
        "Ann Lee changed “Name” at 9am today. Bo Day changed “Sex” at 9:05am today. "
        "What you typed is kept: check it and save again."
    )
    assert stale.typed_is_kept([]) == ""


@pytest.mark.parametrize(
    "words", ["while you were on this page", "What you typed is kept", "seen is not None and"]
)
def test_the_words_and_the_comparison_stand_in_one_module(words):
    found = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if words in path.read_text(encoding="utf-8")
    ]
    assert [path for path in found if path != "patients/stale.py"] == []


@pytest.mark.django_db
def test_who_removed_a_row_is_known_from_the_log(lead):
    contact = builders.contact(builders.patient())
    pk = contact.pk
    assert stale.removed(Contact, pk) == "The contact was removed by somebody else."
    audit.delete(contact, by=lead, patient=contact.patient_id)
    assert stale.removed(Contact, pk).startswith(f"{lead.name} removed this contact at ")
