"""Vendored files are what the manifest says, and production can hash and compress every static file."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import override_settings

from crmo_clinic.nhsuk import vendor

CSS = "vendor/nhsuk-frontend-10.6.1/nhsuk-frontend.min.css"


def test_every_vendored_file_is_the_one_in_the_manifest():
    assert list(vendor.problems()) == []


def test_a_changed_a_missing_and_a_strange_file_are_named(tmp_path):
    folder = tmp_path / "tests/browser/vendor/axe-core-4.14.1"
    folder.mkdir(parents=True)
    (folder / "LICENSE").write_text("changed")
    (folder / "strange.js").write_text("strange")

    problems = [problem for problem in vendor.problems(tmp_path) if "axe-core" in problem]

    prefix = "tests/browser/vendor/axe-core-4.14.1/"
    assert problems == [
        f"{prefix}axe.min.js is missing.",
        f"{prefix}LICENSE is not the file the manifest names.",
        f"{prefix}LICENSE-3RD-PARTY.txt is missing.",
        f"{prefix}strange.js is not in the manifest.",
    ]


def test_a_patch_that_applies_more_or_less_often_than_it_must_is_refused():
    patch = {"why": "no dots", "find": r"\.", "replace": "", "count": 2}

    assert vendor.patched("a.b.c", [patch]) == "abc"
    with pytest.raises(ValueError, match="“no dots” applied 1 times, not 2"):
        vendor.patched("a.b", [patch])


def test_our_style_sheets_fetch_nothing_from_another_host():
    for name in (CSS, "nhsuk/app.css"):
        text = Path(finders.find(name)).read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!www\.w3\.org)|url\(/|@font-face|Frutiger", text)


def test_production_hashes_and_compresses_all_static_files(tmp_path):
    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "crmo_clinic.nhsuk.storage.HashedStaticFiles"},
    }
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)

    (script,) = tmp_path.glob("nhsuk/app.*.js")
    imported = re.search(r'from "(\.\./vendor/.+?)"', script.read_text(encoding="utf-8"))[1]
    assert re.search(r"nhsuk-frontend\.min\.[0-9a-f]{12}\.js$", imported)
    assert (script.parent / imported).is_file()
    (style,) = tmp_path.glob("vendor/nhsuk-frontend-10.6.1/nhsuk-frontend.min.*.css")
    for icon in re.findall(r'url\("?(images/[^")]+)', style.read_text(encoding="utf-8")):
        assert re.search(r"\.[0-9a-f]{12}\.svg$", icon)
        assert (style.parent / icon).is_file()
    assert style.with_name(style.name + ".gz").stat().st_size < 40_000
