"""Papers on safety, privacy and security: what they name is there, and their arithmetic is right."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from crmo_clinic.safety import parts

ROOT = Path(__file__).parents[1]
SAFETY = ROOT / "crmo_clinic" / "safety"
PAPERS = sorted(SAFETY.glob("*.md"))
HAZARDS = SAFETY / "hazard-log.md"
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
NAMED_FILE = re.compile(r"`((?:crmo_clinic|patients|scheduling|tests|templates)/[\w./-]*\w/?)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#([\w-]+))?\)")
# The parts of a hazard, in their order.
HAZARD = re.compile(
    r"### (H\d\d) (?P<name>.+)\n"
    r"- \*\*Cause\.\*\* (?P<cause>.+)\n"
    r"- \*\*Effect\.\*\* (?P<effect>.+)\n"
    r"- \*\*Before\.\*\* (?P<before>.+)\n"
    r"- \*\*Control\.\*\* (?P<control>.+)\n"
    r"- \*\*After\.\*\* (?P<after>.+)\n"
    r"- \*\*Proved by\*\* (?P<tests>.+)\n"
)


@cache
def found_in(path: str) -> frozenset[str]:
    """The tests that pytest would find in a file; empty if there is no such file."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    found = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return frozenset(
        each.name for each in found if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")
    )


def missing_in(text: str) -> list[str]:
    """What a paper names and the checkout lacks."""
    tests = [f"{path}::{name}" for path, name in NAMED_TEST.findall(text) if name not in found_in(path)]
    return tests + [path for path in NAMED_FILE.findall(text) if not (ROOT / path).exists()]


def hazards() -> list[re.Match[str]]:
    return list(HAZARD.finditer(HAZARDS.read_text(encoding="utf-8")))


def matrix() -> dict[tuple[str, str], int]:
    """The risk of each severity and likelihood, as the table of the hazard log has it."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in HAZARDS.read_text(encoding="utf-8").splitlines()
        if re.match(r"\| (Likelihood|very high:|high:|medium:|low:|very low:)", line)
    ]
    severities = rows[0][1:]
    return {
        (severity, row[0].partition(":")[0]): int(figure)
        for row in rows[1:]
        for severity, figure in zip(severities, row[1:], strict=True)
    }


@pytest.mark.parametrize("paper", PAPERS, ids=[paper.name for paper in PAPERS])
def test_every_test_and_file_that_a_paper_names_is_there(paper):
    text = paper.read_text(encoding="utf-8")
    assert missing_in(text) == []
    for file, heading in LINK.findall(text):
        target = (paper.parent / file).resolve()
        assert target.exists(), file
        headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE) if heading else []
        slugs = {re.sub(r"[^\w\s-]", "", each).strip().lower().replace(" ", "-") for each in headings}
        assert not heading or heading in slugs, heading


def test_a_test_or_file_that_is_not_there_is_named():
    good = "`tests/test_papers.py::test_a_test_or_file_that_is_not_there_is_named`, `crmo_clinic/safety/`"
    assert missing_in(good) == []
    bad = "`tests/test_papers.py::test_gone`, `tests/gone.py::test_gone`, `crmo_clinic/gone.py`"
    assert missing_in(bad) == [
        "tests/test_papers.py::test_gone",
        "tests/gone.py::test_gone",
        "crmo_clinic/gone.py",
    ]


def test_every_hazard_has_all_its_parts_and_a_test():
    found = hazards()
    assert len(found) >= 25
    assert [each[1] for each in found] == [f"H{number:02}" for number in range(1, len(found) + 1)]
    assert HAZARDS.read_text(encoding="utf-8").count("\n### ") == len(found)
    assert [each[1] for each in found if not NAMED_TEST.search(each["tests"])] == []
    assert [each[1] for each in found if NAMED_TEST.sub("", each["tests"]).strip(", ")] == []


def test_every_risk_is_that_of_the_table_and_no_control_makes_it_worse():
    figures, wrong = matrix(), []
    assert len(figures) == 25
    for hazard in hazards():
        risks = []
        for when in ("before", "after"):
            severity, likelihood, figure = re.fullmatch(r"(\w+), ([\w ]+): (\d)", hazard[when]).groups()
            if figures[severity, likelihood] != int(figure):
                wrong.append(f"{hazard[1]} {when}: {figures[severity, likelihood]}")
            risks.append(int(figure))
        if not risks[1] <= risks[0] or risks[1] > 3:
            wrong.append(f"{hazard[1]}: {risks}")
    assert wrong == []


def locked() -> set[str]:
    """The names in requirements.txt that Linux installs, in the spelling that all share."""
    pins = re.findall(
        r"^([\w.-]+)(?:\[[^\]]*\])?==\S+(.*)", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    return {shared_name(name) for name, marker in pins if "win32" not in marker and "Windows" not in marker}


def shared_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# Its licences were read: BSD, and MIT for a part of it. Its second label says neither.
READ = {"qrcode"}
# Those that let an app under MIT use a library as it comes.
ALLOWED = re.compile(
    r"0BSD|BSD|MIT|Apache|PSF-2\.0|MPL-2\.0|Mozilla Public License 2\.0|LGPL-3\.0-only|Zlib|CC0-1\.0"
)


def test_every_part_of_the_lock_has_a_licence_that_we_may_use():
    """A package that is new or gone: `make sbom` writes the paper anew."""
    rows = re.findall(r"^\| (\S+) \| \S*\d\S* \| (.*) \|$", parts.LICENCES.read_text(), re.MULTILINE)
    assert {shared_name(name) for name, _ in rows} - {"nhsuk-frontend"} == locked()
    wrong = [
        (name, licence)
        for name, licence in rows
        if name not in READ and not all(ALLOWED.search(each) for each in re.split(r", | AND | OR ", licence))
    ]
    assert wrong == []


def test_what_the_repository_holds_is_added_to_the_parts_once():
    found = {
        "components": [{"bom-ref": "a==1", "name": "zlib", "version": "1", "licenses": []}],
        "version": 1,
    }
    once = parts.complete(found)
    assert [each["name"] for each in once["components"]] == ["nhsuk-frontend", "zlib"]
    assert once["version"] == 1
    assert parts.complete(once) == once
    assert parts.table(once).splitlines()[0] == f"| nhsuk-frontend | {parts.vendored()[0]['version']} | MIT |"


@pytest.mark.parametrize(
    ("stated", "licence"),
    [
        (
            [
                {"expression": "MIT OR Apache-2.0"},
                {"license": {"name": "License :: OSI Approved :: BSD License"}},
            ],
            "MIT OR Apache-2.0",
        ),
        (
            [{"license": {"id": "MIT"}}, {"license": {"name": "License :: OSI Approved :: MIT License"}}],
            "MIT",
        ),
        ([{"license": {"name": "License :: OSI Approved :: BSD License"}}], "BSD License"),
        ([{"license": {"name": "Copyright 2018\nAll rights"}}, {"license": {"name": "BSD"}}], "BSD"),
        ([], ""),
    ],
)
def test_a_licence_is_read_as_shortly_as_it_is_stated(stated, licence):
    assert parts.licence_of({"licenses": stated}) == licence
