"""What every response gets."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = Callable[[HttpRequest], HttpResponseBase]


def keep_no_pages(get_response: View) -> View:
    """Let no browser keep what somebody signed in saw, for the next one at a shared computer to go back to.

    A response that says itself how it may be kept is left alone (RFC 9111 section 5.2.2).
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware
