"""What other systems read: one resource, a search, and what can be asked at all. Each read is logged."""

from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response

from crmo_clinic.version import VERSION
from patients import audit
from scheduling.fhir import searching
from scheduling.fhir.capabilities import capability_statement
from scheduling.fhir.outcomes import Problem
from scheduling.fhir.sight import Sight
from scheduling.fhir.tokens import Reader
from scheduling.models import OtherSystem
from scheduling.pages.fhir.opening import answers_in_fhir, as_json, base_of, check_scope, opened

FORM = "application/x-www-form-urlencoded"
BEGAN = datetime.now(UTC)


@answers_in_fhir("GET", "HEAD")
def show_capabilities(request: HttpRequest) -> HttpResponse:
    """For everybody, as the specification asks. 404 while no system may read."""
    if not OtherSystem.objects.filter(ended_at=None).exists():
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", "No system may read here.")
    return as_json(
        capability_statement(
            base=base_of(request),
            token=request.build_absolute_uri(reverse("fhir:issue_token")),
            revoke=request.build_absolute_uri(reverse("fhir:revoke_token")),
            version=VERSION,
            at=BEGAN,
        )
    )


@answers_in_fhir("GET", "HEAD")
def search(request: HttpRequest, resource: str) -> HttpResponse:
    """Those of one kind, a page of them."""
    return _search(request, resource, _pairs(request.GET.lists()))


@answers_in_fhir("POST")
def search_by_form(request: HttpRequest, resource: str) -> HttpResponse:
    """The same with what is asked for in a form, so that no number of a child stands in an address.

    A body that is not read is refused: left out of account, it would be a search for everything.
    """
    if "Transfer-Encoding" in request.headers:
        says = "Send the form whole, with its length."
        raise Problem(HTTPStatus.LENGTH_REQUIRED, "not-supported", says)
    if request.content_type != FORM and request.headers.get("Content-Length", "") not in ("", "0"):
        says = f"What is searched for is sent as {FORM}."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-supported", says)
    return _search(request, resource, [*_pairs(request.GET.lists()), *_pairs(request.POST.lists())])


@answers_in_fhir("GET", "HEAD")
def read(request: HttpRequest, resource: str, key: str) -> HttpResponse:
    """One resource; 304 to who has it already."""
    who = opened(request)
    _check_kind(resource)
    check_scope(who, resource, "r")
    found = searching.read(Sight.of(who.system), resource, key, timezone.now())
    _log(who, resource, found)
    meta = found.resource["meta"]
    etag = f'W/"{meta["versionId"]}"'
    # It may be kept, but has to be asked for each time: else the ETag would be useless.
    response = as_json(found.resource, headers={"ETag": etag, "Cache-Control": "private, no-cache"})
    return get_conditional_response(request, etag=etag, response=response)


@answers_in_fhir("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
def nothing_here(request: HttpRequest, **kwargs: str) -> HttpResponse:
    """Everything else."""
    opened(request)
    raise Problem(
        HTTPStatus.NOT_FOUND, "not-supported", "There is nothing here. See metadata for what there is."
    )


def _search(request: HttpRequest, resource: str, pairs: Iterable[tuple[str, str]]) -> HttpResponse:
    who = opened(request)
    _check_kind(resource)
    check_scope(who, resource, "s")
    found = searching.search(
        Sight.of(who.system),
        resource,
        pairs,
        strict="handling=strict" in request.headers.get("Prefer", "").replace(" ", ""),
        base=base_of(request),
        now=timezone.now(),
    )
    _log(who, resource, found)
    return as_json(found.resource)


def _check_kind(resource: str) -> None:
    if resource not in searching.RESOURCES:
        says = f"There is no {resource[:40]} here. See metadata for what there is."
        raise Problem(HTTPStatus.NOT_FOUND, "not-supported", says)


def _pairs(lists: Iterable[tuple[str, list[str]]]) -> list[tuple[str, str]]:
    return [(name, value) for name, values in lists for value in values]


def _log(who: Reader, resource: str, found: searching.Found) -> None:
    """The look, under the name of the system."""
    actor = audit.System(f"{who.system.name} (other system)")
    audit.looked_at(f"fhir:{resource}", by=actor, patients=found.children)
