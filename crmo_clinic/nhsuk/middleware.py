"""What every response gets."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRefresh

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


def sign_in_on_a_whole_page(get_response: View) -> View:
    """A part of a page asked for after the sign-in has ended loads the page anew, and so leads to sign-in."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        to_sign_in = response.headers.get("Location", "").startswith(resolve_url(settings.LOGIN_URL))
        if to_sign_in and request.headers.get("HX-Request") == "true":
            return HttpResponseClientRefresh()
        return response

    return middleware
