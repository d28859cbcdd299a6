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
        plain = texts[1:] if "pgettext" in function else texts
        context = texts[0] if "pgettext" in function else None
        if function.startswith("n"):
            catalog.add(plain[:2], (made_up(plain[1]),) * catalog.num_plurals, context=context)
        else:
            catalog.add(plain[0], made_up(plain[0]), context=context)
    file = folder / language / "LC_MESSAGES" / "django.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as output:
        write_mo(output, catalog)
    return catalog


@cache
def _texts() -> frozenset[Found]:
    """All that is marked to be translated; read once, because the files do not change while tests run."""
    return frozenset([*in_templates(), *in_python()])


def made_up(text: str) -> str:
    """The text with each letter of English as another letter."""
    parts = _WORD.split(text)
    return "".join(part if _WORD.fullmatch(part) else _changed(part) for part in parts)


def in_templates() -> Iterator[Found]:
    for pattern in TEMPLATES:
        for file in sorted((ROOT / "templates").glob(pattern)):
            code = templatize(file.read_text(encoding="utf-8"), origin=str(file))
            for function, arguments in _CALL.findall(code):
                yield function, tuple(ast.literal_eval(text) for text in _TEXT.findall(arguments))


def in_python() -> Iterator[Found]:
    for pattern in PYTHON:
        for file in sorted(ROOT.glob(pattern)):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and "gettext" in node.func.id
                ):
                    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                    yield node.func.id.removesuffix("_lazy"), tuple(map(str, texts))


def _changed(text: str) -> str:
    return "".join(
        LETTERS[ord(char.lower()) - ord("a")] if char.isascii() and char.isalpha() else char for char in text
    )
