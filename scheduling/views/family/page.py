"""The page of one contact about one course."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from scheduling.family_links import find_page


@login_not_required
def show_page(request: HttpRequest, token: str) -> HttpResponse:
    """The days, how to prepare, whom to ring. 404 for an address that opens nothing (any more)."""
    link = find_page(token, timezone.now())
    if link is None:
        raise Http404
    return render(request, "family/show_page.html", {"course": link.course})
