"""Where other systems get their tokens and give them back, and where they read how (SMART)."""

import json
from http import HTTPStatus

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from scheduling.fhir import tokens
from scheduling.models import OtherSystem
from scheduling.pages.floods import HOUR, too_many

# The most in one hour, from one address: tokens for one system, and wrong secrets of any.
MOST_TOKENS, MOST_WRONG = 240, 30
UNSAFE_TO_KEEP = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@login_not_required
@csrf_exempt
@require_POST
def issue_token(request: HttpRequest) -> HttpResponse:
    """A token, for a name and its secret."""
    place = get_adapter(request).get_client_ip(request)
    client_id, _ = tokens.credentials(request.headers, request.POST)
    # Whatever names somebody makes up, they are counted as one: else they would fill the cache.
    whose = f"{place} {client_id}" if tokens.may_sign_in(client_id) else place
    if too_many("token", whose, MOST_TOKENS):
        return _slow_down()
    answer = tokens.issue(request)
    if answer.status == HTTPStatus.UNAUTHORIZED and too_many("wrong-secret", place, MOST_WRONG):
        return _slow_down()
    return _as_response(answer)


@login_not_required
@csrf_exempt
@require_POST
def revoke_token(request: HttpRequest) -> HttpResponse:
    """A token that is given back opens nothing any more; a wrong one is answered alike (RFC 7009)."""
    place = get_adapter(request).get_client_ip(request)
    answer = tokens.revoke(request)
    if answer.status == HTTPStatus.UNAUTHORIZED and too_many("wrong-secret", place, MOST_WRONG):
        return _slow_down()
    return _as_response(answer)


@login_not_required
@require_safe
def show_smart(request: HttpRequest) -> HttpResponse:
    """Where tokens come from, as SMART App Launch 2 says it. 404 while no system may read."""
    if not OtherSystem.objects.filter(ended_at=None).exists():
        return JsonResponse({"error": "No system may read here."}, status=HTTPStatus.NOT_FOUND)
    return JsonResponse(
        {
            "token_endpoint": request.build_absolute_uri(reverse("fhir:issue_token")),
            "revocation_endpoint": request.build_absolute_uri(reverse("fhir:revoke_token")),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "grant_types_supported": ["client_credentials"],
            "scopes_supported": tokens.every_scope(),
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["client-confidential-symmetric", "permission-v1", "permission-v2"],
        }
    )


def _as_response(answer: tokens.Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, content_type="application/json")
    for name, value in {**UNSAFE_TO_KEEP, **answer.headers}.items():
        response.headers[name] = value
    return response


def _slow_down() -> HttpResponse:
    said = {"error": "slow_down", "error_description": "There were too many tries. Wait an hour."}
    headers = {**UNSAFE_TO_KEEP, "Retry-After": str(HOUR)}
    return HttpResponse(
        json.dumps(said),
        status=HTTPStatus.TOO_MANY_REQUESTS,
        content_type="application/json",
        headers=headers,
    )
