"""Phone numbers: read however people type them, stored one way, never made of words. All are fictional."""

import unicodedata

import phonenumbers
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from crmo_clinic.nhsuk import forms, phone
from crmo_clinic.nhsuk.templatetags.nhsuk import with_phone_links

LONDON, MOBILE = "+442079460018", "+447700900123"


def examples_of_every_country() -> list[str]:
    """A number of each kind of every country the library knows, as E.164."""
    found = set()
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in PhoneNumberType.values():
            if example := phonenumbers.example_number_for_type(region, kind):
                found.add(phonenumbers.format_number(example, PhoneNumberFormat.E164))
    return sorted(found)


@pytest.mark.parametrize(
    ("language", "words"), [("en", "020 7946 0018"), ("ar", "\u2068020 7946 0018\u2069")]
)
def test_among_words_from_right_to_left_its_groups_keep_their_order(language, words):
    with translation.override(language):
        assert phone.in_words(LONDON) == words


def digits_of(text: str) -> str:
    return "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())


def drama_numbers() -> st.SearchStrategy[str]:
    """Numbers that Ofcom keeps for drama, as stored."""
    return st.builds(
        lambda start, last, extension: f"+44{start}{last:03}{extension}",
        st.sampled_from(["2079460", "1134960", "1632960", "7700900", "8081570", "3069990"]),
        st.integers(0, 999),
        st.from_regex(r"(;ext=[0-9]{1,7})?", fullmatch=True),
    )


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("020 7946 0018", LONDON),
        ("(020) 7946 0018", LONDON),
        ("(0)20 7946 0018", LONDON),
        ("+44 (0) 20 7946 0018", LONDON),
        ("+44 20 7946 0018", LONDON),
        ("0044 20 7946-0018", LONDON),
        ("020/7946.0018", LONDON),
        ("020–7946–0018", LONDON),
        ("+44 (0)113 496 0123", "+441134960123"),
        ("0044 (0)113 496 0123", "+441134960123"),
        ("+44(0)1134960123", "+441134960123"),
        ("020\u00a07946\u00a00018", LONDON),
        ("447700900123", MOBILE),
        ("7700 900123", MOBILE),
        ("\uff10\uff17\uff17\uff10\uff10\u3000\uff19\uff10\uff10\uff11\uff12\uff13", MOBILE),
        ("0808 157 0123", "+448081570123"),
        ("03069 990123", "+443069990123"),
        ("0113 496 0123", "+441134960123"),
        ("01632 960 214", "+441632960214"),
        ("0800 1111", "+448001111"),
        ("+1 212 555 0123", "+12125550123"),
        ("00 1 (212) 555-0123", "+12125550123"),
        ("+39 06 1234 5678", "+390612345678"),
    ],
)
def test_a_number_is_read_however_it_is_typed(typed, stored):
    assert phone.read(typed) == stored


@pytest.mark.parametrize(
    "after",
    [
        *(
            "ext 12",
            "ext. 12",
            "Ext: 12",
            "extn 12",
            "extension 12",
            "x12",
            " X 12",
            "#12",
            ", ext 12",
            ";ext=12",
        ),
        *("ext12", "Extn.12", "extension no. 12", "ext number 12"),
    ],
)
def test_an_extension_is_kept_apart(after):
    assert phone.read(f"020 7946 0018 {after}") == f"{LONDON};ext=12"


def test_the_noughts_of_an_extension_stay():
    assert phone.read("020 7946 0018 ext 0012") == f"{LONDON};ext=0012"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("07700 900123 after 3pm", "after 3pm"),
        ("mum 07700 900123", "mum"),
        ("0800 FLOWERS", "FLOWERS"),
        ("07700 900123 (work)", "(work)"),
        ("020 7946 0018 ext 12 mornings", "ext 12 mornings"),
        ("ask the ward", "ask the ward"),
        ("07700 900123 text12", "text12"),
        ("07700 900123 next 12", "next"),
    ],
)
def test_words_are_named_and_never_made_into_digits(typed, words):
    with pytest.raises(phone.Unreadable) as refusal:
        phone.read(typed)
    assert (refusal.value.code, refusal.value.words) == ("words", words)


@pytest.mark.parametrize(
    "typed",
    [
        "07700 900123 / 07700 900456",
        "07700 900123 07700 900456",
        "07700 900123, 020 7946 0018",
        "07700 900123 or 020 7946 0018",
        "mum 07700 900123 dad 07700 900456",
    ],
)
def test_two_numbers_are_not_one(typed):
    with pytest.raises(phone.Unreadable, match="several"):
        phone.read(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "+",
        "+44",
        "111",
        "999",
        "07700 900",
        "07700 90011",
        "077009001234",
        "ext 12",
        "+7700900123",
        "12,5",
    ],
)
def test_what_could_not_be_rung_is_no_number(typed):
    with pytest.raises(phone.Unreadable, match="invalid"):
        phone.read(typed)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (LONDON, "020 7946 0018"),
        (f"{LONDON};ext=12", "020 7946 0018 ext 12"),
        (MOBILE, "07700 900123"),
        ("+12125550123", "+1 212-555-0123"),
        ("", ""),
        ("ask the ward", "ask the ward"),
    ],
)
def test_a_number_is_shown_in_groups(stored, shown):
    assert phone.shown(stored) == shown


def test_a_link_rings_the_number_from_anywhere():
    assert phone.dialled(f"{LONDON};ext=12") == "tel:+442079460018;ext=12"


@given(drama_numbers())
def test_what_is_stored_and_what_is_shown_read_back_as_the_same(stored):
    assert phone.read(stored) == stored
    assert phone.read(phone.shown(stored)) == stored


def test_numbers_of_every_country_read_back_as_the_same():
    numbers = examples_of_every_country()
    assert len(numbers) > 900
    assert [number for number in numbers if phone.read(number) != number] == []
    assert [number for number in numbers if phone.read(phone.shown(number)) != number] == []


@given(
    drama_numbers(),
    st.integers(0, 20),
    st.sampled_from(["x", "ext", "FLOWERS", "mum", "after 3pm", "五"]) | st.text(max_size=8),
)
def test_no_word_becomes_a_digit(stored, place, word):
    shown = phone.shown(stored)
    typed = f"{shown[:place]}{word}{shown[place:]}"
    try:
        read = phone.read(typed)
    except phone.Unreadable:
        return
    assert digits_of(read.removeprefix("+44")) in digits_of(unicodedata.normalize("NFKC", typed))


class TestMobiles:
    @pytest.mark.parametrize("stored", [MOBILE, "+447911123456", "+447624300123", "+447500000000"])
    def test_texts_go_to_mobiles_and_those_of_the_isle_of_man(self, stored):
        assert phone.is_uk_mobile(stored)

    @pytest.mark.parametrize(
        "stored",
        ["", LONDON, "+447600900123", "+447000900123", "+33612345678", f"{MOBILE};ext=2", "07700 900123"],
    )
    def test_and_to_nothing_else(self, stored):
        assert not phone.is_uk_mobile(stored)


class RingForm(forms.Form):
    ward = forms.PhoneField(label="Phone number of the ward")
    other = forms.PhoneField(label="Other phone number", required=False)


class TestTheField:
    def test_it_cleans_to_the_stored_form(self):
        form = RingForm({"ward": " 020 7946 0018 x12 ", "other": ""})
        assert form.is_valid()
        assert form.cleaned_data == {"ward": f"{LONDON};ext=12", "other": ""}

    def test_it_shows_what_is_stored_in_groups(self):
        assert 'value="020 7946 0018 ext 12"' in str(RingForm(initial={"ward": f"{LONDON};ext=12"})["ward"])

    def test_it_keeps_what_was_typed_where_that_is_no_number(self):
        assert 'value="07700 900123 evenings"' in str(RingForm({"ward": "07700 900123 evenings"})["ward"])

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ("", "Enter the phone number of the ward"),
            (
                "07700 900123 after 3pm",
                "Phone number of the ward must be a number without words: take out “after 3pm”",
            ),
            (
                "07700 900123 / 07700 900456",
                "Phone number of the ward must be one number: choose the one to ring",
            ),
            (
                "0770 0900",
                "Phone number of the ward must be complete, like 07700 900982 or "
                "020 7946 0018 ext 12; one of another country starts with +",
            ),
        ],
    )
    def test_it_says_what_is_wrong(self, typed, sentence):
        assert RingForm({"ward": typed}).errors["ward"] == [sentence]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("", "")]),
        ("ring the ward", [("ring the ward", "")]),
        (
            "ring 0113 496 0124, or +44 113 496 0125 ext 12.",
            [
                ("ring ", ""),
                ("0113 496 0124", "+441134960124"),
                (", or ", ""),
                ("+44 113 496 0125 ext 12", "+441134960125;ext=12"),
                (".", ""),
            ],
        ),
        ("NHS number 943 476 5919", [("NHS number 943 476 5919", "")]),
        ("on 27 3 2027 at 9:30, room 12", [("on 27 3 2027 at 9:30, room 12", "")]),
    ],
)
def test_the_numbers_in_a_text_are_found_and_nothing_else_is(text, expected):
    assert list(phone.parts(text)) == expected


def test_numbers_in_typed_text_become_links_and_the_rest_is_escaped():
    assert with_phone_links("<b>ring</b> 0113 496 0124") == (
        '&lt;b&gt;ring&lt;/b&gt; <a href="tel:+441134960124" dir="ltr">0113 496 0124</a>'
    )
