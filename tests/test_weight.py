"""What a member of staff loads at first, compressed: the page and every style, script and import of it."""

import gzip
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone

from scheduling.models import ActiveSite, Review
from tests import builders

MOST_KILOBYTES = 80
# Of the page alone, as it is sent.
MOST_OF_A_PAGE = 120
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


@pytest.mark.django_db
def test_the_history_of_a_thousand_reviews_is_no_heavier_than_any_page(client, coordinator):
    child, today = builders.patient(), timezone.localdate()
    reviews = Review.objects.bulk_create(
        Review(patient=child, on=today - timedelta(days=3 * n), recorded_by="Nia Nurse", **says(n))
        for n in range(1_000)
    )
    ActiveSite.objects.bulk_create(
        ActiveSite(review=review, site="ribs", side="left") for review in reviews if review.sites_examined
    )
    client.force_login(coordinator)
    page = client.get(f"/children/{child.pk}/history/").content
    assert len(page) / 1000 <= MOST_OF_A_PAGE, f"{len(page) / 1000:.0f} KB"


def says(n: int) -> dict:
    if n % 2:
        return {"source": "lab", "esr": 10 + n % 30, "crp": n % 20}
    return {"source": "clinician", "pain": n % 10, "chaq": 1, "sites_examined": True}


@pytest.mark.django_db
def test_a_full_list_of_courses_to_book_is_light(client, lead):
    unit = builders.unit(chairs=10, nurses=10)
    for n in range(40):
        builders.course(builders.patient(f"Temperance Abernathy {n}"), unit, target=builders.next_monday(3))
    client.force_login(lead)
    page = client.get("/waiting/").content
    assert len(page) / 1000 <= MOST_OF_A_PAGE, f"{len(page) / 1000:.0f} KB"


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
