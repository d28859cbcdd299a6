"""One cell of a spreadsheet, read as what its column is. Each raises WrongLine with what is wrong with it."""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from django.db.models import Model

from crmo_clinic.nhsuk import phone
from crmo_clinic.nhsuk.typed_dates import read_whole_date

_YES = {"yes", "y", "true", "1", "x", "ja", "ticked"}
_NO = {"no", "n", "false", "0", "-", ""}


class WrongLine(ValueError):
    """A line cannot be taken in. Its text says what is wrong, without a full stop."""


def date_in(text: str, what: str, example: str) -> date:
    """The date with its year. what: the column, in words."""
    found = read_whole_date(text)
    if found is None:
        raise WrongLine(f"{what} must be a real date with its year, like {example}")
    return found


@lru_cache(maxsize=20_000)
def _read_phone(text: str) -> str | None:
    try:
        return phone.read(text)
    except phone.Unreadable:
        return None


def phone_in(text: str, who: str) -> str:
    """The phone number as it is stored. who: whose it is, in words."""
    # Spreadsheets drop the 0 that a number begins with.
    found = _read_phone(text) or (_read_phone(f"0{text}") if re.fullmatch(r"[1-9]\d{9}", text) else None)
    if found is None:
        raise WrongLine(f"{who}: the phone number must be one number that can be rung, like 07700 900 000")
    return found


def yes_in(text: str, what: str) -> bool:
    """Whether the cell says yes."""
    plain = text.lower()
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    raise WrongLine(f"{what} must be yes or no")


def one_of(
    text: str,
    words: Mapping[object, str],
    what: str,
    those: str,
    *,
    empty: object = None,
    otherwise: object = None,
) -> object:
    """The value that a word stands for. empty: where there is no word. otherwise: for any other word."""
    plain = "_".join(re.sub(r"[^\w]+", " ", text.lower()).split())
    if not plain and empty is not None:
        return empty
    for value, names in words.items():
        if plain and plain in names.split():
            return value
    if otherwise is not None:
        return otherwise
    raise WrongLine(f"{what} must be {those}")


def short_text(text: str, model: type[Model], name: str, what: str) -> str:
    """The text, if it is no longer than that field of the model may be."""
    longest = model._meta.get_field(name).max_length
    if len(text) > longest:
        raise WrongLine(f"{what} must be {longest} letters or fewer")
    return text
