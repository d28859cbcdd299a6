"""Constraints that Django cannot express: triggers, and on PostgreSQL exclusion constraints too.

A migration makes them like any other constraint. For most changes SQLite rebuilds the table, and the triggers
of the old table are lost. So the statements are added to `deferred_sql` whenever the schema editor asks for
the constraint, and run after the rebuilt table has its name back. On SQLite, dropping the constraint is such
a rebuild too, without the triggers, so nothing is dropped by name there.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models import BaseConstraint, Model, UniqueConstraint


class TriggerConstraint(BaseConstraint):
    """A constraint made by SQL statements of its own.

    Subclasses give `statements_to_create` and `statements_to_drop` for a vendor (sqlite, postgresql), with
    `%(table)s` where the table's quoted name belongs.
    """

    def statements_to_create(self, model: type[Model], vendor: str) -> list[str]:
        raise NotImplementedError

    def statements_to_drop(self, vendor: str) -> list[str]:
        raise NotImplementedError

    def constraint_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> None:
        """Adds nothing inside CREATE TABLE: a trigger can only be made once the table exists."""
        schema_editor.deferred_sql.extend(self._create(model, schema_editor))

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement | None:
        first, *others = self._create(model, schema_editor) or [None]
        schema_editor.deferred_sql.extend(others)
        return first

    def remove_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Statement | None:
        table = Table(model._meta.db_table, schema_editor.quote_name)
        dropped = ";".join(self.statements_to_drop(schema_editor.connection.vendor))
        return Statement(dropped, table=table) if dropped else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TriggerConstraint) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash(self.name)

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Does nothing: only the database can tell, at the write itself."""

    def _create(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> list[Statement]:
        return [
            Statement(sql, table=Table(model._meta.db_table, schema_editor.quote_name))
            for sql in self.statements_to_create(model, schema_editor.connection.vendor)
        ]


class AppendOnly(TriggerConstraint):
    """Rows may be added, never changed or deleted."""

    def statements_to_create(self, model: type[Model], vendor: str) -> list[str]:
        message = f"{model._meta.db_table} is append-only"
        if vendor == "postgresql":
            return [
                f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '23000'; END $$",
                f"CREATE TRIGGER {self.name} BEFORE UPDATE OR DELETE OR TRUNCATE ON %(table)s "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {self.name}()",
            ]
        # INSERT OR REPLACE removes the old row without firing the trigger on DELETE.
        key = model._meta.pk.column
        known = f"WHEN EXISTS (SELECT 1 FROM %(table)s WHERE {key} = NEW.{key}) "  # noqa: S608
        return [
            f"CREATE TRIGGER {self.name}_{verb} BEFORE {verb} ON %(table)s {condition}"
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            for verb, condition in (("INSERT", known), ("UPDATE", ""), ("DELETE", ""))
        ]

    def statements_to_drop(self, vendor: str) -> list[str]:
        return [f"DROP TRIGGER {self.name} ON %(table)s", f"DROP FUNCTION {self.name}()"]

    @contextmanager
    def lifted(self, model: type[Model], verb: str) -> Iterator[None]:
        """Without the trigger that refuses `verb`, for the owner of the table, until the block ends.

        In a transaction, so nobody else ever meets the table without it.
        """
        table = connection.ops.quote_name(model._meta.db_table)
        if connection.vendor == "postgresql":
            name = self.name
            off, on = (f"ALTER TABLE {table} {word} TRIGGER {name}" for word in ("DISABLE", "ENABLE"))
        else:
            name = f"{self.name}_{verb}"
            made = self.statements_to_create(model, connection.vendor)
            on = next(sql for sql in made if f" {name} " in sql) % {"table": table}
            off = f"DROP TRIGGER {name}"
        with connection.cursor() as cursor:
            cursor.execute(off)
            yield
            cursor.execute(on)


class ErasedWithChild(AppendOnly):
    """Append-only, but rows may be deleted with their child, once its erasure is noted (`patients.erasing`).

    to_child: the way from a row to the key of its child, as columns and the tables they point to. On SQLite,
    which cannot rename a table that a trigger of another reads, `lifted` stands for that condition.
    """

    def __init__(self, *, to_child: Sequence[tuple[str, str]], name: str) -> None:
        self.to_child = tuple(map(tuple, to_child))
        super().__init__(name=name)

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"to_child": self.to_child}

    def statements_to_create(self, model: type[Model], vendor: str) -> list[str]:
        made = super().statements_to_create(model, vendor)
        if vendor != "postgresql":
            return made
        (first, table), *others = self.to_child
        key = f"OLD.{first}"
        for column, next_table in (*others, ("patient_id", "")):
            key = f"(SELECT {column} FROM {table} WHERE id = {key})"  # noqa: S608
            table = next_table
        name, refused = f"{self.name}_delete", f"{model._meta.db_table} is append-only"
        return [
            made[0],
            made[1].replace("UPDATE OR DELETE OR TRUNCATE", "UPDATE OR TRUNCATE"),
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608
            f"IF NOT EXISTS (SELECT 1 FROM patients_erasure WHERE patient_id = {key}) THEN "
            f"RAISE EXCEPTION '{refused}' USING ERRCODE = '23000'; END IF; RETURN OLD; END $$",
            f"CREATE TRIGGER {name} BEFORE DELETE ON %(table)s FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]

    def statements_to_drop(self, vendor: str) -> list[str]:
        name = f"{self.name}_delete"
        own = [f"DROP TRIGGER {name} ON %(table)s", f"DROP FUNCTION {name}()"]
        return [*super().statements_to_drop(vendor), *own]


class FoundInLists(TriggerConstraint):
    """On SQLite: the rows whose list of keys, `,4,17,`, has one of them are found without reading all others.

    A full-text index, which a trigger fills; `pk IN (SELECT rowid FROM name WHERE name MATCH '"17"')` asks.
    Only for tables whose rows are never changed. PostgreSQL has indexes for that, which a migration makes.
    """

    def __init__(self, *, field: str, name: str) -> None:
        self.field = field
        super().__init__(name=name)

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"field": self.field}

    def statements_to_create(self, model: type[Model], vendor: str) -> list[str]:
        if vendor == "postgresql":
            return []
        key, column = model._meta.pk.column, model._meta.get_field(self.field).column
        # It outlives a table that is rebuilt, unlike the trigger.
        return [
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {self.name} USING fts5"
            "(keys, content='', columnsize=0, detail=none, tokenize='ascii')",
            f"CREATE TRIGGER {self.name}_INSERT AFTER INSERT ON %(table)s WHEN NEW.{column} <> '' "  # noqa: S608
            f"BEGIN INSERT INTO {self.name} (rowid, keys) VALUES (NEW.{key}, NEW.{column}); END",
        ]

    def statements_to_drop(self, vendor: str) -> list[str]:
        return []


class UniqueByHash(UniqueConstraint):
    """No two rows have the same text in a field. For long texts made by chance, such as addresses and ids.

    PostgreSQL: an exclusion constraint over an index of hashes, which takes half the room, and finds a text
    only by all of it. SQLite: like any unique constraint.
    """

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UniqueByHash) and super().__eq__(other)

    def __hash__(self) -> int:
        return hash(self.name)

    def constraint_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return super().constraint_sql(model, schema_editor)
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return None

    def create_sql(self, model: type[Model], schema_editor: BaseDatabaseSchemaEditor) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor)
        [column] = [model._meta.get_field(name).column for name in self.fields]
        return Statement(
            f"ALTER TABLE %(table)s ADD CONSTRAINT {self.name} EXCLUDE USING hash ({column} WITH =)",
            table=Table(model._meta.db_table, schema_editor.quote_name),
        )


class NoOverlap(TriggerConstraint):
    """Two rows of one resource never overlap in time; touching ends are no overlap.

    PostgreSQL: an exclusion constraint (a range over the resource's id needs no extension). SQLite: triggers
    before INSERT and UPDATE.
    """

    def __init__(self, *, resource: str, start: str, end: str, name: str) -> None:
        self.resource, self.start, self.end = resource, start, end
        super().__init__(name=name)

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"resource": self.resource, "start": self.start, "end": self.end}

    def statements_to_create(self, model: type[Model], vendor: str) -> list[str]:
        resource, start, end = (
            model._meta.get_field(name).column for name in (self.resource, self.start, self.end)
        )
        if vendor == "postgresql":
            return [
                f"ALTER TABLE %(table)s ADD CONSTRAINT {self.name} EXCLUDE USING gist ("
                f"int8range({resource}, {resource}, '[]') WITH &&, tstzrange({start}, {end}) WITH &&)"
            ]
        return [
            f"CREATE TRIGGER {self.name}_{verb} BEFORE {verb} ON %(table)s WHEN EXISTS ("  # noqa: S608
            f"SELECT 1 FROM %(table)s WHERE {resource} = NEW.{resource} AND rowid <> NEW.rowid "
            f"AND {start} < NEW.{end} AND NEW.{start} < {end}) "
            f"BEGIN SELECT RAISE(ABORT, '{self.name}'); END"
            for verb in ("INSERT", "UPDATE")
        ]

    def statements_to_drop(self, vendor: str) -> list[str]:
        return [f"ALTER TABLE %(table)s DROP CONSTRAINT {self.name}"]
