"""The locks can be installed with hashes by the pip of any machine, today and when newer releases appear."""

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_extra_asked_for_is_held_to_a_version(lock):
    """Without the extra in the lock, pip takes the newest release for it, then finds no hash."""
    pinned = {
        (canonical(pin.name), extra)
        for pin in map(
            Requirement, re.findall(r"^[\w.\[\],-]+==[^\s;]+", (ROOT / lock).read_text(), re.MULTILINE)
        )
        for extra in {"", *pin.extras}
    }
    asked = {
        (canonical(needed.name), extra)
        for found in distributions()
        if (canonical(found.name), "") in pinned
        for needed in map(Requirement, found.requires or ())
        if needed.marker is None or needed.marker.evaluate({"extra": ""})
        for extra in needed.extras
    }
    assert not asked - pinned


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
