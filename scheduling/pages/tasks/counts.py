"""Numbers that several parts of a page show, counted once for each request."""

from collections.abc import Mapping

from django.http import HttpRequest

from scheduling.models import Counted, Task


def open_tasks(request: HttpRequest) -> Mapping[str, Counted]:
    """How many tasks are open, by kind."""
    if not hasattr(request, "open_tasks"):
        request.open_tasks = Task.objects.open().by_kind()
    return request.open_tasks
