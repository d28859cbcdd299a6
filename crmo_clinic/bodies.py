"""How much anybody may send: refused by what the request says of itself, before a byte of it is read."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

# The longest form of a family's page, every letter of it written as nine, is a fifth of this.
MOST_OF_ANYBODY = 250_000
# A file of results of 1 MB comes back when it is confirmed, each of its letters as up to three.
MOST_OF_STAFF = 6_000_000


def limit_bodies(get_response: Callable[[HttpRequest], HttpResponseBase]) -> object:
    """Answer 413 to what is too big; larger things than a form are taken from signed-in people only.

    Without a length nothing is read at all (Django's WSGIRequest). The session is asked only for what is big.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length <= MOST_OF_ANYBODY:
            return get_response(request)
        is_staff = "_auth_user_id" in request.session
        if length <= MOST_OF_STAFF and is_staff:
            return get_response(request)
        return render(request, "413.html", {"megabytes": MOST_OF_STAFF // 1_000_000}, status=413)

    return middleware
