"""The leaflet: public pages about nobody, shown while they are approved, and linked from mails and pages."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from scheduling.models import EVERYONE, AdviceText, LeafletPage, Message, MessageKind
from scheduling.telling import draft_languages
from scheduling.telling.family_links import link_for
from scheduling.telling.letters import Reader, write_letter
from scheduling.telling.texts import approval
from scheduling.telling.texts.defaults import default_page
from scheduling.telling.texts.leaflet import SLUGS
from tests import builders
from tests.discretion import TREATMENT
from tests.family_pages import path
from tests.reading import text_of

# What families are told of the illness and its treatment, by page: each fact once.
FACTS = {
    "illness": (
        "CRMO is rare", "sore, inflamed bone", "The pain comes from inflammation in the bones",
        "The body starts this by itself. It is not an infection", "Nobody knows yet why",
        "It may come and go",
        "Often more than one bone", "the ends of the long bones", "the collar bone", "the spine", "the hips",
        "may have pain", "hurt when you touch it", "may swell", "fever at times",
        "If CRMO is not treated, the pain may stay", "grow out of shape", "A bone may break (a fracture)",
        "A few children with CRMO have another illness too", "(arthritis)", "(psoriasis)", "inflamed bowels",
    ),
    "tests": (
        "CRP (C-reactive protein)", "ESR (erythrocyte sedimentation rate)", "if there is inflammation",
        "MRI (magnetic resonance imaging)", "magnets", "does not hurt, but it is loud", "An X-ray is a quick",
        "special liquid into the blood", "DEXA scan", "how strong the bones are",
    ),
    "treatments": (
        "no cure for CRMO", "the pain and the inflammation can be controlled", "NSAIDs come first",
        "give them regularly", "Do not wait until it hurts", "when CRMO is active and NSAIDs are not enough",
        "made to make weak bones strong", "Steroids", "DMARDs", "Biologics are a special type of DMARD",
        "Some children need one of these",
    ),
    "drip": (
        "two days in a row", "4 to 6 hours each day", "goes home for the night in between", "a cannula",
        "the arm or the back of the hand", "a cream first to numb the skin", "given again as it is needed",
        "every 3 to 4 months", "Many have it less often",
        "Usually it is given again only if the pain and the inflammation come back",
    ),
    "after": (
        "as if they had flu", "have a fever", "have a headache", "feel sick or be sick",
        "more after the first course. After later ones it is rare",
        "Giving paracetamol regularly often helps",
    ),
    "later": (
        "for months or for years", "quiet times and active times",
        "In half to two thirds of the children CRMO has gone by the time they are grown up",
    ),
}  # fmt: skip


def publish(unit, by, *, body=None, **fields):
    """The whole leaflet, approved by Dr Wren."""
    for page in LeafletPage:
        text = AdviceText(
            unit=unit, moment=page, audience=EVERYONE, version=1, body=body or default_page(page), **fields
        )
        approval.write(text=text, by=by)
        ahead = timezone.localdate() + timedelta(days=30)
        approval.approve(text=text, approved_by="Dr Wren", review_on=ahead, by=by)
    unit.refresh_from_db()


@pytest.fixture(autouse=True)
def no_counts():
    cache.clear()


@pytest.fixture
def unit(db):
    return builders.unit(name="Day Unit")


@pytest.fixture
def published(unit, lead):
    publish(unit, lead)
    return unit


def page(client, unit, slug, **more):
    return client.get(reverse("family:show_leaflet_page", args=[unit.pk, slug]), more)


@pytest.mark.parametrize("slug", FACTS)
def test_every_fact_stands_on_its_page_with_whom_to_ask(client, published, slug):
    said = re.sub(r"\s+([.,:;)])", r"\1", text_of(page(client, published, slug))).replace("( ", "(")
    assert [fact for fact in FACTS[slug] if fact not in said] == []
    assert "0113 496 0123" in said
    assert "Read and approved by Dr Wren" in said
    assert set(FACTS) == set(SLUGS.values())


def test_nothing_is_shown_before_it_is_approved_or_after_its_review_date(client, unit, lead):
    index = reverse("family:show_leaflet", args=[unit.pk])
    text = AdviceText(unit=unit, moment=LeafletPage.DRIP, audience=EVERYONE, version=1, body="A drip.")
    approval.write(text=text, by=lead)
    assert page(client, unit, "drip").status_code == 404
    assert "There is nothing to read here yet" in text_of(client.get(index))
    approval.approve(
        text=text, approved_by="Dr Wren", review_on=timezone.localdate() + timedelta(days=1), by=lead
    )
    assert "A drip." in text_of(page(client, unit, "drip"))
    assert client.get(reverse("family:show_leaflets")).url.startswith(index)
    unit.advice_texts.update(review_on=timezone.localdate() - timedelta(days=1))
    assert page(client, unit, "drip").status_code == 404


def test_a_translation_is_read_where_it_is_approved(client, published, lead, settings):
    settings.LANGUAGES = [("en", "English"), ("pl", "Polish")]
    text = AdviceText(
        unit=published,
        moment=LeafletPage.DRIP,
        audience=EVERYONE,
        version=1,
        language="pl",
        body="To trwa kilka godzin.",
    )
    approval.write(text=text, by=lead)
    draft_languages.approve(language="pl", approved_by="Ola Wren", by=lead)
    assert "To trwa kilka godzin" not in text_of(page(client, published, "drip", language="pl"))
    approval.approve(
        text=text, approved_by="Dr Wren", review_on=timezone.localdate() + timedelta(days=9), by=lead
    )
    assert "To trwa kilka godzin" in text_of(page(client, published, "drip", language="pl"))
    assert "two days in a row" in text_of(page(client, published, "drip"))


def test_the_trusts_own_leaflet_is_linked_where_the_drug_is_written_about(client, published):
    assert "own leaflet" not in text_of(page(client, published, "drip"))
    published.leaflet_page = "https://hospital.example/bisphosphonates"
    published.save()
    for slug in FACTS:
        linked = published.leaflet_page in page(client, published, slug).content.decode()
        assert linked is (slug in ("treatments", "drip", "after"))


class TestLinks:
    @pytest.fixture
    def link(self, unit, coordinator):
        course = builders.book(unit, builders.next_monday(2), coordinator)
        return link_for(course, builders.contact(course.patient))

    def test_without_a_leaflet_no_mail_and_no_page_speaks_of_one(self, client, unit, link):
        letter = write_letter(
            link.course.live_sessions[0], MessageKind.INVITE, Reader(), today=timezone.localdate()
        )
        assert "/family/about/" not in letter.text + letter.html
        assert "/family/about/" not in client.get(path(link)).content.decode()
        assert "/family/about/" not in client.get(reverse("family:show_words")).content.decode()

    def test_mails_pages_and_the_glossary_lead_to_it_by_a_neutral_address(self, client, link, lead):
        publish(link.course.unit, lead)
        address = reverse("family:show_leaflet", args=[link.course.unit_id])
        session = link.course.live_sessions[0]
        letter = write_letter(session, MessageKind.INVITE, Reader(), today=timezone.localdate())
        assert address in letter.text
        assert address in letter.html
        assert address not in letter.entry_notes
        for name in ("show_page", "say_unwell", "show_calendar"):
            assert address in client.get(path(link, name)).content.decode()
        assert "/family/about/" in client.get(reverse("family:show_words")).content.decode()
        assert [word for word in TREATMENT if word in address] == []

    def test_a_mail_to_an_address_that_is_told_no_more_does_not(self, link, lead):
        publish(link.course.unit, lead)
        session = link.course.live_sessions[0]
        letter = write_letter(
            session, MessageKind.CANCELLATION, Reader(), today=timezone.localdate(), withdrawn=True
        )
        assert "no longer goes to this address" in letter.text
        assert "/family/about/" not in letter.text + letter.html


def test_staff_see_how_each_page_stands_and_approve_it_like_any_text(client, unit, lead):
    client.force_login(lead)
    listed = text_of(client.get(reverse("scheduling:list_advice", args=[unit.pk])))
    assert "The leaflet" in listed
    assert "How it goes on" in listed
    address = reverse("scheduling:write_advice", args=[unit.pk]) + "?moment=about_tests"
    form = client.get(address)
    assert "No one test shows CRMO by itself" in form.content.decode()
    assert "As a page of the leaflet" in text_of(form)
    client.post(address, {"body": "We look at **blood**.", "seen": form.context["form"]["seen"].value()})
    text = unit.advice_texts.get(moment="about_tests")
    assert (text.audience, text.version) == (EVERYONE, 1)
    said = text_of(client.get(reverse("scheduling:approve_advice", args=[text.pk])))
    assert "anybody can read it as a page of the leaflet" in said
    assert Message.objects.count() == 0
