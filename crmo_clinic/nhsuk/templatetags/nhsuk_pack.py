"""Filters for `templates/nhsuk` and `templates/components`; pages themselves load `nhsuk`.

Works on any Django form, allauth's too, not only on the kit's own.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.http import QueryDict
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from crmo_clinic.nhsuk.widgets import DATE_PARTS, DateInput

register = template.Library()

# In this order: in Django a list of checkboxes is a kind of radios, and both are kinds of select.
KINDS: tuple[tuple[type[forms.Widget], str], ...] = (
    (DateInput, "date"),
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (forms.CheckboxInput, "checkbox"),
    (forms.PasswordInput, "password"),
    (forms.FileInput, "file"),
    (forms.Textarea, "textarea"),
    (forms.Select, "select"),
)


# The components of kinds that are not drawn by `input`.
COMPONENTS = {"textarea": "textarea", "select": "select", "file": "file-upload"}


@register.filter
def kind(field: forms.BoundField) -> str:
    """Which component of the design system draws the field: `input` unless its widget is in KINDS."""
    widget = field.field.widget
    return next((name for klass, name in KINDS if isinstance(widget, klass)), "input")


@register.filter
def control(field: forms.BoundField, classes: str = "") -> SafeString:
    """The field's own HTML control with the design system's classes, and `classes` if given."""
    component = COMPONENTS.get(kind(field), "input")
    names = ["nhsuk-file-upload__input" if component == "file-upload" else f"nhsuk-{component}"]
    if field.errors:
        names.append(f"nhsuk-{component}--error")
    names += [classes, field.field.widget.attrs.get("class", "")]
    return field.as_widget(attrs={"class": " ".join(filter(None, names))})


@register.filter
def drawn_options(groups: Iterable[tuple[str | None, list[dict[str, Any]], int]]) -> SafeString:
    """The options of a drop-down list, in an `optgroup` those that have one."""
    # Django puts every option that has no group into a group of its own: format_html for each would be slow.
    return SafeString("".join(_drawn(label, options) for label, options, _ in groups))


def _drawn(label: str | None, options: Iterable[Mapping[str, Any]]) -> str:
    drawn = "".join(
        f'<option value="{conditional_escape(str(option["value"]))}"'
        f"{' selected' if option['selected'] else ''}>{conditional_escape(option['label'])}</option>"
        for option in options
    )
    return f'<optgroup label="{conditional_escape(label)}">{drawn}</optgroup>' if label else drawn


@register.filter
def is_marked_optional(field: forms.BoundField) -> bool:
    """True if "(optional)" belongs after the label: leaving a box unticked is an answer, not an omission."""
    return (
        not field.field.required
        and kind(field) not in ("checkbox", "checkboxes")
        and getattr(field.form, "mark_optional", True)
        and getattr(field.form, "method", "post") == "post"
    )


@register.filter
def is_page_heading(field: forms.BoundField) -> bool:
    return getattr(field.form, "page_heading", "") == field.name


@register.filter
def date_parts(field: forms.BoundField) -> list[dict[str, Any]]:
    """The boxes of a date, each with `wrong` set if an error is about it."""
    wrong = _wrong_parts(field)
    parts = field.field.widget.parts(field.auto_id, field.html_name, field.value())
    return [{**part, "wrong": part["part"] in wrong} for part in parts]


@register.filter
def date_understood(field: forms.BoundField) -> date | None:
    """What a date typed in one box was understood as; None if nothing was, or it could not be."""
    understood = getattr(field.field, "understood", None)
    return understood(field.data) if understood and field.form.is_bound else None


def _wrong_parts(field: forms.BoundField) -> set[str]:
    """An error that does not name its parts is about the whole date."""
    wrong: set[str] = set()
    for error in field.errors.as_data():
        wrong.update((error.params or {}).get("parts", DATE_PARTS))
    return wrong


def focus_id(field: forms.BoundField) -> str:
    """The id of the control to go to for putting the field right; empty if it has none to go to."""
    if field.is_hidden:
        return ""
    match kind(field):
        case "date":
            parts = date_parts(field)
            return next((part["id"] for part in parts if part["wrong"]), parts[0]["id"])
        case "radios" | "checkboxes":
            return next((option.id_for_label or "" for option in field.subwidgets), "")
        case _:
            return field.id_for_label


@register.filter
def error_items(form: forms.BaseForm) -> list[dict[str, str]]:
    """Each error with its `text` and the `href` of its control, in the order of the fields on the page.

    An error of the whole form comes first and leads to the first control. `href` is empty if no
    control can be reached, as with a hidden field.
    """
    return list(_items(form))


@register.simple_tag(takes_context=True)
def errors_of_page(context: template.Context) -> list[dict[str, str]]:
    """The same for the page's `form`, and for `other_forms` where it has several; none need be there."""
    shown = (context.get("form"), *(context.get("other_forms") or ()))
    wrong = [form for form in shown if isinstance(form, forms.BaseForm) and form.errors]
    return [item for form in wrong for item in _items(form)]


def _items(form: forms.BaseForm) -> Iterator[dict[str, str]]:
    fields = _as_shown(form)
    first = next(filter(None, map(focus_id, fields)), "")
    for text in form.non_field_errors():
        yield {"text": text, "href": f"#{first}" if first else ""}
    for field in fields:
        target = focus_id(field)
        for text in field.errors:
            yield {"text": text, "href": f"#{target}" if target else ""}


def _as_shown(form: forms.BaseForm) -> list[forms.BoundField]:
    """The fields in the order of the form's layout; those that it leaves out come last."""
    layout = getattr(getattr(form, "helper", None), "layout", None)
    names = [pointer.name for pointer in layout.get_field_names()] if layout else []
    places = {name: place for place, name in enumerate(names)}
    return sorted(form, key=lambda field: places.get(field.name, len(places)))


@register.filter
def table_rows(rows: Iterable[Iterable[Any]], columns: Iterable[Any]) -> list[list[dict[str, Any]]]:
    """Each cell with its column: `text` (the cell), `heading` and `numeric`.

    A column is its heading, or a mapping with `text` and `numeric`.
    """
    heads = table_columns(columns)
    return [
        [
            {"text": cell, "heading": head["text"], "numeric": head["numeric"]}
            for cell, head in zip(row, heads, strict=True)
        ]
        for row in rows
    ]


@register.filter
def table_columns(columns: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {"text": column["text"], "numeric": column.get("numeric", False)}
        if isinstance(column, Mapping)
        else {"text": column, "numeric": False}
        for column in columns
    ]


@register.filter
def any_actions(rows: Iterable[Mapping[str, Any]]) -> bool:
    """True if a row of a summary list has a link; then rows without one keep that column empty."""
    return any(row.get("actions") for row in rows)


@register.filter
def page_numbers(page: Page) -> Iterable[int | str]:
    """First, last, and two pages either side; an ellipsis for the pages left out."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)


@register.simple_tag
def page_address(query: QueryDict, number: int, name: str = "", at: str = "") -> str:
    """Of another page of a list, all else of the address kept. name: of its number, `page` if it is empty."""
    changed = query.copy()
    changed[name or "page"] = str(number)
    return f"?{changed.urlencode()}{at and f'#{at}'}"
