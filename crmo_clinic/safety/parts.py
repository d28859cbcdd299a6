"""What the app is made of: completes the list of parts (SBOM), and writes each licence into `licences.md`.

    make sbom

installs the locked packages into an empty environment, has `cyclonedx-py` list them, and hands the list to
this module: it adds the front-end files kept in the repository, which no package manager knows.
"""

import json
import sys
from pathlib import Path
from typing import Any

from crmo_clinic.nhsuk.vendor import MANIFEST

LICENCES = Path(__file__).with_name("licences.md")
# The words above it are a person's.
ROWS_BELOW = "| --- | --- | --- |\n"


def vendored() -> list[dict[str, Any]]:
    """The front-end packages in the repository that are shown to users, as components of CycloneDX."""
    return [
        {
            "type": "library",
            "bom-ref": f"pkg:npm/{package['name']}@{package['version']}",
            "purl": f"pkg:npm/{package['name']}@{package['version']}",
            "name": package["name"],
            "version": package["version"],
            "licenses": [{"license": {"id": package["licence"]}}],
        }
        for package in json.loads(MANIFEST.read_text(encoding="utf-8"))
        if not package["into"].startswith("tests/")
    ]


def licence_of(component: dict[str, Any]) -> str:
    """As it is stated: an expression of SPDX, or else names. "" if nothing is."""
    stated = component.get("licenses", [])
    expressions = [each["expression"] for each in stated if "expression" in each]
    named = [each["license"] for each in stated if "license" in each]
    ids = [each["id"] for each in named if "id" in each]
    # A package may state its licence as a whole text; its name is the last part of a classifier.
    names = [each["name"].rpartition(" :: ")[2] for each in named if "\n" not in each.get("name", "\n")]
    return ", ".join(dict.fromkeys(expressions or ids or names))


def complete(parts: dict[str, Any]) -> dict[str, Any]:
    """The list with what is vendored, in the order of names; run twice, it is the same."""
    added = vendored()
    known = {each["bom-ref"] for each in added}
    kept = [each for each in parts.get("components", []) if each["bom-ref"] not in known]
    return parts | {"components": sorted([*kept, *added], key=lambda each: each["name"].lower())}


def table(parts: dict[str, Any]) -> str:
    """The rows of `licences.md`."""
    rows = [(each["name"], each["version"], licence_of(each)) for each in parts["components"]]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main(path: Path) -> None:
    parts = complete(json.loads(path.read_text(encoding="utf-8")))
    path.write_text(json.dumps(parts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    above = LICENCES.read_text(encoding="utf-8").partition(ROWS_BELOW)[0]
    LICENCES.write_text(above + ROWS_BELOW + table(parts), encoding="utf-8")
    print(f"{len(parts['components'])} parts in {path}; their licences are in {LICENCES}.")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
