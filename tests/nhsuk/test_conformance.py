"""Our markup is upstream's: each component, drawn from the options of upstream's reference fixtures.

Out of scope is what `tests/nhsuk/components.py` refuses. Compared are elements, attributes, classes and
words. Not compared: the spelling of ids, names and addresses (only that the same ones meet), and what
we add or fix on purpose (`OURS`, `SIZES`).
"""

import json
import re
from html.parser import HTMLParser

import pytest

from tests.nhsuk.components import DRAW
from tests.nhsuk.reference import fixtures

# Each wrong control says so; every button refuses a second click; a group of fields has a margin.
OURS = {"aria-invalid", "data-prevent-double-click", "app-fieldset"}
# Labels, legends and headings have one size in this service.
SIZES = re.compile(r"nhsuk-(label|fieldset__legend|panel__heading|heading)--?(xs|s|m|l|xl)$")
REFERENCES = ("id", "for", "href", "name", "aria-describedby", "aria-labelledby", "aria-controls")


class Outline(HTMLParser):
    """The page as a list of events, the same for two pages that mean the same."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.events: list[tuple] = []
        self.seen: dict[tuple[str, str], str] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = "h" if re.fullmatch("h[1-6]", tag) else tag
        kept = {name: self.value(name, value or "") for name, value in attrs if name not in OURS}
        self.events.append(("start", tag, tuple(sorted(kept.items()))))

    def handle_endtag(self, tag: str) -> None:
        self.events.append(("end", "h" if re.fullmatch("h[1-6]", tag) else tag))

    def handle_data(self, data: str) -> None:
        if text := " ".join(data.split()):
            self.events.append(("text", text))

    def value(self, name: str, value: str) -> str:
        if name == "class":
            return " ".join(
                sorted(word for word in value.split() if word not in OURS and not SIZES.match(word))
            )
        if name in REFERENCES:
            space = (
                "address"
                if name == "href" and len(value) > 1 and not self.seen.get(("id", value[1:]))
                else "id"
            )
            space = "name" if name == "name" else space
            return " ".join(
                self.seen.setdefault((space, word), f"{space} {len(self.seen)}")
                for word in value.removeprefix("#").split()
            )
        return " ".join(value.split())


def name_of(case: tuple[str, dict]) -> str:
    return f"{case[0]}: {case[1]['name']}"


@pytest.mark.parametrize("case", fixtures(), ids=name_of)
def test_a_component_has_the_markup_of_the_design_system(case):
    component, fixture = case

    expected = Outline(fixture["html"]).events
    actual = Outline(DRAW[component](fixture["context"])).events

    assert expected == actual, json.dumps(fixture["context"], indent=1)


def test_every_component_is_compared_with_something():
    assert {component for component, _ in fixtures()} == set(DRAW)


def test_the_comparison_sees_a_lost_class_and_a_broken_reference():
    good = '<label class="a b" for="x">A</label><input id="x">'

    assert Outline(good).events == Outline(good.replace('"x"', '"y"')).events
    assert Outline(good).events != Outline(good.replace("a b", "a")).events
    assert Outline(good).events != Outline(good.replace('for="x"', 'for="z"')).events
