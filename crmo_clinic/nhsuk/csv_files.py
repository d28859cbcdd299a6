"""How a file for a spreadsheet is written: UTF-8 with its mark, commas, and no cell that is a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse

# Where a spreadsheet would take a text for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# The mark by which Excel knows UTF-8.
MARK = "\ufeff"
TYPE = "text/csv; charset=utf-8"


class _Passing:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def harmless(cell: Any) -> Any:
    """The cell; a text that would be a formula with an apostrophe before it. Numbers stay as they are."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The file line by line, as its rows come."""
    write = csv.writer(_Passing()).writerow
    yield MARK
    for row in rows:
        yield write([harmless(cell) for cell in row])


def whole(name: str, rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """The file called `name`, to be kept."""
    return HttpResponse("".join(lines(rows)), content_type=TYPE, headers=_kept_as(name))


def streamed(name: str, rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """The same, sent while its rows are still being read: for many."""
    return StreamingHttpResponse(lines(rows), content_type=TYPE, headers=_kept_as(name))


def _kept_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
