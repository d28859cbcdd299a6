"""A made-up translation of all that families read: each English letter becomes another, placeholders stay.

What is still in English on a page was not marked to be translated.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.utils.translation.template import templatize

from tests.processes import ROOT

# It is written from right to left, and Django brings translations for it (weekdays, months).
LANGUAGE = "ar"
TEMPLATES = ("family/*.html", "nhsuk/*.html", "nhsuk/layout/*.html", "components/*.html")
PYTHON = (
    "crmo_clinic/nhsuk/**/*.py",
    "scheduling/pages/**/*.py",
    "scheduling/telling/visit_name.py",
    "scheduling/telling/whom_to_ask.py",
    "scheduling/telling/calling.py",
    "scheduling/history/body_map.py",
)
# What families get by mail and by post; the made-up translation leaves it, for it has tags of its own.
SENT_TEMPLATES = ("emails/*.html", "emails/*.txt", "scheduling/telling/print_*.html")
SENT_PYTHON = ("scheduling/telling/*.py", "crmo_clinic/nhsuk/templatetags/*.py")
LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنه"
_STRING = r"u?(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
_TEXT = re.compile(_STRING, re.DOTALL)
_CALL = re.compile(rf"\b(n?p?gettext)\(((?:{_STRING}[, ]*)+)", re.DOTALL)
_WORD = re.compile(r"(%\(\w+\)[sd]|%[sd])")

# Function, and its texts: one, singular and plural, or context and text.
Found = tuple[str, tuple[str, ...]]


def write_translation(folder: Path, language: str = LANGUAGE) -> Catalog:
    """Write `folder`/LANGUAGE/LC_MESSAGES/django.mo, and give what was translated."""
    catalog = Catalog(locale=language)
    for function, texts in _texts():
        context, plain = _in_context(function, texts)
        if function.startswith("n"):
            catalog.add(plain[:2], (made_up(plain[1]),) * catalog.num_plurals, context=context)
        else:
            catalog.add(plain[0], made_up(plain[0]), context=context)
    file = folder / language / "LC_MESSAGES" / "django.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as output:
        write_mo(output, catalog)
    return catalog


def all_texts() -> dict[tuple[str | None, str], tuple[str, ...]]:
    """All that families read, on pages, in mails and on paper: its forms, by context and the first form."""
    found = {*_texts(), *in_templates(SENT_TEMPLATES), *in_python(SENT_PYTHON)}
    texts = {}
    for function, given in found:
        context, plain = _in_context(function, given)
        texts[context, plain[0]] = plain[:2] if function.startswith("n") else plain[:1]
    return texts


def _in_context(function: str, texts: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    return (texts[0], texts[1:]) if "pgettext" in function else (None, texts)


@cache
def _texts() -> frozenset[Found]:
    """All that is marked to be translated; read once, because the files do not change while tests run."""
    return frozenset([*in_templates(), *in_python()])


def made_up(text: str) -> str:
    """The text with each letter of English as another letter."""
    parts = _WORD.split(text)
    return "".join(part if _WORD.fullmatch(part) else _changed(part) for part in parts)


def in_templates(patterns: tuple[str, ...] = TEMPLATES) -> Iterator[Found]:
    for pattern in patterns:
        for file in sorted((ROOT / "templates").glob(pattern)):
            code = templatize(file.read_text(encoding="utf-8"), origin=str(file))
            for function, arguments in _CALL.findall(code):
                yield function, tuple(ast.literal_eval(text) for text in _TEXT.findall(arguments))


def in_python(patterns: tuple[str, ...] = PYTHON) -> Iterator[Found]:
    for pattern in patterns:
        for file in sorted(ROOT.glob(pattern)):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                    continue
                name = node.func.id
                if "gettext" in name or name == "_":
                    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                    yield "gettext" if name == "_" else name.removesuffix("_lazy"), tuple(map(str, texts))


def _changed(text: str) -> str:
    return "".join(
        LETTERS[ord(char.lower()) - ord("a")] if char.isascii() and char.isalpha() else char for char in text
    )
