"""What families are told: which text is in force, what is missing, and writing and approving versions."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from crmo_clinic.nhsuk.wording import plain_date
from patients.models import AuditEvent
from patients.stale import Clash
from scheduling.errors import Refused
from scheduling.models import AdviceText, Audience, Moment
from scheduling.telling.letters import Reader
from scheduling.telling.sample_letters import sample_letter
from scheduling.telling.texts import (
    approval,
    as_html,
    as_notes,
    as_text,
    default_body,
    gaps,
    is_in_force,
    is_replaced,
    missing_for_invites,
    missing_in_units,
    text_for,
)
from scheduling.telling.texts.overview import outdated_translations, states_in_every_language, text_states
from tests import builders
from tests.builders.texts import approved, set_text, written

DAY_1, DAY_2, FIRST, LATER = Moment.BEFORE_DAY_1, Moment.BEFORE_DAY_2, Audience.FIRST, Audience.LATER


@pytest.fixture
def unit(db):
    """With approved texts, version 1 each."""
    return builders.unit()


@pytest.fixture
def today():
    return timezone.localdate()


# Which text


def test_a_first_course_and_a_later_one_read_their_own_texts(unit, today):
    for reason, audience in (("first", FIRST), ("planned_repeat", LATER)):
        course = builders.course(builders.patient(), unit, reason=reason)
        assert text_for(course, DAY_1, today=today).audience == audience


def test_the_old_version_is_in_force_until_the_new_one_is_approved(unit, lead, today):
    course = builders.course(at=unit)
    draft = written(unit, lead)
    assert text_for(course, DAY_1, today=today).version == 1
    approved(draft, lead)
    assert text_for(course, DAY_1, today=today).version == 2


def test_a_text_is_in_force_on_its_review_date_and_not_after(unit, lead, today):
    course = builders.course(at=unit)
    unit.advice_texts.update(review_on=today)
    assert text_for(course, DAY_1, today=today)
    assert text_for(course, DAY_1, today=today + timedelta(days=1)) is None


def test_a_contact_reads_their_language_or_english(unit, lead, today):
    course = builders.course(at=unit)
    approved(written(unit, lead, "Weź książkę.", version=1, language="pl"), lead)
    assert text_for(course, DAY_1, today=today, language="pl").language == "pl"
    assert text_for(course, DAY_1, today=today, language="ur").language == "en"
    assert (
        str(text_for(course, DAY_1, today=today, language="pl"))
        == "Before day 1, later course, version 1 (pl)"
    )


# A translation whose English was changed


@pytest.fixture
def translated(unit, lead, time_machine):
    """Approved an hour ago, of English version 1, which was approved before."""
    unit.advice_texts.update(approved_at=timezone.now() - timedelta(hours=2))
    time_machine.move_to(timezone.now() - timedelta(hours=1), tick=False)
    text = approved(written(unit, lead, "Weź książkę.", version=1, language="pl"), lead, days=900)
    time_machine.shift(timedelta(hours=1))
    return text


def read_in_polish(unit, today):
    text = text_for(builders.course(builders.patient(), unit), DAY_1, today=today, language="pl")
    return text and (text.language, text.version)


def test_a_translation_is_not_read_once_its_english_was_changed(unit, lead, today, translated):
    course = builders.course(at=unit)
    draft = written(unit, lead, "Ring us first after contact with chickenpox.")
    assert read_in_polish(unit, today) == ("pl", 1)
    approved(draft, lead)
    assert read_in_polish(unit, today) == ("en", 2)
    assert text_for(course, DAY_2, today=today, language="pl").version == 1
    first = builders.course(builders.patient(), unit, reason="first")
    assert text_for(first, DAY_1, today=today, language="pl").language == "en"


def test_approved_anew_in_the_same_words_a_translation_is_read_again(unit, lead, today, translated):
    approved(written(unit, lead, "Ring us first after contact with chickenpox."), lead)
    again = written(unit, lead, translated.body, language="pl")
    assert read_in_polish(unit, today) == ("en", 2)
    approved(again, lead)
    assert read_in_polish(unit, today) == ("pl", 2)


def test_english_approved_anew_in_the_same_words_was_not_changed(unit, lead, today, translated):
    english = unit.advice_texts.get(moment=DAY_1, audience=LATER, language="en")
    approved(written(unit, lead, english.body), lead)
    assert read_in_polish(unit, today) == ("pl", 1)
    assert outdated_translations(unit, today=today) == []


def test_a_translation_stays_outdated_when_the_newer_english_is_past_its_review(
    unit, lead, today, translated
):
    approved(written(unit, lead, "Ring us first after contact with chickenpox."), lead, days=10)
    unit.advice_texts.filter(language="en", version=1).update(review_on=today)
    later = today + timedelta(days=11)
    assert read_in_polish(unit, later) is None
    assert not is_in_force(unit, str(translated), today=later)
    assert not is_replaced(unit, str(translated), today=later)


def test_a_mail_that_names_an_outdated_translation_is_judged_as_one_past_its_review(
    unit, lead, today, translated
):
    named = str(translated)
    assert (is_in_force(unit, named, today=today), is_replaced(unit, named, today=today)) == (True, False)
    approved(written(unit, lead, "Ring us first after contact with chickenpox."), lead)
    assert (is_in_force(unit, named, today=today), is_replaced(unit, named, today=today)) == (False, True)
    approved(written(unit, lead, translated.body, language="pl"), lead)
    assert (is_in_force(unit, named, today=today), is_replaced(unit, named, today=today)) == (True, False)
    approved(written(unit, lead, "Weź grę.", version=3, language="pl"), lead)
    assert is_in_force(unit, named, today=today)


def test_a_translation_past_its_review_waits_as_before_and_no_english_takes_its_place(
    unit, today, translated
):
    AdviceText.objects.filter(pk=translated.pk).update(review_on=today - timedelta(days=1))
    assert not is_in_force(unit, str(translated), today=today)
    assert not is_replaced(unit, str(translated), today=today)


def test_what_is_outdated_says_so_in_words(unit, lead, today, translated):
    approved(written(unit, lead, "Ring us first after contact with chickenpox."), lead)
    state = next(s for s in text_states(unit, today=today, language="pl") if s.latest)
    assert (state.is_in_force, state.is_due_soon, state.tag) == (False, False, ("English changed", "red"))
    assert state.words.endswith(
        f"The English was changed since: version 2 was approved on {plain_date(today)}. "
        "Families read the English until the translation is approved anew."
    )
    assert [each.latest for each in outdated_translations(unit, today=today)] == [translated]
    assert all(each.newer_english is None for each in text_states(unit, today=today))

    past = today + timedelta(days=901)
    state = next(s for s in text_states(unit, today=past, language="pl") if s.latest)
    assert state.tag[0] == "Review date passed"
    assert outdated_translations(unit, today=past) == []


# What is missing


def test_only_what_the_course_needs_is_missing(unit, today):
    two, one = builders.course(at=unit), builders.course(builders.patient(), unit, days=1)
    unit.advice_texts.filter(audience=FIRST).delete()
    unit.advice_texts.filter(moment__in=[Moment.BETWEEN, Moment.AFTER]).delete()
    assert missing_for_invites(two, today=today) == missing_for_invites(one, today=today) == []

    unit.advice_texts.filter(moment=DAY_2).delete()
    assert missing_for_invites(two, today=today) == ["approved text “Before day 2, later course”"]
    assert missing_for_invites(one, today=today) == []
    assert missing_in_units([unit], today=today)[unit] == [
        "approved text “Before day 1, first course”",
        "approved text “Before day 2, first course”",
        "approved text “Before day 2, later course”",
    ]


def test_the_texts_of_the_unit_itself_are_asked_by_the_same_question(unit, today):
    unit.out_of_hours = " "
    course = builders.course(at=unit)
    assert missing_for_invites(course, today=today) == ["out-of-hours text"]
    assert missing_in_units([unit], today=today)[unit] == ["out-of-hours text"]


def test_what_is_in_another_unit_or_a_draft_does_not_count(unit, lead, today):
    course = builders.course(at=builders.unit())
    course.unit.advice_texts.all().delete()
    written(course.unit, lead, version=1)
    assert len(missing_for_invites(course, today=today)) == 2


# Writing and approving


def test_a_new_version_is_a_draft_that_the_log_names(unit, lead):
    text = written(unit, lead)
    assert (text.written_by, text.approved_at, text.version) == ("Lee Lead", None, 2)
    event = AuditEvent.objects.get(action="advicetext.added")
    assert (event.actor_id, event.record_id) == (lead.pk, text.pk)


def test_a_version_written_meanwhile_is_not_passed_over(unit, lead, coordinator):
    written(unit, coordinator, "Bring a game.")
    with pytest.raises(Refused, match="Cora Coordinator wrote version 2 while you were on this page"):
        written(unit, lead)
    assert AdviceText.objects.get(version=2).body == "Bring a game."


def test_two_who_write_in_the_same_moment_do_not_both_save(unit, lead, monkeypatch):
    written(unit, lead)
    monkeypatch.setattr(approval, "_versions", lambda text: AdviceText.objects.none())
    with pytest.raises(Clash):
        written(unit, lead, "Bring a game.")


def test_a_draft_is_not_saved_twice(unit, lead):
    written(unit, lead)
    with pytest.raises(Refused, match="what version 2 says already"):
        written(unit, lead, version=3)


def test_an_approved_text_can_be_approved_anew_as_a_new_version(unit, lead, today):
    old = unit.advice_texts.get(moment=DAY_1, audience=LATER)
    new = approved(written(unit, lead, old.body), lead)
    assert (new.version, new.body) == (2, old.body)


def test_approving_is_an_act_of_its_own_with_a_name_and_a_date(unit, lead, today):
    text = approved(written(unit, lead), lead, days=90)
    assert (text.approved_by, text.review_on) == ("Dr Wren", today + timedelta(days=90))
    event = AuditEvent.objects.get(action="advicetext.approved")
    assert event.actor_id == lead.pk
    assert event.changes["approved_by"] == ["", "Dr Wren"]


def test_a_text_with_gaps_is_not_approved(unit, lead):
    text = written(
        unit, lead, "Ring us.\n\n[For the Trust to write: parking]\n[ for the trust to write what to bring]\n"
    )
    assert gaps(text.body) == ["parking", "what to bring"]
    with pytest.raises(Refused, match=r"The Trust still has to write: parking; what to bring\."):
        approved(text, lead)
    assert AdviceText.objects.get(pk=text.pk).approved_at is None


def test_what_a_calendar_entry_would_give_away_is_not_approved(unit, lead):
    for moment, refused in ((DAY_1, True), (Moment.AFTER, False)):
        text = written(unit, lead, "After **Pamidro**nate rest.", moment=moment)
        if refused:
            with pytest.raises(Refused, match="Leave out: pamidronate"):
                approved(text, lead)
        else:
            assert approved(text, lead).approved_at


@pytest.mark.parametrize("days", [-1, 0, 3 * 366 + 1])
def test_the_review_date_is_ahead_and_not_too_far(unit, lead, days):
    with pytest.raises(Refused, match="The review date must be after today"):
        approved(written(unit, lead), lead, days=days)


def test_three_years_from_29_february_is_a_day(time_machine):
    time_machine.move_to("2028-02-29 12:00Z")
    assert approval.latest_review_date() == date(2031, 2, 28)


def test_an_approved_version_and_one_that_has_a_successor_are_not_approved(unit, lead):
    text = written(unit, lead)
    newer = written(unit, lead, "Bring a game.", version=3)
    with pytest.raises(Refused, match="wrote version 3"):
        approved(text, lead)
    approved(newer, lead)
    with pytest.raises(Refused, match="approved already, by Dr Wren"):
        approved(newer, lead)


# States in words


def test_each_state_has_its_words(unit, lead, today):
    until = today + timedelta(days=30)
    unit.advice_texts.filter(moment=DAY_2).update(review_on=until)
    unit.advice_texts.filter(moment=Moment.BETWEEN).update(review_on=today - timedelta(days=1))
    unit.advice_texts.filter(moment=Moment.AFTER).delete()
    written(unit, lead, version=1, moment=Moment.AFTER)
    written(unit, lead, moment=DAY_1)

    states = {(s.text.moment, s.text.audience): s for s in text_states(unit, today=today)}
    assert [states[DAY_1, LATER].tag[0], states[DAY_1, LATER].words] == [
        "Approved",
        "Version 1, approved by Dr Wren until 31 December 2099. Version 2 is a draft.",
    ]
    assert states[DAY_2, LATER].tag[0] == "Review due"
    assert states[Moment.BETWEEN, FIRST].tag[0] == "Review date passed"
    assert "It is not sent any more" in states[Moment.BETWEEN, FIRST].words
    assert states[Moment.AFTER, LATER].words == "Version 1 is a draft."
    assert states[Moment.AFTER, FIRST].words == "Nobody has written it yet."


def test_of_texts_in_every_language_those_in_english_come_first(unit, today):
    for language in ("pl", "ar"):
        set_text(unit, Moment.AFTER, "Later", language=language)
    languages = [state.text.language for state in states_in_every_language(unit, today=today)]
    assert list(dict.fromkeys(languages)) == ["en", "ar", "pl"]


@pytest.mark.parametrize("day", [7, 8, 13])
def test_a_text_is_shown_in_a_letter_about_next_monday(unit, day):
    for moment, on in ((DAY_1, "Monday 14 June 2027"), (DAY_2, "Tuesday 15 June 2027")):
        text = AdviceText(unit=unit, moment=moment, audience=LATER, body="Bring a book.")
        letter = sample_letter(text, Reader(), today=date(2027, 6, day))
        assert f"When: {on}, 9am" in letter.text


# Markdown


def test_a_text_in_markdown_is_html_without_html_and_plain_text_without_marks():
    body = "# Come\n\nRing **us** <b>now</b>, see [our page](https://t.example/a).\n\n- a drink\n- a book\n"
    assert as_html(body) == (
        "<h3>Come</h3>\n<p>Ring <strong>us</strong> &lt;b&gt;now&lt;/b&gt;, see "
        '<a href="https://t.example/a">our page</a>.</p>\n<ul>\n<li>a drink</li>\n<li>a book</li>\n</ul>\n'
    )
    assert as_text(body) == (
        "Come\n----\n\nRing us <b>now</b>, see our page (https://t.example/a).\n\n- a drink\n- a book\n"
    )


def test_in_plain_text_an_address_that_is_its_own_words_stands_once():
    body = "See <https://t.example/a>, write to <unit@t.example> or to [us](mailto:unit@t.example)."
    assert as_text(body) == (
        "See https://t.example/a, write to unit@t.example or to us (mailto:unit@t.example).\n"
    )


def test_a_list_within_a_list_is_indented_in_plain_text():
    body = "- a drink\n    1. water\n    2. milk\n        - warm\n- a book\n"
    assert as_text(body).splitlines() == [
        "- a drink",
        "   1. water",
        "   2. milk",
        "      - warm",
        "- a book",
    ]


def test_lines_that_are_indented_or_fenced_are_kept_in_plain_text():
    body = "Before\n\n    Ring the bell\n\n```\nWait here\n```\n\nAfter\n"
    assert as_text(body) == "Before\n\nRing the bell\n\nWait here\n\nAfter\n"


def test_no_link_runs_a_script():
    assert "<a" not in as_html("[press](javascript:alert)")


def test_notes_that_are_too_long_end_with_a_whole_sentence_and_say_where_the_rest_is():
    body = "## Before\n\nOne two. Three four. Five six.\n\n## After\n\nSeven.\n"
    whole = as_notes(body, 200, "More.")
    assert whole == "Before:\nOne two. Three four. Five six.\nAfter:\nSeven."
    assert as_notes(body, len(whole), "More.") == whole
    assert as_notes(body, len("Before:\nOne two. Three four.\nMore."), "More.") == (
        "Before:\nOne two. Three four.\nMore."
    )
    assert as_notes(body, 12, "More.") == "More."
    for room in range(5, 60):
        assert len(as_notes(body, room, "More.")) <= room


def test_every_default_has_gaps_and_a_unit_can_save_it(unit, lead):
    for moment in Moment:
        for audience in Audience:
            body = default_body(moment, audience)
            assert gaps(body)
            assert written(unit, lead, body, moment=moment, audience=audience).pk
