"""The languages in which families can be written to: English, those that the Trust has translated, and the
drafts that come with the app, each off until somebody of the Trust has approved it.

A translation is a folder as Django wants it: `ur/LC_MESSAGES/django.mo`.
"""

import gettext
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils import translation

DRAFTS = Path(__file__).resolve().parents[1] / "drafts"

# Marks the forms of a text for several things, whose English the catalogue does not keep.
SEVERAL = "(for several)"

# Whether a draft may be read; set by the app that keeps the approvals (`ask_about_drafts`).
_may_be_read: list[Callable[[str], bool]] = []


def languages_in(folder: str) -> list[tuple[str, str]]:
    """Each language of the folder as (code, name), for settings.LANGUAGES; its code if Django has no name."""
    found = sorted(Path(folder).glob("*/LC_MESSAGES/django.mo")) if folder else []
    codes = [translation.to_language(file.parent.parent.name) for file in found]
    return [(code, LANG_INFO.get(code, {}).get("name", code)) for code in codes if code != "en"]


def with_drafts(own: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The Trust's own languages, and the drafts of those that it has not translated itself."""
    known = {code for code, _ in own}
    return [*own, *(each for each in languages_in(str(DRAFTS)) if each[0] not in known)]


def drafts() -> dict[str, str]:
    """The languages of which there is only a draft, by code."""
    listed = {code for code, _ in settings.LANGUAGES}
    return {code: name for code, name in _beside(settings.TRANSLATIONS_DIR) if code in listed}


@cache
def _beside(folder: str) -> list[tuple[str, str]]:
    """The drafts of languages that the folder does not have."""
    own = {code for code, _ in languages_in(folder)}
    return [each for each in languages_in(str(DRAFTS)) if each[0] not in own]


@cache
def texts_of_draft(language: str) -> dict[str, str]:
    """Each English text of a draft with its translation. One for several things is marked as such, with all
    its forms; one that has a context, which gettext puts before it, has that behind it."""
    with (DRAFTS / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)
    found: dict[str, dict[str, None]] = {}
    for key, text in vars(catalog)["_catalog"].items():
        given, form = key if isinstance(key, tuple) else (key, 0)
        context, parted, english = given.rpartition("\x04")
        name = f"{english} ({context})" if parted else english
        if english:
            found.setdefault(f"{name} {SEVERAL}" if form else name, {})[text] = None
    return {name: " / ".join(texts) for name, texts in found.items()}


@cache
def digest_of_draft(language: str) -> str:
    """A fingerprint of what is approved."""
    return sha256(repr(sorted(texts_of_draft(language).items())).encode()).hexdigest()


def ask_about_drafts(may_be_read: Callable[[str], bool]) -> None:
    """From now on, ask this whether a draft may be read."""
    _may_be_read[:] = [may_be_read]


def offered() -> list[tuple[str, str]]:
    """The languages that a contact can be given: all but drafts that nobody has approved."""
    unread = {code for code in drafts() if not is_readable(code)}
    return [(code, name) for code, name in settings.LANGUAGES if code not in unread]


def is_readable(language: str) -> bool:
    """Whether families may read it: it is no draft, or an approved one."""
    return language not in drafts() or any(ask(language) for ask in _may_be_read)


def readable(language: str) -> str:
    """The language, or the nearest one with a translation; English if there is none, or only a draft that
    nobody has approved. No query unless it is a draft."""
    try:
        found = translation.get_supported_language_variant(language)
    except LookupError:
        return "en"
    return found if found == "en" or is_readable(found) else "en"


def reading(language: str) -> translation.override:
    """Within this block everything is written for somebody who reads this language."""
    return translation.override(readable(language))
