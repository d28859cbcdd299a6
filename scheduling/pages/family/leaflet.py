"""The leaflet and the glossary: public pages about no child, in the language of the page with the link."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from crmo_clinic.nhsuk.languages import reading
from scheduling.models import LeafletPage, Unit
from scheduling.telling.texts.leaflet import SLUGS, pages_of, published_units


def title_of(page: LeafletPage) -> str:
    """The heading of a page, for families."""
    return {
        LeafletPage.ILLNESS: gettext("What CRMO is"),
        LeafletPage.TESTS: gettext("Tests"),
        LeafletPage.TREATMENTS: gettext("Treatments"),
        LeafletPage.DRIP: gettext("The drip"),
        LeafletPage.AFTER: gettext("After the drip"),
        LeafletPage.LATER: gettext("How it goes on"),
    }[page]


@require_safe
@login_not_required
def show_leaflets(request: HttpRequest) -> HttpResponse:
    """The leaflets of all units; if there is one only, that."""
    units = published_units(timezone.localdate())
    if len(units) == 1:
        return redirect(f"{reverse('family:show_leaflet', args=[units[0].pk])}?{request.GET.urlencode()}")
    with _language(request):
        return render(request, "family/show_leaflets.html", {"units": units})


@require_safe
@login_not_required
def show_leaflet(request: HttpRequest, pk: int) -> HttpResponse:
    """What is in a unit's leaflet, and whom to ask. `pk` is the unit's."""
    with _language(request):
        return render(request, "family/show_leaflet.html", _context(pk))


@require_safe
@login_not_required
def show_leaflet_page(request: HttpRequest, pk: int, slug: str) -> HttpResponse:
    """One page of it; 404 if there is none that may be shown."""
    with _language(request):
        context = _context(pk)
        shown = next((each for each in context["pages"] if each["slug"] == slug), None)
        if shown is None:
            raise Http404
        where = context["pages"].index(shown)
        beside = {"before": context["pages"][where - 1] if where else None}
        beside["after"] = next(iter(context["pages"][where + 1 :]), None)
        return render(request, "family/show_leaflet_page.html", context | beside | {"shown": shown})


@require_safe
@login_not_required
def show_words(request: HttpRequest) -> HttpResponse:
    """What the words mean."""
    with _language(request):
        units = published_units(timezone.localdate())
        return render(request, "family/show_words.html", {"has_leaflet": bool(units)})


def _language(request: HttpRequest) -> Any:
    """Within this block everything is in the language of `?language=`."""
    return reading(request.GET.get("language", "")[:20])


def _context(pk: int) -> dict[str, Any]:
    unit = get_object_or_404(Unit, pk=pk)
    found = pages_of(unit, today=timezone.localdate(), language=get_language() or "en")
    pages = [{"title": title_of(page), "slug": SLUGS[page], "text": text} for page, text in found.items()]
    about_the_drug = {SLUGS[page] for page in (LeafletPage.TREATMENTS, LeafletPage.DRIP, LeafletPage.AFTER)}
    return {"unit": unit, "pages": pages, "about_the_drug": about_the_drug}
