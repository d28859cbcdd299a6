"""Every row that points to a child or a contact, in any table: it follows when two are made one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model, QuerySet

from crmo_clinic.nhsuk.wording import quantity
from patients.models import Contact, Patient
from scheduling.models import (
    ChaseNote,
    Course,
    Decision,
    Imaging,
    Medicine,
    Message,
    Review,
)

# Keys of rows, by the field that pointed to what is gone: `scheduling.Course.patient`.
Moved = dict[str, list[int]]
# Those that a person knows by name, in the order in which they are named.
NAMED = {
    Course: "course",
    Contact: "contact",
    Review: "review",
    Decision: "decision",
    Imaging: "imaging result",
}
NAMED |= {Medicine: "medicine", ChaseNote: "note of chasing"}
# Between the parts of the name under which a message goes once; the third is the key of the contact.
BETWEEN, OF_CONTACT = ":", 2


def pointing_at(model: type[Model]) -> Iterator[ForeignKey]:
    """Every foreign key to this model, in any table."""
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            yield relation.remote_field


def move(old: Model, new: Model) -> Moved:
    """Let every row that points to `old` point to `new`."""
    moved: Moved = {}
    for field in pointing_at(type(old)):
        rows = field.model._base_manager.filter(**{field.name: old.pk})
        if keys := sorted(rows.values_list("pk", flat=True)):
            moved[name_of(field)] = keys
            _point(rows, field, new.pk)
    return moved


def move_back(moved: Mapping[str, Sequence[int]], now_at: int, back_to: int) -> None:
    """Let these rows point to what they pointed to before, as far as they are still there."""
    for name, keys in moved.items():
        label, _, field = name.rpartition(".")
        model = apps.get_model(label)
        rows = model._base_manager.filter(**{field: now_at, "pk__in": keys})
        _point(rows, model._meta.get_field(field), back_to)


def _point(rows: QuerySet[Any], field: ForeignKey, key: int) -> None:
    """Let these rows point there."""
    found = list(rows.only("pk", field.name))
    for row in found:
        setattr(row, field.attname, key)
    field.model._base_manager.bulk_update(found, [field.name], batch_size=500)


def name_of(field: ForeignKey) -> str:
    return f"{field.model._meta.label}.{field.name}"


def rename_messages(keys: Iterable[int], old: int, new: int) -> None:
    """The names under which these messages go once name the contact: so none goes a second time."""
    for message in Message.objects.filter(pk__in=keys, only_once__contains=f"{BETWEEN}{old}").defer("mime"):
        parts = message.only_once.split(BETWEEN)
        if len(parts) > OF_CONTACT and parts[OF_CONTACT] == str(old):
            parts[OF_CONTACT] = str(new)
            Message.objects.filter(pk=message.pk).update(only_once=BETWEEN.join(parts))


def what_follows(patient: Patient) -> list[str]:
    """`3 courses`, `1 review`: what there is of a child, in words."""
    counted = ((noun, model._base_manager.filter(patient=patient).count()) for model, noun in NAMED.items())
    return [quantity(number, noun, _plural(noun)) for noun, number in counted if number]


def _plural(noun: str) -> str:
    return noun.replace("note ", "notes ") if noun.startswith("note ") else f"{noun}s"


def kept_values(row: Model) -> dict[str, Any]:
    """The fields of a row by column name, as JSON can hold them."""
    values = {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields}
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()
    }


def row_of(model: type[Model], values: Mapping[str, Any]) -> Model:
    """The row that had these values, not saved."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    return model(**{name: fields[name].to_python(value) for name, value in values.items() if name in fields})
