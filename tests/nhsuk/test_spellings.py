"""A name is compared by its letters: how they are marked, joined and written out does not count."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmo_clinic.nhsuk import spellings


def test_a_searchable_name_is_in_plain_letters_in_each_way_it_is_written():
    assert spellings.searchable(" Zoë  O’Brien-Hrušovská ") == "zoe obrien hrusovska"
    assert spellings.searchable("Jürgen Mac Müller", "Jö") == (
        "jurgen mac muller|jurgen mc muller|juergen mac mueller|juergen mc mueller|jo|joe"
    )


def test_the_words_to_look_for_come_in_each_way_they_are_written():
    assert spellings.search_words("Zoë O’Brien\u2011Hrušovská") == [("zoe",), ("obrien",), ("hrusovska",)]
    assert spellings.search_words("Khan,Müller") == [("khan",), ("muller", "mueller")]
    assert spellings.search_words("% ’ -") == []


@pytest.mark.parametrize("apostrophe", "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u2018\u2019\u201b\u2032\uff07")
def test_no_apostrophe_counts(apostrophe):
    assert spellings.searchable(f"O{apostrophe}Brien") == "obrien"


@given(st.text())
def test_a_name_is_found_by_itself(name):
    kept = spellings.searchable(name)
    assert all(re.search(spellings.pattern(ways), kept) for ways in spellings.search_words(name))


@given(st.lists(st.text(alphabet="aemcüößøl", min_size=1, max_size=4), min_size=1, max_size=3))
def test_a_name_is_found_with_its_words_joined(words):
    kept = spellings.searchable(" ".join(words))
    assert all(re.search(spellings.pattern(ways), kept) for ways in spellings.search_words("".join(words)))
