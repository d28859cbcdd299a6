"""Lists show the units first that their user belongs to. Nothing is hidden: a filter shows the others.

Which units those are is read when somebody signs in, and kept in the session: so it costs a page nothing.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from patients.models import User
from patients.searches import OWN_UNITS

View = Callable[[HttpRequest], HttpResponse]


def remember_units(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Called when somebody has signed in."""
    if own := list(user.units.values_list("pk", flat=True)):
        request.session[OWN_UNITS] = own
    else:
        request.session.pop(OWN_UNITS, None)


def own_units(request: HttpRequest) -> list[int]:
    """The keys of the units that the user belongs to; empty if nobody said so."""
    return request.session.get(OWN_UNITS, [])


def starts_with_own_units(view: View) -> View:
    """A list with filters for `?unit=`: opened without any filter, it shows the user's own units.

    Whoever takes the filter away on the list itself sees all units.
    """

    @wraps(view)
    def opened(request: HttpRequest) -> HttpResponse:
        is_opened = request.method == "GET" and not request.GET and not request.headers.get("HX-Request")
        came_from = urlsplit(request.headers.get("Referer", "")).path
        if is_opened and came_from != request.path and (own := own_units(request)):
            return redirect(f"{request.path}?{urlencode([('unit', pk) for pk in own])}")
        return view(request)

    return opened
