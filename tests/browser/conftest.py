"""Two apps to visit: one with the demo data, and one in which there is nothing but people."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import questions
from tests.browser.app import App, running
from tests.browser.things import things as find_things
from tests.browser.visitors import Visitors
from tests.processes import DEMO, database_of_its_own

# A busy machine may need longer than the usual 5 seconds for a page.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("app")
    with database_of_its_own(folder, DEMO) as database, running(database, folder) as app:
        yield app


@pytest.fixture(scope="session")
def empty_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("empty_app")
    with database_of_its_own(folder) as database, running(database, folder) as app:
        app.ask(questions.make_people)
        yield app


@pytest.fixture(scope="session")
def things(app: App) -> dict[str, Any]:
    """A primary key for each kind and state of thing, by name."""
    return app.ask(find_things)


@pytest.fixture(scope="session")
def _visitors(app: App, chromium) -> Iterator[Visitors]:
    yield from _until_closed(Visitors(app, chromium))


@pytest.fixture(scope="session")
def _visitors_of_empty_app(empty_app: App, chromium) -> Iterator[Visitors]:
    yield from _until_closed(Visitors(empty_app, chromium))


def _until_closed(visitors: Visitors) -> Iterator[Visitors]:
    yield visitors
    visitors.close()


@pytest.fixture
def visitors(_visitors: Visitors) -> Iterator[Visitors]:
    """People at the app with the demo data; at the end nobody's browser may have complained."""
    yield from _without_complaints(_visitors)


@pytest.fixture
def visitors_of_empty_app(_visitors_of_empty_app: Visitors) -> Iterator[Visitors]:
    yield from _without_complaints(_visitors_of_empty_app)


def _without_complaints(visitors: Visitors) -> Iterator[Visitors]:
    visitors.complaints.clear()
    yield visitors
    visitors.close_pages()
    assert visitors.complaints == []
