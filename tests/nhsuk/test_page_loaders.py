"""Pages are sent without the spaces that indent their templates; mails are left as they are."""

from django.template import engines
from django.template.loader import get_template

from crmo_clinic.nhsuk.page_loaders import WithoutIndents


def source(name):
    return get_template(name).template.source


def test_a_page_has_no_indents_and_keeps_its_lines(tmp_path):
    text = "<p>\n    one\n      two</p>\n\n  {% if x %}\n\t<b>\n  {% endif %}\n"
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    (tmp_path / "mail.txt").write_text(text, encoding="utf-8")
    loader = WithoutIndents(engines["django"].engine, [tmp_path])
    assert loader.get_template("page.html").source == "<p>\none\ntwo</p>\n\n{% if x %}\n<b>\n{% endif %}\n"
    assert loader.get_template("mail.txt").source == text


def test_so_are_the_templates_of_pages_read_and_not_those_of_mails():
    assert "\n  " not in source("base.html") and "\n<" in source("base.html")
    assert "\n  " not in source("allauth/layouts/base.html") and "\n  " in source("emails/_ring_us.html")
