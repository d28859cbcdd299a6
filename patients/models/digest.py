"""Hashes as their bytes. Nobody above sees a difference but the room they take."""

from typing import Any

from django.db import models


class DigestField(models.BinaryField):
    """Hexadecimal digits, stored as the bytes they stand for: half as much as the digits."""

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        stored = None if value is None else bytes.fromhex(value)
        return super().get_db_prep_value(stored, connection, prepared)

    def from_db_value(self, value: Any, *context: object) -> str | None:
        return None if value is None else bytes(value).hex()

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def to_python(self, value: Any) -> Any:
        return value
