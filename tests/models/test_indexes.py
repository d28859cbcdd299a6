"""What there are most rows of has no index that only takes room."""

from collections.abc import Iterator

import pytest
from django.db import models

from patients.constraints import UniqueByHash
from patients.models import AccessEvent, AuditEvent
from scheduling.models import (
    ActiveSite,
    Booking,
    FamilyLink,
    Message,
    ReadinessCheck,
    Reply,
    Session,
    Task,
    Telling,
)

# What every course leaves behind for good.
MANY = (
    AccessEvent,
    ActiveSite,
    AuditEvent,
    Booking,
    FamilyLink,
    Message,
    ReadinessCheck,
    Reply,
    Session,
    Task,
    Telling,
)


def composite(model: type[models.Model]) -> Iterator[list[str]]:
    """The fields of each index for all rows that stands beside those of single fields."""
    for index in [*model._meta.indexes, *model._meta.constraints]:
        is_index = isinstance(index, models.Index | models.UniqueConstraint)
        if is_index and not index.condition:
            yield [name.removeprefix("-") for name in index.fields] or [
                each.name for each in index.expressions
            ]


@pytest.mark.parametrize("model", MANY)
def test_a_foreign_key_that_begins_an_index_has_no_other(model):
    begun = {fields[0] for fields in composite(model)}
    twice = [field.name for field in model._meta.concrete_fields if field.name in begun and field.db_index]
    assert not twice


@pytest.mark.parametrize("model", MANY)
def test_an_index_does_not_end_with_the_key(model):
    """SQLite has it in each index anyway; PostgreSQL keeps equal values once, but not with the key behind."""
    assert not [fields for fields in composite(model) if fields[-1] == model._meta.pk.name]


@pytest.mark.parametrize("model", MANY)
def test_no_text_has_an_index_for_like(model):
    """PostgreSQL makes one beside that of a field of text; nothing asks it."""
    texts = [field for field in model._meta.concrete_fields if isinstance(field, models.CharField)]
    assert not [field.name for field in texts if field.db_index or field.unique]


@pytest.mark.parametrize("model", MANY)
def test_a_text_that_is_unique_by_itself_is_so_by_its_hash(model):
    """On PostgreSQL the whole text would stand in the index once more."""
    alone = [each for each in model._meta.constraints if len(getattr(each, "fields", ())) == 1]
    texts = [each for each in alone if isinstance(model._meta.get_field(each.fields[0]), models.CharField)]
    assert not [each.name for each in texts if not each.condition and not isinstance(each, UniqueByHash)]
