"""Imports point down the floors of scheduling/README.md. Each breach is named: who imports whom."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Top to bottom. A module belongs to the first prefix that fits. Packages on one floor do not import each
# other.
FLOORS: list[list[str]] = [
    [
        "crmo_clinic.settings",
        "crmo_clinic.urls",
        "crmo_clinic.wsgi",
        "crmo_clinic.context",
        "crmo_clinic.production",
        "crmo_clinic.environment",
        "crmo_clinic.request_log",
        "crmo_clinic.probes",
        "crmo_clinic.bodies",
        "crmo_clinic.deploy",
        "crmo_clinic.public",
        "crmo_clinic.public_urls",
        "crmo_clinic.safety",
    ],
    ["scheduling.urls", "scheduling.management", "scheduling.apps"],
    ["scheduling.templatetags"],
    ["scheduling.pages"],
    ["scheduling.adt"],
    [
        "scheduling.doctor",
        "scheduling.answers",
        "scheduling.moving_in",
        "scheduling.merging",
        "scheduling.fhir",
    ],
    ["scheduling.booking", "scheduling.retention"],
    ["scheduling.visit", "scheduling.reports"],
    ["scheduling.history", "scheduling.telling", "scheduling.webhooks"],
    ["scheduling.checklist", "scheduling.tasks.doing"],
    ["scheduling.unit"],
    ["scheduling.tasks", "scheduling.watch"],
    ["scheduling.models"],
    ["scheduling.states", "scheduling.errors"],
    ["scheduling.acts"],
    ["patients"],
    ["scheduling.planner"],
    ["scheduling.rules", "scheduling.ical"],
    ["crmo_clinic.nhsuk", "crmo_clinic.formats", "crmo_clinic.logs", "crmo_clinic.version"],
]
# Packages in which nothing of Django, and no clock, may be imported.
PURE = ["scheduling.rules", "scheduling.ical", "scheduling.planner"]
# The clock that cuts the planner's work short, and chance that its `seed` decides.
CLOCKS = {"scheduling.planner.work": {"time"}, "scheduling.planner.ruining": {"random"}}
SOLE_IMPORTERS = {
    "icalendar": "scheduling.ical",
    "imap_tools": "scheduling.answers",
    "msal": "scheduling.answers",
    "notifications_python_client": "scheduling.telling",
    "markdown_it": "scheduling.telling",
    "openpyxl": "crmo_clinic.nhsuk.spreadsheets",
    "standardwebhooks": "scheduling.webhooks",
    "highspy": "scheduling.planner",
    "hl7": "scheduling.adt.taking_apart",
    "numpy": "scheduling.planner",
    "oauthlib": "scheduling.fhir.tokens",
}
# On one floor, but allowed: the settings import what reads and checks them.
SAME_ROOM = [
    ("crmo_clinic.settings", "crmo_clinic.production"),
    ("crmo_clinic.settings", "crmo_clinic.environment"),
    ("crmo_clinic.public_urls", "crmo_clinic.public"),
]


def modules() -> dict[str, Path]:
    found = {}
    for package in ("crmo_clinic", "patients", "scheduling"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if "migrations" not in parts:
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path, module: str) -> frozenset[str]:
    """Every module named in an import anywhere in the file, function-local imports too."""
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} uses a relative import"
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def inside(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


@cache
def room(module: str) -> tuple[int, str] | None:
    return next(
        ((floor, prefix) for floor, rooms in enumerate(FLOORS) for prefix in rooms if inside(module, prefix)),
        None,
    )


def breaches() -> list[str]:
    found = []
    known = modules()
    for module, path in known.items():
        here = room(module)
        if here is None:
            continue
        for name in imports(path, module):
            there = room(name)
            if there is None or there == here or (module, there[1]) in SAME_ROOM:
                continue
            if there[0] <= here[0]:
                found.append(f"{module} ({here[1]}) imports {name} ({there[1]}), which is not below it")
    return found


def circles() -> list[str]:
    """Modules that import each other in a circle, and those that lead to them."""
    known = modules()
    graph = {module: imports(path, module) & known.keys() for module, path in known.items()}
    while free := {module for module, names in graph.items() if not names & graph.keys()}:
        graph = {module: names for module, names in graph.items() if module not in free}
    return sorted(graph)


def test_no_module_is_imported_in_a_circle():
    assert circles() == []


def test_every_module_has_a_floor():
    bare = {"crmo_clinic", "scheduling", "crmo_clinic.nhsuk"}
    assert [name for name in modules() if room(name) is None and name not in bare] == []


def test_imports_point_down():
    assert breaches() == []


@pytest.mark.parametrize("package", PURE)
def test_the_pure_packages_know_neither_django_nor_a_clock(package):
    for module, path in modules().items():
        if inside(module, package):
            outside = {name.split(".")[0] for name in imports(path, module)}
            forbidden = {"django", "patients", "time", "random", "secrets"} - CLOCKS.get(module, set())
            assert not outside & forbidden, module
            assert not any(call in path.read_text() for call in (".now()", ".today()", "uuid4(")), module


def test_a_library_with_one_owner_is_imported_by_it_alone():
    for module, path in modules().items():
        for library, owner in SOLE_IMPORTERS.items():
            if any(inside(name, library) for name in imports(path, module)):
                assert inside(module, owner), f"{module} imports {library}; only {owner} may"


def test_the_walk_sees_a_breach(tmp_path, monkeypatch):
    bad = tmp_path / "bad.py"
    bad.write_text("import scheduling.pages\n")
    monkeypatch.setitem(globals(), "modules", lambda: {"scheduling.rules.bad": bad})
    (breach,) = breaches()
    assert breach.startswith("scheduling.rules.bad (scheduling.rules) imports scheduling.pages")


def test_every_refusal_stands_in_one_module():
    elsewhere = [
        f"{module}.{node.name}"
        for module, path in modules().items()
        if inside(module, "scheduling") and module != "scheduling.errors"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Refused" for base in node.bases)
    ]
    assert elsewhere == []


def test_the_readme_has_a_row_for_every_package():
    whole = (ROOT / "scheduling" / "README.md").read_text(encoding="utf-8")
    table = whole.partition("## Where things are")[2].partition("\n## ")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("|")]
    packages = [path.parent.name for path in (ROOT / "scheduling").glob("*/__init__.py")]
    missing = {name for name in packages if not any(f"`{name}/" in row for row in rows)}
    assert missing == {"migrations"}
