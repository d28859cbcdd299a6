"""What a spreadsheet does not say itself, and a person says once for all its lines."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from scheduling.models import Priority, Reason


@dataclass(frozen=True)
class Settings:
    """Each stands in for a cell that is empty, or for a column that is missing.

    decided_by: the clinician who decided a course; empty where the file has to say it. minutes: of each day;
    0 likewise. may_be_mailed: whether whoever has an email address in the file agreed to get appointment
    mails.
    """

    decided_by: str = ""
    reason: str = Reason.PLANNED
    minutes: int = 0
    priority: int = Priority.ROUTINE
    may_be_mailed: bool = False

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Self:
        """From what an import keeps."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known})

    def kept(self) -> dict[str, Any]:
        return asdict(self)
