"""What people type is read generously and never half understood."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmo_clinic.nhsuk import typed, wording


def test_what_nobody_can_see_does_not_count():
    assert typed.tidy(" \u200bAmira\u00a0Khan\x00\ufeff ") == "Amira Khan"
    assert typed.tidy("first\r\nsecond\tthird") == "first\r\nsecond\tthird"


def test_a_name_keeps_the_joiners_it_is_spelt_with():
    persian = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"

    assert typed.tidy(persian) == persian


def test_the_same_letter_typed_in_two_ways_is_one_letter():
    assert typed.tidy("Zoe\u0308") == "Zoë"


@given(st.text())
def test_tidying_twice_changes_nothing_more(text):
    assert typed.tidy(typed.tidy(text)) == typed.tidy(text)


@pytest.mark.parametrize("text", ["3", "03", " 3 ", "Mar", "march", "MARCH", "mar.", "\uff13"])
def test_a_month_is_a_number_or_a_name(text):
    assert typed.read_month(text) == 3


@pytest.mark.parametrize("text", ["", "0", "13", "ma", "marsh", "3.5", "-3a"])
def test_a_month_that_is_none(text):
    assert typed.read_month(text) is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("9am", time(9)),
        ("9 AM", time(9)),
        ("9:30am", time(9, 30)),
        ("9.30 a.m.", time(9, 30)),
        ("930pm", time(21, 30)),
        ("0930", time(9, 30)),
        ("9.30", time(9, 30)),
        ("14:15", time(14, 15)),
        ("00:00", time(0)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("12:01am", time(0, 1)),
        ("midday", time(12)),
        ("Noon", time(12)),
        ("midnight", time(0)),
    ],
)
def test_a_time_in_any_usual_spelling(text, at):
    assert typed.read_time(text) == at


@pytest.mark.parametrize(
    "text", ["", "9", "930", "25:00", "13pm", "0am", "9:60", "2400", "9:3", "nine", "9am to 5pm"]
)
def test_a_time_that_is_none_or_might_be_two(text):
    assert typed.read_time(text) is None


@given(st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_every_time_can_be_read_back_as_it_is_shown(at):
    assert typed.read_time(wording.clock(at)) == at


@given(st.text(max_size=12))
def test_no_text_breaks_the_readers(text):
    typed.read_time(text)
    typed.read_month(text)
    typed.read_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "9990000379",
        "999\u200d000\u200d0379",
        "999\u200c000\u00a00379",
        "\u202a999\u00ad000\ufe0f0379\u202c",
        "999\u3164000\u115f0379",
        "999\u2212000\u20110379",
        "999\u034f000\u2060\u28000379",
    ],
)
def test_no_sign_that_nobody_sees_counts_in_a_number(text):
    assert typed.without_separators(text) == "9990000379"


def test_no_sign_that_nobody_sees_counts_in_a_date_or_time():
    assert typed.read_date("27\u200d/3/\u200c2026") == date(2026, 3, 27)
    assert typed.read_time("9\u200d.30\ufe0f am") == time(9, 30)
    assert typed.read_month("3\u200d") == 3
