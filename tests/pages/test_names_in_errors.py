"""What an empty field is called where it is asked for, in every form of the app."""

import re
from collections.abc import Iterator
from copy import deepcopy

from django.urls import get_resolver

from crmo_clinic.nhsuk.error_words import name_from_label, word_errors
from crmo_clinic.nhsuk.forms import NhsForm

# A name that begins so makes no sentence: `Select the from which week`, `Enter the to be reviewed by`.
NO_NAME = re.compile(r"^(Enter|Select) the (at|by|for|from|hold|if|in|of|on|only|to|until|wh\w+|with)\b")


def forms_below(kind: type) -> Iterator[type]:
    for form in kind.__subclasses__():
        yield form
        yield from forms_below(form)


def asks(form: type, name: str) -> str:
    """What is said when that field is left empty."""
    field = deepcopy(form.base_fields[name])
    word_errors(field, form.names_in_errors.get(name) or name_from_label(str(field.label or name)))
    return str(field.error_messages["required"])


def test_an_empty_field_is_asked_for_in_a_sentence():
    assert get_resolver().url_patterns, "this loads every page, and so every form"
    asked = {
        f"{form.__name__}.{name}": asks(form, name)
        for form in forms_below(NhsForm)
        for name, field in getattr(form, "base_fields", {}).items()
        if field.required
    }
    assert len(asked) > 100
    assert {name: words for name, words in asked.items() if NO_NAME.match(words)} == {}
