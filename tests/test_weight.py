"""What a member of staff loads at first, compressed: the page and every style, script and import of it."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tests import builders

MOST_KILOBYTES = 80
ASSETS = re.compile(r'(?:href|src)="/static/([^"]+\.(?:css|js))"')
IMPORTS = re.compile(r'from "(\.[^"]+)"')


def with_imports(name: str) -> dict[str, bytes]:
    """A static file and the modules it imports, by path."""
    found, waiting = {}, [Path(finders.find(name))]
    while waiting:
        path = waiting.pop().resolve()
        if str(path) not in found:
            found[str(path)] = path.read_bytes()
            if path.suffix == ".js" and path.stat().st_size < 10_000:
                waiting += [
                    path.parent / there for there in IMPORTS.findall(path.read_text(encoding="utf-8"))
                ]
    return found


@pytest.mark.parametrize("path", ["/", "/board/", "/waiting/"])
def test_a_page_is_light(client, coordinator, path):
    unit = builders.unit(chairs=10, nurses=9)
    for n in range(25):
        builders.course(builders.patient(f"Temperance Abernathy {n}"), unit)
    client.force_login(coordinator)
    page = client.get(path).content
    names = ASSETS.findall(page.decode())
    files = {path: data for name in names for path, data in with_imports(name).items()}
    weight = len(gzip.compress(page)) + sum(len(gzip.compress(data)) for data in files.values())

    assert any("htmx" in path for path in files)
    assert any("nhsuk-frontend.min.js" in path for path in files)
    assert weight / 1024 <= MOST_KILOBYTES, f"{path}: {weight / 1024:.0f} KB"
