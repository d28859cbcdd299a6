"""The languages in which families can be written to: English, and those that the Trust has translated.

A translation is a folder as Django wants it: `ur/LC_MESSAGES/django.mo`.
"""

from pathlib import Path

from django.conf.locale import LANG_INFO
from django.utils import translation


def languages_in(folder: str) -> list[tuple[str, str]]:
    """Each language of the folder as (code, name), for settings.LANGUAGES; its code if Django has no name."""
    found = sorted(Path(folder).glob("*/LC_MESSAGES/django.mo")) if folder else []
    codes = [translation.to_language(file.parent.parent.name) for file in found]
    return [(code, LANG_INFO.get(code, {}).get("name", code)) for code in codes if code != "en"]


def readable(language: str) -> str:
    """The language, or the nearest one with a translation; English if there is none."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return "en"


def reading(language: str) -> translation.override:
    """Within this block everything is written for somebody who reads this language."""
    return translation.override(readable(language))
