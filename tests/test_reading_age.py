"""How hard our words are to read: the texts that units start from, and all that our mails say.

Three grades of American schools are measured: the Automated Readability Index and that of Coleman and Liau,
which count letters, words and sentences, and that of Flesch and Kincaid, which counts syllables (ours, for
textstat's needs a list of words that it fetches). A grade and 5 is an age: at most 6 is a reading age of 11.
"""

import re
from datetime import timedelta
from html import unescape

import pytest
import textstat
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from scheduling.management.demo_texts import filled
from scheduling.models import AdviceText, Ask, Audience, LeafletPage, MessageKind, Moment
from scheduling.states import SessionStatus
from scheduling.telling import letters
from scheduling.telling.family_links import link_for
from scheduling.telling.sample_letters import sample_letter
from scheduling.telling.texts import as_text, default_body, gaps
from scheduling.telling.texts.defaults import default_page
from tests import builders, flesch_kincaid
from tests.builders.reviews import decision
from tests.family_pages import path

HARDEST_GRADE = 6.0
GAP = re.compile(r"\[For the Trust to write: .*?\]")
# Words in capitals that need no explanation.
KNOWN = {"UK"}
# What no text of ours may claim: it is for a clinician to say, or for nobody.
NEVER_CLAIMED = re.compile(
    r"\bdos(e|age|es|ing)\b|\b\d+ ?(mg|ml|mcg)\b|\bfit\b|\bfitness\b|\bdue\b|\bimprov|\bworse|\bbetter\b"
    r"|\bsafe(ly)?\b|\bcure|\bguarantee|\balways\b|\bnever\b|\bwill (help|work|stop)\b|\bnormal\b"
    r"|\bremission\b|\bpamidronate\b|\bcrmo\b|\bosteomyelitis\b|\bbisphosphonate",
    re.IGNORECASE,
)
DEFAULTS = [(moment, audience) for moment in Moment for audience in Audience]


def sentences(text: str) -> str:
    """The words that count: without addresses, and with each line that ends in no stop as a sentence."""
    text = re.sub(r"^(.+)\n-+$", r"\1.", text, flags=re.MULTILINE)
    text = re.sub(r"\S*(://|@)\S*", "", text)
    return "\n".join(
        line if line.endswith((".", ":", "!", "?")) else f"{line}." for line in text.split("\n") if line
    )


def grade(text: str) -> float:
    """The hardest of the three."""
    words = sentences(text)
    return max(
        textstat.automated_readability_index(words),
        textstat.coleman_liau_index(words),
        flesch_kincaid.grade(words),
    )


def unexplained(text: str) -> set[str]:
    """Words in capitals that the same text does not explain in brackets after them, or before."""
    found = set(re.findall(r"\b[A-Z]{2,}s?\b", text)) - KNOWN
    return {word for word in found if f"{word} (" not in text and f"({word})" not in text}


@pytest.fixture
def mails(db):
    """The words of every kind of mail, the notes of its entry among them: with the demo's texts."""
    unit = builders.unit(name="Children's Day Case Unit", out_of_hours="Ring the ward on 01632 960 100.")
    for text in unit.advice_texts.all():
        text.body = filled(default_body(Moment(text.moment), Audience(text.audience)))
        text.save()
    sessions = builders.begun_course(unit, builders.next_monday(2)).live_sessions
    today, reader, found = timezone.localdate(), letters.Reader(has_page=True), []
    for session in sessions:
        for was in (None, session.ends_at):
            invite = letters.write_letter(
                session, MessageKind.INVITE, reader, today=today, changed=was is not None, was=was
            )
            found.append(invite)
        found.append(letters.write_letter(session, MessageKind.INVITE, reader, today=today, again=True))
        for status in (session.status, SessionStatus.CANCELLED):
            session.status = status
            found.append(letters.write_letter(session, MessageKind.CANCELLATION, reader, today=today))
    for moment, audience in DEFAULTS:
        text = AdviceText.objects.get(moment=moment, audience=audience)
        found.append(sample_letter(text, letters.Reader(), today=today))
    return found


@pytest.mark.parametrize(("moment", "audience"), DEFAULTS)
def test_a_default_text_is_for_readers_of_11_and_younger(moment, audience):
    assert grade(as_text(GAP.sub("", default_body(moment, audience)))) <= HARDEST_GRADE


@pytest.mark.parametrize(("moment", "audience"), DEFAULTS)
def test_a_default_text_claims_nothing_and_explains_what_it_abbreviates(moment, audience):
    body = default_body(moment, audience)
    assert NEVER_CLAIMED.findall(GAP.sub("", body)) == []
    assert unexplained(GAP.sub("", body)) == set()


@pytest.mark.parametrize("page", LeafletPage)
def test_a_page_of_the_leaflet_is_for_readers_of_11_and_younger(page):
    body = default_page(page)
    assert grade(as_text(body)) <= HARDEST_GRADE
    assert gaps(body) == []
    # What the leaflet is about it has to name; and it says that there is none, never that there is one.
    named = re.sub("crmo|osteomyelitis|pamidronate|bisphosphonate|no cure", "", body, flags=re.IGNORECASE)
    assert NEVER_CLAIMED.findall(named) == []


def read_on(response: HttpResponse) -> str:
    """The words of the main part of a page, each block of them on a line."""
    main = response.content.decode().partition("<main")[2].partition(">")[2].partition("</main")[0]
    main = re.sub(r"<(svg|select)\b.*?</\1>", "", " ".join(main.split()))
    lines = re.sub(r"</(p|li|h1|h2|dt|dd|legend|label|button)>", "\n", main)
    text = unescape(re.sub(r"<[^>]+>", "", lines))
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def test_the_privacy_notice_is_for_readers_of_11_and_younger(client, settings):
    settings.NOTIFY_API_KEY = "a-key"
    text = read_on(client.get("/privacy/"))
    assert "Text messages go through" in text
    assert grade(text) <= HARDEST_GRADE
    assert unexplained(text) <= {"NHS", "GOV"}


def test_every_page_of_a_family_is_for_readers_of_11_and_younger(client, db):
    unit = builders.unit(name="Day Unit")
    course = builders.begun_course(unit, builders.next_monday(2))
    course.sessions.filter(number=1).update(status=SessionStatus.FULFILLED)
    link = link_for(course, builders.contact(course.patient))
    decision(course.patient, step="open", until=timezone.localdate() + timedelta(days=9))
    for kind in Ask:
        course.family_requests.create(contact=link.contact, kind=kind, says="")
    names = ["show_page", "ask_change", "say_unwell", "give_dates", "name_child", "check_in"]
    for address in (
        *(path(link, name) for name in (*names, "say_pain_is_back", "show_calendar")),
        *(f"{path(link)}sent/{what}/" for what in (*Ask.values, "name")),
    ):
        page = client.get(address)
        assert page.status_code == 200, address
        assert len(read_on(page).split()) > 30, address
        assert grade(read_on(page)) <= HARDEST_GRADE, address


def test_the_words_explained_are_for_readers_of_11_and_younger(client, db):
    """Measured is what explains: without the words themselves, and what they are short for."""
    explained = re.sub(r"Short for .*?\.", "", read_on(client.get(reverse("family:show_words"))))
    hard = "CRMO|CRP|ESR|DEXA|DMARD|MRI|NSAIDs?|bisphosphonate|pamidronate|ibuprofen|inflammation|medicine"
    assert grade(re.sub(rf"\b({hard})\b", "it", explained, flags=re.IGNORECASE)) <= HARDEST_GRADE


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("inflammation", 4), ("paracetamol", 5), ("table", 2), ("started", 2), ("aches", 2), ("hurts", 1),
        ("used", 1), ("bones", 1), ("quiet", 2), ("arthritis", 3), ("being", 2), ("the", 1), ("special", 2),
        ("medicine", 3), ("area", 3), ("CRP", 3),
    ],
)  # fmt: skip
def test_syllables_are_counted_as_they_are_said(word, parts):
    assert flesch_kincaid.syllables(word) == parts


def test_the_grade_of_a_known_sentence():
    # 6 words in 1 sentence, 6 syllables: 0.39 x 6 + 11.8 x 1 - 15.59.
    assert flesch_kincaid.grade("The cat sat on the mat.") == pytest.approx(-1.45)


def test_a_mail_is_for_readers_of_11_and_younger(mails):
    assert [(mail.subject, grade(mail.text)) for mail in mails if grade(mail.text) > HARDEST_GRADE] == []


def test_the_notes_of_an_entry_are_for_readers_of_11_and_younger(mails):
    assert [
        grade(mail.entry_notes) for mail in mails if grade(mail.entry_notes or "Come.") > HARDEST_GRADE
    ] == []


def test_a_mail_explains_what_it_abbreviates_and_claims_nothing(mails):
    for mail in mails:
        words = unescape(re.sub(r"<[^>]+>", " ", mail.html.partition("<body")[2]))
        for said in (mail.subject, mail.summary, mail.text, words, mail.entry_notes):
            assert unexplained(said) == set()
            assert NEVER_CLAIMED.findall(said) == []


def test_the_measures_see_a_hard_text_a_claim_and_an_abbreviation():
    hard = (
        "Administration of intravenous medication necessitates peripheral cannulation, following which "
        "physiological observations are documented by appropriately qualified practitioners."
    )
    assert grade(hard) > 12
    for claim in (
        "Your child is fit for the drip.",
        "The dose is 30 mg.",
        "You are due for infusion.",
        "It improves.",
    ):
        assert NEVER_CLAIMED.search(claim)
    assert unexplained("We look at the CRP.") == {"CRP"}
    assert unexplained("We look at CRP (a sign of inflammation) in the blood.") == set()
