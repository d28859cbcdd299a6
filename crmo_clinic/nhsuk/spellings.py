"""Names as a search compares them: one name is spelt, joined and typed in many ways. No Django.

Accents, apostrophes and capitals do not count; ü is u or ue, and so on; Mac is Mc. Between words there is any
other sign, and a word that is looked for may run on into the next: `DeSouza` is in `De Souza`, and
`OBrien` in `O'Brien` and `O Brien`.
"""

import re
import unicodedata

from crmo_clinic.nhsuk.typed import tidy

_APOSTROPHE = re.compile("['`\u00b4\u02b9-\u02bd\u2018-\u201b\u2032\u2035\ua78c\uff07]")
# Letters that Unicode does not take apart into a plain letter and a mark (ß is left to casefold).
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "\u0131": "i"}
)
# How the same letters are written where a keyboard lacks them.
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_MAC = re.compile(r"\bmac")
# Between the ways of writing one name: never a part of a word.
_NEXT = "|"


def searchable(*names: str) -> str:
    """All ways of writing the names, to be kept beside them: `jurgen muller|juergen mueller`."""
    return _NEXT.join(dict.fromkeys(way for name in names for way in _ways(name)))


def search_words(text: str) -> list[tuple[str, ...]]:
    """The words of `text`, each in all its ways; a word is found if one of them is."""
    words = "".join(char if _is_of_word(char) else " " for char in tidy(text)).split()
    return list(dict.fromkeys(ways for word in words if (ways := _ways(word))))


def pattern(ways: tuple[str, ...]) -> str:
    """What finds a word in a `searchable` text, for the regular expressions of both databases.

    Anywhere within a word, or from the start of one on into the next.
    """
    within = [way.replace(" ", "") for way in ways]
    running_on = "|".join(" ?".join(way) for way in within)
    return f"{'|'.join(within)}|(^|[ {_NEXT}])({running_on})"


def _ways(name: str) -> tuple[str, ...]:
    """The name in small plain letters, in each way it may be written; nothing if it has no letter."""
    small = unicodedata.normalize("NFC", _APOSTROPHE.sub("", tidy(name)).casefold())
    ways = []
    for letters in (small, small.translate(_WRITTEN_OUT)):
        plain = _words(letters)
        ways += [plain, _MAC.sub("mc", plain)]
    return tuple(dict.fromkeys(filter(None, ways)))


def _words(letters: str) -> str:
    """The words with one space between them, their letters without marks."""
    apart = unicodedata.normalize("NFKD", letters).casefold().translate(_PLAIN)
    kept = (char if char.isalnum() else " " for char in apart if not _is_mark(char))
    return " ".join("".join(kept).split())


def _is_mark(char: str) -> bool:
    """Whether a sign stands on or within a letter: an accent, a joiner that nobody sees."""
    return unicodedata.category(char) in {"Mn", "Mc", "Me", "Cf"}


def _is_of_word(char: str) -> bool:
    return char.isalnum() or _is_mark(char) or bool(_APOSTROPHE.match(char))
