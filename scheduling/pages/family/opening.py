"""Who may open a family's page: anybody with an address that is valid, of a contact who may be told about the
course. All others see one and the same page, which says whom to ring."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from crmo_clinic.nhsuk.languages import reading
from patients.access import with_a_form
from scheduling.models import FamilyLink, Unit
from scheduling.pages.floods import HOUR, too_many
from scheduling.telling.family_links import find_feed, find_page
from scheduling.telling.recipients import why_not_told

# The most in one hour: wrong addresses from one IP address, and forms sent from one page.
MOST_WRONG, MOST_SENT = 30, 30
HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}

View = Callable[..., HttpResponse]


def family_page(view: View) -> View:
    """Make a view of a family's page: it gets the link instead of the token, in the contact's language.

    The right address always opens. Wrong addresses are counted by IP address, and never block a right one:
    families share an IP address with their neighbours, and a calendar server fetches for many families.
    """

    @wraps(view)
    def opened(request: HttpRequest, token: str, **kwargs: object) -> HttpResponse:
        link = open_link(find_page(token, timezone.now()))
        if link is None:
            response = nothing_here(request)
        elif request.method == "POST" and too_many("sent", str(link.pk), MOST_SENT):
            with reading(link.contact.language):
                response = _whom_to_ring(request, HTTPStatus.TOO_MANY_REQUESTS)
        else:
            with reading(link.contact.language):
                response = view(request, link, **kwargs)
        return _private(response)

    # No other site knows the secret in the address, so nothing else has to prove where a form comes from: it
    # works where cookies are switched off, and however long the page was open.
    return csrf_exempt(login_not_required(with_a_form(opened)))


def family_feed(view: View) -> View:
    """The same for what programs fetch: a wrong address gets one line of text."""

    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        link = open_link(find_feed(token, timezone.now()))
        if link is None:
            response = HttpResponse("Not here.\n", status=_count_wrong(request), content_type="text/plain")
        else:
            with reading(link.contact.language):
                response = view(request, link)
        return _private(response)

    return login_not_required(opened)


def open_link(link: FamilyLink | None) -> FamilyLink | None:
    """The link, if its contact may still be told about the course; else None."""
    return link if link and not why_not_told(link.contact, link.course.patient) else None


def nothing_here(request: HttpRequest) -> HttpResponse:
    """The same page for an address that is wrong, expired, revoked, or may not be shown any more."""
    return _whom_to_ring(request, _count_wrong(request))


def _count_wrong(request: HttpRequest) -> HTTPStatus:
    """Count a wrong address by the IP address it came from. Returns 404, or 429 if there were too many."""
    whose = get_adapter(request).get_client_ip(request)
    is_flood = too_many("wrong", whose, MOST_WRONG)
    return HTTPStatus.TOO_MANY_REQUESTS if is_flood else HTTPStatus.NOT_FOUND


def _whom_to_ring(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    is_flood = status == HTTPStatus.TOO_MANY_REQUESTS
    context = {"units": Unit.objects.all(), "slow_down": is_flood}
    response = render(request, "family/show_nothing.html", context, status=status)
    if is_flood:
        response["Retry-After"] = str(HOUR)
    return _private(response)


def _private(response: HttpResponse) -> HttpResponse:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
