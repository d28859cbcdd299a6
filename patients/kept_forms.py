"""What was typed when a sign-in ended: kept sealed, for its user alone, and brought back for review.

Whoever signs in again sees the page as it would be if the form had been refused, with a sentence why. Nothing
is saved until they press the button again. Files and passwords are not kept.
"""

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.datastructures import MultiValueDict

from patients import sealing
from patients.models import KeptForm, User

# The name in an address of the key of a form that was kept.
PARAMETER = "kept"
KEPT_FOR = timedelta(hours=24)
MOST_FOR_A_USER = 5
LONGEST = 1_000_000
WHY = "You were signed out before this was saved. Check what you typed, then press the button again"
NOT_KEPT = ("csrfmiddlewaretoken",)


def keep(user: User, address: str, typed: Iterable[tuple[str, list[str]]]) -> str:
    """Keep a form for this user. address: where it was sent, with its query.

    Returns the address that brings it back; the same address if there is nothing to keep, or too much.
    """
    fields = {
        name: values for name, values in typed if name not in NOT_KEPT and "password" not in name.lower()
    }
    text = json.dumps(fields)
    path, query = urlsplit(address).path, urlsplit(address).query
    if not fields or len(text) > LONGEST or len(path) > 500:
        return address
    key = get_random_string(32)
    forget_old()
    KeptForm.objects.create(key=key, user=user, path=path, sealed=sealing.seal(text), kept_at=timezone.now())
    of_user = KeptForm.objects.filter(user=user).order_by("-pk")
    KeptForm.objects.filter(pk__in=list(of_user.values_list("pk", flat=True)[MOST_FOR_A_USER:])).delete()
    asked = QueryDict(query, mutable=True)
    asked.pop(PARAMETER, None)
    return f"{path}?{urlencode([*_pairs(asked), (PARAMETER, key)])}"


def bring_back(request: HttpRequest) -> bool:
    """Make this GET the POST that was kept. Whether there is one for this user at this address."""
    kept = KeptForm.objects.filter(
        key=request.GET[PARAMETER],
        user=request.user.pk,
        path=request.path,
        kept_at__gt=timezone.now() - KEPT_FOR,
    ).first()
    text = kept and sealing.unseal(kept.sealed)
    if not text:
        return False
    typed = QueryDict(mutable=True)
    for name, values in json.loads(text).items():
        typed.setlist(name, values)
    request.method, request.META["REQUEST_METHOD"] = "POST", "POST"
    request.POST, request._files = typed, MultiValueDict()  # type: ignore[attr-defined]
    return True


def forget(request: HttpRequest) -> None:
    """Forget the form that was brought back: it has been sent again."""
    KeptForm.objects.filter(key=request.GET[PARAMETER], user=request.user.pk).delete()


def forget_old(*, stopping: Callable[[], bool] = bool) -> None:
    """Forget what nobody came back for; the worker does so too."""
    KeptForm.objects.filter(kept_at__lte=timezone.now() - KEPT_FOR).delete()


def _pairs(asked: QueryDict) -> list[tuple[str, str]]:
    return [(name, value) for name, values in asked.lists() for value in values]
