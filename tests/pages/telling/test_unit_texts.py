"""The pages on which the lead writes, previews and approves the texts for families."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from scheduling.models import AdviceText, Audience, LeafletPage, Moment
from scheduling.pages.telling import unit_texts as views
from tests import builders
from tests.builders.texts import approved, written
from tests.reading import main_part
from tests.unit_pages import boxes, errors, page, send

NAMED = "?moment=before_day_1&audience=later"


@pytest.fixture
def unit(db):
    return builders.unit()


@pytest.fixture
def client(client, lead):
    client.force_login(lead)
    return client


def address(name, pk, query=NAMED):
    return reverse(f"scheduling:{name}", args=[pk]) + query


def write(client, unit, body="Bring a **book**.", query=NAMED, **more):
    return client.post(address("write_advice", unit.pk, query), {"body": body, **more})


def test_every_text_is_listed_with_its_state_in_words(client, unit):
    unit.advice_texts.filter(moment="after").delete()
    told = page(client, "list_advice", unit.pk)
    assert told.count("Version 1, approved by Dr Wren until 31 December 2099.") == 8
    assert told.count("Nobody has written it yet.") == 2 + len(LeafletPage)
    for moment in Moment:
        assert moment.label in told


def test_the_unit_says_what_is_to_approve_and_to_review(client, unit):
    today = timezone.localdate()
    unit.advice_texts.filter(moment="before_day_2", audience="first").update(review_on=today + timedelta(30))
    unit.advice_texts.filter(moment="between").update(review_on=today - timedelta(1))
    told = page(client, "show_unit", unit.pk)
    assert "Review the text “Before day 2, first course” by" in told
    assert (
        "Approve the texts for families: “Between the days, first course” and “Between the days, later"
        in told
    )
    assert "8 of 10" in told


def test_a_unit_that_offers_no_days_lacks_no_text_for_that(client, unit):
    unit.advice_texts.filter(moment=Moment.OFFER).delete()
    told = page(client, "show_unit", unit.pk)
    assert "8 of 8" in told
    assert "When days are offered" not in told


def test_the_start_page_says_which_text_invites_lack(client, unit):
    unit.advice_texts.filter(moment="before_day_2", audience="first").delete()
    told = main_part(client.get("/"))
    assert "has no approved text “Before day 2, first course”" in told


def test_a_course_that_cannot_be_booked_for_want_of_a_text_says_which_and_where(client, unit):
    course = builders.course(at=unit)
    builders.contact(course.patient)
    unit.advice_texts.filter(moment="before_day_2").delete()
    monday = builders.next_monday(2)
    typed = boxes("first_day", monday) | {"start_1": "9am"}
    told = main_part(client.get(reverse("scheduling:check_slot", args=[course.pk]), typed))
    assert "has no approved text “Before day 2, later course”" in told
    assert unit.get_absolute_url() in told
    assert "and invite the family</button>" not in told


def test_a_new_text_starts_from_the_default_with_its_gaps_named(client, unit):
    unit.advice_texts.all().delete()
    response = client.get(address("write_advice", unit.pk))
    assert "[For the Trust to write: what to bring]" in response.context["form"]["body"].value()
    told = main_part(response)
    assert "<li>what to bring</li>" in told
    assert "Keep the whole day free." in told


def test_a_new_version_starts_from_the_last_and_a_translation_from_the_english(client, unit, lead):
    written(unit, lead, "Bring a game.")
    for query in (NAMED, f"{NAMED}&language=pl"):
        form = client.get(address("write_advice", unit.pk, query)).context["form"]
        assert form["body"].value() == "Bring a game."


def test_a_preview_saves_nothing_and_shows_mail_page_and_entry(client, unit):
    response = write(client, unit, preview="yes")
    told = main_part(response)
    assert AdviceText.objects.filter(version=2).count() == 0
    assert response.status_code == 200
    assert told.count("<p>Bring a <strong>book</strong>.</p>") == 2
    assert "Hospital visit, day 1 of 2:" in told
    assert "Bring a book.\n" in told
    assert " style=" not in told
    assert "Bring a **book**." in told


def test_a_text_that_no_invite_carries_has_no_entry(client, unit):
    told = main_part(write(client, unit, query="?moment=after&audience=later", preview="yes"))
    assert "No calendar entry carries this text." in told


def test_a_version_is_saved_as_a_draft_and_approved_in_a_second_step(client, unit):
    assert "saved as a draft" in main_part(
        write(client, unit, "Ring us.\r\n\r\nBring a book.") and client.get(address("show_advice", unit.pk))
    )
    draft = AdviceText.objects.get(version=2)
    assert (draft.body, draft.approved_at) == ("Ring us.\n\nBring a book.\n", None)

    until = timezone.localdate() + timedelta(200)
    told = send(
        client, "approve_advice", draft.pk, approved_by="Dr Wren, consultant", **boxes("review_on", until)
    )
    assert told.status_code == 302
    draft.refresh_from_db()
    assert (draft.approved_by, draft.review_on) == ("Dr Wren, consultant", until)
    assert "Version 2, approved by Dr Wren, consultant until" in main_part(
        client.get(address("show_advice", unit.pk))
    )


def test_what_a_colleague_wrote_meanwhile_is_told_and_nothing_typed_is_lost(client, unit, coordinator):
    seen = client.get(address("write_advice", unit.pk)).context["form"]["seen"].value()
    written(unit, coordinator, "Bring a game.")
    response = write(client, unit, seen=seen)
    assert "Cora Coordinator wrote version 2 while you were on this page" in str(errors(response))
    assert response.context["form"]["body"].value() == "Bring a **book**."
    assert AdviceText.objects.filter(version__gt=2).count() == 0

    # A preview does not make the page forget what it was drawn from.
    assert "wrote version 2" in str(errors(write(client, unit, seen=seen, preview="yes")))


def test_what_is_already_there_is_not_saved_again(client, unit):
    write(client, unit)
    response = write(client, unit)
    assert response.status_code == 409
    assert "what version 2 says already" in str(errors(response))


@pytest.mark.parametrize(
    ("days", "sentence"),
    [(0, "must be after today"), (-400, "must be after today"), (4 * 366, "or before it")],
)
def test_a_review_date_that_is_past_or_too_far_is_said_beside_it(client, unit, lead, days, sentence):
    draft = written(unit, lead)
    typed = boxes("review_on", timezone.localdate() + timedelta(days))
    response = send(client, "approve_advice", draft.pk, approved_by="Dr Wren", **typed)
    assert sentence in str(errors(response)["review_on"])


def test_a_name_and_a_date_are_needed_to_approve(client, unit, lead):
    response = send(client, "approve_advice", written(unit, lead).pk, approved_by="")
    assert set(errors(response)) == {"approved_by", "review_on"}


def test_a_text_with_gaps_offers_no_form_and_takes_none(client, unit, lead):
    draft = written(unit, lead, "[For the Trust to write: parking]")
    told = page(client, "approve_advice", draft.pk)
    assert "The Trust still has to write: parking." in told
    assert "<form" not in told
    ahead = boxes("review_on", timezone.localdate() + timedelta(20))
    assert send(client, "approve_advice", draft.pk, approved_by="Dr Wren", **ahead).status_code == 409
    assert AdviceText.objects.get(pk=draft.pk).approved_at is None


def test_a_version_approved_meanwhile_is_said_to_be(client, unit, lead):
    text = approved(written(unit, lead), lead)
    assert client.get(reverse("scheduling:approve_advice", args=[text.pk])).status_code == 302
    ahead = boxes("review_on", timezone.localdate() + timedelta(20))
    response = send(client, "approve_advice", text.pk, approved_by="Dr Owl", **ahead)
    assert response.status_code == 409
    assert "approved already, by Dr Wren" in str(errors(response))


def test_older_versions_can_be_read(client, unit, lead):
    written(unit, lead, "Bring a game.")
    assert "Bring a game." in main_part(client.get(address("show_advice", unit.pk)))
    old = main_part(client.get(address("show_advice", unit.pk, f"{NAMED}&version=1")))
    assert "Bring a game." not in old
    assert "Approve version 2" not in old


@pytest.mark.parametrize("query", ["?moment=never&audience=all&language=xx&version=a", "?version=99", ""])
def test_rubbish_in_the_address_counts_as_absent(client, unit, query):
    assert Moment.BEFORE_DAY_1.label in main_part(client.get(address("show_advice", unit.pk, query)))


def test_a_text_can_be_had_in_large_print_and_as_plain_text(client, unit, lead):
    text = written(unit, lead, "## Come\n\nRing **us**.")
    large = client.get(reverse("scheduling:print_advice", args=[text.pk])).content.decode()
    assert "app-large-print" in large
    assert "<h2>Come</h2>" in large
    assert "not approved" in large
    assert "0113 496 0124" in large

    plain = client.get(reverse("scheduling:download_advice", args=[text.pk]))
    assert plain["Content-Type"] == "text/plain; charset=utf-8"
    assert plain["Content-Disposition"] == ('attachment; filename="before-day-1-later-course-version-2.txt"')
    assert "Come\n----\n\nRing us.\n" in plain.content.decode()
    assert "0113 496 0124" in plain.content.decode()


def test_a_text_from_right_to_left_is_printed_so(client, unit, lead):
    text = written(unit, lead, "کتاب لائیں", version=1, language="ur")
    assert '<article class="app-large-print" lang="ur" dir="rtl">' in page(client, "print_advice", text.pk)


def test_a_translation_whose_english_was_changed_is_said_to_be_everywhere(client, unit, lead, monkeypatch):
    monkeypatch.setitem(views.LANGUAGES, "pl", "Polish")
    polish = f"{NAMED}&language=pl"
    text = approved(written(unit, lead, "Weź książkę.", version=1, language="pl"), lead)
    english = written(unit, lead, "Ring us first after contact with chickenpox.")
    pages = [
        lambda: main_part(client.get(address("list_advice", unit.pk, "?language=pl"))),
        lambda: main_part(client.get(address("show_advice", unit.pk, polish))),
        lambda: main_part(client.get(address("list_advice", unit.pk, ""))),
        lambda: page(client, "show_unit", unit.pk),
        lambda: page(client, "print_advice", text.pk),
    ]
    assert not any("English was changed" in told() for told in pages)

    until = boxes("review_on", timezone.localdate() + timedelta(200))
    send(client, "approve_advice", english.pk, approved_by="Dr Wren", **until)
    told = main_part(client.get(address("show_advice", unit.pk)))
    assert "It is sent in place of its translation into Polish: approve that anew." in told
    assert all("English was changed" in told() for told in pages)
    assert "Before day 1, later course, Polish" in pages[2]()
    told = pages[1]()
    assert "Read the English text" in told
    assert "write a new version in the same words, and approve it" in told

    seen = client.get(address("write_advice", unit.pk, polish)).context["form"]["seen"].value()
    write(client, unit, text.body, polish, seen=seen)
    draft = AdviceText.objects.get(version=2, language="pl")
    send(client, "approve_advice", draft.pk, approved_by="Dr Wren", **until)
    assert not any("English was changed" in told() for told in pages)


def test_whoever_may_only_look_sees_the_texts_and_no_way_to_change_them(client, unit, reader):
    client.force_login(reader)
    told = main_part(client.get(address("show_advice", unit.pk)))
    assert "Write a new version" not in told
    assert write(client, unit).status_code == 403
    assert (
        client.get(reverse("scheduling:approve_advice", args=[unit.advice_texts.first().pk])).status_code
        == 403
    )


def test_texts_of_every_moment_and_audience_can_be_opened(client, unit):
    for moment in Moment:
        for audience in Audience:
            query = f"?moment={moment.value}&audience={audience.value}"
            assert moment.label in main_part(client.get(address("show_advice", unit.pk, query)))
