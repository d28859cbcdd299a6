"""Keyboard shortcuts: what they are, and a way to turn them off (WCAG 2.1.4)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from patients.access import Permission, requires

COOKIE, OFF = "shortcuts", "off"
A_YEAR = 365 * 24 * 60 * 60


def are_on(request: HttpRequest) -> bool:
    """Whether this browser has keyboard shortcuts: yes, unless somebody turned them off in it."""
    return request.COOKIES.get(COOKIE) != OFF


@requires(Permission.VIEW)
def list_shortcuts(request: HttpRequest) -> HttpResponse:
    """All shortcuts. The button turns them off or on in this browser, for speech input and unsteady hands."""
    if request.method != "POST":
        return render(request, "patients/list_shortcuts.html")
    response = redirect("patients:list_shortcuts")
    if request.POST.get("shortcuts") == OFF:
        response.set_cookie(
            COOKIE, OFF, max_age=A_YEAR, secure=request.is_secure(), httponly=True, samesite="Lax"
        )
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
