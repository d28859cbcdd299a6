"""Draws a component of the kit from the options of upstream's reference fixtures, for the conformance test.

`DRAW` says which components we have; each drawing function says which options it understands and
raises `OutOfScope` for the rest, so the list of what we leave out is the code itself.
"""

import re
from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from crmo_clinic.nhsuk import forms

Options = dict[str, Any]


class OutOfScope(Exception):
    """The fixture uses an option that our component does not have."""


def understood(options: Options, *names: str) -> None:
    if unknown := {name for name, value in options.items() if value is not None} - set(names):
        raise OutOfScope(", ".join(sorted(unknown)))


def words(value: Any) -> Any:
    """Upstream writes a text as itself or as {"text"} or {"html"}, sometimes as {"heading"}."""
    if isinstance(value, dict):
        understood(value, "text", "html", "heading", "size", "level", "element", "isPageHeading")
        if "html" in value:
            return mark_safe(value["html"])
        return value.get("text") or value.get("heading")
    return value


# --- form fields ---------------------------------------------------------------------------------


def field(options: Options, made: forms.CharField, label: Any, value: Any = None) -> str:
    """The field drawn in a form of its own, with the label, hint, value and error of the fixture."""
    name = options.get("name", "date").replace("-", "_")
    made.label = words(label)
    made.help_text = words(options.get("hint")) or ""
    heading = isinstance(label, dict) and "heading" in label
    form_class = type("F", (forms.Form,), {name: made, "page_heading": name if heading else ""})
    error = words(options.get("errorMessage"))
    if isinstance(options.get("errorMessage"), bool):
        raise OutOfScope("an error without words")
    if error:
        form = form_class(_posted(name, value))
        form.errors.clear()
        form.add_error(name, error)
    else:
        form = form_class(initial=None if value is None else {name: value})
    return render_to_string("nhsuk/field.html", {"field": form[name]})


def _posted(name: str, value: Any) -> Options:
    if isinstance(value, tuple):
        return {f"{name}_{part}": text for part, text in zip(("day", "month", "year"), value, strict=True)}
    return {name: value}


def text_input(options: Options) -> str:
    how = ("width", "inputmode", "spellcheck", "code", "autocomplete", "prefix", "suffix", "type")
    understood(options, "label", "hint", "errorMessage", "id", "name", "value", "disabled", *how)
    widget = forms.TextInput(
        width=options.get("width"),
        type=options.get("type", "text"),
        inputmode=options.get("inputmode"),
        autocomplete=options.get("autocomplete"),
        spellcheck=options.get("spellcheck"),
        prefix=words(options.get("prefix", "")),
        suffix=words(options.get("suffix", "")),
        code=options.get("code", False),
    )
    made = forms.CharField(widget=widget, disabled=options.get("disabled", False))
    return field(options, made, options["label"], options.get("value"))


def textarea(options: Options) -> str:
    understood(options, "label", "hint", "errorMessage", "id", "name", "disabled", "autocomplete")
    attrs = {"autocomplete": options["autocomplete"]} if "autocomplete" in options else {}
    made = forms.CharField(widget=forms.Textarea(attrs=attrs), disabled=options.get("disabled", False))
    return field(options, made, options["label"])


def select(options: Options) -> str:
    understood(options, "label", "hint", "errorMessage", "id", "name", "items", "disabled", "value")
    made = forms.ChoiceField(
        choices=_choices(options["items"]), widget=forms.Select(), disabled=options.get("disabled", False)
    )
    return field(options, made, options["label"], options.get("value"))


def radios(options: Options) -> str:
    understood(
        options, "fieldset", "hint", "errorMessage", "idPrefix", "name", "items", "inline", "small", "value"
    )
    widget = forms.Radios(
        hints=_hints(options["items"]), inline=options.get("inline", False), small=options.get("small", False)
    )
    made = forms.ChoiceField(choices=_choices(options["items"]), widget=widget)
    return field(options, made, _legend(options), options.get("value"))


def checkboxes(options: Options) -> str:
    understood(
        options, "fieldset", "hint", "errorMessage", "idPrefix", "name", "items", "inline", "small", "values"
    )
    widget = forms.Checkboxes(
        hints=_hints(options["items"]), inline=options.get("inline", False), small=options.get("small", False)
    )
    made = forms.MultipleChoiceField(choices=_choices(options["items"]), widget=widget)
    return field(options, made, _legend(options), options.get("values"))


def date_input(options: Options) -> str:
    understood(options, "fieldset", "hint", "errorMessage", "id", "values", "items")
    items = options.get("items") or []
    for item in items:
        understood(item or {"empty": True}, "name", "width", "value", "error")
    if items and [item["name"] for item in items] != ["day", "month", "year"]:
        raise OutOfScope("other boxes")
    values = options.get("values") or {item["name"]: item.get("value", "") for item in items}
    typed = tuple(str(values.get(part, "")) for part in ("day", "month", "year"))
    if wrong := [item["name"] for item in items if item.get("error")]:
        if not options.get("errorMessage"):
            raise OutOfScope("an error without words")
        error = forms.ValidationError(words(options["errorMessage"]), params={"parts": wrong})
        options = {**options, "errorMessage": error}
    return field(options, forms.DateField(), _legend(options), typed)


def _legend(options: Options) -> Any:
    fieldset = options.get("fieldset")
    if not fieldset or "legend" not in fieldset:
        raise OutOfScope("options without a legend")
    understood(fieldset, "legend")
    return fieldset["legend"]


def _choices(items: list[Options]) -> list[tuple[str, str]]:
    for item in items:
        understood(item or {"empty": True}, "value", "text", "hint")
    return [(item["value"], item["text"]) for item in items]


def _hints(items: list[Options]) -> dict[str, str]:
    return {item["value"]: words(item["hint"]) for item in items if item.get("hint")}


def button(options: Options) -> str:
    understood(options, "text", "variant", "preventDoubleClick")
    if options.get("variant") not in (None, "secondary", "warning"):
        raise OutOfScope("variant")
    made = forms.Button(options["text"], variant=options.get("variant", ""))
    return render_to_string("nhsuk/layout/baseinput.html", {"input": made})


def fieldset(options: Options) -> str:
    understood(options, "legend")
    if not isinstance(options["legend"], dict) or "heading" not in options["legend"]:
        raise OutOfScope("a legend that is no heading")
    return render_to_string(
        "nhsuk/layout/fieldset.html", {"fieldset": {}, "legend": words(options["legend"])}
    )


# --- components ----------------------------------------------------------------------------------


def component(name: str, **context: Any) -> str:
    return render_to_string(f"components/{name}.html", context)


def error_summary(options: Options) -> str:
    understood(options, "heading", "errorList")
    if words(options["heading"]) != "There is a problem":
        raise OutOfScope("another heading")
    return component("error_summary", items=[item for item in options["errorList"] if item])


def back_link(options: Options) -> str:
    understood(options, "text", "href")
    html = component("back_link", href=options["href"], text=options["text"])
    return re.sub(r"</?nav[^>]*>", "", html)


def tag(options: Options) -> str:
    understood(options, "text", "colour")
    if options.get("colour") is False:
        raise OutOfScope("a tag without colour")
    return component("tag", **options)


def action_link(options: Options) -> str:
    understood(options, "text", "href")
    return component("action_link", **options)


def details(options: Options) -> str:
    understood(options, "summary", "text", "open")
    return component("details", **{**options, "summary": words(options["summary"])})


def panel(options: Options) -> str:
    understood(options, "heading", "text")
    return component("panel", heading=words(options["heading"]), text=options.get("text"))


def inset_text(options: Options) -> str:
    understood(options, "text", "html")
    return component("inset_text", text=options.get("text"), content=mark_safe(options.get("html", "")))


def warning_callout(options: Options) -> str:
    understood(options, "heading", "text")
    heading = words(options["heading"])
    return component(
        "warning_callout", heading="" if heading == "Important" else heading, text=options.get("text")
    )


def notification_banner(options: Options) -> str:
    understood(options, "text", "variant")
    return component(
        "notification_banner", messages=[options["text"]], success=options.get("variant") == "success"
    )


def summary_list(options: Options) -> str:
    understood(options, "rows", "lastRowBorder", "border")
    variant = "no-border" if options.get("border") is False else ""
    if options.get("lastRowBorder") is False:
        variant = "no-last-row-border"
    return component("summary_list", rows=[_row(row) for row in options["rows"]], variant=variant)


def _row(row: Options) -> Options:
    understood(row, "key", "value", "actions")
    return {"key": words(row["key"]), "value": words(row["value"]), "actions": _actions(row.get("actions"))}


def _actions(actions: Any) -> list[Options]:
    listed = actions.get("items") if isinstance(actions, dict) else actions
    for action in listed or []:
        if not action:
            raise OutOfScope("empty items")
        understood(action, "href", "text", "visuallyHiddenText")
    return [{**action, "hidden": action.get("visuallyHiddenText")} for action in listed or []]


def card(options: Options) -> str:
    understood(options, "heading", "href", "clickable", "description", "variant", "actions")
    if options.get("href") and not options.get("clickable"):
        raise OutOfScope("a link in a card that is not clickable")
    if "description" not in options or options.get("variant") not in (None, "secondary", "feature"):
        raise OutOfScope("variant or HTML content")
    heading = options["heading"]
    return component(
        "card",
        heading=words(heading),
        level=heading.get("level") if isinstance(heading, dict) else None,
        href=options.get("href"),
        text=options["description"],
        variant=options.get("variant"),
    )


def table(options: Options) -> str:
    understood(options, "caption", "firstCellIsHeader", "head", "rows", "responsive")
    if not (options.get("responsive") and options.get("firstCellIsHeader")):
        raise OutOfScope("tables that do not fold on a narrow screen")
    head = [{"text": words(cell), "numeric": False} for cell in options["head"]]
    rows = [[words(cell) for cell in row] for row in options["rows"]]
    return component("table", caption=words(options["caption"]), head=head, rows=rows)


def pagination(options: Options) -> str:
    understood(options, "previous", "next", "items")
    if "items" not in options:
        raise OutOfScope("pages with names")
    for link in (options.get("previous"), options.get("next")):
        understood(link or {}, "href")
    items = options["items"]
    for item in items:
        understood(item or {"empty": True}, "number", "href", "current", "ellipsis")
    numbers = [item["number"] for item in items if item.get("number")]
    (current,) = (item["number"] for item in items if item.get("current"))
    page = Paginator(range(numbers[-1]), 1).page(current)
    return component("pagination", page=page, request={"GET": QueryDict()})


DRAW: dict[str, Callable[[Options], str]] = {
    "action-link": action_link,
    "back-link": back_link,
    "button": button,
    "card": card,
    "checkboxes": checkboxes,
    "date-input": date_input,
    "details": details,
    "error-summary": error_summary,
    "fieldset": fieldset,
    "input": text_input,
    "inset-text": inset_text,
    "notification-banner": notification_banner,
    "pagination": pagination,
    "panel": panel,
    "radios": radios,
    "select": select,
    "summary-list": summary_list,
    "tables": table,
    "tag": tag,
    "textarea": textarea,
    "warning-callout": warning_callout,
}
