"""The log in words: what was done, and each value before and after.

The log keeps codes, keys and times as the database has them; people read labels, names and their own clock.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from string import Formatter
from typing import Any, NamedTuple

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone

from crmo_clinic.nhsuk import phone, wording
from patients.acts import Detail, Fields, Kind, known_acts
from patients.models import AuditEvent

NOTHING = "nothing"
# A row that the log knows by its key only.
Key = tuple[type[models.Model], int]


@dataclass(frozen=True)
class Line:
    """One thing that the log keeps, in words. before: None for a fact, and for a row added or removed."""

    what: str
    now: str
    before: str | None = None

    def __str__(self) -> str:
        return f"{self.what}: {self.now if self.before is None else f'{self.before} → {self.now}'}"


class Change(NamedTuple):
    """A detail that changed, in words."""

    before: str
    after: str


class _Names:
    """What rows are called: one query for each model, however many rows."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        asked: dict[type[models.Model], set[int]] = {}
        for model, pk in keys:
            asked.setdefault(model, set()).add(pk)
        self._names = {
            (model, pk): str(row)
            for model, pks in asked.items()
            for pk, row in model._base_manager.select_related().in_bulk(pks).items()
        }

    def of(self, key: Key) -> str:
        return self._names.get(key, f"a {key[0]._meta.verbose_name} that is no longer there")


def title(event: AuditEvent) -> str:
    """`Course: moved`, for a page about many records."""
    act, model = known_acts().get(event.action), _model_of(event)
    if act is None or model is None:
        # An act that a later version no longer knows.
        return wording.capitalised(re.sub(r"[._]", " ", event.action))
    return _of_record(model, re.sub(r"\[.*?\]", "", act.was))


def sentence_with_record(event: AuditEvent) -> str:
    """`Adverse effect: put right (what: …)`, for a page about several records."""
    model = _model_of(event)
    return _of_record(model, sentence(event)) if model else sentence(event)


def sentence(event: AuditEvent) -> str:
    """`Moved from … to … (Child unwell)`: what was done, to which days, why; for the page of that record."""
    act = known_acts().get(event.action)
    if act is None:
        return title(event)
    names, words = _Names(), dict[str, Any]()
    for name, detail in act.details.items():
        if event.changes.get(name) not in (None, "", []) and detail.kind != Kind.ROW:
            value = event.changes[name]
            said = [_detail_words(detail, each, names) for each in (value if detail.changes else [value])]
            words[name] = Change(*said) if detail.changes else said[0]
    if fields := list(_field_lines(event, names, rows=False)):
        words["fields"] = "; ".join(map(str, fields))
    return re.sub(r"\[(.*?)\]", lambda part: _part(part[1], words), act.was)


def lines(events: Sequence[AuditEvent], *, rows: bool = True) -> list[list[Line]]:
    """What each of these log entries keeps, in the order of the act's details and then of the row's fields.

    rows: whether foreign keys are shown, by the names of the rows they point to.
    """
    names = _Names(key for event in events for key in _keys(event)) if rows else _Names()
    return [
        [*_detail_lines(event, names, rows=rows), *_field_lines(event, names, rows=rows)] for event in events
    ]


def _of_record(model: type[models.Model], what: str) -> str:
    return f"{wording.capitalised(str(model._meta.verbose_name))}: {what[0].lower()}{what[1:]}"


class _Phrase(Formatter):
    """`{word!l}` is the word in small letters."""

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        return str(value).lower() if conversion == "l" else super().convert_field(value, conversion)


def _part(part: str, words: Mapping[str, Any]) -> str:
    asked = {name.partition(".")[0] for _, name, _, _ in Formatter().parse(part) if name}
    return _Phrase().vformat(part, (), words) if asked <= words.keys() else ""


def _model_of(event: AuditEvent) -> type[models.Model] | None:
    """The model of the record, in the app whose act it is."""
    act = known_acts().get(event.action)
    try:
        return act and apps.get_model(type(act).__module__.partition(".")[0], event.record)
    except LookupError:
        return None


def _keys(event: AuditEvent) -> Iterator[Key]:
    act, model = known_acts().get(event.action), _model_of(event)
    if act is None or model is None:
        return
    for name, value in event.changes.items():
        detail = act.details.get(name)
        if detail is None:
            field = _field(model, name)
            if field is not None and field.is_relation:
                yield from ((field.related_model, pk) for pk in value if pk is not None)
        elif detail.kind == Kind.ROW:
            yield apps.get_model(detail.model), value


def _detail_lines(event: AuditEvent, names: _Names, *, rows: bool) -> Iterator[Line]:
    act = known_acts().get(event.action)
    for name, detail in act.details.items() if act else ():
        if name not in event.changes or (detail.kind == Kind.ROW and not rows):
            continue
        value = event.changes[name]
        if detail.changes:
            before, now = (_detail_words(detail, each, names) for each in value)
            yield Line(detail.label, now, before)
        elif value != "":
            yield Line(detail.label, _detail_words(detail, value, names))


def _field_lines(event: AuditEvent, names: _Names, *, rows: bool) -> Iterator[Line]:
    act, model = known_acts().get(event.action), _model_of(event)
    details: Mapping[str, Detail] = act.details if act else {}
    order = [field.name for field in model._meta.concrete_fields] if model else []
    left = {name: value for name, value in event.changes.items() if name not in details}
    for name in sorted(left, key=lambda name: order.index(name) if name in order else len(order)):
        field = _field(model, name)
        if field is None:
            # A field that a later version no longer has.
            yield Line(name.replace("_", " "), _plain_words(left[name]))
        elif rows or not field.is_relation:
            before, now = left[name]
            if before != now:
                yield from _field_line(field, before, now, names, act.fields if act else Fields.CHANGED)


def _field_line(field: Any, before: Any, now: Any, names: _Names, fields: Fields) -> Iterator[Line]:
    what = str(field.verbose_name)
    if field.is_relation and what == field.name:
        what = str(field.related_model._meta.verbose_name)
    if fields == Fields.CHANGED:
        yield Line(what, _field_words(field, now, before, names), _field_words(field, before, now, names))
    else:
        kept = now if fields == Fields.ADDED else before
        if kept not in (None, "", []):
            yield Line(what, _field_words(field, kept, None, names))


def _field(model: type[models.Model] | None, name: str) -> Any:
    try:
        return model and model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _detail_words(detail: Detail, value: Any, names: _Names) -> str:
    if value in (None, "", []):
        return detail.nothing
    match detail.kind:
        case Kind.DAY:
            return wording.short_date(date.fromisoformat(value))
        case Kind.MOMENT:
            return _moment(value)
        case Kind.NAMES:
            return ", ".join(value)
        case Kind.DAYS:
            return "; ".join(value)
        case Kind.RANGES:
            return "; ".join(_range(*map(date.fromisoformat, ends)) for ends in value)
        case Kind.ROW:
            return names.of((apps.get_model(detail.model), value))
        case _:
            return detail.labels.get(value, str(value))


def _field_words(field: Any, stored: Any, beside: Any, names: _Names) -> str:
    """One value of a row. beside: the other value of a change; times of one day need no date."""
    if stored in (None, "", []):
        return NOTHING
    labels = getattr(field.model, "CODES", {}).get(field.name) or dict(field.flatchoices)
    if in_words := getattr(field.model, "IN_WORDS", {}).get(field.name):
        return ", ".join(map(in_words, stored))
    if isinstance(stored, list):
        return ", ".join(str(labels.get(each, each)) for each in stored)
    if stored in labels:
        return str(labels[stored])
    if field.name == "phone":
        return phone.shown(stored)
    match field:
        case models.ForeignKey():
            return names.of((field.related_model, stored))
        case models.BooleanField():
            return "yes" if stored else "no"
        case models.DateTimeField():
            same_day = beside and _local(stored).date() == _local(beside).date()
            return wording.clock(_local(stored).time()) if same_day else _moment(stored)
        case models.DateField():
            return wording.plain_date(date.fromisoformat(stored))
        case models.TimeField():
            return wording.clock(time.fromisoformat(stored))
        case models.DecimalField():
            return wording.plain_number(Decimal(stored))
        case _:
            return str(stored)


def _plain_words(value: Any) -> str:
    match value:
        case None | "" | []:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_plain_words, value))
        case _:
            return str(value)


def _range(first: date, last: date) -> str:
    return wording.short_date(first) + ("" if first == last else f" to {wording.short_date(last)}")


def _moment(stored: str) -> str:
    at = _local(stored)
    return f"{wording.clock(at.time())} on {wording.short_date(at)}"


def _local(stored: str) -> datetime:
    return timezone.localtime(datetime.fromisoformat(stored))
