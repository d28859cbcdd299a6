"""Each request has an id, which its answer and its log lines carry, and leaves one line and one count."""

import logging
import re
from collections.abc import Callable
from secrets import token_hex
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Counter, Histogram

from crmo_clinic.logs import of_request

logger = logging.getLogger("crmo_clinic.requests")
# An id that a proxy gave is kept if it can be nothing but an id.
_ID = re.compile(r"[A-Za-z0-9-]{8,64}\Z")

REQUESTS = Counter("crmo_http_requests", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "crmo_http_request_seconds",
    "How long an answer took",
    ["route"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


def log_requests(get_response: Callable[[HttpRequest], HttpResponseBase]) -> object:
    """Name the page by its route: an address holds numbers of children, or the key to a family's page."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        facts: dict[str, object] = {"request_id": given if _ID.match(given) else token_hex(16)}
        token, began = of_request.set(facts), perf_counter()
        try:
            response = get_response(request)
            if not request.path.startswith(f"/{settings.STATIC_URL.lstrip('/')}"):
                _note(request, response, facts, perf_counter() - began)
            response.headers["X-Request-ID"] = str(facts["request_id"])
            return response
        finally:
            of_request.reset(token)

    return middleware


def _note(request: HttpRequest, response: HttpResponseBase, facts: dict[str, object], took: float) -> None:
    match = request.resolver_match
    route = (match.view_name if match else "") or "none"
    method = request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
    REQUESTS.labels(route, method, response.status_code).inc()
    SECONDS.labels(route).observe(took)
    # Whoever it is was found by the page itself, or by nobody: this asks no database.
    user = getattr(request, "_cached_user", None)
    facts["user_id"] = getattr(user, "pk", None)
    facts |= {"method": method, "route": route, "status": response.status_code}
    logger.info(
        "%s %s %s", method, route, response.status_code, extra={"facts": {"duration_ms": round(took * 1000)}}
    )
