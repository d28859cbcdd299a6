"""Tokens for other systems: OAuth 2 with client credentials (RFC 6749 section 4.4), scopes as in SMART.

`oauthlib` speaks the protocol; what it asks is answered from our own tables, which keep only hashes of
secrets and tokens. Both are 256 bits of chance, so a plain digest gives neither away. A token says what
it may read of what its system may. Which units, and whether protected records too, stands with the
system: so its end counts at once.
"""

import base64
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.parse import unquote_plus

from django.http import HttpRequest
from django.utils import timezone
from oauthlib.oauth2 import BackendApplicationServer, RequestValidator

from scheduling.models import OtherSystem, Reads, SystemToken

TOKEN_SECONDS = 900
# So long a token that has expired is still known: whoever brings it is no guesser.
KEPT = timedelta(days=1)
# What comes with each thing that a system may read. The unit itself is in every visit, so everybody may.
RESOURCES = {each.value: (each.value,) for each in Reads} | {Reads.SLOT.value: ("Slot", "Schedule")}
FOR_ALL = ("Location",)
# `system/Patient.rs` (SMART 2) or `system/Patient.read` (SMART 1); r is reading one, s is searching.
SCOPE = re.compile(r"system/(?P<resource>[A-Z][A-Za-z]+|\*)\.(?P<may>rs|r|s|read)")


@dataclass(frozen=True)
class Answer:
    """What goes back to a system that asks for a token."""

    status: int
    body: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Reader:
    """A system with a valid token: by each resource, `r`, `s` or `rs`."""

    system: OtherSystem
    may: dict[str, str]


class Validator(RequestValidator):
    """What the library asks: who is it, what may it ask for, and where is the token kept."""

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        return True

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """By name and secret, in the header or in the form. Sets the client to the system."""
        client_id, secret = credentials(request.headers, dict(request.decoded_body or ()))
        # PostgreSQL takes no NUL, not even to compare with.
        if "\0" in client_id:
            return False
        system = OtherSystem.objects.filter(client_id=client_id, ended_at=None).first()
        if system is None or not compare_digest(system.secret_hash, digest(secret)):
            return False
        request.client = system
        return True

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: OtherSystem, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        return grant_type == "client_credentials"

    def get_default_scopes(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> list[str]:
        return [f"system/{name}.rs" for name in resources_of(request.client)]

    def validate_scopes(
        self,
        client_id: str,
        scopes: Iterable[str],
        client: OtherSystem,
        request: Any,
        *args: Any,
        **kwargs: Any,
    ) -> bool:
        """Grant what was asked for, as far as the system may; `system/*.rs` stands for all of that."""
        request.scopes = _granted(scopes, resources_of(client))
        return bool(request.scopes)

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        """Keep its hash. Those of this system that expired long ago go."""
        now, system = timezone.now(), request.client
        SystemToken.objects.filter(system=system, expires_at__lte=now - KEPT).delete()
        SystemToken.objects.create(
            system=system,
            token_hash=digest(token["access_token"]),
            scopes=token["scope"],
            expires_at=now + timedelta(seconds=token["expires_in"]),
        )

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """Only of the system that asks."""
        SystemToken.objects.filter(token_hash=digest(token), system=request.client).delete()


def _new_token(request: Any) -> str:
    return secrets.token_urlsafe(32)


_server = BackendApplicationServer(Validator(), token_generator=_new_token, token_expires_in=TOKEN_SECONDS)


def issue(request: HttpRequest) -> Answer:
    """A token for a system that names itself and its secret (RFC 6749 section 4.4)."""
    headers, body, status = _server.create_token_response(*_asked(request))
    return Answer(status, body, dict(headers))


def revoke(request: HttpRequest) -> Answer:
    """Forget a token of the system that asks (RFC 7009)."""
    headers, body, status = _server.create_revocation_response(*_asked(request))
    return Answer(status, body or "", dict(headers))


def forget_all(system: OtherSystem) -> None:
    """No token of this system opens anything any more."""
    SystemToken.objects.filter(system=system).delete()


def reader(token: str) -> Reader | None:
    """Who has this token; None if it is wrong, expired or revoked, or if the system's access ended."""
    found = (
        SystemToken.objects.filter(token_hash=digest(token), expires_at__gt=timezone.now())
        .filter(system__ended_at=None)
        .select_related("system")
        .first()
    )
    if found is None:
        return None
    may: dict[str, str] = {}
    for scope in _granted(found.scopes.split(), resources_of(found.system)):
        if match := SCOPE.fullmatch(scope):
            letters = "rs" if match["may"] == "read" else match["may"]
            may[match["resource"]] = may.get(match["resource"], "") + letters
    return Reader(found.system, may)


def has_expired(token: str) -> bool:
    """Whether this was a token until lately, of a system that may still read."""
    of_today = SystemToken.objects.filter(expires_at__gt=timezone.now() - KEPT, system__ended_at=None)
    return of_today.filter(token_hash=digest(token)).exists()


def may_sign_in(client_id: str) -> bool:
    """Whether a system of this name may read. PostgreSQL takes no NUL, not even to compare with."""
    return "\0" not in client_id and OtherSystem.objects.filter(client_id=client_id, ended_at=None).exists()


def every_scope() -> list[str]:
    """All that any system may ask for."""
    every = [name for names in RESOURCES.values() for name in names]
    return [f"system/{name}.rs" for name in [*every, *FOR_ALL]]


def resources_of(system: OtherSystem) -> list[str]:
    """The resources that a system may read."""
    return [*(name for each in system.reads for name in RESOURCES[each]), *FOR_ALL]


def credentials(headers: Any, form: dict[str, str]) -> tuple[str, str]:
    """Name and secret as a request gives them (RFC 6749 section 2.3.1); empty if it gives none."""
    scheme, _, encoded = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    # Of no base64, no UTF-8, or of letters beyond ASCII.
    except ValueError:
        return "", ""
    return unquote_plus(name), unquote_plus(secret)


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _asked(request: HttpRequest) -> tuple[str, str, list[tuple[str, str]], dict[str, str]]:
    """The request as the library takes it. What stands behind the address is not read: it would be logged."""
    form = [(name, value) for name, values in request.POST.lists() for value in values]
    headers = {"Authorization": request.headers.get("Authorization", "")}
    return request.path, "POST", form, headers


def _granted(scopes: Iterable[str], resources: Sequence[str]) -> list[str]:
    """Each scope that is for one of these resources, once, in the words in which it was asked for."""
    granted: dict[str, None] = {}
    for scope in dict.fromkeys(scopes):
        if match := SCOPE.fullmatch(scope):
            names = resources if match["resource"] == "*" else [match["resource"]]
            granted |= dict.fromkeys(f"system/{name}.{match['may']}" for name in names if name in resources)
    return list(granted)
