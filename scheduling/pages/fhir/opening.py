"""Who may read: a system with a token whose scope allows it, not too often. Others get an outcome."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from scheduling.fhir.codes import JSON
from scheduling.fhir.outcomes import Problem
from scheduling.fhir.tokens import Reader, has_expired, reader
from scheduling.models import OtherSystem
from scheduling.pages.floods import MINUTE, too_many

# The most requests of one system in a minute, and of wrong tokens from one IP address in an hour.
MOST_READS, MOST_WRONG = 600, 30
# When a system last read is noted once in this time.
NOTED_EVERY = timedelta(minutes=1)
FORMATS = ("json", "application/json", JSON)
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

View = Callable[..., HttpResponse]


def answers_in_fhir(*methods: str) -> Callable[[View], View]:
    """Make a view for other systems: of these methods, in JSON; each refusal is an OperationOutcome."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                if request.method not in methods:
                    says = "This only reads: use GET, or POST to an address that ends with _search."
                    headers = {"Allow": ", ".join(methods)}
                    raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, "not-supported", says, headers)
                _check_format(request)
                return view(request, *args, **kwargs)
            except Problem as problem:
                return as_json(problem.outcome, problem.http_status, problem.headers)

        return csrf_exempt(login_not_required(answered))

    return decorate


def opened(request: HttpRequest) -> Reader:
    """Whoever asks, by the token. Raises Problem: 401 if it opens nothing, 429 if it came too often."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    found = reader(token.strip()) if scheme.lower() == "bearer" and token.strip() else None
    if found is None:
        place = get_adapter(request).get_client_ip(request)
        if token and not has_expired(token.strip()) and too_many("wrong-token", place, MOST_WRONG):
            raise _slow_down(3600)
        fault = ', error="invalid_token"' if token else ""
        says = "A token is needed that has not expired or been revoked. See .well-known/smart-configuration."
        headers = {"WWW-Authenticate": f'Bearer realm="fhir"{fault}'}
        raise Problem(HTTPStatus.UNAUTHORIZED, "login", says, headers)
    if too_many("read", str(found.system.pk), MOST_READS, MINUTE):
        raise _slow_down(MINUTE)
    _note_use(found.system)
    return found


def check_scope(who: Reader, resource: str, letter: str) -> None:
    """Raises Problem if the token does not let read (`r`) or search (`s`) this."""
    if letter not in who.may.get(resource, ""):
        scope = f"system/{resource}.{letter}"
        headers = {"WWW-Authenticate": f'Bearer realm="fhir", error="insufficient_scope", scope="{scope}"'}
        raise Problem(HTTPStatus.FORBIDDEN, "forbidden", f"The token has no scope {scope}.", headers)


def as_json(
    resource: dict[str, Any], status: int = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> HttpResponse:
    body = json.dumps(resource, ensure_ascii=False)
    return HttpResponse(
        body, status=status, content_type=f"{JSON}; charset=utf-8", headers={**HEADERS, **(headers or {})}
    )


def base_of(request: HttpRequest) -> str:
    """Where resources are read, without a slash at its end."""
    return request.build_absolute_uri(reverse("fhir:show_capabilities")).rpartition("/")[0]


def _check_format(request: HttpRequest) -> None:
    """Raises Problem for whoever takes no JSON. `_format` counts for more than the header."""
    asked = (request.POST.get("_format") or request.GET.get("_format", "")).replace(" ", "+")
    if asked.partition(";")[0] not in FORMATS if asked else not _takes_json(request):
        raise Problem(HTTPStatus.NOT_ACCEPTABLE, "not-supported", f"There is only {JSON} here.")


def _takes_json(request: HttpRequest) -> bool:
    """Parameters, such as the version of FHIR, are left out of account: there is but one here."""
    accept = request.headers.get("Accept", "") or "*/*"
    taken = {each.partition(";")[0].strip().lower() for each in accept.split(",")}
    return bool(taken & {"*/*", "application/*", "application/json", JSON})


def _slow_down(seconds: int) -> Problem:
    says = "There were too many requests. Wait, and ask for more in each."
    return Problem(HTTPStatus.TOO_MANY_REQUESTS, "throttled", says, {"Retry-After": str(seconds)})


def _note_use(system: OtherSystem) -> None:
    now = timezone.now()
    if system.last_used_at is None or now - system.last_used_at >= NOTED_EVERY:
        long_ago = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTED_EVERY)
        OtherSystem.objects.filter(long_ago, pk=system.pk).update(last_used_at=now)
