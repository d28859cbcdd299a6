"""Buttons: the same ones are drawn once, and none gets what belongs to another."""

from django.utils.safestring import mark_safe

from crmo_clinic.nhsuk.templatetags.nhsuk import button

VALUES = (1, True, "1", "<b>", mark_safe("<b>"))


def test_buttons_that_are_alike_differ_in_their_content_and_value():
    for content in ("Save", mark_safe("<b>Save</b>")):
        for value in (*VALUES, *VALUES):
            drawn = button(content, name="do", value=value)
            written = value if value is VALUES[-1] else str(value).replace("<", "&lt;").replace(">", "&gt;")
            assert f'name="do" value="{written}"' in drawn
            assert drawn.strip().endswith(f'type="submit">{content}</button>')
