"""The search box and the keyboard shortcuts in the frame of every page."""

import re

import pytest

from tests.reading import folded

KEY = re.compile(r'data-shortcut="(.)"')


@pytest.fixture
def page(client, coordinator):
    client.force_login(coordinator)
    return client


def test_every_page_has_the_search_box_and_one_target_for_each_key(page):
    for address in ("/tasks/", "/shortcuts/"):
        shown = page.get(address).content.decode()
        assert shown.count('role="search"') == 1
        keys = KEY.findall(shown)
        assert keys == list(dict.fromkeys(keys))
        assert {"/", "t", "w", "l", "k", "?"} <= set(keys)


def test_the_page_lists_every_key_that_does_something(page):
    shown = page.get("/shortcuts/").content.decode()
    assert set(KEY.findall(shown)) | {"s"} == set(re.findall("<kbd>(.)</kbd>", shown))


def test_they_can_be_turned_off_and_on_again_in_this_browser(page):
    off = page.post("/shortcuts/", {"shortcuts": "off"}, follow=True)
    assert "They are off in this browser." in folded(off)
    elsewhere = page.get("/tasks/").content.decode()
    assert not KEY.findall(elsewhere)
    assert "shortcuts.js" not in elsewhere
    assert 'role="search"' in elsewhere
    page.post("/shortcuts/", {"shortcuts": "on"})
    assert "shortcuts.js" in page.get("/tasks/").content.decode()


def test_nobody_without_a_role_is_offered_a_search(client, django_user_model):
    stranger = django_user_model.objects.create_user(email="new@example.com", name="Nell New")
    client.force_login(stranger)
    shown = client.get("/tasks/").content.decode()
    assert 'role="search"' not in shown
    assert "Keyboard shortcuts" not in shown
