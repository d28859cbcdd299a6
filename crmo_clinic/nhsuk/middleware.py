"""Two rules for every response: browsers keep no pages, and sign-in is never a part of a page."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRefresh

View = Callable[[HttpRequest], HttpResponseBase]


def keep_no_pages(get_response: View) -> View:
    """Stop browsers from keeping what a signed-in person saw, for the next one at a shared computer.

    A response with a Cache-Control of its own is left alone (RFC 9111 section 5.2.2).
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response

    return middleware


def sign_in_on_a_whole_page(get_response: View) -> View:
    """When htmx asks for a part of a page after the session has ended, reload the page, to sign in again."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        to_sign_in = response.headers.get("Location", "").startswith(resolve_url(settings.LOGIN_URL))
        if to_sign_in and request.headers.get("HX-Request") == "true":
            return HttpResponseClientRefresh()
        return response

    return middleware
