"""Upstream's reference HTML for the options our components have, cut from its fixtures.

`python -m tests.nhsuk.reference FOLDER`, with FOLDER the unpacked npm package of nhsuk-frontend, cuts
them again after an upgrade; the conformance test then shows what moved.
"""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def fixtures() -> list[tuple[str, dict[str, Any]]]:
    """Every (component, fixture); a fixture has `name`, `context` (its options) and `html`."""
    return [
        (path.stem, fixture)
        for path in sorted(HERE.glob("*.json"))
        for fixture in json.loads(path.read_text(encoding="utf-8"))
    ]
