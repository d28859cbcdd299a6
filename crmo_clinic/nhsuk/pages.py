"""Long lists in pages."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PER_PAGE = 25
# What `?page=` says for all of it on one page, and the longest list of which that is drawn.
ALL, MOST_AT_ONCE = "all", 1000


class ListPages(Paginator):
    """can_be_one: whether all of it can be had on one page, to be printed."""

    @property
    def can_be_one(self) -> bool:
        return self.count <= MOST_AT_ONCE


def page_of(
    request: HttpRequest, items: QuerySet | Sequence[Any], per_page: int = PER_PAGE, name: str = "page"
) -> Page:
    """The page that `?page=` names; the first page for a number that does not exist (NHS, pagination).

    name: another than `page` for the second list of a page.
    """
    paginator = ListPages(items, per_page)
    asked = request.GET.get(name, "")
    if asked == ALL and paginator.can_be_one:
        paginator.per_page = max(paginator.count, 1)
    exists = (
        asked.isascii() and asked.isdigit() and len(asked) < 10 and 1 <= int(asked) <= paginator.num_pages
    )
    return paginator.page(int(asked) if exists else 1)
