"""Form controls of the NHS design system; `templates/nhsuk/field.html` draws them.

They add to Django's widgets only what the design system knows and Django does not. Django's own
widgets work too: the template pack gives them the same looks.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.widgets import ChoiceWidget

WIDTHS = (2, 3, 4, 5, 10, 20, 30)
DATE_PARTS = ("day", "month", "year")
# The box beside those three for a date as people write it.
ONE_BOX = "words"
PART_WIDTHS = {"year": 4, ONE_BOX: 10}


class TextInput(forms.TextInput):
    """One line of text.

    `width` is a number of characters the box is made for (one of WIDTHS; None is the full column).
    `prefix` and `suffix` are drawn beside the box, such as `weeks`; say the unit in the label too.
    `code` spaces the digits for a value that people compare digit by digit.
    Raises ValueError for a width the design system does not have.
    """

    def __init__(
        self,
        *,
        width: int | None = None,
        type: str = "text",
        inputmode: str | None = None,
        autocomplete: str | None = None,
        spellcheck: bool | None = None,
        prefix: str = "",
        suffix: str = "",
        code: bool = False,
        attrs: Mapping[str, Any] | None = None,
    ) -> None:
        if width is not None and width not in WIDTHS:
            raise ValueError(f"width must be one of {WIDTHS}, not {width}")
        classes = ["nhsuk-input--code"] if code else []
        if width:
            classes.append(f"nhsuk-input--width-{width}")
        given = {
            "class": " ".join(classes) or None,
            "inputmode": inputmode,
            "autocomplete": autocomplete,
            "spellcheck": None if spellcheck is None else str(spellcheck).lower(),
            **(attrs or {}),
        }
        super().__init__({name: value for name, value in given.items() if value is not None})
        self.input_type = type
        self.prefix = prefix
        self.suffix = suffix


class Textarea(forms.Textarea):
    """Several lines of text; `rows` says how many are seen at once."""

    def __init__(self, *, rows: int = 5, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__({"rows": rows, **(attrs or {})})
        self.attrs.pop("cols")


class Select(forms.Select):
    """A drop-down list. Last resort: radios are easier to read and to use."""

    template_name = "nhsuk/select.html"

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if (value, label) == BLANK_CHOICE_DASH[0]:
            label = "Select an option"
        return super().create_option(name, value, label, *args, **kwargs)


class _Choices(ChoiceWidget):
    """Options drawn one below the other, each with its own hint if `hints` has one for its value."""

    def __init__(
        self,
        *,
        hints: Mapping[Any, str] | None = None,
        inline: bool = False,
        small: bool = False,
        attrs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(attrs)
        self.hints = {str(value): hint for value, hint in (hints or {}).items()}
        self.inline = inline
        self.small = small

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        # Neither a radio nor one box of several can be invalid by itself: the fieldset carries the error.
        option["attrs"].pop("aria-invalid", None)
        if hint := self.hints.get(str(value)):
            option["hint"] = hint
            option["attrs"]["aria-describedby"] = f"{option['attrs'].get('id', name)}_hint"
        return option


class Radios(_Choices, forms.RadioSelect):
    """One of a few. The empty option that Django adds for "nothing chosen yet" is not drawn."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        groups = super().optgroups(name, value, attrs)
        return [group for group in groups if any(str(option["value"]) for option in group[1])]


class Checkboxes(_Choices, forms.CheckboxSelectMultiple):
    """Any number of a few. Say "Select all that apply" in the help text."""


class Checkbox(forms.CheckboxInput):
    """A single box to tick, for a BooleanField; its help text is drawn below the label."""


class DateInput(forms.Widget):
    """Three boxes: day, month and year. The value is the three texts as typed, so nothing is lost.

    one_box: a fourth beside them takes the whole date as people write it; its text is the value's fourth.
    """

    use_fieldset = True
    autocomplete: Mapping[str, str] = {}

    def __init__(
        self, *, birthday: bool = False, one_box: bool = False, attrs: Mapping[str, Any] | None = None
    ) -> None:
        """`birthday` lets the browser fill in the user's own date of birth (WCAG 1.3.5)."""
        super().__init__(attrs)
        self.names = (*DATE_PARTS, ONE_BOX) if one_box else DATE_PARTS
        if birthday:
            self.autocomplete = {part: f"bday-{part}" for part in DATE_PARTS}

    def parts(self, html_id: str, name: str, value: tuple[str, ...] | None) -> list[dict[str, Any]]:
        """One dict for each box: part, id, name, value, width and autocomplete."""
        return [
            {
                "part": part,
                "id": f"{html_id}_{part}",
                "name": f"{name}_{part}",
                "value": text,
                "width": PART_WIDTHS.get(part, 2),
                "autocomplete": self.autocomplete.get(part, ""),
            }
            for part, text in zip(self.names, self.format_value(value), strict=True)
        ]

    def format_value(self, value: Any) -> tuple[str, ...]:
        """As many texts as there are boxes."""
        if isinstance(value, date):
            value = str(value.day), str(value.month), str(value.year)
        return (*(value or ()), "", "", "", "")[: len(self.names)]

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> tuple[str, ...]:
        return tuple(data.get(f"{name}_{part}") or "" for part in self.names)

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return not any(f"{name}_{part}" in data for part in self.names)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_day" if id_ else ""
