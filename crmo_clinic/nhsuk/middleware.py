"""What every request goes through, and every response gets."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseRedirect, UnreadablePostError
from django.http.response import HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect, render, resolve_url
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
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


class SignInFirst(LoginRequiredMiddleware):
    """Send whoever is not signed in to sign in, and then to the page they came for.

    What takes only forms is no page (`only_forms` of the view): they come back to the one with the form.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: View) -> HttpResponseRedirect:
        if not _takes_only_forms(view_func):
            return super().handle_no_permission(request, view_func)
        page = _page_of_the_form(request)
        return redirect_to_login(page) if page else redirect(settings.LOGIN_URL)


def _page_of_the_form(request: HttpRequest) -> str:
    """The address on which the form was, as the browser says; empty if that is no page of ours.

    A form that was refused is shown again at the address that takes it.
    """
    came_from, ours = request.headers.get("Referer", ""), {request.get_host()}
    if not url_has_allowed_host_and_scheme(came_from, ours, require_https=request.is_secure()):
        return ""
    parts = urlsplit(came_from)
    try:
        is_page = not _takes_only_forms(resolve(parts.path).func)
    except Resolver404:
        is_page = False
    return parts._replace(scheme="", netloc="", fragment="").geturl() if is_page else ""


def _takes_only_forms(view: View) -> bool:
    return getattr(view, "only_forms", False)


def say_what_is_not_taken(get_response: View) -> View:
    """A page for whoever opens the address of a form."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and request.method == "GET":
            page = render(request, "405.html", status=405)
            page.headers["Allow"] = response.headers["Allow"]
            return page
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
