"""Databases as released versions left them, so that every later version is seen to migrate them.

`python -m tests.releases write 0.2.0` writes the database it is given: once for a release, on
demo data. `python -m tests.releases load 0.2.0` fills an empty database with it, in the tables of that
release; `manage.py migrate` then brings it to now. A file holds rows as Django's own serialisers write
values, and which migrations had been applied.
"""

import json
import lzma
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

FOLDER = Path(__file__).parent
APPS = ("patients", "scheduling")
Table = dict[str, Any]


def versions() -> list[str]:
    """The versions whose databases lie here, the oldest first."""
    return sorted(path.name.removesuffix(".json.xz") for path in FOLDER.glob("*.json.xz"))


def write(version: str) -> None:
    """Write every row of the connected database under the name of a version."""
    executor = MigrationExecutor(connection)
    applied = [list(node) for node in executor.loader.graph.leaf_nodes() if node[0] in APPS]
    # Roles are groups of the app that signs people in.
    of_ours = (
        model for app in APPS for model in apps.get_app_config(app).get_models(include_auto_created=True)
    )
    tables = [_rows(model) for model in (apps.get_model("auth.Group"), *of_ours)]
    text = json.dumps({"migrations": applied, "tables": tables}, default=str, separators=(",", ":"))
    (FOLDER / f"{version}.json.xz").write_bytes(lzma.compress(text.encode()))


def load(version: str) -> None:
    """Make the tables of a version in an empty database, and fill them."""
    said = json.loads(lzma.decompress((FOLDER / f"{version}.json.xz").read_bytes()))
    executor = MigrationExecutor(connection)
    targets = [tuple(node) for node in said["migrations"]]
    executor.migrate(targets)
    then = executor.loader.project_state(targets).apps
    with transaction.atomic():
        for table in said["tables"]:
            _fill(then.get_model(table["model"]), table)


def _rows(model: type[models.Model]) -> Table:
    fields = model._meta.concrete_fields
    rows = [
        [field.value_to_string(row) if _is_set(field, row) else None for field in fields]
        for row in _all(model)
    ]
    return {"model": model._meta.label, "fields": [field.attname for field in fields], "rows": rows}


def _all(model: type[models.Model]) -> models.QuerySet:
    return model._base_manager.order_by("pk")


def _is_set(field: models.Field, row: models.Model) -> bool:
    return field.value_from_object(row) is not None


def _fill(model: type[models.Model], table: Table) -> None:
    fields = [_field(model, name) for name in table["fields"]]
    model._base_manager.bulk_create(
        model(**{field.attname: _value(field, value) for field, value in zip(fields, row, strict=True)})
        for row in table["rows"]
    )
    for statement in connection.ops.sequence_reset_sql(no_style(), [model]):
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _field(model: type[models.Model], attname: str) -> models.Field:
    return next(field for field in model._meta.concrete_fields if field.attname == attname)


def _value(field: models.Field, value: Any) -> Any:
    return None if value is None else field.to_python(value)
