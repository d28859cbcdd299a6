"""The drafts of translations: off until a named person approved them, and off when that is taken back."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from crmo_clinic.nhsuk import phone, wording
from crmo_clinic.nhsuk.languages import DRAFTS, SEVERAL, drafts, offered, readable, reading, texts_of_draft
from patients.models import AuditEvent
from scheduling.models import LanguageApproval, MessageKind
from scheduling.telling import draft_languages, reminder_table
from scheduling.telling.family_links import link_for
from scheduling.telling.letters import Reader, write_letter
from scheduling.telling.reminder_table import SAID_NO
from scheduling.telling.text_messages import MOST_CHARACTERS
from tests import builders
from tests.family_pages import path
from tests.reading import text_of
from tests.translations import all_texts

KEPT = re.compile(r"%\(\w+\)[sd]|%[sd]|<[^>]+>")
ONE_OR_SEVERAL_DAYS = (
    "We have found a day for a hospital visit. It is on your own page.",
    "We have found %(days)s days in a row for hospital visits. They are on your own page.",
)


@pytest.fixture(autouse=True)
def nothing_known():
    draft_languages._known.clear()
    yield
    draft_languages._known.clear()


def parts_to_keep(text: str) -> Counter[str]:
    """The placeholders and tags that a translation has as often as its English."""
    return Counter(KEPT.findall(text))


def forms_of(text: Sequence[str] | str) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def written_in(catalog: Catalog) -> dict[tuple[str | None, str], list[str]]:
    """The forms of each translation, by its context and the first form of its English."""
    return {
        (message.context, forms_of(message.id)[0]): forms_of(message.string)
        for message in catalog
        if message.id
    }


@pytest.mark.parametrize("language", ["pl", "ur", "cy"])
def test_a_draft_has_every_text_with_its_placeholders_and_leaves_nothing_empty(language):
    folder = DRAFTS / language / "LC_MESSAGES"
    drafted = written_in(read_po((folder / "django.po").open("rb")))
    english = all_texts()
    assert len(english) > 400
    assert set(drafted) == set(english)
    for key, forms in english.items():
        translated = drafted[key]
        assert all(text.strip() for text in translated), key
        # The form for one thing may have no number.
        kept = [parts_to_keep(forms[0]), *[parts_to_keep(forms[-1])] * (len(translated) - 1)]
        assert [parts_to_keep(text) for text in translated] == kept, key
    assert written_in(read_mo((folder / "django.mo").open("rb"))) == drafted


def test_a_day_is_one_day_in_every_draft(lead, db):
    for language in drafts():
        draft_languages.approve(language=language, approved_by="Dr Nowak", by=lead)
        with reading(language):
            assert "%(number)d" not in wording.duration(61)
            one, several = (ngettext(*ONE_OR_SEVERAL_DAYS, number) % {"days": number} for number in (1, 2))
        assert "1" not in one
        assert "2" in several


def test_a_text_message_about_three_days_fits_in_every_draft(lead, db):
    days = [datetime(2027, 1, 1, 13, 30) + timedelta(days=number) for number in range(365)]
    for language in drafts():
        draft_languages.approve(language=language, approved_by="Dr Nowak", by=lead)
        with reading(language):
            day = max((f"{wording.day_and_month(day)}, {wording.clock(day.time())}" for day in days), key=len)
            said = wording.listed([day] * 3, last=gettext("and"))
            for text in (SAID_NO["text_message"], reminder_table.REMINDERS[0].text_message):
                whole = str(text) % {"days": said, "phone": phone.in_words("+441134960200")}
                assert len(whole) <= MOST_CHARACTERS


def test_urdu_has_the_day_before_the_month_and_no_evening_at_two(lead, db):
    draft_languages.approve(language="ur", approved_by="Dr Nowak", by=lead)
    with reading("ur"):
        assert wording.long_date(date(2027, 3, 24)) == "بدھ 24 مارچ 2027"
        assert wording.clock_range(540, 840) == "09:00 سے 14:00 تک"


@pytest.mark.parametrize("language", ["pl", "ur", "cy"])
def test_whoever_approves_sees_every_form_and_context(language):
    texts = texts_of_draft(language)
    assert "\x04" not in "".join(texts)
    assert texts["Back"] != texts["Back (of the body)"]
    hours = texts[f"%(number)d hour {SEVERAL}"]
    assert hours.split(" / ") == {"pl": ["%(number)d godziny", "%(number)d godzin"]}.get(language, [hours])


def test_without_an_approval_nobody_reads_a_draft_nor_is_offered_it(client, coordinator, db):
    assert set(drafts()) == {"pl", "ur", "cy"}
    assert offered() == [("en", "English")]
    assert (readable("pl"), readable("ur"), readable("en")) == ("en", "en", "en")
    course = builders.course(builders.patient(), builders.unit())
    link = link_for(course, builders.contact(course.patient, language="ur"))
    assert '<html lang="en" dir="ltr"' in client.get(path(link)).content.decode()
    client.force_login(coordinator)
    page = client.get(reverse("patients:change_contact", args=[link.contact_id]))
    assert "Language of messages" not in text_of(page)


def test_a_named_person_approves_what_stands_beside_the_english(client, lead, db):
    client.force_login(lead)
    address = reverse("scheduling:show_language", args=["ur"])
    said = text_of(client.get(f"{address}?page=all"))
    assert "Your own page آپ کا اپنا صفحہ" in said.replace("English ", "").replace("Urdu ", "")
    assert 'dir="rtl"' in client.get(address).content.decode()
    # A gap is no riddle, nor torn apart among words from right to left.
    assert "%(" not in said
    assert "<bdi>[phone]</bdi> پر فون کریں" in client.get(f"{address}?page=all").content.decode()
    nobody = client.post(address, {"approved_by": ""})
    assert "Enter the name of the person who approved it" in text_of(nobody)
    said = text_of(client.post(address, {"approved_by": "Dr Amina Shah, consultant"}, follow=True))
    assert "Urdu is approved: contacts can be given it." in said
    assert "Approved by Dr Amina Shah, consultant" in said
    assert offered() == [("en", "English"), ("ur", "Urdu")]
    assert AuditEvent.objects.filter(action="languageapproval.added", actor_name="Lee Lead").count() == 1

    course = builders.book(builders.unit(), builders.next_monday(2), lead)
    link = link_for(course, builders.contact(course.patient, language="ur"))
    page = client.get(path(link)).content.decode()
    assert '<html lang="ur" dir="rtl"' in page
    assert "آپ کی ہسپتال کی ملاقاتیں" in page
    letter = write_letter(
        course.live_sessions[0], MessageKind.INVITE, Reader("ur"), today=timezone.localdate()
    )
    assert letter.summary == "ہسپتال کی ملاقات، 2 میں سے دن 1"
    for words in (letter.text, letter.entry_notes):
        assert "\u20680113 496 0123\u2069" in words
        assert "\u2068Monday to Friday, 8am to 5pm\u2069" in words

    client.post(reverse("scheduling:take_language_back", args=["ur"]))
    assert '<html lang="en" dir="ltr"' in client.get(path(link)).content.decode()
    assert LanguageApproval.objects.filter(taken_back_at=None).count() == 0


def test_a_letter_to_print_is_in_the_language_of_its_reader_and_its_page_in_that_of_staff(
    client, coordinator, lead, db
):
    course = builders.book(builders.unit(), builders.next_monday(2), lead)
    reader = builders.contact(course.patient, language="ur")
    address = f"{reverse('scheduling:print_letter', args=[course.pk])}?contact={reader.pk}"
    client.force_login(coordinator)
    assert '<article class="app-letter" lang="en"\ndir="ltr"' in client.get(address).content.decode()
    draft_languages.approve(language="ur", approved_by="Dr Amina Shah", by=lead)
    page = client.get(address).content.decode()
    staff, letter = page.split("<article", 1)
    letter, after = letter.split("</article>")
    assert 'lang="ur"\ndir="rtl"' in letter
    assert "آپ کے بچے کی یہ ملاقاتیں" in letter
    # The unit's own texts are in English, until somebody translates them.
    assert '<div class="app-letter__advice" lang="en" dir="ltr">' in letter
    assert re.search("[\u0600-\u06ff]", staff + after) is None


def test_another_draft_than_the_approved_one_is_off(lead, db):
    draft_languages.approve(language="pl", approved_by="Dr Nowak", by=lead)
    assert readable("pl") == "pl"
    LanguageApproval.objects.update(digest="of another draft")
    draft_languages._known.clear()
    assert readable("pl") == "en"
    draft_languages.approve(language="pl", approved_by="Dr Nowak", by=lead)
    assert readable("pl") == "pl"


def test_the_pages_of_a_draft_name_each_of_its_texts_once_and_are_light(client, lead, db):
    client.force_login(lead)
    address = reverse("scheduling:show_language", args=["pl"])
    numbers = range(1, -(-len(texts_of_draft("pl")) // 200) + 1)
    pages = [client.get(f"{address}?page={number}") for number in numbers]
    assert len(pages) == 3
    everything = f"Approving means all {len(texts_of_draft('pl'))} texts, on 3 pages."
    assert all(everything in text_of(page) for page in pages)
    assert "Approving means" not in text_of(client.get(f"{address}?page=all"))
    assert sorted(texts_of_draft("pl").items()) == [
        text for page in pages for text in page.context["page"].object_list
    ]
    assert max(len(page.content) for page in pages) < 120_000


def test_who_may_only_look_approves_nothing(client, reader, db):
    client.force_login(reader)
    assert (
        client.post(reverse("scheduling:show_language", args=["pl"]), {"approved_by": "Me"}).status_code
        == 403
    )
    assert client.get(reverse("scheduling:list_languages")).status_code == 200
