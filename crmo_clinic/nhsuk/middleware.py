"""What every request goes through, and every response gets."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, UnreadablePostError
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRefresh

View = Callable[[HttpRequest], HttpResponseBase]


def read_forms_first(get_response: View) -> View:
    """Answer 400 to a form that cannot be read, before any page or error page stumbles over it.

    Browsers send forms in the charset of the page, which is UTF-8. That a request declares another is no
    reason to read its address in it either.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        is_other = (request.encoding or "utf-8").lower() not in ("utf-8", "utf8")
        if is_other:
            request.encoding = "utf-8"
        if request.method == "POST":
            if is_other:
                raise BadRequest("The form is in another charset than UTF-8.")
            try:
                request.POST  # noqa: B018
            except UnreadablePostError as fault:
                raise BadRequest("The form broke off.") from fault
        return get_response(request)

    return middleware


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
