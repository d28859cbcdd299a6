"""What a system is told when it cannot have what it asked for: OperationOutcome, with a sentence."""

from http import HTTPStatus
from typing import Any


class Problem(Exception):
    """A request that is refused. code: of the value set issue-type. headers: for the answer."""

    def __init__(
        self, status: HTTPStatus, code: str, says: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(says)
        self.http_status, self.code, self.says, self.headers = status, code, says, headers or {}

    @property
    def outcome(self) -> dict[str, Any]:
        issue = {"severity": "error", "code": self.code, "diagnostics": self.says}
        return {"resourceType": "OperationOutcome", "issue": [issue]}


def wrong(says: str) -> Problem:
    """The request itself is wrong."""
    return Problem(HTTPStatus.BAD_REQUEST, "invalid", says)


def not_found(what: str) -> Problem:
    """There is none, or this system may not see it: both are answered alike."""
    return Problem(HTTPStatus.NOT_FOUND, "not-found", f"There is no {what} that this system may read.")
