"""NHS numbers: modulus 11, and how they are typed and shown."""

import pytest

from crmo_clinic.nhsuk import nhs_number

WIDE = "9990000379".translate({ord(digit): 0xFF10 + int(digit) for digit in "0123456789"})
NEVER_ISSUED = ["9990000379", "9990000743", "9990001111", "9990001480", "9990001855", "9990002223"]


@pytest.mark.parametrize("digits", NEVER_ISSUED)
def test_a_number_with_the_right_check_digit_is_valid(digits):
    assert nhs_number.is_valid(digits)


@pytest.mark.parametrize("digits", NEVER_ISSUED)
def test_any_single_wrong_digit_is_found(digits):
    for place in range(10):
        for wrong in "0123456789":
            changed = digits[:place] + wrong + digits[place + 1 :]
            assert nhs_number.is_valid(changed) == (changed == digits)


def test_a_number_whose_check_value_is_ten_does_not_exist():
    """999 123 4560 is printed as an example elsewhere; its check value is 10."""
    assert not any(nhs_number.is_valid(f"999123456{check}") for check in range(10))


def test_a_check_value_of_eleven_is_written_as_nought():
    weighed = 9 * 10 + 9 * 9 + 9 * 8 + 7 * 3

    assert weighed % 11 == 0
    assert nhs_number.is_valid("9990000700")


@pytest.mark.parametrize("text", ["", "999000037", "99900003790", "999000037X", "٩٩٩٠٠٠٠٣٧٩"])
def test_anything_but_ten_digits_is_invalid(text):
    assert not nhs_number.is_valid(text)


@pytest.mark.parametrize(
    "text",
    ["999 000 0379", "999-000-0379", " 9990000379\u200b", "999\u00a0000\u20130379", WIDE],
)
def test_spaces_hyphens_and_invisible_characters_are_ignored(text):
    assert nhs_number.normalise(text) == "9990000379"


@pytest.mark.parametrize(
    "text",
    [
        "NHS 999 000 0379",
        "nhs 9990000379",
        "NHS no. 999 000 0379",
        "NHS Number: 999-000-0379",
        "NHS\u200d999 0000379",
    ],
)
def test_a_number_copied_with_its_name_is_the_number(text):
    assert nhs_number.normalise(text) == "9990000379"


def test_nothing_but_the_name_is_no_number():
    assert nhs_number.normalise("NHS") == ""
    assert nhs_number.normalise("NHSX 1") == "X1"


def test_a_number_is_shown_in_threes_and_a_four():
    assert nhs_number.display("9990000379") == "999 000 0379"
    assert nhs_number.display("unknown") == "unknown"
